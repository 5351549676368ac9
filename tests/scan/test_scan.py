"""A scan from paths to a stored run: what is found, what is refused, and what happens when things die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from figecho.errors import OptionError, StoreError
from figecho.options import Limits
from figecho.scan import running
from figecho.scan.scan import scan
from figecho.store.catalogue import Catalogue
from figecho.store.runs import load_run
from figecho.types import Run


class Watcher:
    """Remembers what it was told, and may interrupt the scan."""

    def __init__(self, interrupt_in: str = "") -> None:
        self.stages: list[list] = []
        self._interrupt_in = interrupt_in

    def start(self, stage: str, total: int | None) -> None:
        self.stages.append([stage, total, 0])

    def advance(self, count: int = 1) -> None:
        self.stages[-1][2] += count
        if self.stages[-1][0] == self._interrupt_in and self.stages[-1][2] >= 2:
            raise KeyboardInterrupt

    def finish(self) -> None:
        pass


def names(run: Run) -> list[tuple[str, str, str, str]]:
    return [(f.kind, f.verdict, Path(f.a.path).name, Path(f.b.path).name) for f in run.findings]


def values(run: Run) -> tuple:
    """Everything that two scans of the same files must agree in."""
    return run.documents, run.findings, run.groups, run.counts, run.failed, run.settings


def test_an_empty_folder_is_a_run_with_nothing_in_it(here: Path) -> None:
    run = scan(["figs"])
    assert run.counts == dict.fromkeys(run.counts, 0)
    assert (run.findings, run.groups, run.documents) == ((), (), ())
    assert load_run(run.id) == run


def test_one_picture_has_no_pair(figures: Path) -> None:
    run = scan("figs/s1.png", jobs=1)
    assert (run.counts["read"], run.counts["pairs"], run.findings) == (1, 0, ())


def test_what_was_planted_is_found_and_nothing_else(figures: Path) -> None:
    watcher = Watcher()
    run = scan(["figs"], jobs=2, progress=watcher)
    assert names(run) == [
        ("exact-copy", "strong", "s0.png", "t0.bmp"),
        ("exact-copy", "strong", "s0.png", "t0again.png"),
        ("between-panels", "strong", "s1.png", "t1mirrored.png"),
    ]
    assert [f.transform.text for f in run.findings] == ["same position and size"] * 2 + ["mirrored"]
    assert [f.id for f in run.findings] == ["F1", "F2", "F3"]
    assert run.groups == (("F1", "F2"), ("F3",))
    assert run.findings[0].reasons == ("the decoded pixels are identical",)
    assert run.findings[0].score == run.findings[0].overlap.of_a == 1.0
    # 6 contents: four scenes, the mirrored one, the even panel.
    assert run.counts == {
        "documents": 11, "read": 9, "refused": 1, "skipped": 1, "pictures": 9, "panels": 9, "pairs": 15, "verified": 15,
    }  # fmt: skip
    assert run.failed == ()
    assert watcher.stages == [["reading", 10, 10], ["comparing", 15, 15], ["looking within", 6, 6]]
    assert run.pixels[run.findings[0].a.content].shape == (200, 240)
    assert load_run(run.id) == run


def test_paths_are_kept_as_given_and_everything_seen_is_in_the_ledger(figures: Path) -> None:
    run = scan(["figs/s0.png", "figs/z.png", "figs/missing.png", "figs/.hidden.png"], jobs=1)
    assert [(d.path, d.status, d.code) for d in run.documents] == [
        ("figs/s0.png", "read", None),
        ("figs/z.png", "refused", "not-an-image"),
        ("figs/missing.png", "refused", "missing"),
        ("figs/.hidden.png", "refused", run.documents[3].code),
    ]
    assert all(document.reason for document in run.documents[1:])


def test_the_same_files_give_the_same_run_with_any_number_of_workers(figures: Path) -> None:
    one, three = scan(["figs"], jobs=1), scan(["figs"], jobs=3)
    assert one.id != three.id
    assert values(one) == values(three)


@pytest.mark.parametrize("stage", ["reading", "comparing"])
def test_an_interrupted_scan_goes_on_where_it_stopped(figures: Path, stage: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        scan(["figs"], jobs=1, progress=Watcher(interrupt_in=stage))
    (folder,) = Path(".figecho/runs").iterdir()
    with Catalogue(folder / "run.db") as catalogue:
        assert len(catalogue.documents()) >= (3 if stage == "reading" else 11)
    run = scan(["figs"], jobs=2)
    assert run.id == folder.name
    assert values(run) == values(scan(["figs"], jobs=2))


def test_a_changed_file_begins_a_new_run(figures: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        scan(["figs"], jobs=1, progress=Watcher(interrupt_in="reading"))
    (folder,) = Path(".figecho/runs").iterdir()
    (figures / "s3.png").unlink()
    run = scan(["figs"])
    assert run.id != folder.name
    assert run.counts["read"] == 8


def test_a_scan_killed_in_the_middle_is_finished_by_repeating_it(figures: Path) -> None:
    expected = values(scan(["figs"], jobs=2, root="elsewhere"))
    program = "from figecho.scan.scan import scan; scan(['figs'], jobs=2)"
    for enough in (1, 5, 10):
        child = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
        wait_until(lambda enough=enough, child=child: documents_stored() >= enough or child.poll() is not None)
        child.send_signal(signal.SIGKILL)
        child.wait()
    run = scan(["figs"], jobs=2)
    assert len(list(Path(".figecho/runs").iterdir())) == 1
    assert values(run) == expected


def documents_stored() -> int:
    for file in Path(".figecho/runs").glob("*/run.db"):
        try:
            with Catalogue(file) as catalogue:
                return len(catalogue.documents())
        except Exception:  # noqa: BLE001 - it may be anywhere between nothing and whole
            return 0
    return 0


def wait_until(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


SABOTAGE = """
import os, time
from importlib import import_module
module = import_module("figecho.scan.{module}")
original = module.{name}
def sabotaged(*args, **options):
    {deed}
    return original(*args, **options)
