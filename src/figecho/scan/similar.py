"""Which panels of a library look most like new ones: a list to look through, never a finding.

New documents are read as every scan reads them. A library's panels are described once per model, in workers that shrink
them; their vectors stay in the library's folder.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from figecho._version import __version__
from figecho.errors import OptionError, StoreError
from figecho.models.model import Model, Preparation, ranked
from figecho.models.open import open_model
from figecho.options import Limits, SimilarityOptions, reuse_options
from figecho.scan.corpus import Corpus
from figecho.scan.cost import WORKING_COPIES
from figecho.scan.embeddings import Prepared, describe_all, parts
from figecho.scan.plan import as_paths, make_plan
from figecho.scan.progress import Progress, Silent
from figecho.scan.reading import Reader, Settled
from figecho.scan.settings import cache_key
from figecho.scan.shelving import reference
from figecho.store.codec import png_to_pixels
from figecho.store.embeddings import Embeddings
from figecho.store.panels import PanelStore
from figecho.store.runs import DEFAULT_ROOT, open_cache
from figecho.types import Document, Occurrence
from figecho.work.isolate import Runner, Workers

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
#: Stored panels per task: shrinking one takes some hundredths of a second.
BATCH = 16
SECONDS_PER_PANEL = 20.0


@dataclass(frozen=True)
class SimilarPanels:
    """A new panel's place, a place of one of the library's, and how alike the two panels are."""

    a: Occurrence
    b: Occurrence
    similarity: float

    def to_dict(self) -> dict[str, Any]:
        return {"a": self.a.to_dict(), "b": self.b.to_dict(), "similarity": self.similarity}


@dataclass(frozen=True, eq=False)
class Ranking:
    """For every new panel the most similar ones of a library. It is neither true nor false: ask for ``.pairs``.

    Attributes
    ----------
    model : the card of the model that measured it.
    documents : the ledger of the new ones.
    pairs : new panel by new panel in the order of the documents, the most similar of the library first; one for every
        place where the two contents occur.
    compared : contents of the new documents, and of the library.
    """

    method: str
    settings: dict[str, Any]
    model: dict[str, Any]
    documents: tuple[Document, ...]
    pairs: tuple[SimilarPanels, ...]
    compared: tuple[int, int]

    def __bool__(self) -> bool:
        raise TypeError("a ranking has no truth value; ask for .pairs")

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": "figecho.ranking/1",
            "method": self.method,
            "version": __version__,
            "settings": self.settings,
            "model": self.model,
            "documents": [document.to_dict() for document in self.documents],
            "pairs": [pair.to_dict() for pair in self.pairs],
        }


def most_similar(
    paths: Paths,
    library: Path,
    options: SimilarityOptions,
    *,
    top: int = 10,
    jobs: int | None = None,
    root: str | os.PathLike[str] = DEFAULT_ROOT,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    progress: Progress | None = None,
    model: Model | None = None,
) -> Ranking:
    """The ``top`` panels of a library that are most similar to each panel of some files and folders.

    Parameters
    ----------
    paths, jobs, root, limits, progress : as for `figecho.scan.scan.scan`; what is read is kept under ``root``.
    options : the method, and the weights for VGG16.
    model : used instead of the one that ``options`` name.

    Raises
    ------
    InputError, OptionError, UnavailableError : the model cannot be used, or ``top`` is less than 1.
    StoreError : there is no such library, or vectors cannot be kept in its folder.
    """
    if top < 1:
        raise OptionError(f"--top {top} must be at least 1")
    profile, held = reference(library, None, only=True)
    model = model or open_model(options)
    reading, watcher = reuse_options(profile), progress or Silent()
    with (
        tempfile.TemporaryDirectory(prefix="figecho-") as spool,
        open_cache(root, cache_key(reading, limits)) as cache,
        Workers(jobs, memory_bytes=WORKING_COPIES * limits.memory_bytes, preload=(__name__,)) as workers,
    ):
        reader = Reader(cache, workers, reading, limits, Path(spool), watcher)
        settled = sorted(reader.read(make_plan(as_paths(paths))), key=lambda each: each.entry.position)
        places = _by_content(settled)
        with Corpus(tuple(places), cache, held) as corpus:
            prepared = partial(_prepared, corpus.files, model.preparation, workers)
            with Embeddings(root, model.card.key) as vectors:
                new = describe_all(corpus.new, prepared, model, vectors, watcher)
            with Embeddings(library, model.card.key) as vectors:
                known = describe_all(corpus.known, prepared, model, vectors, watcher)
            pairs = [
                SimilarPanels(a, b, round(float(value), 6))
                for key, (others, values) in zip(corpus.new, ranked(model, new, known, top), strict=True)
                for other, value in zip(others, values, strict=True)
                for a in places[key]
                for b in map(_among_others, corpus.earlier_places(corpus.known[other]))
            ]
            compared = (len(corpus.new), len(corpus.known))
    documents = tuple(each.row for each in settled)
    settings = {**asdict(options), "against": str(library), "top": top}
    return Ranking(options.method, settings, model.card.to_dict(), documents, tuple(pairs), compared)


def _by_content(settled: Sequence[Settled]) -> dict[str, list[Occurrence]]:
    """Where each content occurs, in the order of first occurrence."""
    places: dict[str, list[Occurrence]] = {}
    for each in settled:
        for place in each.places:
            places.setdefault(place.content, []).append(_among_others(place))
    return places


def _among_others(place: Occurrence) -> Occurrence:
    """The place under a name that says its document."""
    return replace(place, among_several=True)


# ---- stored panels to small arrays, in workers ----------------------------------------------------------------


@dataclass(frozen=True)
class ShrinkTask:
    """Stored panels, the stores that have them, and what a model wants of each."""

    keys: tuple[str, ...]
    stores: tuple[Path, ...]
    preparation: Preparation


def shrink(task: ShrinkTask) -> Prepared:
    """What the model is fed with of each stored panel.

    Raises
    ------
    StoreError : a panel's pixels are missing or have changed on the disk.
    """
    found = {}
    for path in task.stores:
        with PanelStore(path) as store:
            for key in task.keys:
                if key not in found and (data := store.png(key)) is not None:
                    found[key] = task.preparation(png_to_pixels(data))
    if missing := [key for key in task.keys if key not in found]:
        raise StoreError(f"{task.stores[-1]}: the pixels of {missing[0]} are missing; repeat the command")
    return found


def _prepared(
    stores: tuple[Path, ...], preparation: Preparation, runner: Runner, keys: Sequence[str]
) -> Iterator[Prepared]:
    tasks = [ShrinkTask(part, stores, preparation) for part in parts(keys, BATCH)]
    outcomes = runner.run(shrink, tasks, timeout=lambda task: SECONDS_PER_PANEL * (1 + len(task.keys)))
    return (outcome.value for outcome in outcomes)
