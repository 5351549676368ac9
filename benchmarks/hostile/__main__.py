"""Broken, hostile and mutated files, read in isolated workers and in a scan.

    python -m benchmarks.hostile [--mutants 5000]

Counts what became of each (read, refused, crashed, out of time or memory), the most memory that a document of a group
took, the truncated files among the mutants that were taken for whole ones, and the growth of the main process; then
scans the bombs and torture files with a good pair among them, whose finding must be the one that it is alone.
`python -m benchmarks.hostile.isolation` measures what isolation costs.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from PIL import Image

import figecho
from benchmarks.hostile.bombs import BOMBS, WRITTEN, write_bomb
from benchmarks.hostile.mutants import is_truncated, write_mutants
from benchmarks.hostile.tasks import LIMITS, fate, read_document, read_or_die
from benchmarks.hostile.valid import picture
from figecho.errors import InputError
from figecho.scan.cost import WORKING_COPIES, seconds_to_read
from figecho.work.isolate import Outcome, Workers

DATA = Path(os.environ.get("FIGECHO_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")).resolve()
#: Seconds for a mutant, which is small, and for bombs and mutants to be made.
PATIENCE, MAKING = 20.0, 300.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mutants", type=int, default=5_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        alone = scan_good(Path(scratch) / "alone")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with Workers(memory_bytes=WORKING_COPIES * LIMITS.memory_bytes) as workers:
            bombs = make_bombs(workers, Path(scratch) / "bombs")
            read_all(workers, bombs)
            read_mutants(workers, Path(scratch) / "mutants", arguments.mutants)
        scan_among_bad(Path(scratch) / "among", [*bombs, *files_of("pdf/torture_*")], alone)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"main process: its peak grew by {grown / 1024:.0f} MB")


def make_bombs(workers: Workers, folder: Path) -> list[str]:
    """Made by workers, since some need much memory while they are made."""
    folder.mkdir()
    paths = [folder / name for name in (*BOMBS, *WRITTEN)]
    return sorted(outcome.value for outcome in workers.run(write_bomb, paths, timeout=lambda _: MAKING))


def read_all(workers: Workers, bombs: list[str]) -> None:
    for part in ("badinput", "pdf"):
        report(part, workers.run(read_document, files_of(part), timeout=allowed))
    report("bombs", workers.run(read_document, bombs, timeout=allowed), every=True)


def read_mutants(workers: Workers, folder: Path, count: int) -> None:
    (made,) = workers.run(write_mutants, [(folder, count)], timeout=lambda _: MAKING)
    mutated = made.value
    outcomes = report("mutants", workers.run(read_document, mutated, timeout=lambda _: PATIENCE))
    cut = [outcome for outcome in outcomes if is_truncated(outcome.item)]
    accepted = [Path(outcome.item).name for outcome in cut if outcome.error is None]
    print(f"  truncated JPEG, PNG and TIFF accepted: {len(accepted)} of {len(cut)} {accepted[:8]}")
    few = mutated[: count // 10]
    fates = Counter(name for path in few if (name := fate(path)) is not None)
    name = f"mutants, of which {sum(fates.values())} had their workers killed, stopped or hung {dict(fates)}"
    report(name, workers.run(read_or_die, few, timeout=lambda _: 3.0))


def files_of(part: str) -> list[str]:
    folders = DATA.glob(part) if DATA.is_dir() else ()
    return sorted(str(file) for folder in folders for file in folder.rglob("*") if file.is_file())


def allowed(path: str) -> float:
    return seconds_to_read(path, Path(path).stat().st_size, LIMITS)


def report(name: str, outcomes: Iterable[Outcome[str, int]], *, every: bool = False) -> list[Outcome[str, int]]:
    """A line of counts, and a line for everything that is neither a picture nor a clear refusal."""
    done = list(outcomes)
    tally: Counter[str] = Counter()
    for outcome in done:
        error = outcome.error
        code = "read" if error is None else str(getattr(error, "code", f"BUG {type(error).__name__}"))
        tally[code] += 1
        if every or not isinstance(error, InputError | None):
            said = error or f"{outcome.result} pictures"
            print(f"  {Path(outcome.item).name}: {code}, {_cost(outcome)}: {str(said).rpartition('/')[2]}")
    slowest = max(outcome.cost.seconds for outcome in done) if done else 0.0
    largest = max(outcome.cost.memory_bytes or 0 for outcome in done) / 2**20 if done else 0.0
    print(f"{name}: {len(done)} files: {dict(tally.most_common())}; at most {slowest:.1f} s, {largest:.0f} MB")
    return done


def _cost(outcome: Outcome[str, int]) -> str:
    memory = outcome.cost.memory_bytes
    return f"{outcome.cost.seconds:.1f} s" + ("" if memory is None else f" and {memory / 2**20:.0f} MB")


def scan_good(folder: Path) -> tuple[figecho.types.Finding, ...]:
    """What a scan of two pictures that share content finds."""
    folder.mkdir()
    for name, pixels in (("one.png", picture(240, 320)), ("two.png", picture(240, 320)[:, ::-1])):
        Image.fromarray(pixels).save(folder / name)
    return figecho.scan([str(folder)], root=folder.parent / "runs").findings


def scan_among_bad(folder: Path, bad: list[str], alone: tuple[figecho.types.Finding, ...]) -> None:
    """Scan the good pair among bad files: the ledger adds up, and the pair's finding is what it is alone."""
    scan_good(folder)
    run = figecho.scan([str(folder), *bad], root=folder.parent / "among runs")
    counts = run.counts
    adds_up = counts["read"] + counts["refused"] + counts["skipped"] == counts["documents"] == len(bad) + 2
    good = [found for found in run.findings if {Path(found.a.path).parent, Path(found.b.path).parent} == {folder}]
    same = [_told(found) for found in good] == [_told(found) for found in alone] != []
    print(f"scan: {counts}; adds up: {adds_up}; the good pair's finding is the same as alone: {same}")
    print(f"  rows without a reason of one line: {sum(_unclear(row) for row in run.documents)}")


def _told(found: figecho.types.Finding) -> object:
    """A finding without where its files lie."""
    return found.kind, found.fingerprint, found.judgement, replace(found.evidence)


def _unclear(row: figecho.types.Document) -> bool:
    return row.status != "read" and (not row.reason or "\n" in row.reason)


if __name__ == "__main__":
    main()