module.{name} = sabotaged
"""


@pytest.fixture
def sabotage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Replace a function in every worker process by one that does something bad first."""

    def plant(module: str, name: str, deed: str) -> None:
        (tmp_path / "saboteur.py").write_text(SABOTAGE.format(module=module, name=name, deed=deed))
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
        preload = (f"figecho.scan.{module}", "saboteur", str(tmp_path))
        monkeypatch.setattr(running, "PRELOAD", preload)

    return plant


@pytest.mark.parametrize(
    ("deed", "code"),
    [("os._exit(1)", "crashed"), ("os.abort()", "crashed"), ("time.sleep(99)", "timeout"), ("1 / 0", "crashed")],
)
def test_a_document_that_kills_its_worker_is_refused_and_the_rest_is_read(figures, sabotage, deed, code) -> None:
    sabotage("prepare", "read", f"if 's2' in args[0]: {deed}")
    run = scan(["figs"], jobs=2, limits=Limits(seconds_per_document=3))
    refused = {Path(d.path).name: d for d in run.documents if d.status == "refused"}
    assert set(refused) == {"s2.png", "z.png"}
    assert refused["s2.png"].code == code
    assert refused["s2.png"].reason
    assert Counter(kind for kind, *_ in names(run)) == {"exact-copy": 2, "between-panels": 1}


@pytest.mark.parametrize("deed", ["os._exit(1)", "time.sleep(99)", "1 / 0"])
def test_a_pair_that_kills_its_worker_is_reported_and_the_rest_is_compared(figures, sabotage, deed) -> None:
    # v1, the even panel, is the only one without keypoints; it kills its worker beside the mirrored picture alone.
    plain = scan(["figs"], jobs=2, root="elsewhere")
    mean = luma_mean("figs/t1mirrored.png")
    sabotage("verify", "examine", f"if len(args[1]) == 0 and abs(args[0].luma.mean() - {mean!r}) < 1e-6: {deed}")
    run = scan(["figs"], jobs=2, limits=Limits(seconds_per_pair=3))
    assert run.counts["pairs"] == 15
    assert run.counts["verified"] == 14
    (failure,) = run.failed
    assert failure.startswith("figs/t1mirrored.png ~ figs/v1.png: ")
    assert run.findings == plain.findings


def luma_mean(path: str) -> float:
    from figecho.features.sift import extract
    from figecho.options import ReuseOptions
    from figecho.sources.open import read

    (picture,) = read(path)
    return float(extract(picture.pixels, ReuseOptions()).luma.mean())


def test_a_senseless_profile_is_refused_before_anything_is_stored(here: Path) -> None:
    with pytest.raises(OptionError, match="profile"):
        scan(["figs"], profile="best")
    assert not Path(".figecho").exists()


def test_a_root_that_cannot_be_written_is_one_sentence(figures: Path) -> None:
    Path("file").touch()
    with pytest.raises(StoreError, match="cannot be stored here"):
        scan(["figs"], root="file")
