"""`figecho compare` and `scan` with a similarity of whole pictures: they rank, and never accuse."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from figecho.cli import render
from figecho.errors import OptionError
from figecho.options import Limits, SimilarityOptions, is_similarity

if TYPE_CHECKING:
    from figecho.scan.embeddings import SimilarityRun

#: Pairs that a scan prints as text where `--top` does not say.
TOP = 50
DRAWING = "similarity.png"


def asked(method: str, weights: Path | None, preprocess: list[str] | None = None) -> SimilarityOptions | None:
    """The similarity that the options ask for, if they ask for one."""
    if not is_similarity(method) and weights is None and not preprocess:
        return None
    return SimilarityOptions(method, None if weights is None else str(weights), tuple(preprocess or ()))


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
    """How the result of a scan is wanted: ``top`` pairs as text, drawn, reported, in a format, into a file."""

    top: int | None
    draw: Path | None
    report: Path | None
    format: str
    out: Path | None
    quiet: bool
    verbose: bool

    def __post_init__(self) -> None:
        if self.top is not None and self.top < 1:
            raise OptionError(f"--top {self.top} must be at least 1")


def rank(paths: list[str], options: SimilarityOptions, wanted: Wanted, *, jobs: int | None, limits: Limits) -> bool:
    """How alike all pictures are, printed and drawn; returns whether some documents could not be read."""
    from figecho.scan.embeddings import scan_similarity

    fetch_weights(options, quiet=wanted.quiet)
    with render.progress(quiet=wanted.quiet) as progress:
        done = scan_similarity(paths, options, jobs=jobs, limits=limits, progress=progress)
    if wanted.draw is not None:
        from figecho.report import similarity

        wanted.draw.mkdir(parents=True, exist_ok=True)
        similarity.draw(done).save(wanted.draw / DRAWING)
    if wanted.report is not None:
        from figecho.report import similarity

        wanted.report.write_text(similarity.page(done), encoding="utf-8", errors="backslashreplace")
    _write(done, wanted.format, wanted.out, wanted.top or TOP)
    if not wanted.quiet:
        render.ranking_summary(done, verbose=wanted.verbose)
    return any(document.status == "refused" for document in done.documents)


def _write(done: SimilarityRun, format: str, out: Path | None, top: int) -> None:
    if format == "text":
        render.ranking(done, top, out)
    elif format == "json":
        render.data(json.dumps(done.to_dict(), indent=2, ensure_ascii=False) + "\n", out)
    elif format == "jsonl":
        lines = (json.dumps(pair.to_dict(), ensure_ascii=False) + "\n" for pair in done.pairs())
        render.data("".join(lines), out)
    else:
        from figecho.report import similarity

        render.data(similarity.matrix_csv(done), out)
