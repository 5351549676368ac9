"""Drawings that convince: what is the same in two panels, at native resolution, labelled outside the picture.

Every view takes the two panels' pixels and the evidence, and gives an RGB picture of bounded size.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from figecho.errors import OptionError
from figecho.report.align import align, difference, overlay, rgb
from figecho.types import Evidence, Point

Pixels = NDArray[np.uint8]

#: Longest side of a panel in a drawing; smaller panels than `TINY` are enlarged by whole numbers.
MAX_SIDE = 900
TINY = 220
#: The outline's colour: visible on gray, on H&E and on fluorescence, and to the colour-blind.
OUTLINE = (255, 140, 0)
LINE = (0, 255, 0)
PAPER, INK, MUTED = (255, 255, 255), (20, 20, 20), (110, 110, 110)
GAP, MARGIN, CAPTION = 16, 12, 30
#: At most so many match lines are drawn, spread over the inliers.
MOST_LINES = 80


def draw(
    view: str, pixels_a: Pixels, pixels_b: Pixels, evidence: Evidence, *, name_a: str = "A", name_b: str = "B"
) -> Image.Image:
    """One view of a comparison.

    Parameters
    ----------
    view : ``side``, ``matches``, ``overlay`` or ``difference``.
    pixels_a, pixels_b : (H, W) or (H, W, 3) uint8.
    evidence : what was measured; without a transform every view shows the panels side by side and says so.

    Raises
    ------
    OptionError : an unknown view.
    """
    views = {"side": _side, "matches": _matches, "overlay": _overlay, "difference": _difference}
    if view not in views:
        raise OptionError(f"view {view!r} is unknown; choose one of {', '.join(views)}")
    a, b = rgb(pixels_a), rgb(pixels_b)
    return views[view](a, b, evidence, name_a, name_b)


def classical_matches(
    pixels_a: Pixels, pixels_b: Pixels, points_a: NDArray[np.floating[Any]], points_b: NDArray[np.floating[Any]]
) -> Image.Image:
    """The founding document's picture: both panels at native size, a green line for each match.

    ``points_a``, ``points_b`` : (k, 2), x right, y down.
    """
    a, b = rgb(pixels_a), rgb(pixels_b)
    canvas = np.full((max(len(a), len(b)), a.shape[1] + b.shape[1], 3), 255, np.uint8)
    canvas[: len(a), : a.shape[1]] = a
    canvas[: len(b), a.shape[1] :] = b
    for start, end in zip(points_a, points_b + np.array([a.shape[1], 0]), strict=True):
        _line(canvas, start, end, LINE)
    return Image.fromarray(canvas)


def side_by_side(panels: list[Pixels], names: list[str], caption: str) -> Image.Image:
    """Pictures next to each other, each (H, W[, 3]) uint8 under its name, the caption below."""
    return captioned([fitted(rgb(panel))[0] for panel in panels], names, caption)


# ---- the views --------------------------------------------------------------------------------------------


def _side(a: Pixels, b: Pixels, evidence: Evidence, name_a: str, name_b: str) -> Image.Image:
    """Both panels, the common region outlined, corresponding corners marked alike."""
    (a, zoom_a), (b, zoom_b) = fitted(a), fitted(b)
    if evidence.transform is not None and len(evidence.region_a) >= 3:
        outline(a, scaled(evidence.region_a, zoom_a))
        outline(b, scaled(evidence.region_b, zoom_b))
        corner_marks(a, b, evidence, (zoom_a, zoom_b))
    return captioned([a, b], [name_a, name_b], _words(evidence))


def _matches(a: Pixels, b: Pixels, evidence: Evidence, name_a: str, name_b: str) -> Image.Image:
    """Both panels, lines between the keypoints that agree."""
    canvas, lines = match_lines(a, b, evidence)
    shown = f"{lines} of {evidence.inliers} agreeing keypoints" if evidence.inliers else "no keypoints agree"
    return captioned([canvas], [f"{name_a}   ~   {name_b}"], f"{shown}; {_words(evidence)}")


def _overlay(a: Pixels, b: Pixels, evidence: Evidence, name_a: str, name_b: str) -> Image.Image:
    """A laid on B: A in red, B in cyan, gray where they agree."""
    aligned = align(a, b, evidence)
    if aligned is None:
        return _side(a, b, evidence, name_a, name_b)
    image, _ = fitted(overlay(aligned))
    return captioned([image], [f"{name_a} (red) on {name_b} (cyan)"], f"gray where both agree; {_words(evidence)}")


def _difference(a: Pixels, b: Pixels, evidence: Evidence, name_a: str, name_b: str) -> Image.Image:
    """How far A, laid on B with its brightness matched, differs: white for not at all, dark for much."""
    aligned = align(a, b, evidence)
    if aligned is None:
        return _side(a, b, evidence, name_a, name_b)
    shown, mean = difference(aligned)
    image, _ = fitted(shown)
    caption = f"mean difference {mean:.1f} of 255 gray levels, shown 4×; white = identical"
    return captioned([image], [f"{name_a} against {name_b}"], caption)


# ---- pieces of a drawing ----------------------------------------------------------------------------------


def _box(region: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners of a region's bounding box, from the top left clockwise."""
    (x0, y0), (x1, y1) = region.min(axis=0), region.max(axis=0)
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def fitted(pixels: Pixels) -> tuple[Pixels, float]:
    """The panel at a size to look at, and the zoom: shrunk by averaging, or enlarged by a whole number."""
    longest = max(pixels.shape[:2])
    if longest > MAX_SIDE:
        zoom = MAX_SIDE / longest
        size = (max(1, round(pixels.shape[1] * zoom)), max(1, round(pixels.shape[0] * zoom)))
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8), zoom
    factor = max(1, -(-TINY // longest)) if longest < TINY else 1
    enlarged = np.repeat(np.repeat(pixels, factor, axis=0), factor, axis=1)
    return np.ascontiguousarray(enlarged), float(factor)


def outline(pixels: Pixels, region: NDArray[np.float64]) -> None:
    """Draw a region's outline, orange on black: it shows on gray, on colour and on fluorescence."""
    corners = [np.round(region).astype(np.int32)]
    cv2.polylines(pixels, corners, True, (0, 0, 0), 5, cv2.LINE_AA)
    cv2.polylines(pixels, corners, True, OUTLINE, 2, cv2.LINE_AA)


def corner_marks(a: Pixels, b: Pixels, evidence: Evidence, zooms: tuple[float, float]) -> None:
    """Mark A's top left corner of the region, and where the transform takes it in B."""
    if evidence.transform is None:
        return
    corners = _box(np.array(evidence.region_a))
    matrix = np.array(evidence.transform.matrix)
    moved = corners @ matrix[:, :2].T + matrix[:, 2]
    _corner_mark(a, (corners + 0.5) * zooms[0] - 0.5)
    _corner_mark(b, (moved + 0.5) * zooms[1] - 0.5)


def match_lines(a: Pixels, b: Pixels, evidence: Evidence) -> tuple[Pixels, int]:
    """Both panels (RGB) side by side with lines between keypoints that agree, and how many lines there are."""
    (a, zoom_a), (b, zoom_b) = fitted(a), fitted(b)
    count = evidence.inliers
    chosen = sorted({round(index) for index in np.linspace(0, count - 1, min(count, MOST_LINES)).tolist()})
    canvas = np.full((max(len(a), len(b)), a.shape[1] + GAP + b.shape[1], 3), 255, np.uint8)
    canvas[: len(a), : a.shape[1]] = a
    canvas[: len(b), a.shape[1] + GAP :] = b
    for index in chosen:
        start = (np.array(evidence.inliers_a[index]) + 0.5) * zoom_a - 0.5
        end = (np.array(evidence.inliers_b[index]) + 0.5) * zoom_b - 0.5 + [a.shape[1] + GAP, 0]
        _line(canvas, start, end, LINE)
    return canvas, len(chosen)


def scaled(points: tuple[Point, ...], zoom: float) -> NDArray[np.float64]:
    """Points (n, 2) of a picture that was zoomed, pixel centres at whole numbers."""
    return (np.array(points) + 0.5) * zoom - 0.5


def _corner_mark(pixels: Pixels, corners: NDArray[np.float64]) -> None:
    """A filled corner where A's region has its top left, with a foot along its top edge: it turns with the copy."""
    origin, along, _, down = corners
    reach = 0.16 * min(np.linalg.norm(along - origin), np.linalg.norm(down - origin)) + 8
    right = origin + (along - origin) / max(1e-6, float(np.linalg.norm(along - origin))) * 1.7 * reach
    below = origin + (down - origin) / max(1e-6, float(np.linalg.norm(down - origin))) * reach
    triangle = np.round(np.array([origin, right, below])).astype(np.int32)
    cv2.fillPoly(pixels, [triangle], OUTLINE, cv2.LINE_AA)
    cv2.polylines(pixels, [triangle], True, (0, 0, 0), 1, cv2.LINE_AA)


def _line(canvas: Pixels, start: NDArray[Any], end: NDArray[Any], colour: tuple[int, int, int]) -> None:
    (x0, y0), (x1, y1) = np.round(start).astype(int).tolist(), np.round(end).astype(int).tolist()
    cv2.line(canvas, (x0, y0), (x1, y1), colour, 1, cv2.LINE_AA)
    for point in ((x0, y0), (x1, y1)):
        cv2.circle(canvas, point, 3, colour, 1, cv2.LINE_AA)


def _words(evidence: Evidence) -> str:
    """The transform and the overlap in a sentence."""
    if evidence.transform is None:
        return "no alignment found"
    share = max(evidence.overlap.of_a, evidence.overlap.of_b)
    return f"{evidence.transform.text}; overlap {100 * share:.0f} %"


def captioned(panels: list[Pixels], names: list[str], caption: str) -> Image.Image:
    """Panels next to each other on white, each under its name, the caption below."""
    width = max(360, sum(panel.shape[1] for panel in panels) + GAP * (len(panels) - 1)) + 2 * MARGIN
    height = max(panel.shape[0] for panel in panels) + 2 * CAPTION + 2 * MARGIN
    canvas = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(canvas)
    x = MARGIN
    for panel, name in zip(panels, names, strict=True):
        _text(pen, (x, MARGIN), name, max(panel.shape[1], 336 // len(panels)), INK, 17)
        canvas.paste(Image.fromarray(panel), (x, MARGIN + CAPTION))
        x += panel.shape[1] + GAP
    _text(pen, (MARGIN, height - MARGIN - 22), caption, width - 2 * MARGIN, MUTED, 16)
    return canvas


#: What the font that Pillow brings lacks of our own words, and what stands for it.
LACKING = str.maketrans({"×": "x", "–": "-"})


def _text(
    pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, room: int, colour: tuple[int, int, int], size: int
) -> None:
    """Text that fits its room: its beginning is cut, since the end of a path tells more."""
    font = ImageFont.load_default(size)
    text = "".join(character if character.isprintable() else "?" for character in text).translate(LACKING)
    if pen.textlength(text, font) > room:
        while text and pen.textlength("…" + text, font) > room:
            text = text[1:]
        text = "…" + text
    pen.text(at, text, fill=colour, font=font)
