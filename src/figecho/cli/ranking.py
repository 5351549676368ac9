"""`figecho compare`, `scan` and `library query` with a similarity of whole pictures: they rank, and never accuse."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from figecho.cli import render
from figecho.errors import OptionError
from figecho.options import Limits, SimilarityOptions, is_similarity, similarity_options
from figecho.types import Document

#: Pairs that a scan prints as text, and panels of a library that are named per new panel, where `--top` does not say.
TOP, PER_PANEL = 50, 10
DRAWING = "similarity.png"


def asked(method: str, weights: Path | None, preprocess: list[str] | None = None) -> SimilarityOptions | None:
    """The similarity that the options ask for, if they ask for one."""
    if not is_similarity(method) and weights is None and not preprocess:
        return None
    return similarity_options(method, weights, preprocess or ())


def fetch_weights(options: SimilarityOptions, *, quiet: bool) -> None:
    """Have VGG16's weights fetched before they are needed, where a person sees what is fetched and how far it is."""
    if options.method != "vgg16" or options.weights is not None:
        return
    from figecho.models import fetch
    from figecho.models.extra import needed

    needed("onnxruntime")
    say = (lambda text: None) if quiet else render.message
    if fetch.cached(fetch.VGG16_NOTOP) is None:
        with render.progress(quiet=quiet) as progress:
            fetch.fetch(fetch.VGG16_NOTOP, say=say, watcher=progress)


@dataclass(frozen=True)
class Wanted:
    """How a result is wanted: ``top`` pairs of a scan as text, or panels of a library per new one; format and file."""

    top: int | None
    format: str
    out: Path | None
    quiet: bool
    verbose: bool

    def __post_init__(self) -> None:
        if self.top is not None and self.top < 1:
            raise OptionError(f"--top {self.top} must be at least 1")


def rank(
    paths: list[str],
    options: SimilarityOptions,
    wanted: Wanted,
    *,
    draw: Path | None,
    report: Path | None,
    jobs: int | None,
    limits: Limits,
) -> bool:
    """How alike all pictures are, printed and drawn; returns whether some documents could not be read."""
    from figecho.report import similarity
    from figecho.scan.embeddings import scan_similarity

    fetch_weights(options, quiet=wanted.quiet)
    with render.progress(quiet=wanted.quiet) as progress:
        done = scan_similarity(paths, options, jobs=jobs, limits=limits, progress=progress)
    if draw is not None:
        draw.mkdir(parents=True, exist_ok=True)
        similarity.draw(done).save(draw / DRAWING)
    if report is not None:
        report.write_text(similarity.page(done), encoding="utf-8", errors="backslashreplace")
    if wanted.format == "text":
        pairs = ((pair.a, pair.b, pair.similarity) for pair in done.pairs(wanted.top or TOP))
        render.ranking(done.method, pairs, wanted.out)
    elif wanted.format == "json":
        _json(done, wanted.out)
    elif wanted.format == "jsonl":
        _lines(done.pairs(), wanted.out)
    else:
        render.data(similarity.matrix_csv(done), wanted.out)
    return _summed(done.documents, render.count(len(done.pictures), "picture"), wanted)


def rank_library(
    library: Path, paths: list[str], options: SimilarityOptions, wanted: Wanted, *, jobs: int | None, limits: Limits
) -> bool:
    """What of a library looks most like new panels, printed; returns whether some documents could not be read."""
    from figecho.report import similarity
    from figecho.scan.similar import most_similar

    fetch_weights(options, quiet=wanted.quiet)
    with render.progress(quiet=wanted.quiet) as progress:
        done = most_similar(
            paths, library, options, top=wanted.top or PER_PANEL, jobs=jobs, limits=limits, progress=progress
        )
    if wanted.format == "text":
        pairs = ((pair.a.name, pair.b.name, pair.similarity) for pair in done.pairs)
        render.ranking(done.method, pairs, wanted.out)
    elif wanted.format == "json":
        _json(done, wanted.out)
    elif wanted.format == "jsonl":
        _lines(done.pairs, wanted.out)
    else:
        render.data(similarity.pairs_csv(done.method, done.pairs), wanted.out)
    new, held = done.compared
    return _summed(done.documents, f"{render.count(new, 'panel')} ranked against {held}", wanted)


class _Serialisable(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


def _json(done: _Serialisable, out: Path | None) -> None:
    render.data(json.dumps(done.to_dict(), indent=2, ensure_ascii=False) + "\n", out)


def _lines(pairs: Iterable[_Serialisable], out: Path | None) -> None:
    render.data("".join(json.dumps(pair.to_dict(), ensure_ascii=False) + "\n" for pair in pairs), out)


def _summed(documents: Sequence[Document], what: str, wanted: Wanted) -> bool:
    if not wanted.quiet:
        render.ranking_summary(documents, what, verbose=wanted.verbose)
    return any(document.status == "refused" for document in documents)
