"""A scan, from paths to a stored run: plan, read, compare, conclude. It goes on where an interrupted one stopped.

Workers do what takes time and may go wrong; this process alone writes, in small transactions.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

from figecho._version import __version__
from figecho.errors import StoreError
from figecho.features.serialize import VERSION as FEATURES_VERSION
from figecho.options import Limits, ReuseOptions, reuse_options
from figecho.scan import verify
from figecho.scan.blocks import run_blocks
from figecho.scan.candidates import AllPairs, Block, Candidates, block_side
from figecho.scan.group import make_findings, make_groups
from figecho.scan.plan import WORKING_COPIES, Entry, as_paths, make_plan, plan_key, seconds_for
from figecho.scan.prepare import Prepared, PrepareTask, prepare, read_row, refused_row, stored_panels
from figecho.scan.progress import Progress, Silent, stage
from figecho.store.catalogue import Catalogue, Examined
from figecho.store.runs import DEFAULT_ROOT, SPOOL, begin, load_run
from figecho.types import OFFERED, Occurrence, Run
from figecho.work.isolate import Outcome, Runner, Workers

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
#: Loaded once for all workers.
PRELOAD = ("figecho.scan.prepare", "figecho.scan.verify")


def scan(
    paths: Paths,
    *,
    profile: str = "balanced",
    jobs: int | None = None,
    root: str | os.PathLike[str] = DEFAULT_ROOT,
    progress: Progress | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Run:
    """Compare all panels of all documents with each other.

    Parameters
    ----------
    paths : files and folders; ``stack.tif#page=2`` is one page.
    profile : ``fast``, ``balanced`` or ``thorough``.
    jobs : worker processes; one per core where None.
    root : folder that keeps the runs.
    progress : is told how far the scan is.
    limits : what a document or a pair may cost.

    Returns
    -------
    Run : stored under ``root``. The same call after an interruption goes on where that stopped.

    Raises
    ------
    OptionError : an unknown profile.
    StoreError : the run cannot be stored. Documents that cannot be read raise nothing: the ledger has them.
    """
    options = reuse_options(profile)
    settings = {"method": "reuse", "profile": profile, **asdict(options)}
    plan = make_plan(as_paths(paths))
    key = plan_key(plan, {**settings, **asdict(limits), "version": __version__, "features": FEATURES_VERSION})
    watcher = progress or Silent()
    with begin(root, key, {"version": __version__, "settings": settings}) as catalogue:
        with Workers(jobs, memory_bytes=WORKING_COPIES * limits.memory_bytes, preload=PRELOAD) as workers:
            _read(plan, catalogue, workers, options, limits, watcher)
            candidates = AllPairs([content.key for content in catalogue.contents()])
            _compare(candidates, catalogue, workers, options, limits, watcher)
        _conclude(catalogue, candidates.count())
    return load_run(catalogue.path)


def _read(
    plan: Sequence[Entry],
    catalogue: Catalogue,
    runner: Runner,
    options: ReuseOptions,
    limits: Limits,
    progress: Progress,
) -> None:
    """Fill the ledger: every entry of the plan becomes one row."""
    done = catalogue.documents()
    for entry in plan:
        if entry.settled is not None and entry.position not in done:
            catalogue.add_document(entry.position, entry.settled)
    to_read = [entry for entry in plan if entry.settled is None]
    entries = {}
    for entry in to_read:
        if entry.position not in done:
            spool = catalogue.path.parent / SPOOL / str(entry.position)
            entries[PrepareTask(entry.path, spool, options, limits)] = entry
    with stage(progress, "reading", len(to_read)):
        progress.advance(len(to_read) - len(entries))
        for outcome in runner.run(prepare, entries, timeout=lambda task: seconds_for(entries[task], limits)):
            _store_document(catalogue, entries[outcome.item], outcome)
            progress.advance()


def _store_document(catalogue: Catalogue, entry: Entry, outcome: Outcome[PrepareTask, Prepared]) -> None:
    spool = outcome.item.spool
    if isinstance(outcome.error, StoreError):
        raise outcome.error
    if outcome.error is not None:
        catalogue.add_document(entry.position, refused_row(entry.path, outcome.error))
    else:
        prepared = outcome.value
        catalogue.add_document(entry.position, read_row(entry.path, prepared), stored_panels(prepared, spool))
    shutil.rmtree(spool, ignore_errors=True)


def _compare(
    candidates: Candidates,
    catalogue: Catalogue,
    runner: Runner,
    options: ReuseOptions,
    limits: Limits,
    progress: Progress,
) -> None:
    """Examine every candidate pair that is not examined yet."""
    pairs = candidates.count()

    def open_tasks() -> Iterator[verify.VerifyTask]:
        for block in candidates.blocks(block_side(pairs, runner.jobs)):
            if rest := _unexamined(catalogue, block, progress):
                yield verify.VerifyTask(catalogue.path, rest, options)

    with stage(progress, "comparing", pairs):
        outcomes = run_blocks(
            runner,
            verify.verify,
            open_tasks(),
            timeout=lambda task: verify.seconds_for(len(task.pairs), limits),
            split=lambda task: tuple(replace(task, pairs=(pair,)) for pair in task.pairs),
        )
        for outcome in outcomes:
            catalogue.add_pairs(_failed(outcome) if outcome.error else outcome.value)
            progress.advance(len(outcome.item.pairs))


def _unexamined(catalogue: Catalogue, block: Block, progress: Progress) -> Block:
    done = catalogue.examined(block)
    progress.advance(len(done))
    return tuple(pair for pair in block if pair not in done)


def _failed(outcome: Outcome[verify.VerifyTask, tuple[Examined, ...]]) -> tuple[Examined, ...]:
    error = outcome.error
    words = str(error) if type(error).__module__ == "figecho.errors" else f"{type(error).__name__}: {error}"
    return tuple(Examined(a, b, failure=" ".join(words.split())) for a, b in outcome.item.pairs)


def _conclude(catalogue: Catalogue, pairs: int) -> None:
    """Findings, groups, and what could not be compared."""
    findings = make_findings(catalogue.occurrences(), catalogue.contents(), catalogue.judged(OFFERED))
    first: dict[str, Occurrence] = {}
    for occurrence in catalogue.occurrences():
        first.setdefault(occurrence.content, occurrence)
    catalogue.finish(
        findings,
        groups=make_groups(findings),
        pairs=pairs,
        verified=catalogue.count_examined(),
        failed=[f"{first[pair.a].name} ~ {first[pair.b].name}: {pair.failure}" for pair in catalogue.failures()],
    )
