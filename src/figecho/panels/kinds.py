"""What a panel is: a micrograph or photograph, a blot, a chart, a drawing, or text."""

from __future__ import annotations

import cv2
import numpy as np

from figecho.panels.ground import Pixels
from figecho.panels.line_art import Drawing
from figecho.types import Box

#: A blot is gray: its colours spread less than this on average, gray levels.
GRAY = 6.0
#: A blot's ground, the commonest fifth of its levels, is smooth: its fine noise is below this, gray levels.
SMOOTH = 6.0
#: A blot's bands are darker (or brighter) than its ground by at least this, gray levels, and fill at most this share.
BAND = 30.0
MOST_BANDS = 0.45
#: Bands lie across: they change this many times as fast from top to bottom as from lane to lane.
ACROSS = 1.25


def block_kind(pixels: Pixels, box: Box) -> str:
    """``blot`` or ``image`` for a filled rectangle of an RGB picture."""
    x, y, width, height = box
    part = pixels[y + 2 : y + height - 2, x + 2 : x + width - 2]
    if float((part.max(axis=2).astype(np.int16) - part.min(axis=2)).mean()) > GRAY:
        return "image"
    zoom = min(1.0, 160 / min(part.shape[:2]))
    size = (max(8, round(part.shape[1] * zoom)), max(8, round(part.shape[0] * zoom)))
    plane = cv2.resize(part[:, :, 1], size, interpolation=cv2.INTER_AREA).astype(np.float32)
    smooth = cv2.GaussianBlur(plane, (0, 0), 1.5)
    noise = float(np.median(np.abs(plane - smooth))) * 1.48
    ground = float(np.median(smooth))
    bands = float((np.abs(smooth - ground) > BAND).mean())
    down = float(np.abs(np.diff(smooth, axis=0)).mean())
    across = float(np.abs(np.diff(smooth, axis=1)).mean()) + 1e-6
    is_blot = noise < SMOOTH and 0.005 < bands < MOST_BANDS and down > ACROSS * across and ground > 100
    return "blot" if is_blot else "image"


def drawing_kind(pixels: Pixels, drawing: Drawing) -> str:
    """``chart`` for a drawing with axes, ``text``, ``image`` for a picture without straight sides, else ``drawing``."""
    if drawing.text:
        return "text"
    if drawing.axes:
        return "chart"
    x, y, width, height = drawing.box
    part = pixels[y : y + height, x : x + width]
    step = max(1, min(width, height) // 200)
    sample = part[::step, ::step].reshape(-1, 3).astype(np.int32) // 8
    colours = len(np.unique(sample @ np.array([1024, 32, 1])))
    return "image" if colours > 0.02 * len(sample) and colours > 150 else "drawing"
