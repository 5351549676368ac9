"""A scan, from paths to a stored run: plan, read, compare, conclude. It goes on where an interrupted one stopped.

Workers do what takes time and may go wrong; this process alone writes, in small transactions. What was read and
compared is kept in a cache under the root, so that the next scan of the same content neither decodes nor detects.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from figecho._version import __version__
from figecho.figures import AS_FOUND, Corrections
from figecho.options import Limits, ReuseOptions, reuse_options, within_options
from figecho.scan import verify, within
from figecho.scan.blocks import run_blocks
from figecho.scan.candidates import Block, Candidates, block_side, choose_candidates
from figecho.scan.conclude import conclude
from figecho.scan.corpus import Corpus, Reference
from figecho.scan.plan import Entry, as_paths, make_plan, plan_key
from figecho.scan.progress import Progress, Silent, stage
from figecho.scan.reading import Reader
from figecho.scan.running import open_runner
from figecho.scan.settings import cache_key
from figecho.store.catalogue import Catalogue
from figecho.store.panels import Examined
from figecho.store.runs import DEFAULT_ROOT, SPOOL, begin, load_run, open_cache
from figecho.types import Run
from figecho.work.isolate import Outcome, Runner

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def scan(
    paths: Paths,
    *,
    profile: str = "balanced",
    jobs: int | None = None,
    root: str | os.PathLike[str] = DEFAULT_ROOT,
    progress: Progress | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    against: Reference | None = None,
    cluster: str | None = None,
    look_within: bool = True,
    corrections: Corrections = AS_FOUND,
) -> Run:
    """Compare all panels of all documents with each other, and with a library's where one is given.

    Parameters
    ----------
    paths : files and folders; ``stack.tif#page=2`` is one page.
    profile : ``fast``, ``balanced`` or ``thorough``.
    jobs : worker processes; one per core where None. With 0 everything runs in this process, which a document that
        crashes a decoder then ends: for debugging.
    root : folder that keeps the runs and the cache.
    progress : is told how far the scan is.
    limits : what a document or a pair may cost.
    against : a library's panels, described with the same options, to compare with as well, or ``only`` with these.
    cluster : address of a Dask cluster to run on instead of this machine's cores, or ``local:N`` (see `Cluster`).
    look_within : also look for copies inside each new panel up to 4 megapixels; the profile ``fast`` never does.
    corrections : panels that a person set, in place of those found.

    Returns
    -------
    Run : stored under ``root``. The same call after an interruption goes on where that stopped.

    Raises
    ------
    OptionError : an unknown profile, or a cluster whose workers have other versions or do not share the folder.
    StoreError : the run cannot be stored. Documents that cannot be read raise nothing: the ledger has them.
    """
    options = reuse_options(profile)
    inside = within_options(profile) if look_within and profile != "fast" else None
    settings = {"method": "reuse", "profile": profile, **asdict(options), "within": inside and asdict(inside)}
    if against is not None:
        settings |= {"against": str(against.store.parent), "only_against": against.only}
    if corrections.digest:
        settings |= {"panels": corrections.digest}
    plan = make_plan(as_paths(paths))
    key = plan_key(plan, {**settings, **asdict(limits), "version": __version__})
    watcher = progress or Silent()
    shared = [Path(root), *([against.store.parent] if against is not None else [])]
    with (
        begin(root, key, {"version": __version__, "settings": settings}) as catalogue,
        open_cache(root, cache_key(options, limits)) as cache,
        open_runner(cluster, jobs, limits, shared) as workers,
    ):
        spool = catalogue.path.parent / SPOOL
        _read(plan, catalogue, Reader(cache, workers, options, limits, spool, watcher, corrections))
        with Corpus(catalogue.contents(), cache, against) as corpus:
            candidates = choose_candidates(corpus, workers, spool, watcher)
            failed = _compare(candidates, corpus, workers, options, limits, watcher)
            unseen = within.look_inside(corpus, workers, inside, limits, watcher) if inside else []
            conclude(catalogue, corpus, candidates, failed, within.insides(corpus, inside), unseen)
    return load_run(catalogue.path, root)


def _read(plan: Sequence[Entry], catalogue: Catalogue, reader: Reader) -> None:
    """Fill the ledger: every entry of the plan becomes one row.

    What an interrupted scan had read comes from the cache, which, unlike its ledger, is sure to hold the features.
    """
    catalogue.clear_documents()
    for settled in reader.read(plan):
        catalogue.add_document(settled.entry.position, settled.row, settled.places)


def _compare(
    candidates: Candidates,
    corpus: Corpus,
    runner: Runner,
    options: ReuseOptions,
    limits: Limits,
    progress: Progress,
) -> list[Examined]:
    """Examine every candidate pair that was not examined before; the pairs that failed."""
    pairs = candidates.count()
    failed: list[Examined] = []

    def open_tasks() -> Iterator[verify.VerifyTask]:
        for block in candidates.blocks(block_side(pairs, runner.jobs)):
            if rest := _unexamined(corpus, block, progress):
                yield verify.VerifyTask(corpus.files, rest, options)

    with stage(progress, "comparing", pairs):
        outcomes = run_blocks(
            runner,
            verify.verify,
            open_tasks(),
            timeout=lambda task: verify.seconds_for(len(task.pairs), limits),
            split=lambda task: tuple(replace(task, pairs=(pair,)) for pair in task.pairs),
        )
        for outcome in outcomes:
            if outcome.error is None:
                corpus.cache.add_pairs(outcome.value)
            else:
                failed.extend(_failed(outcome))
            progress.advance(len(outcome.item.pairs))
    return failed


def _unexamined(corpus: Corpus, block: Block, progress: Progress) -> Block:
    block = tuple(map(verify.in_order, block))
    done = corpus.cache.verdicts(block)
    progress.advance(len(done))
    return tuple(pair for pair in block if pair not in done)


def _failed(outcome: Outcome[verify.VerifyTask, tuple[Examined, ...]]) -> tuple[Examined, ...]:
    error = outcome.error
    words = str(error) if type(error).__module__ == "figecho.errors" else f"{type(error).__name__}: {error}"
    return tuple(Examined(a, b, failure=" ".join(words.split())) for a, b in outcome.item.pairs)
