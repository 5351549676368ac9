# `make demo` and `make test` need nothing but Python 3.11 or newer and make.
# Another interpreter: make demo PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := .venv-tools

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench docs fuzz audit sbom examples clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(READY) ## draw a small paper with planted reuse, scan it, write demo/report.html
	@$(BIN)/figecho demo demo

test: $(READY) ## run the whole test suite
	@$(BIN)/python -m pytest -n auto -q $(ARGS)

lint: $(READY) ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: $(READY) ## measure accuracy and speed (minutes to hours)
	@$(BIN)/python -m benchmarks.reuse $(ARGS)
	@$(BIN)/python -m benchmarks.speed $(ARGS)

docs: $(READY) ## check the documentation: links, commands and README examples
	@$(BIN)/python -m pytest -q tests/test_docs.py

fuzz: $(READY) ## damage documents and stored files in many ways (FUZZ=1000 of each kind)
	@FUZZ=$(or $(FUZZ),300) $(BIN)/python -m pytest -n auto -q tests/test_fuzz.py $(ARGS)

audit: $(TOOLS)/.ready ## ask PyPI for known weaknesses of the pinned packages; fails where it could not ask
	@$(TOOLS)/bin/python -m tools.audit constraints.txt tools/requirements.txt

sbom: $(TOOLS)/.ready ## list what figecho is installed with (CycloneDX), in dist/figecho.cdx.json
	@rm -rf dist/sbom && mkdir -p dist
	@$(PYTHON) -m venv --without-pip dist/sbom
	@$(TOOLS)/bin/python -m pip --python dist/sbom/bin/python install --quiet --disable-pip-version-check \
		-c constraints.txt .
	@$(TOOLS)/bin/python -m tools.sbom dist/figecho.cdx.json dist/sbom/bin/python
	@rm -rf dist/sbom

examples: $(READY) ## write what figecho prints now into the README's examples
	@$(BIN)/python -m docs.examples

clean: ## remove everything that was made, the environment included
	rm -rf $(VENV) $(TOOLS) demo dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp makes set-up run once; it runs again when what is to be installed changes.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "figecho needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "$(PYTHON) cannot make environments; on Debian: apt install python3-venv"; exit 1; }
	@echo "setting up $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

$(TOOLS)/.ready: tools/requirements.txt
	@test -x $(TOOLS)/bin/python || $(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check -r tools/requirements.txt
	@touch $@
