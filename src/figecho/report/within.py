"""The drawing of copies inside one panel: source and target outlined in one colour, the transform in words."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figecho.report.align import rgb
from figecho.report.pictures import captioned, fitted, scaled
from figecho.types import Evidence

Pixels = NDArray[np.uint8]

#: One colour per copy, told apart by the colour-blind (Okabe and Ito), the first as in all drawings.
COLOURS = ((255, 140, 0), (0, 158, 255), (0, 190, 110), (240, 228, 66), (204, 121, 255), (255, 90, 60))
#: Width of an outline and of the black around it, pixels.
OUTLINE, AROUND = 2, 5


def draw_within(pixels: Pixels, copies: Sequence[Evidence], name: str = "A") -> Image.Image:
    """A panel with the two places of every copy outlined, joined by a line from the source to the target.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) uint8.
    copies : evidence in panel pixels; those without regions are not drawn.
    name : what the panel is called.

    Returns
    -------
    RGB picture of bounded size.
    """
    canvas, zoom = fitted(rgb(pixels))
    words = []
    for number, evidence in enumerate(copies):
        if evidence.transform is None or not evidence.region_a or not evidence.region_b:
            continue
        colour = COLOURS[number % len(COLOURS)]
        source, target = (scaled(region, zoom) for region in (evidence.region_a, evidence.region_b))
        _arrow(canvas, source, target, colour)
        for region in (source, target):
            _outlined(canvas, region, colour)
        words.append(evidence.transform.text)
    said = "the same piece in two places: " + "; ".join(dict.fromkeys(words)) if words else "no piece occurs twice"
    return captioned([canvas], [name], said)


def _outlined(canvas: Pixels, region: NDArray[np.float64], colour: tuple[int, int, int]) -> None:
    corners = [np.round(region).astype(np.int32)]
    cv2.polylines(canvas, corners, True, (0, 0, 0), AROUND, cv2.LINE_AA)
    cv2.polylines(canvas, corners, True, colour, OUTLINE, cv2.LINE_AA)


def _arrow(
    canvas: Pixels, source: NDArray[np.float64], target: NDArray[np.float64], colour: tuple[int, int, int]
) -> None:
    """A line between the regions' edges: nothing inside them is covered."""
    start, end = source.mean(axis=0), target.mean(axis=0)
    along = (end - start) / max(1e-6, float(np.linalg.norm(end - start)))
    start = start + along * _reach(source, along)
    end = end - along * _reach(target, -along)
    if float((end - start) @ along) <= 0:
        return
    (x0, y0), (x1, y1) = np.round(start).astype(int).tolist(), np.round(end).astype(int).tolist()
    cv2.line(canvas, (x0, y0), (x1, y1), (0, 0, 0), 3, cv2.LINE_AA)
    cv2.line(canvas, (x0, y0), (x1, y1), colour, 1, cv2.LINE_AA)


def _reach(region: NDArray[np.float64], along: NDArray[np.float64]) -> float:
    """How far a region extends from its centre in a direction."""
    return float(((region - region.mean(axis=0)) @ along).max())


def mask_picture(mask: NDArray[np.bool_]) -> Image.Image:
    """A mask, (H, W) bool, as a gray picture: 255 where a piece occurs twice."""
    return Image.fromarray(np.where(mask, 255, 0).astype(np.uint8))
