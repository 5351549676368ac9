"""How alike the pictures of a folder are, every one with every other: a matrix to rank by, never a finding.

Workers read and shrink the pictures, since files may be hostile; this process feeds the shrunk ones to the model in
batches, and keeps every vector under its content and model, so that a repeated or interrupted scan goes on.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho._version import __version__
from figecho.errors import OptionError
from figecho.models.model import Model, Preparation, ranked
from figecho.models.open import open_model
from figecho.options import Limits, SimilarityOptions
from figecho.scan.cost import WORKING_COPIES
from figecho.scan.plan import as_paths, make_plan
from figecho.scan.progress import Progress, Silent, stage
from figecho.scan.spooled import spool_all
from figecho.store.embeddings import Embeddings
from figecho.store.runs import DEFAULT_ROOT
from figecho.types import Document, Picture
from figecho.work.isolate import Workers

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
#: Longest side of the thumbnails that a heat map shows.
THUMBNAIL = 96
#: Pictures whose vectors are computed and stored at a time: an interruption loses no more than these.
STORED_TOGETHER = 64
#: Pictures up to which the whole matrix is given: it takes 200 MB, and five times as much as text.
MOST_IN_MATRIX = 5_000


@dataclass(frozen=True)
class PicturePair:
    """Two pictures' addresses and how alike they are."""

    a: str
    b: str
    similarity: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class SimilarityRun:
    """How alike all pictures are. It is neither true nor false: ask for ``.pairs()`` or ``.similarity``.

    Attributes
    ----------
    measure : the model that measured it.
    pictures : their addresses, in the order of the ledger.
    rows : what the model made of each picture, along the first axis.
    thumbnails : (h, w, 3) uint8 each, at most `THUMBNAIL` on a side.
    """

    method: str
    settings: dict[str, Any]
    measure: Model
    documents: tuple[Document, ...]
    pictures: tuple[str, ...]
    rows: NDArray[Any]
    thumbnails: tuple[NDArray[np.uint8], ...]

    def __bool__(self) -> bool:
        raise TypeError("similarities have no truth value; ask for .pairs() or .similarity")

    @property
    def model(self) -> dict[str, Any]:
        """The card of the model."""
        return self.measure.card.to_dict()

    @cached_property
    def similarity(self) -> NDArray[np.float64]:
        """(n, n), symmetric; cosine in [-1, 1], or 1 − Hamming distance / bits of a hash.

        Raises
        ------
        OptionError : more than `MOST_IN_MATRIX` pictures.
        """
        if len(self.pictures) > MOST_IN_MATRIX:
            raise OptionError(
                f"{len(self.pictures)} pictures are too many for one matrix, which holds {MOST_IN_MATRIX};"
                " --format text lists the most similar pairs of any number"
            )
        return self.matrix(len(self.pictures))

    def matrix(self, count: int) -> NDArray[np.float64]:
        """`similarity` of the first ``count`` pictures."""
        rows = self.rows[:count]
        return self.measure.similarity(rows, rows)

    def pairs(self, most: int | None = None) -> list[PicturePair]:
        """All pairs, or the ``most`` alike, the most alike first; equal ones in the order of the pictures."""
        if most is None:
            first, second = np.triu_indices(len(self.pictures), k=1)
            found = list(zip(first.tolist(), second.tolist(), self.similarity[first, second].tolist(), strict=True))
        else:
            found = self._nearest(most)
        found.sort(key=lambda pair: (-pair[2], pair[0], pair[1]))
        return [PicturePair(self.pictures[a], self.pictures[b], round(value, 6)) for a, b, value in found[:most]]

    def _nearest(self, most: int) -> list[tuple[int, int, float]]:
        """Pairs among which the ``most`` alike of all are: in each of these, the one picture is among the ``most``
        nearest to the other, which is itself near itself."""
        alike = {}
        for a, (others, values) in enumerate(ranked(self.measure, self.rows, self.rows, most + 1)):
            for b, value in zip(others.tolist(), values.tolist(), strict=True):
                if a != b:
                    alike[min(a, b), max(a, b)] = value
        return [(a, b, value) for (a, b), value in alike.items()]

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": "figecho.similarities/1",
            "method": self.method,
            "version": __version__,
            "settings": self.settings,
            "model": self.model,
            "documents": [document.to_dict() for document in self.documents],
            "pictures": list(self.pictures),
            "similarity": np.round(self.similarity, 6).tolist(),
        }


