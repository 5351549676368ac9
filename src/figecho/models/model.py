"""What every model is: a card that says which one it is, a preparation, and a similarity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class ModelCard:
    """What a result owes its reader about the model behind it.

    ``sha256`` is that of the model's or weights' file, None for a hash function, whose ``name`` has its version.
    ``settings`` is all that changes its answers besides the file.
    """

    name: str
    source: str
    licence: str
    sha256: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Equal keys give equal vectors of equal pictures: file, name and settings, hashed."""
        what = json.dumps([self.name, self.sha256, dict(self.settings)], sort_keys=True)
        return hashlib.sha256(what.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "settings": dict(self.settings)}


class Preparation(Protocol):
    """One picture, (H, W) or (H, W, 3) uint8 → a small array of it. Picklable: it runs where documents are read."""

    def __call__(self, pixels: Pixels) -> NDArray[Any]: ...


class Model(Protocol):
    """Pictures → a row each, and how near two rows are."""

    @property
    def card(self) -> ModelCard: ...

    @property
    def preparation(self) -> Preparation: ...

    def describe(self, prepared: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """Prepared pictures, of which a batch fits in memory → one row each, along the first axis."""

    def similarity(self, a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
        """Every row of ``a`` against every row of ``b``; 1 is the same."""

    def nearest(self, queries: NDArray[Any], stored: NDArray[Any], most: int) -> NDArray[np.int64]:
        """For each query the indices of stored rows, among which are the ``most`` similar ones; no order is meant."""


def ranked(
    model: Model, queries: NDArray[Any], stored: NDArray[Any], most: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """The ``most`` rows of ``stored`` that are most similar to each query: their indices and similarities, the most
    similar first, equal ones in the order of the rows."""
    for query, found in zip(queries, model.nearest(queries, stored, most), strict=True):
        near = np.unique(found)
        similarity = model.similarity(query[None], stored[near])[0]
        order = np.argsort(-similarity, kind="stable")[:most]
        yield near[order], similarity[order]
