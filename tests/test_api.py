"""The public Python interface: what is exported, and what the results can do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import figecho
from fakes import document, finding, run_of
from figecho import api, results
from figecho.errors import OptionError, UnavailableError
from planted import scene


def result(*findings, documents=()) -> api.ScanResult:
    return api._result(run_of(findings, documents))


def test_exactly_these_names_are_public() -> None:
    assert sorted(figecho.__all__) == ["Library", "__version__", "compare", "errors", "load", "scan", "types"]
    assert all(getattr(figecho, name) is not None for name in figecho.__all__)
    assert set(figecho.__all__) <= set(dir(figecho))
    with pytest.raises(AttributeError, match="no attribute 'Libary'"):
        _ = figecho.Libary


def test_the_functions_stay_functions_whatever_was_imported_before() -> None:
    program = (
        "import figecho.compare, figecho.scan.scan, figecho\n"
        "from figecho.compare import Comparison\n"
        "for _ in range(2): assert callable(figecho.compare) and callable(figecho.scan) and callable(figecho.load)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_importing_figecho_loads_nothing_heavy() -> None:
    heavy = ("cv2", "PIL", "scipy", "pebble", "sqlite3")
    program = f"import figecho, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_scan_and_load_from_a_plain_script(tmp_path: Path) -> None:
    for number in (0, 1):
        Image.fromarray(scene(number, 200, 160)).save(tmp_path / f"{number}.png")
    Image.fromarray(scene(0, 200, 160)).save(tmp_path / "2.bmp")
    (tmp_path / "script.py").write_text(
        "import figecho\nrun = figecho.scan(['.'], jobs=2)\n"
        "for f in run.findings: print(f.verdict, f.a.path, f.b.path, f.transform.text)\n"
        "assert figecho.load(run.id) == run\n"
    )
    done = subprocess.run(
        [sys.executable, "script.py"], capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"strong \S*0\.png \S*2\.bmp same position and size\n", done.stdout)


def test_a_result_is_a_run_without_a_truth_value() -> None:
    empty = result()
    assert empty.findings == () and empty.to_dict()["schema"] == "figecho.run/1"
    with pytest.raises(TypeError, match=r"ask for \.findings"):
        bool(empty)


def test_the_report_is_written(tmp_path: Path) -> None:
    pytest.importorskip("figecho.report.html")
    result(finding(), documents=(document("a.png"),)).report(tmp_path / "report.html")
    assert "html" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_notebook_shows_a_bounded_number_of_thumbnails_and_escapes_names() -> None:
    assert "0 documents" in result()._repr_html_()
    shown = result(*[finding(a="<b>.png", number=number) for number in range(1, 100)])._repr_html_()
    assert shown.count("<img") == 2 * results.SHOWN_FINDINGS
    assert "and 79 more" in shown
    assert "&lt;b&gt;.png" in shown and "<b>.png" not in shown


def test_pandas_gives_a_row_per_finding_or_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UnavailableError, match="pip install pandas"):
        result().to_pandas()
    monkeypatch.undo()
    pandas = pytest.importorskip("pandas")
    table = result(finding(), finding("weak", number=2)).to_pandas()
    assert isinstance(table, pandas.DataFrame)
    assert list(table["verdict"]) == ["strong", "weak"]
    assert list(result().to_pandas().columns) == list(table.columns)


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scene and its mirror image, in a fresh current folder."""
    monkeypatch.chdir(tmp_path)
    Path("figs").mkdir()
    Image.fromarray(scene(1)).save("figs/a.png")
    Image.fromarray(scene(1)[:, ::-1]).save("figs/b.png")
    return tmp_path


def test_a_scan_takes_every_method(two: Path) -> None:
    alike = figecho.scan("figs", method="phash", jobs=1)
    assert isinstance(alike, results.SimilarityResult)
    assert alike.pairs()[0].similarity == 1 and alike.similarity.tolist() == [[1, 1], [1, 1]]
    assert alike.draw().width > 400
    assert repr(alike) == "<phash: 2 pictures>" and "<img" in alike._repr_html_()
    alike.report("report.html")
    assert "figs/b.png" in Path("report.html").read_text()
    assert alike.to_csv().splitlines()[0] == "phash,figs/a.png,figs/b.png"
    assert list(alike.to_pandas().columns) == list(alike.pictures)
    counts = figecho.scan("figs", method="sift", draw="Result", jobs=1)
    assert isinstance(counts, api.ClassicalRun)
    assert (len(counts.rows), counts.settings["ratio"], counts.settings["top"]) == (1, 0.75, 50)
    assert Path("Result/a_b.png").is_file()
    with pytest.raises(TypeError, match=r"ask for \.rows"):
        bool(counts)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "phash", "profile": "fast"}, "method phash has no option profile"),
        ({"method": "sift", "weights": "w.h5"}, "method sift has no option weights"),
        ({"method": "phash", "only_against": True}, "method phash has no option only_against"),
        ({"top": 3}, "method reuse has no option top"),
        ({"method": "phash", "weights": "w.h5"}, "--weights needs --method vgg16"),
        ({"method": "vgg17"}, "method 'vgg17' is unknown"),
    ],
)
def test_an_option_of_another_method_is_not_ignored(two: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        figecho.scan("figs", **options)
