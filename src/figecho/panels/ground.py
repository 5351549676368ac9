"""The ground of a figure: the even colour of its gutters, and what stands on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Mask = NDArray[np.uint8]

#: A ground drawn by a program is exact; after JPEG it scatters by this many gray levels near edges.
EXACT = 3
SCATTERED = 10
#: The ground of a tightly packed figure covers at least this share of it: four hairlines across a page.
LEAST_SHARE = 0.004
#: Of the pixels close to a ground's colour, the share that has exactly it (to one level): less, and it is no ground but
#: the empty part of a photograph.
EVEN_SHARE = 0.6
#: Within a block of JPEG of strong edges (that differ from the ground by this much), the share that is close to the
#: ground's colour but not exactly it, from which on the picture has been compressed.
STRONG = 60
HALO = 9
SCATTERED_SHARE = 0.15


@dataclass(frozen=True)
class Ground:
    """An even colour and how far from it, in gray levels of the worst channel, a pixel still belongs to it."""

    colour: tuple[int, int, int]
    tolerance: int


def rgb(pixels: Pixels) -> Pixels:
    """``(H, W)`` or ``(H, W, 3)`` → ``(H, W, 3)``, contiguous."""
    return np.ascontiguousarray(pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2))


def candidates(pixels: Pixels) -> list[Ground]:
    """Colours that may be the ground of an RGB figure, the most likely first: its border's, white, its commonest."""
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    sample = pixels[:: max(1, pixels.shape[0] // 400), :: max(1, pixels.shape[1] // 400)].reshape(-1, 3)
    colours = [_commonest(border), (255, 255, 255), _commonest(sample), (0, 0, 0)]
    grounds: list[Ground] = []
    for colour in colours:
        if all(_distance(colour, other.colour) > SCATTERED for other in grounds):
            ground = _measured(pixels, colour)
            if ground is not None:
                grounds.append(ground)
    return grounds


def ink(pixels: Pixels, ground: Ground) -> Mask:
    """``(H, W)`` uint8, 1 where an RGB picture is not its ground."""
    low = np.clip(np.array(ground.colour) - ground.tolerance, 0, 255)
    high = np.clip(np.array(ground.colour) + ground.tolerance, 0, 255)
    return np.asarray(cv2.inRange(pixels, low, high) == 0, dtype=np.uint8)


def _measured(pixels: Pixels, colour: tuple[int, int, int]) -> Ground | None:
    """The ground with its tolerance; None where the colour covers too little, or is not even."""
    wide = Ground(colour, SCATTERED)
    close = 1 - ink(pixels, wide)
    near = int(close.sum())
    exact = 1 - ink(pixels, Ground(colour, 1))
    if near < LEAST_SHARE * close.size or int(exact.sum()) < EVEN_SHARE * near:
        return None
    # JPEG scatters a ground round strong edges; a light panel on an exact ground lies mostly away from them.
    edges = cv2.dilate(ink(pixels, Ground(colour, STRONG)), np.ones((HALO, HALO), np.uint8)) > 0
    beside = int(close[edges].sum())
    scattered = beside - int(exact[edges].sum())
    return wide if scattered > SCATTERED_SHARE * beside else Ground(colour, EXACT)


def _commonest(colours: NDArray[Any]) -> tuple[int, int, int]:
    """The commonest colour, to within eight levels, then exactly."""
    bins = (colours.astype(np.int64) + 4) // 8
    codes = bins[:, 0] << 16 | bins[:, 1] << 8 | bins[:, 2]
    values, counts = np.unique(codes, return_counts=True)
    chosen = colours[codes == values[counts.argmax()]]
    red, green, blue = np.median(chosen, axis=0).astype(int).tolist()
    return red, green, blue


def _distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))
