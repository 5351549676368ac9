"""The audit and the bill of materials: neither may pass for complete where it looked at nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.audit import pinned, problems
from tools.sbom import VENDORED, with_vendored

ROOT = Path(__file__).parents[1]
PINS = {"numpy": "2.1.0", "pillow": "13.0.0"}


def report(*dependencies: dict[str, object]) -> dict[str, object]:
    return {"dependencies": list(dependencies), "fixes": []}


def test_an_audit_of_nothing_is_no_clean_one() -> None:
    assert problems({}, report()) == ["there is nothing to audit: no package is pinned"]
    assert len(problems(PINS, report())) == 2


def test_all_asked_about_and_nothing_found_is_clean() -> None:
    audited = [{"name": name.title(), "version": version, "vulns": []} for name, version in PINS.items()]
    assert problems(PINS, report(*audited)) == []


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ({"name": "pillow", "skip_reason": "not found"}, "pillow 13.0.0: not audited (not found)"),
        ({"name": "pillow", "version": "9.0.0", "vulns": []}, "not audited (another version was audited)"),
        ({"name": "other", "version": "1", "vulns": []}, "pillow 13.0.0: not audited (it is not in the report)"),
        (
            {"name": "pillow", "version": "13.0.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["13.0.1"]}]},
            "pillow 13.0.0: PYSEC-1, mended in 13.0.1",
        ),
        ({"name": "pillow", "version": "13.0.0", "vulns": [{"id": "PYSEC-2"}]}, "PYSEC-2, mended in no version"),
    ],
)
def test_a_weakness_and_a_package_not_asked_about_are_both_told(entry, line: str) -> None:
    (found,) = problems(PINS, report({"name": "numpy", "version": "2.1.0", "vulns": []}, entry))
    assert line in found


@pytest.mark.parametrize("file", ["constraints.txt", "tools/requirements.txt"])
def test_every_line_of_the_pins_is_audited(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(pinned(text)) == len(lines) > 10
    assert "://" not in text


def test_the_bill_names_the_vendored_libraries_too() -> None:
    bill = with_vendored({"components": [{"name": "numpy"}]})
    assert [component["name"] for component in bill["components"]] == ["numpy", "htmx.org", "openseadragon"]
    with pytest.raises(ValueError, match="nothing is installed"):
        with_vendored({"components": []})


def test_the_bill_names_them_as_the_documentation_does() -> None:
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| (htmx|OpenSeadragon) (\S+) \((\S+)\) \|", table, re.MULTILINE)
    assert [(version, licence) for _, version, licence in documented] == [
        (library["version"], library["license"]) for library in VENDORED
    ]
