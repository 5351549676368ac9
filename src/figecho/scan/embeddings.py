"""How alike the pictures of a folder are, every one with every other: a matrix to rank by, never a finding.

Workers read and shrink the pictures, since files may be hostile; this process feeds the shrunk ones to the model in
batches, and keeps every vector under its content and model, so that a repeated or interrupted scan goes on.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho._version import __version__
from figecho.errors import OptionError
from figecho.models.model import Model, Preparation
from figecho.models.open import open_model
from figecho.options import Limits, SimilarityOptions
from figecho.scan.cost import WORKING_COPIES
from figecho.scan.plan import as_paths, make_plan
from figecho.scan.progress import Progress, Silent, stage
from figecho.scan.spooled import Spooled, spool_all
from figecho.store.embeddings import Embeddings
from figecho.store.runs import DEFAULT_ROOT
from figecho.types import Document, Picture
from figecho.work.isolate import Workers

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
#: Longest side of the thumbnails that a heat map shows.
THUMBNAIL = 96
#: Pictures whose vectors are computed and stored at a time: an interruption loses no more than these.
STORED_TOGETHER = 64
#: The matrix of so many pictures takes 3 GB; more are refused before they are described.
MOST_PICTURES = 20_000


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
    """How alike all pictures are.

    Attributes
    ----------
    model : the card of the model that measured it.
    pictures : their addresses, in the order of the ledger.
    similarity : (n, n) float64, symmetric; cosine in [-1, 1], or 1 − Hamming distance / bits of a hash.
    thumbnails : (h, w, 3) uint8 each, at most `THUMBNAIL` on a side.
    """

    method: str
    settings: dict[str, Any]
    model: dict[str, Any]
    documents: tuple[Document, ...]
    pictures: tuple[str, ...]
    similarity: NDArray[np.float64]
    thumbnails: tuple[NDArray[np.uint8], ...]

    def pairs(self, most: int | None = None) -> list[PicturePair]:
        """All pairs, or the ``most`` alike, the most alike first; equal ones in the order of the pictures."""
        first, second = np.triu_indices(len(self.pictures), k=1)
        values = self.similarity[first, second]
        order = np.argsort(-values, kind="stable")[:most]
        return [
            PicturePair(self.pictures[first[at]], self.pictures[second[at]], round(float(values[at]), 6))
            for at in order
        ]

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
        if len(pictures) > MOST_PICTURES:
            raise OptionError(f"{len(pictures)} pictures are too many for one matrix; scan at most {MOST_PICTURES}")
        with Embeddings(root, model.card.key) as embeddings:
            rows = _describe_all(pictures, model, embeddings, watcher)
        thumbnails = tuple(picture.load()["thumbnail"] for picture in pictures)
    return SimilarityRun(
        options.method,
        asdict(options),
        model.card.to_dict(),
        ledger,
        tuple(picture.address for picture in pictures),
        model.similarity(rows, rows),
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


def _describe_all(
    pictures: Sequence[Spooled], model: Model, embeddings: Embeddings, progress: Progress
) -> NDArray[Any]:
    """One row per picture, in their order; each content is described once, now or in an earlier scan."""
    rows = embeddings.known(picture.content for picture in pictures)
    open_ones = {picture.content: picture for picture in pictures if picture.content not in rows}
    with stage(progress, "describing", len(open_ones)):
        for part in _parts(list(open_ones), STORED_TOGETHER):
            described = model.describe([open_ones[content].load()["prepared"] for content in part])
            new = dict(zip(part, described, strict=True))
            embeddings.add(new)
            rows.update(new)
            progress.advance(len(part))
    if not pictures:
        return model.describe([])
    return np.stack([rows[picture.content] for picture in pictures])


def _parts(items: Sequence[str], size: int) -> Iterator[list[str]]:
    left = iter(items)
    while part := list(islice(left, size)):
        yield part
