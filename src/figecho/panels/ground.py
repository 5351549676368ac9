"""The ground of a figure: the even colour of its gutters, and what stands on it."""

from __future__ import annotations

from dataclasses import dataclass

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
#: A ground from this level on is light, up to this one dark; holes of a middle tone up to this wide are closed.
LIGHT = 200
DARK = 50
PINHOLE = 3
#: The same holds where this share of its pixels has only its like around it.
SOLID_SHARE = 0.7
#: Within a block of JPEG of strong edges (that differ from the ground by this much), the share that is close to the
#: ground's colour but not exactly it, from which on the picture has been compressed.
STRONG = 60
HALO = 9
SCATTERED_SHARE = 0.15
#: Steps of eight gray levels, in which colours are counted.
STEPS = 33


@dataclass(frozen=True)
class Ground:
    """An even colour and how far from it, in gray levels of the worst channel, a pixel still belongs to it."""

    colour: tuple[int, int, int]
    tolerance: int

    @property
    def is_middle(self) -> bool:
        """Whether it is neither light nor dark: a tone that micrographs have in many places."""
        return min(self.colour) < LIGHT and max(self.colour) > DARK


def rgb(pixels: Pixels) -> Pixels:
    """``(H, W)`` or ``(H, W, 3)`` → ``(H, W, 3)``, contiguous."""
    return np.ascontiguousarray(pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB))


def candidates(pixels: Pixels, gutters: Mask) -> list[Ground]:
    """Colours that may be the ground of an RGB figure: its border's, white, its commonest, black.

    ``gutters`` is 1 where a cut found lines between panels; their colour comes first.
    """
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    sample = pixels[:: max(1, pixels.shape[0] // 400), :: max(1, pixels.shape[1] // 400)].reshape(-1, 3)
    between = pixels[gutters > 0]
    colours = [_commonest(between[:: max(1, len(between) // 50_000)])] if len(between) else []
    colours += [_commonest(border), (255, 255, 255), _commonest(sample), (0, 0, 0)]
    grounds: list[Ground] = []
    for colour in colours:
        if all(_distance(colour, other.colour) > SCATTERED for other in grounds):
            ground = _measured(pixels, colour)
            if ground is not None:
                grounds.append(ground)
    return grounds


def ink(pixels: Pixels, ground: Ground) -> Mask:
    """``(H, W)`` uint8, 1 where an RGB picture is not its ground; pinholes of a middle tone are closed."""
    mask = 1 - _close(pixels, ground)
    if ground.is_middle:
        mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((PINHOLE, PINHOLE), np.uint8)))
    return mask


def _close(pixels: Pixels, ground: Ground) -> Mask:
    """``(H, W)`` uint8, 1 where an RGB picture has the colour of its ground."""
    colour = np.array(ground.colour)
    within = cv2.inRange(pixels, colour - ground.tolerance, colour + ground.tolerance)
    return np.asarray(within, dtype=np.uint8) & np.uint8(1)


def _measured(pixels: Pixels, colour: tuple[int, int, int]) -> Ground | None:
    """The ground with its tolerance; None where the colour covers too little, or is not even."""
    wide = Ground(colour, SCATTERED)
    close = 1 - ink(pixels, wide)
    near = cv2.countNonZero(close)
    if near < LEAST_SHARE * close.size:
        return None
    exact = 1 - ink(pixels, Ground(colour, 1))
    if not _is_even(exact, near):
        return None
    # JPEG scatters a ground round strong edges; a light panel on an exact ground lies mostly away from them.
    strong = ink(pixels, Ground(colour, STRONG))
    edges = np.asarray(cv2.dilate(strong, np.ones((HALO, HALO), np.uint8)), dtype=np.uint8)
    beside = cv2.countNonZero(close & edges)
    scattered = beside - cv2.countNonZero(exact & edges)
    return wide if scattered > SCATTERED_SHARE * beside else Ground(colour, EXACT)


def _is_even(exact: Mask, near: int) -> bool:
    """Whether a colour's pixels are an even area: mostly exactly it, or in one piece (a panel may have its tone)."""
    count = cv2.countNonZero(exact)
    if count >= EVEN_SHARE * near:
        return True
    return cv2.countNonZero(cv2.erode(exact, np.ones((3, 3), np.uint8))) >= SOLID_SHARE * count


def _commonest(colours: NDArray[np.uint8]) -> tuple[int, int, int]:
    """The commonest colour of some (n, 3), to within eight levels, then exactly."""
    row = np.ascontiguousarray(colours)[None]
    # Steps of eight levels round the multiples of eight, so that 0 and 255 are the middle of one.
    counts = cv2.calcHist([row], [0, 1, 2], None, [STEPS] * 3, [-4, 8 * STEPS - 4] * 3)
    low = 8 * np.array(np.unravel_index(int(counts.argmax()), counts.shape)) - 4
    chosen = np.asarray(cv2.inRange(row, low, low + 7), dtype=np.uint8)
    red, green, blue = np.floor(median_colour(colours, chosen)).astype(int).tolist()
    return red, green, blue


def median_colour(colours: NDArray[np.uint8], chosen: Mask | None = None) -> NDArray[np.float64]:
    """The median of each channel of colours (n, 3): (3,), whole or half gray levels.

    ``chosen`` (1, n) is not 0 where a colour counts; at least one does.
    """
    row = np.ascontiguousarray(colours)[None]
    counts = [cv2.calcHist([row], [channel], chosen, [256], [0, 256]).reshape(-1) for channel in range(3)]
    up_to = np.cumsum(counts, axis=1, dtype=np.float64)
    count = int(up_to[0, -1])
    middle = [(count - 1) // 2, count // 2]
    return np.array([np.searchsorted(sums, middle, side="right").sum() / 2 for sums in up_to])


def _distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))
