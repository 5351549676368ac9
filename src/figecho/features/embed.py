"""Whole pictures as vectors: what a network is fed, and how near two of its answers are.

Pure arithmetic. Files, resizing and the network itself are `figecho.models`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Resize = Literal["nearest", "box", "bilinear", "bicubic", "lanczos"]
RESIZES: tuple[Resize, ...] = ("nearest", "box", "bilinear", "bicubic", "lanczos")
#: Mean and standard deviation of ImageNet's training pictures in [0, 1], R, G, B: what most models are trained with.
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Recipe:
    """How a picture becomes a network's input.

    Attributes
    ----------
    height, width : what the network sees, in pixels.
    resize : the filter, as Pillow defines it.
    shorter_side : the picture is resized until its shorter side has so many pixels, then its centre is cut out; None
        stretches it to ``height`` × ``width``, whatever its shape.
    channels : order of the three colours.
    low, high : what the byte values 0 and 255 become, before ``mean`` and ``std``.
    mean, std : subtracted and divided by, in the order of ``channels``.
    """

    height: int = 224
    width: int = 224
    resize: Resize = "bilinear"
    shorter_side: int | None = 256
    channels: Literal["RGB", "BGR"] = "RGB"
    low: float = 0.0
    high: float = 1.0
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


#: What Keras feeds VGG16: ``load_img(target_size=(224, 224))``, whose resizing is "nearest" unless told otherwise, and
#: ``preprocess_input`` in "caffe" mode: B, G, R in 0–255 less the mean of ImageNet's pictures.
VGG16_RECIPE = Recipe(
    resize="nearest", shorter_side=None, channels="BGR", high=255.0, mean=(103.939, 116.779, 123.68), std=(1, 1, 1)
)


def tensor(pictures: NDArray[np.uint8], recipe: Recipe) -> NDArray[np.float32]:
    """``(n, h, w, 3)`` uint8 RGB → ``(n, 3, h, w)`` float32, contiguous, in the recipe's colours and range."""
    ordered = pictures[..., ::-1] if recipe.channels == "BGR" else pictures
    values = ordered.astype(np.float32)
    if (recipe.low, recipe.high) != (0.0, 255.0):
        values = values * np.float32((recipe.high - recipe.low) / 255) + np.float32(recipe.low)
    values -= np.array(recipe.mean, np.float32)
    if recipe.std != (1, 1, 1):
        values /= np.array(recipe.std, np.float32)
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2))


def cosine(a: NDArray[np.floating[Any]], b: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Cosine similarity of every row of ``a`` (n, d) with every row of ``b`` (m, d): (n, m), in [-1, 1].

    A vector of zeros points nowhere: its similarity is 0, with another one too.
    """
    return np.clip(_unit(a) @ _unit(b).T, -1.0, 1.0)


def nearest(queries: NDArray[np.floating[Any]], stored: NDArray[np.floating[Any]], most: int) -> NDArray[np.int64]:
    """The ``most`` rows of ``stored`` (m, d) with the greatest cosine to each of ``queries`` (n, d): indices (n, k).

    faiss compares in single precision; `cosine` tells the value.
    """
    count = min(most, len(stored))
    if not count or not len(queries):
        return np.zeros((len(queries), 0), np.int64)
    import faiss

    a, b = (_unit(rows).astype(np.float32) for rows in (queries, stored))
    _, found = faiss.knn(a, b, count, metric=faiss.METRIC_INNER_PRODUCT)
    return np.asarray(found, dtype=np.int64)


def _unit(rows: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    rows = rows.astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0))
