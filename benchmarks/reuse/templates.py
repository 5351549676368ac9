"""What panels share that share no content: letters, scale bars, axes, logos, plates, layouts.

A ``style`` fixes everything that two panels of one template have in common; the generator draws the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from benchmarks.reuse.textures import Pixels, Size, exposed, noise

BLACK = (0, 0, 0)
SERIES = ((200, 30, 30), (30, 120, 30), (30, 30, 200))
LETTERS = ("A", "C", "Ctrl", "siRNA 2")
GROUNDS = (235, 12, 128, 200)
FONT = cv2.FONT_HERSHEY_SIMPLEX


def rgb(pixels: Pixels) -> Pixels:
    return cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB) if pixels.ndim == 2 else pixels


def annotated(
    rng: np.random.Generator, pixels: Pixels, letter: str, *, right: bool = False, arrows: int = 0, size: float = 1.0
) -> Pixels:
    """A copy with a letter in a corner, a scale bar, and arrows at random places."""
    pixels = np.ascontiguousarray(pixels).copy()
    height, width = pixels.shape[:2]
    ink = BLACK if pixels[:60, :60].mean() > 120 else (255, 255, 255)
    left = width - 20 - int(22 * size * len(letter)) if right else 10
    cv2.putText(pixels, letter, (left, int(12 + 24 * size)), FONT, size, ink, 2 if size < 1.1 else 3, cv2.LINE_AA)
    cv2.rectangle(pixels, (width - 20 - width // 5, height - 20), (width - 20, height - 15), ink, -1)
    for _ in range(arrows):
        x, y = int(rng.integers(20, max(21, width - 40))), int(rng.integers(20, max(21, height - 40)))
        cv2.arrowedLine(pixels, (x, y), (x + 25, y + 18), ink, 2, cv2.LINE_AA, tipLength=0.35)
    return pixels


def blank(rng: np.random.Generator, style: int) -> Pixels:
    """An even panel that shows nothing but its letter, scale bar and arrows."""
    template = np.random.default_rng(style)
    size = (300 + 40 * (style % 3), 260)
    plane = GROUNDS[style % 4] + rng.uniform(0, 1.5) * noise(rng, size, 40)
    plane = plane + rng.normal(0, rng.uniform(0.2, 3), plane.shape)
    pixels = np.clip(plane, 0, 255).astype(np.uint8)
    lettering = template.uniform(0.8, 1.6)
    letter = LETTERS[style // 4 % len(LETTERS)]
    return annotated(template, pixels, letter, right=bool(style % 2), arrows=style % 3, size=lettering)


def chart(rng: np.random.Generator, style: int, size: Size = (460, 360)) -> Pixels:
    """A plot: its axes, ticks, labels and legend belong to the style, its data to the generator."""
    width, height = size
    pixels = np.full((height, width, 3), 255, np.uint8)
    frame = (60, 25, width - 20, height - 45)
    _axes(pixels, frame, style)
    (_lines, _bars, _scatter)[style % 3](rng, pixels, frame)
    return pixels


def _axes(pixels: Pixels, frame: tuple[int, int, int, int], style: int) -> None:
    left, top, right, bottom = frame
    cv2.rectangle(pixels, (left, top), (right, bottom), BLACK, 1)
    for tick in range(6):
        x, y = left + (right - left) * tick // 5, bottom - (bottom - top) * tick // 5
        cv2.line(pixels, (x, bottom), (x, bottom + 5), BLACK, 1)
        cv2.line(pixels, (left - 5, y), (left, y), BLACK, 1)
        cv2.putText(pixels, str(tick * 10), (x - 8, bottom + 20), FONT, 0.4, BLACK, 1, cv2.LINE_AA)
        cv2.putText(pixels, f"{tick / 5:.1f}", (left - 38, y + 4), FONT, 0.4, BLACK, 1, cv2.LINE_AA)
    title = ("Time (h)", "Dose", "Cells", "Day")[style % 4]
    cv2.putText(pixels, title, ((left + right) // 2 - 30, bottom + 37), FONT, 0.5, BLACK, 1, cv2.LINE_AA)
    for row, (colour, name) in enumerate(zip(SERIES, ("WT", "KO", "siRNA"), strict=True)):
        y = top + 15 + 16 * row
        cv2.line(pixels, (right - 90, y), (right - 65, y), colour, 2)
        cv2.putText(pixels, name, (right - 58, y + 4), FONT, 0.4, BLACK, 1, cv2.LINE_AA)


def _lines(rng: np.random.Generator, pixels: Pixels, frame: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = frame
    for colour in SERIES:
        values = np.clip(np.cumsum(rng.normal(0, 0.12, 12)) + 0.5, 0.03, 0.97)
        x = np.linspace(left, right, 12)
        points = np.stack([x, bottom - (bottom - top) * values], axis=1).astype(np.int32)
        cv2.polylines(pixels, [points], False, colour, 2, cv2.LINE_AA)
        for point in points.tolist():
            cv2.circle(pixels, point, 4, colour, -1, cv2.LINE_AA)


def _bars(rng: np.random.Generator, pixels: Pixels, frame: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = frame
    for bar in range(8):
        x = left + 15 + (right - left - 30) * bar // 8
        y = int(bottom - (bottom - top) * rng.uniform(0.1, 0.9))
        colour = ((120, 120, 120), (60, 60, 180))[bar % 2]
        cv2.rectangle(pixels, (x, y), (x + (right - left) // 14, bottom), colour, -1)


def _scatter(rng: np.random.Generator, pixels: Pixels, frame: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = frame
    for x, y in np.clip(rng.normal((0.4, 0.5), (0.15, 0.18), (400, 2)), 0.02, 0.98):
        place = (int(left + (right - left) * x), int(bottom - (bottom - top) * y))
        cv2.circle(pixels, place, 2, (40, 40, 160), -1, cv2.LINE_AA)


def plate(rng: np.random.Generator, style: int, size: Size = (420, 360)) -> Pixels:
    """A multi-well plate: the wells stand at the style's places, each with its own brightness."""
    template = np.random.default_rng(style)
    width, height = size
    step = min(size) / int(template.integers(6, 12))
    plane = np.full((height, width), template.uniform(150, 230), np.float32)
    for row in range(int(height // step)):
        for column in range(int(width // step)):
            centre = (int((column + 0.5) * step), int((row + 0.5) * step))
            cv2.circle(plane, centre, int(step * 0.4), 60, 2, cv2.LINE_AA)
            cv2.circle(plane, centre, int(step * 0.36), rng.uniform(80, 220), -1, cv2.LINE_AA)
    return exposed(rng, plane, 1, 2)


def grating(rng: np.random.Generator, style: int, size: Size = (420, 360)) -> Pixels:
    """Parallel lines or a grid of the style's pitch, photographed anew: all its pictures align everywhere."""
    template = np.random.default_rng(style)
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    turn, pitch = template.uniform(0, np.pi), template.uniform(8, 30)
    phase = rng.uniform(0, 2 * np.pi, 2)
    across = np.cos(2 * np.pi / pitch * (x * np.cos(turn) + y * np.sin(turn)) + phase[0])
    along = np.cos(2 * np.pi / pitch * (y * np.cos(turn) - x * np.sin(turn)) + phase[1])
    wave = across if style % 2 else np.maximum(across, along)
    return exposed(rng, 128 + 80 * np.tanh(3 * wave), 1, rng.uniform(2, 5))


def repetitive(rng: np.random.Generator, style: int, size: Size = (440, 360)) -> Pixels:
    """One motif repeated all over, unevenly lit."""
    template = np.random.default_rng(style)
    side = int(template.integers(14, 30))
    motif = cv2.GaussianBlur(template.uniform(0, 255, (side, side)).astype(np.float32), (0, 0), 1.5)
    plane = np.tile(motif, (size[1] // side + 1, size[0] // side + 1))[: size[1], : size[0]]
    return exposed(rng, plane + 8 * noise(rng, size, 30), 0.6, 3)


def saturated(rng: np.random.Generator, style: int, size: Size = (400, 320)) -> Pixels:
    """Overexposed or empty: nearly all pixels at one end of the scale, with a few faint differences."""
    plane = 252 + 2 * noise(rng, size, 25) if style % 2 else 3 + 2 * noise(rng, size, 25)
    return exposed(rng, plane, 0.8, rng.uniform(0.3, 1.5))


def with_logo(pixels: Pixels, style: int) -> Pixels:
    """A picture under a journal's header."""
    template = np.random.default_rng(style)
    header = np.full((46, 220, 3), 255, np.uint8)
    for _ in range(6):
        place = (int(template.integers(5, 60)), int(template.integers(5, 40)))
        colour = tuple(int(value) for value in template.integers(0, 255, 3))
        cv2.circle(header, place, int(template.integers(4, 16)), colour, -1, cv2.LINE_AA)
    cv2.putText(header, "Journal of Cells", (68, 30), cv2.FONT_HERSHEY_TRIPLEX, 0.55, (60, 20, 20), 1, cv2.LINE_AA)
    pixels = rgb(pixels)
    page = np.full((pixels.shape[0] + 56, max(pixels.shape[1], 240), 3), 255, np.uint8)
    page[:46, :220] = header
    page[56:, : pixels.shape[1]] = pixels
    return page


def figure(panels: Sequence[Pixels], cell: Size = (300, 240), columns: int = 2, letters: str = "ABCDEF") -> Pixels:
    """Panels in a grid on white, a letter above each."""
    rows = -(-len(panels) // columns)
    page = np.full((rows * (cell[1] + 26) + 12, columns * (cell[0] + 14) + 12, 3), 255, np.uint8)
    for index, panel in enumerate(panels):
        height, width = panel.shape[:2]
        zoom = min(cell[0] / width, cell[1] / height)
        way = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
        shown = cv2.resize(rgb(panel), (int(width * zoom), int(height * zoom)), interpolation=way)
        y, x = 26 + index // columns * (cell[1] + 26), 12 + index % columns * (cell[0] + 14)
        page[y : y + shown.shape[0], x : x + shown.shape[1]] = shown
        cv2.putText(page, letters[index], (x, y - 6), FONT, 0.65, BLACK, 2, cv2.LINE_AA)
    return page
