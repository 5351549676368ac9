"""A model for tests of what stands around models: it sees the mean colour, and counts what it was asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from figecho.features.embed import Recipe, cosine, nearest
from figecho.models.model import ModelCard, Pixels
from figecho.models.preprocess import Shrink


@dataclass
class MeanColour:
    card: ModelCard = field(default_factory=lambda: ModelCard("mean colour", "", "", "0" * 64))
    preparation: Shrink = field(default_factory=lambda: Shrink(Recipe(8, 8, shorter_side=None)))
    asked: int = 0

    def describe(self, prepared: Sequence[Pixels]) -> NDArray[np.float64]:
        self.asked += len(prepared)
        return np.array([picture.mean(axis=(0, 1)) for picture in prepared]).reshape(-1, 3)

    def similarity(self, a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        return cosine(a, b)

    def nearest(self, queries: NDArray[np.float64], stored: NDArray[np.float64], most: int) -> NDArray[np.int64]:
        return nearest(queries, stored, most)
