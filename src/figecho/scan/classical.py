"""The founding document's folder loop: every picture with every other one, a count and a drawing per pair, no verdict.

Features are computed once per picture. They wait on the disk, in a temporary folder that only the owner can read, so
that memory does not grow with the number of pictures.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from figecho._version import __version__
from figecho.match.classical import ClassicalFeatures, describe, match_classical
from figecho.options import ClassicalOptions, Limits
from figecho.scan.blocks import run_blocks
from figecho.scan.candidates import AllPairs, block_side
from figecho.scan.cost import WORKING_COPIES
from figecho.scan.plan import as_paths, make_plan
from figecho.scan.progress import Progress, Silent, stage
from figecho.scan.spooled import Spooled, spool_all
from figecho.scan.verify import seconds_for as seconds_for_pairs
from figecho.types import Document, Picture
from figecho.work.isolate import Runner, Workers

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@dataclass(frozen=True)
class ClassicalRow:
    """One pair: the two pictures' addresses, their keypoints, the matches between them, and the drawing's file."""

    a: str
    b: str
    keypoints: tuple[int, int]
    matches: int
    drawing: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "keypoints": list(self.keypoints)}


@dataclass(frozen=True)
class ClassicalRun:
    """What the folder loop counted. ``failed`` says which pairs could not be compared, and why.

    It is neither true nor false: ask for ``.rows``.
    """

    method: str
    settings: dict[str, Any]
    documents: tuple[Document, ...]
    rows: tuple[ClassicalRow, ...]
    failed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        raise TypeError("counts have no truth value; ask for .rows")

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": "figecho.counts/1",
            "method": self.method,
            "version": __version__,
            "settings": self.settings,
            "documents": [document.to_dict() for document in self.documents],
            "pairs": [row.to_dict() for row in self.rows],
            "failed": list(self.failed),
        }


def scan_classical(
    paths: Paths,
    options: ClassicalOptions,
    *,
    draw: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    progress: Progress | None = None,
) -> ClassicalRun:
    """Count the matches of every pair of pictures in some files and folders.

    Parameters
    ----------
    paths, jobs, limits, progress : as for `figecho.scan.scan.scan`.
    options : the method, its ratio, and how many of the best matches a drawing shows.
    draw : folder (made if need be) for a drawing per pair, ``a_b.png`` after the names of the two files.
    """
    plan, watcher = make_plan(as_paths(paths)), progress or Silent()
    folder = None if draw is None else Path(draw)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="figecho-") as spool,
        Workers(jobs, memory_bytes=WORKING_COPIES * limits.memory_bytes, preload=(__name__,)) as workers,
    ):
        kept = Describe(options, keep_pixels=folder is not None)
        ledger, pictures = spool_all(plan, Path(spool), kept, workers, limits, watcher)
        rows, failed = _match_all(pictures, folder, workers, options, limits, watcher)
    return ClassicalRun(options.method, asdict(options), ledger, rows, failed)


# ---- pictures to features -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Describe:
    """What the folder loop keeps of a picture: its features, and its pixels where it will be drawn."""

    options: ClassicalOptions
    keep_pixels: bool

    def __call__(self, picture: Picture) -> dict[str, Any]:
        features = describe(picture.pixels, self.options.method)
        arrays: dict[str, Any] = {"points": features.points, "descriptors": features.descriptors}
        return {**arrays, "pixels": picture.pixels} if self.keep_pixels else arrays


# ---- pairs to counts and drawings -----------------------------------------------------------------------------


@dataclass(frozen=True)
class MatchTask:
    """Pairs of pictures with the file to draw each into."""

    pairs: tuple[tuple[Spooled, Spooled, str | None], ...]
    options: ClassicalOptions


def match_block(task: MatchTask) -> tuple[ClassicalRow, ...]:
    """Match, and draw where asked for, every pair of a block."""
    pictures_of_block = {picture for a, b, _ in task.pairs for picture in (a, b)}
    loaded = {picture.file: picture.load() for picture in pictures_of_block}
    rows = []
    for a, b, drawing in task.pairs:
        one, other = loaded[a.file], loaded[b.file]
        found = match_classical(_features(one), _features(other), task.options)
        if drawing is not None:
            from figecho.report import pictures

            top = task.options.top
            picture = pictures.classical_matches(
                one["pixels"], other["pixels"], found.points_a[:top], found.points_b[:top]
            )
            picture.save(drawing)
        rows.append(ClassicalRow(a.address, b.address, (a.length, b.length), found.count, drawing))
    return tuple(rows)


def _features(arrays: dict[str, Any]) -> ClassicalFeatures:
    return ClassicalFeatures(arrays["points"], arrays["descriptors"])


def _match_all(
    pictures: Sequence[Spooled],
    folder: Path | None,
    runner: Runner,
    options: ClassicalOptions,
    limits: Limits,
    progress: Progress,
) -> tuple[tuple[ClassicalRow, ...], tuple[str, ...]]:
    names = _unique([Path(picture.path).stem for picture in pictures])
    named = {str(number): (name, picture) for number, (name, picture) in enumerate(zip(names, pictures, strict=True))}
    all_pairs = AllPairs(list(named))
    drawings = dict(_drawings(all_pairs, named, folder))

    def tasks() -> Iterator[MatchTask]:
        for block in all_pairs.blocks(block_side(all_pairs.count(), runner.jobs)):
            pairs = tuple((named[a][1], named[b][1], drawings.get((a, b))) for a, b in block)
            yield MatchTask(pairs, options)

    rows: list[ClassicalRow] = []
    failed: list[str] = []
    with stage(progress, "matching", all_pairs.count()):
        outcomes = run_blocks(
            runner,
            match_block,
            tasks(),
            timeout=lambda task: seconds_for_pairs(len(task.pairs), limits),
            split=lambda task: tuple(replace(task, pairs=(pair,)) for pair in task.pairs),
        )
        for outcome in outcomes:
            if isinstance(outcome.error, OSError):  # the drawings' folder is full or not writable
                raise outcome.error
            if outcome.error is not None:
                failed += [f"{a.address} ~ {b.address}: {outcome.error}" for a, b, _ in outcome.item.pairs]
            else:
                rows += outcome.value
            progress.advance(len(outcome.item.pairs))
    order = {picture.address: number for number, picture in enumerate(pictures)}
    rows.sort(key=lambda row: (order[row.a], order[row.b]))
    return tuple(rows), tuple(sorted(failed))


def _drawings(
    all_pairs: AllPairs, named: dict[str, tuple[str, Spooled]], folder: Path | None
) -> Iterator[tuple[tuple[str, str], str]]:
    """A file for every pair; names that meet (``a_b`` with ``c``, ``a`` with ``b_c``) are told apart by a number."""
    if folder is None:
        return
    taken: set[str] = set()
    for pair in chain.from_iterable(all_pairs.blocks(len(named) or 1)):
        a, b = (named[key][0] for key in pair)
        name = _free(f"{a}_{b}", taken)
        yield pair, str(folder / f"{name}.png")


def _unique(stems: Sequence[str]) -> list[str]:
    """The files' names without suffix, numbered from the second on where several are the same."""
    taken: set[str] = set()
    return [_free(stem, taken) for stem in stems]


def _free(name: str, taken: set[str]) -> str:
    """``name``, or ``name-2``, ``name-3``, … where it is taken; some file systems do not know upper from lower case."""
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}-{number}"
    taken.add(candidate.casefold())
    return candidate