def scan_similarity(
    paths: Paths,
    options: SimilarityOptions,
    *,
    jobs: int | None = None,
    root: str | os.PathLike[str] = DEFAULT_ROOT,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    progress: Progress | None = None,
    model: Model | None = None,
) -> SimilarityRun:
    """How alike every two pictures of some files and folders are.

    Parameters
    ----------
    paths, jobs, root, limits, progress : as for `figecho.scan.scan.scan`; vectors are kept under ``root``.
    options : the method, and the weights for VGG16.
    model : used instead of the one that ``options`` name.

    Raises
    ------
    InputError, OptionError, UnavailableError : the model cannot be used, see `figecho.models.open.open_model`.
    StoreError : vectors cannot be kept. Documents that cannot be read raise nothing: the ledger has them.
    """
    model = model or open_model(options)
    plan, watcher = make_plan(as_paths(paths)), progress or Silent()
    with (
        tempfile.TemporaryDirectory(prefix="figecho-") as spool,
        Workers(jobs, memory_bytes=WORKING_COPIES * limits.memory_bytes, preload=(__name__,)) as workers,
    ):
        ledger, pictures = spool_all(plan, Path(spool), Prepare(model.preparation), workers, limits, watcher)
        at = {picture.content: picture for picture in pictures}

        def prepared(contents: Sequence[str]) -> Iterator[Prepared]:
            for part in parts(contents, STORED_TOGETHER):
                yield {content: at[content].load()["prepared"] for content in part}

        with Embeddings(root, model.card.key) as embeddings:
            rows = describe_all([picture.content for picture in pictures], prepared, model, embeddings, watcher)
        thumbnails = tuple(picture.load()["thumbnail"] for picture in pictures)
    return SimilarityRun(
        options.method,
        asdict(options),
        model,
        ledger,
        tuple(picture.address for picture in pictures),
        rows,
        thumbnails,
    )


# ---- pictures to small arrays, in workers ---------------------------------------------------------------------


@dataclass(frozen=True)
class Prepare:
    """What is kept of a picture: what the model is fed with, and a thumbnail."""

    preparation: Preparation

    def __call__(self, picture: Picture) -> dict[str, NDArray[Any]]:
        return {"prepared": self.preparation(picture.pixels), "thumbnail": thumbnail(picture.pixels)}


def thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) or (H, W, 3) uint8 → RGB, shrunk by averaging until its longest side is at most `THUMBNAIL`."""
    zoom = min(1.0, THUMBNAIL / max(pixels.shape[:2]))
    size = (max(1, round(pixels.shape[1] * zoom)), max(1, round(pixels.shape[0] * zoom)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small if small.ndim == 3 else cv2.cvtColor(small, cv2.COLOR_GRAY2RGB), dtype=np.uint8)


# ---- small arrays to vectors, here ----------------------------------------------------------------------------

#: What a model is fed with of some contents.
Prepared = Mapping[str, NDArray[Any]]


def describe_all(
    contents: Sequence[str],
    prepared: Callable[[Sequence[str]], Iterable[Prepared]],
    model: Model,
    embeddings: Embeddings,
    progress: Progress,
) -> NDArray[Any]:
    """One row per content, in their order; each content is described once, now or in an earlier scan.

    ``prepared`` gives what the model is fed with of those that it has not described, in batches that fit in memory.
    """
    rows = embeddings.known(contents)
    missing = [content for content in dict.fromkeys(contents) if content not in rows]
    with stage(progress, "describing", len(missing)):
        for batch in prepared(missing):
            new = dict(zip(batch, model.describe(list(batch.values())), strict=True))
            embeddings.add(new)
            rows.update(new)
            progress.advance(len(new))
    if not contents:
        return model.describe([])
    return np.stack([rows[content] for content in contents])


def parts(items: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """The items, ``size`` at a time."""
    return (tuple(items[start : start + size]) for start in range(0, len(items), size))
