"""What stands in a generated panel: micrographs, blots, charts and drawings, each drawn from a random generator.

Every function returns ``(height, width, 3)`` uint8 RGB. Charts and drawings are on white.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
Random = np.random.Generator
FONT_FOLDERS = ("/usr/share/fonts/truetype/liberation", "/usr/share/fonts/truetype/dejavu")
FONTS = {
    "sans": "LiberationSans-Regular.ttf",
    "sans-bold": "LiberationSans-Bold.ttf",
    "narrow-bold": "LiberationSansNarrow-Bold.ttf",
    "serif": "LiberationSerif-Regular.ttf",
    "serif-bold": "LiberationSerif-Bold.ttf",
    "dejavu": "DejaVuSans.ttf",
    "dejavu-bold": "DejaVuSans-Bold.ttf",
}


def font(name: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The named font where this machine has it, else Pillow's own."""
    for folder in FONT_FOLDERS:
        file = Path(folder) / FONTS[name]
        if file.exists():
            return ImageFont.truetype(str(file), size)
    return ImageFont.load_default(size)


# ---- micrographs and blots ----------------------------------------------------------------------------------------


def noise(rng: Random, height: int, width: int, sigma: float) -> NDArray[np.float32]:
    """Smooth random field of unit variance."""
    small = max(1.0, sigma / 3)
    shape = (max(4, round(height / small)), max(4, round(width / small)))
    field = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), max(0.3, sigma / small))
    field = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray((field - field.mean()) / (field.std() + 1e-6), dtype=np.float32)


def _pixels(plane: NDArray[np.float32]) -> Pixels:
    return np.clip(plane, 0, 255).astype(np.uint8)


