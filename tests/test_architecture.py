"""Who may import whom: data flows one way, and nothing to the left knows anything to the right.

Imports are read from the source, wherever they stand in it, so that a lazy import cannot hide a dependency.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "figecho"
SHARED = {"types", "errors", "options", "content", "telemetry", "_version"}

#: What each part may import of figecho, besides `SHARED` and itself.
MAY_IMPORT: dict[str, set[str]] = {
    "panels": set(),
    "features": set(),
    "match": {"features"},
    "sources": set(),
    "store": set(),
    "work": set(),
    "report": set(),
    "models": {"features"},
    "ocr": set(),
    "figures": {"panels", "ocr"},
    "compare": {"sources", "figures", "features", "match", "models", "report"},
    "within": {"features", "match"},
    "inside": {"compare", "within", "match", "report", "sources"},
    "aside": {"scan", "sources", "work"},
    "scan": {
        *("sources", "panels", "figures", "ocr", "features", "match", "models"),
        *("within", "store", "work", "compare", "report"),
    },
    "library": {"api", "scan", "store"},
    "known": {"scan", "store", "work"},
    "results": {"scan", "report"},
    "api": {"compare", "figures", "results", "scan", "store"},
    "demo": set(),
    "review": {"api", "library", "figures", "compare", "scan", "sources", "store", "report", "work"},
    "cli": {
        *("inside", "aside", "review", "api", "results", "figures", "sources", "compare"),
        *("scan", "models", "report", "work", "demo", "library", "known"),
    },
    "__init__": {"api", "compare", "scan", "library"},
    "__main__": {"cli"},
}
PURE = ("panels", "features", "match")
#: What a pure part has no business with: files, databases, processes, logging.
IMPURE = {"sqlite3", "logging", "subprocess", "multiprocessing", "tempfile", "shutil", "PIL", "tifffile", "pebble"}
#: Figures are confidential: no part of figecho talks to a network, but for the ones that fetch VGG16's weights and the
#: documents at addresses that the user gives, and the one that reaches the user's own cluster.
NETWORK = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "requests", "httpx", "aiohttp", "urllib3"}
NETWORK |= {"pooch", "fsspec", "distributed"}
FETCHES = {
    SOURCE / "models" / "fetch.py": {"pooch"},
    SOURCE / "work" / "remote.py": {"fsspec", "fsspec.core", "fsspec.core.open", "fsspec.core.url_to_fs"},
    SOURCE / "work" / "cluster.py": {"distributed"},
}
#: These only take strings apart or name numbers.
HARMLESS = {"urllib.parse", "http.HTTPStatus", "http.cookies", "socket.IPPROTO_TCP", "socket.TCP_NODELAY"}


def modules(tree: ast.AST) -> set[str]:
    """Every module that a source file imports; ``from a import b`` counts as ``a`` and as ``a.b``.

    ``needed("a")`` of `figecho.models.extra` imports ``a`` as well.
    """
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "needed":
            found.update(argument.value for argument in node.args if isinstance(argument, ast.Constant))
    return found


def part_of(file: Path) -> str:
    """The part of figecho that a file belongs to: its package, or its own name at the top."""
    return file.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_parts(file: Path) -> set[str]:
    """The parts of figecho that a file imports."""
    names = modules(ast.parse(file.read_text(encoding="utf-8")))
    known = {path.name.removesuffix(".py") for path in SOURCE.iterdir()}
    parts = {name.split(".")[1] for name in names if name.startswith("figecho.")}
    return parts & known


FILES = sorted(SOURCE.rglob("*.py"))


def test_there_is_something_to_check() -> None:
    assert {"types", "errors", "options", "cli"} <= {part_of(file) for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_a_part_imports_only_what_lies_to_its_left(file: Path) -> None:
    part = part_of(file)
    if part in SHARED:
        allowed = {"errors"} if part == "options" else set()
    else:
        assert part in MAY_IMPORT, f"say in MAY_IMPORT (and docs/architecture.md) what {part} may import"
        allowed = SHARED | MAY_IMPORT[part] | {part}
    beyond = imported_parts(file) - allowed
    assert not beyond, f"{file.relative_to(SOURCE)} must not import {', '.join(sorted(beyond))}"


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if part_of(file) in PURE],
    ids=lambda file: str(file.relative_to(SOURCE)),
)
def test_the_algorithms_touch_no_files_databases_or_logs(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    roots = {name.split(".")[0] for name in modules(tree)}
    assert not roots & IMPURE
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not calls & {"open", "print"}


@pytest.mark.parametrize("file", [file for file in FILES if part_of(file) == "sources"], ids=lambda file: file.name)
def test_reading_a_document_uses_no_opencv(file: Path) -> None:
    """It decodes what is broken as if it were whole, and it hangs in the forked processes of `figecho.work.stream`."""
    assert "cv2" not in modules(ast.parse(file.read_text(encoding="utf-8")))


def test_nothing_talks_to_a_network() -> None:
    for file in FILES:
        names = modules(ast.parse(file.read_text(encoding="utf-8")))
        talkers = {name for name in names if name.split(".")[0] in NETWORK} - FETCHES.get(file, set())
        talkers -= {name for name in talkers if any(f"{name}.".startswith(f"{ok}.") for ok in HARMLESS)}
        if not any("." in name for name in talkers):  # `from http import HTTPStatus` counts as `http`, too
            talkers -= {name.partition(".")[0] for name in names & HARMLESS}
        assert not talkers, f"{file.relative_to(SOURCE)} imports {talkers}"


def test_onnxruntime_is_only_loaded_without_its_telemetry() -> None:
    """It would tell its makers about every network that is loaded."""
    for file in FILES:
        if file != SOURCE / "telemetry.py":
            tree = ast.parse(file.read_text(encoding="utf-8"))
            imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
            assert "onnxruntime" not in imported, f"{file.relative_to(SOURCE)}: use figecho.telemetry.onnxruntime"


def test_only_the_renderer_prints() -> None:
    for file in FILES:
        if file == SOURCE / "cli" / "render.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
            assert name != "print", f"{file.relative_to(SOURCE)} prints in line {node.lineno}"


def test_a_lazy_import_cannot_hide() -> None:
    tree = ast.parse("def f():\n    from figecho import cli\n    import figecho.store.catalogue as c\n")
    assert {"figecho.cli", "figecho.store.catalogue"} <= modules(tree)
    assert "pooch" in modules(ast.parse('needed("pooch")'))


HEAVY = ("cv2", "faiss", "fastapi", "onnxruntime", "scipy", "uvicorn", "PIL")


@pytest.mark.parametrize("arguments", [["--help"], ["scan", "--help"], ["--version"]])
def test_help_answers_without_the_heavy_libraries(arguments: list[str]) -> None:
    program = (
        "import sys\n"
        f"sys.argv = ['figecho', *{arguments!r}]\n"
        "from figecho.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit as status:\n    assert not status.code, status.code\n"
        f"print('HEAVY:', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY: []", done.stdout


def test_importing_figecho_alone_is_light() -> None:
    program = "import figecho, sys; print([name for name in ('cv2', 'numpy', 'scipy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_a_worker_sets_its_threads_before_numpy_is_loaded() -> None:
    """Loaded earlier, NumPy has a thread per core in each of as many workers, which wait for each other."""
    program = "import sys, figecho.work.single_thread as first; print(first.__name__, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["figecho.work.single_thread", "False"]