def fluorescence(rng: Random, height: int, width: int) -> Pixels:
    """Bright cells on black, one or two false colours, little or no background noise."""
    plane = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(3, 40))):
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        axes = tuple(int(value) for value in rng.integers(4, max(6, min(height, width) // 8), 2))
        cv2.ellipse(plane, centre, axes, float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(60, 240)), -1)
    plane = cv2.GaussianBlur(plane, (0, 0), float(rng.uniform(1, 4)))
    plane *= 1 + 0.2 * noise(rng, height, width, 3)
    plane += float(rng.choice([0, 4, 10])) + float(rng.choice([0, 1, 3])) * rng.standard_normal(plane.shape)
    gray = np.clip(plane, 0, 255)
    tint = np.array(rng.choice([(0, 1, 0), (1, 0, 0), (0.2, 0.4, 1), (1, 1, 1), (1, 0, 1)]), np.float32)
    return _pixels(gray[..., None] * tint)


def brightfield(rng: Random, height: int, width: int) -> Pixels:
    """Gray texture on several scales with sensor noise."""
    plane = sum((weight * noise(rng, height, width, s) for s, weight in ((1.5, 1), (4, 1.5), (12, 2))), np.float32(0))
    plane = rng.uniform(90, 185) + rng.uniform(12, 28) * plane + rng.normal(0, 2, (height, width))
    return _pixels(np.repeat(np.float32(plane)[..., None], 3, axis=2))


def histology(rng: Random, height: int, width: int) -> Pixels:
    """Pink tissue with dark nuclei and some clear glass."""
    tissue = noise(rng, height, width, 14)
    glass = tissue > rng.uniform(0.6, 1.6)
    colour = np.array([222, 150, 190], np.float32) + 14 * noise(rng, height, width, 3)[..., None]
    colour[noise(rng, height, width, 3) > 1.5] = (105, 70, 140)
    colour[glass] = float(rng.uniform(228, 247))
    return _pixels(cv2.GaussianBlur(colour, (0, 0), 0.8) + rng.normal(0, 2, colour.shape).astype(np.float32))


def electron(rng: Random, height: int, width: int) -> Pixels:
    """Membranes: dark winding lines on noisy gray."""
    lines = np.abs(noise(rng, height, width, 9)) < 0.12
    plane = 165 + 12 * noise(rng, height, width, 5) - 90 * cv2.GaussianBlur(lines.astype(np.float32), (0, 0), 1)
    plane += rng.normal(0, 11, plane.shape)
    return _pixels(np.repeat(plane[..., None], 3, axis=2))


def blot(rng: Random, height: int, width: int) -> Pixels:
    """A strip of dark bands on an uneven light ground, often in a thin black frame."""
    plane = np.full((height, width), rng.uniform(195, 242), np.float32) + 3 * noise(rng, height, width, 25)
    lanes = int(rng.integers(3, 9))
    for lane in range(lanes):
        for _ in range(int(rng.integers(1, 3))):
            x = (lane + 0.5) * width / lanes
            y = height * rng.uniform(0.35, 0.65)
            half = (0.36 * width / lanes, max(2.0, height * rng.uniform(0.06, 0.16)))
            yy, xx = np.mgrid[:height, :width]
            depth = np.exp(-(((xx - x) / half[0]) ** 4) - ((yy - y) / half[1]) ** 2)
            plane -= rng.uniform(0, 180) * depth.astype(np.float32)
    plane += rng.normal(0, 1.5, plane.shape)
    strip = _pixels(np.repeat(plane[..., None], 3, axis=2))
    if rng.random() < 0.6:
        cv2.rectangle(strip, (0, 0), (width - 1, height - 1), (0, 0, 0), int(rng.integers(1, 3)))
    return strip


MICROGRAPHS: dict[str, Callable[[Random, int, int], Pixels]] = {
    "fluorescence": fluorescence,
    "brightfield": brightfield,
    "histology": histology,
    "electron": electron,
}


def decorate(rng: Random, panel: Pixels) -> Pixels:
    """Scale bar, arrows and an inset, as micrographs carry them; changes ``panel``."""
    height, width = panel.shape[:2]
    ink = (255, 255, 255) if panel.mean() < 128 else (0, 0, 0)
    if rng.random() < 0.6:
        bar = int(width * rng.uniform(0.12, 0.25))
        cv2.rectangle(panel, (width - 10 - bar, height - 14), (width - 10, height - 11), ink, -1)
    if rng.random() < 0.3:
        x, y = int(rng.uniform(0.3, 0.8) * width), int(rng.uniform(0.3, 0.7) * height)
        cv2.arrowedLine(panel, (x, y), (x + 18, y + 14), ink, 2, cv2.LINE_AA, tipLength=0.4)
    if rng.random() < 0.12 and min(height, width) > 140:
        side = min(height, width) // 3
        inset = MICROGRAPHS[str(rng.choice(list(MICROGRAPHS)))](rng, side, side)
        cv2.rectangle(inset, (0, 0), (side - 1, side - 1), (255, 255, 255), 2)
        panel[height - side :, :side] = inset
    return panel


# ---- charts and drawings ------------------------------------------------------------------------------------------

PALETTE = ((31, 119, 180), (214, 39, 40), (44, 160, 44), (120, 120, 120), (255, 127, 14), (0, 0, 0))
WORDS = ("Time (h)", "Fold change", "Control", "siRNA", "Cell number", "OD600", "Intensity (a.u.)", "WT", "KO", "p53")


def chart(rng: Random, height: int, width: int) -> Pixels:
    """Axes with ticks, numbers and titles around bars, lines, points or a histogram."""
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    size = int(np.clip(min(height, width) / 16, 9, 18))
    small = font(str(rng.choice(["sans", "dejavu", "serif"])), size)
    left, top, right, bottom = round(3.6 * size), size, width - size, height - round(3.3 * size)
    if rng.random() < 0.5:
        pen.rectangle((left, top, right, bottom), outline="black")
    else:
        pen.line((left, top, left, bottom), fill="black", width=int(rng.integers(1, 3)))
        pen.line((left, bottom, right, bottom), fill="black", width=int(rng.integers(1, 3)))
    for step in range(5):
        y = bottom - step * (bottom - top) / 5
        pen.line((left - 4, y, left, y), fill="black")
        pen.text((left - 6, y), f"{step * 25}", font=small, fill="black", anchor="rm")
        x = left + (step + 0.5) * (right - left) / 5
        pen.line((x, bottom, x, bottom + 4), fill="black")
        pen.text((x, bottom + 6), f"{step}", font=small, fill="black", anchor="ma")
    pen.text(((left + right) / 2, height - 2), str(rng.choice(WORDS)), font=small, fill="black", anchor="mb")
    upright = Image.new("L", (bottom - top, size + 6), 0)
    ImageDraw.Draw(upright).text((upright.width / 2, 0), str(rng.choice(WORDS)), font=small, fill=255, anchor="ma")
    image.paste("black", (0, top), upright.rotate(90, expand=True))
    DATA[str(rng.choice(list(DATA)))](rng, pen, (left, top, right, bottom))
    return np.array(image)


Frame = tuple[int, int, int, int]


def _bars(rng: Random, pen: ImageDraw.ImageDraw, frame: Frame) -> None:
    left, top, right, bottom = frame
    count = int(rng.integers(2, 7))
    step = (right - left) / count
    for bar in range(count):
        tip = bottom - rng.uniform(0.15, 0.9) * (bottom - top)
        x = left + (bar + 0.2) * step
        pen.rectangle((x, tip, x + 0.6 * step, bottom), fill=PALETTE[bar % len(PALETTE)], outline="black")
        pen.line((x + 0.3 * step, tip, x + 0.3 * step, max(top, tip - 10)), fill="black")


def _curves(rng: Random, pen: ImageDraw.ImageDraw, frame: Frame) -> None:
    left, top, right, bottom = frame
    for curve in range(int(rng.integers(1, 4))):
        heights = np.cumsum(rng.normal(0.1, 0.4, 30))
        heights = (heights - heights.min()) / (np.ptp(heights) + 1e-6)
        xs = np.linspace(left + 2, right - 2, 30)
        points = [(float(x), float(bottom - 3 - y * (bottom - top - 6))) for x, y in zip(xs, heights, strict=True)]
        pen.line(points, fill=PALETTE[curve], width=2)


def _points(rng: Random, pen: ImageDraw.ImageDraw, frame: Frame) -> None:
    left, top, right, bottom = frame
    for _ in range(int(rng.integers(20, 300))):
        x = np.clip(rng.normal((left + right) / 2, (right - left) / 6), left, right - 4)
        y = np.clip(rng.normal((top + bottom) / 2, (bottom - top) / 6), top, bottom - 4)
        pen.ellipse((x, y, x + 3, y + 3), fill=PALETTE[0])


DATA: dict[str, Callable[[Random, ImageDraw.ImageDraw, Frame], None]] = {
    "bars": _bars,
    "curves": _curves,
    "points": _points,
}


def drawing(rng: Random, height: int, width: int) -> Pixels:
    """Boxes with words in a chain of arrows: a scheme of a method."""
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    size = int(np.clip(min(height, width) / 14, 9, 16))
    letters = font("sans", size)
    rows, columns = max(1, height // 110), max(1, width // 150)
    for row in range(rows):
        for column in range(columns):
            x, y = column * width / columns, row * height / rows
            box = (x + 6, y + 6, x + width / columns - 30, y + height / rows - 24)
            shape = pen.rounded_rectangle if rng.random() < 0.5 else pen.ellipse
            shape(box, outline="black", fill=str(rng.choice(["white", "#dde8f5", "#fbe5d6"])), width=2)
            middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            pen.text(middle, str(rng.choice(WORDS)), font=letters, fill="black", anchor="mm")
            if column < columns - 1:
                pen.line((box[2], middle[1], box[2] + 34, middle[1]), fill="black", width=2)
            if row < rows - 1:
                pen.line((middle[0], box[3], middle[0], box[3] + 28), fill="black", width=2)
    return np.array(image)


def roman(number: int) -> str:
    """Lower-case Roman numeral, 1–39."""
    tens, ones = divmod(number, 10)
    words = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
    return "x" * tens + words[ones]


def ink_box(panel: Pixels) -> tuple[int, int, int, int]:
    """``(x, y, width, height)`` of what is not white."""
    rows, columns = np.nonzero(panel.min(axis=2) < 250)
    x, y = int(columns.min()), int(rows.min())
    return x, y, int(columns.max()) + 1 - x, int(rows.max()) + 1 - y


def resized(panel: Pixels, height: int, width: int) -> Pixels:
    """The middle of ``panel`` in the asked shape, shrunk or enlarged."""
    zoom = max(height / panel.shape[0], width / panel.shape[1])
    size = (math.ceil(panel.shape[1] * zoom), math.ceil(panel.shape[0] * zoom))
    moved = cv2.resize(panel, size, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC)
    y, x = (moved.shape[0] - height) // 2, (moved.shape[1] - width) // 2
    return np.ascontiguousarray(moved[y : y + height, x : x + width])
