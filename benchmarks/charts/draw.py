"""Plots with known data: what is shown, how it is drawn, and everything that two plots of one template share.

A template's seed fixes the axes, the words and the distribution that data are drawn from; the data's seed the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Values = NDArray[np.float64]
Random = np.random.Generator
Colour = tuple[int, int, int]
BLACK = (0, 0, 0)
GRID = (205, 205, 205)
FONT = cv2.FONT_HERSHEY_SIMPLEX
PALETTES: tuple[tuple[Colour, ...], ...] = (
    ((200, 30, 30), (30, 120, 30), (30, 30, 200)),
    ((31, 119, 180), (255, 127, 14), (44, 160, 44)),
    ((20, 20, 20), (110, 110, 110), (60, 60, 140)),
    ((148, 30, 140), (0, 140, 140), (120, 80, 20)),
)
#: Fractions of a pixel that OpenCV draws: 4 binary digits.
DIGITS = 4


@dataclass(frozen=True)
class Data:
    """What a plot shows, in units of its axes, each in [0, 1].

    ``curves`` : arrays (n, 2) drawn as lines; ``points`` : arrays (n, 2) drawn as dots; ``bars`` : heights (n,);
    ``errors`` : half lengths of the error bars of ``points`` or ``bars``, one array each, or none; ``cells`` : (r, c).
    """

    curves: tuple[Values, ...] = ()
    points: tuple[Values, ...] = ()
    bars: Values | None = None
    errors: tuple[Values, ...] = ()
    cells: Values | None = None


@dataclass(frozen=True)
class Look:
    """How data are drawn; lengths in pixels."""

    width: int
    height: int
    palette: int
    dot: float
    line: int
    boxed: bool
    grid: bool
    legend: bool
    text: float
    title: str
    quadrants: bool = False


def look(rng: Random, kind: str) -> Look:
    """A random look."""
    width = int(rng.integers(260, 640))
    return Look(
        width=width,
        height=int(width * rng.uniform(0.65, 1.0)),
        palette=int(rng.integers(len(PALETTES))),
        dot=float(rng.uniform(0.8, 1.3) if kind == "flow" else rng.uniform(1.8, 3.6)),
        line=int(rng.integers(1, 3)),
        boxed=bool(rng.random() < 0.5),
        grid=bool(rng.random() < 0.25),
        legend=bool(rng.random() < 0.6) and kind not in ("flow", "bars", "heat map"),
        text=float(rng.uniform(0.35, 0.5)),
        title=str(rng.choice(("Time (h)", "Dose (nM)", "CD4", "Day", "log2 ratio"))),
        quadrants=kind == "flow",
    )


# ---- data --------------------------------------------------------------------------------------------------------


def _scatter(template: Random, rng: Random) -> Data:
    series = int(template.integers(1, 3))
    count = int(template.integers(25, 260))
    points = []
    for _ in range(series):
        slope, spread, middle = template.uniform(-1, 1), template.uniform(0.05, 0.15), template.uniform(0.35, 0.65, 2)
        x = rng.normal(0, 0.16, count)
        points.append(np.stack([x, slope * x + rng.normal(0, spread, count)], axis=1) + middle)
    return Data(points=tuple(points))


def _flow(template: Random, rng: Random) -> Data:
    events = int(template.integers(1500, 6000))
    parts = []
    for share in template.dirichlet((2, 2, 2)):
        middle, spread = template.uniform(0.15, 0.85, 2), template.uniform(0.04, 0.12, 2)
        parts.append(rng.normal(middle, spread, (int(share * events), 2)))
    return Data(points=(np.concatenate(parts),))


def _shape(template: Random, x: Values) -> Values:
    """A sigmoid, a decay, a peak or a rise, as many experiments show them."""
    middle, steep = template.uniform(0.3, 0.7), template.uniform(6, 20)
    rise = 1 / (1 + np.exp(-steep * (x - middle)))
    forms = (rise, 1 - rise, np.exp(-(((x - middle) / 0.18) ** 2)), np.exp(-3 * x), x**1.5)
    return np.asarray(template.uniform(0.05, 0.15) + template.uniform(0.5, 0.8) * forms[int(template.integers(5))])


def _noisy(template: Random, rng: Random) -> Data:
    count, noise = int(template.integers(60, 250)), template.uniform(0.02, 0.06)
    x = np.linspace(0.01, 0.99, count)
    shapes = [_shape(template, x) for _ in range(int(template.integers(1, 4)))]
    return Data(curves=tuple(np.stack([x, shape + rng.normal(0, noise, count)], axis=1) for shape in shapes))


def _walk(template: Random, rng: Random) -> Data:
    count = int(template.integers(15, 40))
    x = np.linspace(0.03, 0.97, count)
    walks = [np.cumsum(rng.normal(0, 0.12, count)) for _ in range(int(template.integers(2, 4)))]
    low, high = min(walk.min() for walk in walks), max(walk.max() for walk in walks)
    curves = tuple(np.stack([x, 0.05 + 0.9 * (walk - low) / (high - low)], axis=1) for walk in walks)
    return Data(curves=curves, points=curves)


def _growth(template: Random, rng: Random) -> Data:
    """Means with error bars at the template's times, repeated experiments that agree within a few percent."""
    count, noise = int(template.integers(6, 13)), template.uniform(0.012, 0.05)
    x = np.linspace(0.05, 0.95, count)
    shapes = [_shape(template, x) for _ in range(int(template.integers(1, 4)))]
    curves = tuple(np.stack([x, shape + rng.normal(0, noise, count)], axis=1) for shape in shapes)
    errors = tuple(np.abs(rng.normal(noise, noise / 3, count)) for _ in shapes)
    return Data(curves=curves, points=curves, errors=errors)


def _survival(template: Random, rng: Random) -> Data:
    curves = []
    for _ in range(2):
        events = np.sort(rng.exponential(template.uniform(0.3, 0.8), int(template.integers(20, 60))))
        events = events[events < 0.97]
        levels = 1 - np.arange(len(events) + 1) / (len(events) + 5)
        x = np.repeat(np.concatenate([[0.01], events]), 2)[1:]
        curves.append(np.stack([x, 0.95 * np.repeat(levels, 2)[:-1]], axis=1))
    return Data(curves=tuple(curves))


def _bars(template: Random, rng: Random) -> Data:
    """Heights that repeated experiments share to within a few percent."""
    count, noise = int(template.integers(3, 13)), template.uniform(0.005, 0.04)
    heights = np.clip(template.uniform(0.2, 0.85, count) + rng.normal(0, noise, count), 0.05, 0.92)
    return Data(bars=heights, errors=(np.abs(rng.normal(0.04, 0.01, count)),))


def _heat(template: Random, rng: Random) -> Data:
    rows, columns = (int(value) for value in template.integers(6, 22, 2))
    return Data(cells=np.clip(rng.normal(0.5, 0.25, (rows, columns)), 0, 1))


KINDS: dict[str, Callable[[Random, Random], Data]] = {
    "scatter": _scatter,
    "flow": _flow,
    "noisy lines": _noisy,
    "lines with markers": _walk,
    "survival": _survival,
    "growth": _growth,
    "bars": _bars,
    "heat map": _heat,
}


# ---- drawing -----------------------------------------------------------------------------------------------------


def draw(data: Data, how: Look) -> Pixels:
    """The plot, (H, W, 3) RGB."""
    pixels = np.full((how.height, how.width, 3), 255, np.uint8)
    margin = round(34 * how.text / 0.4)
    frame = (margin + 12, 14, how.width - 16, how.height - margin - 8)
    _axes(pixels, frame, how)
    colours = PALETTES[how.palette]
    if data.cells is not None:
        _cells(pixels, frame, data.cells)
    if data.bars is not None:
        _draw_bars(pixels, frame, data, how)
    for number, curve in enumerate(data.curves):
        path = np.round(_placed(curve, frame) * 2**DIGITS).astype(np.int32)
        cv2.polylines(pixels, [path], False, colours[number % 3], how.line, cv2.LINE_AA, DIGITS)
    for number, points in enumerate(data.points):
        places = _placed(points[(np.abs(points - 0.5) < 0.49).all(axis=1)], frame)
        for x, y in np.round(places * 2**DIGITS).astype(int).tolist():
            cv2.circle(pixels, (x, y), round(how.dot * 2**DIGITS), colours[number % 3], -1, cv2.LINE_AA, DIGITS)
        if data.errors:
            lengths = data.errors[number] * (frame[3] - frame[1])
            _error_bars(pixels, _placed(points, frame), lengths, colours[number % 3])
    return pixels


def _placed(points: Values, frame: tuple[int, int, int, int]) -> Values:
    left, top, right, bottom = frame
    return np.stack([left + (right - left) * points[:, 0], bottom - (bottom - top) * points[:, 1]], axis=1)


def _axes(pixels: Pixels, frame: tuple[int, int, int, int], how: Look) -> None:
    left, top, right, bottom = frame
    ticks = [(left + (right - left) * tick // 5, bottom - (bottom - top) * tick // 5) for tick in range(6)]
    for x, y in ticks if how.grid else ():
        cv2.line(pixels, (x, top), (x, bottom), GRID, 1)
        cv2.line(pixels, (left, y), (right, y), GRID, 1)
    if how.boxed:
        cv2.rectangle(pixels, (left, top), (right, bottom), BLACK, 1)
    else:
        cv2.line(pixels, (left, top), (left, bottom), BLACK, 2)
        cv2.line(pixels, (left, bottom), (right, bottom), BLACK, 2)
    for tick, (x, y) in enumerate(ticks):
        cv2.line(pixels, (x, bottom), (x, bottom + 5), BLACK, 1)
        cv2.line(pixels, (left - 5, y), (left, y), BLACK, 1)
        cv2.putText(pixels, str(tick * 10), (x - 8, bottom + 18), FONT, how.text, BLACK, 1, cv2.LINE_AA)
        cv2.putText(pixels, f"{tick / 5:.1f}", (max(0, left - 34), y + 4), FONT, how.text, BLACK, 1, cv2.LINE_AA)
    middle = ((left + right) // 2 - 30, how.height - 6)
    cv2.putText(pixels, how.title, middle, FONT, how.text, BLACK, 1, cv2.LINE_AA)
    if how.quadrants:
        cv2.line(pixels, (left + (right - left) // 2, top), (left + (right - left) // 2, bottom), BLACK, 1)
        cv2.line(pixels, (left, (top + bottom) // 2), (right, (top + bottom) // 2), BLACK, 1)
    for row, (colour, name) in enumerate(zip(PALETTES[how.palette], ("WT", "KO", "siRNA"), strict=True)):
        if how.legend:
            y = top + 15 + 16 * row
            cv2.line(pixels, (right - 90, y), (right - 65, y), colour, 2)
            cv2.putText(pixels, name, (right - 58, y + 4), FONT, how.text, BLACK, 1, cv2.LINE_AA)


def _draw_bars(pixels: Pixels, frame: tuple[int, int, int, int], data: Data, how: Look) -> None:
    left, _, right, bottom = frame
    assert data.bars is not None
    count = len(data.bars)
    centres = np.stack([(np.arange(count) + 0.5) / count, data.bars], axis=1)
    half = 0.32 * (right - left) / count
    for number, (x, y) in enumerate(_placed(centres, frame)):
        corners = (round(x - half), round(y)), (round(x + half), bottom)
        cv2.rectangle(pixels, *corners, PALETTES[how.palette][number % 2], -1)
        cv2.rectangle(pixels, *corners, BLACK, 1)
    _error_bars(pixels, _placed(centres, frame), data.errors[0] * (bottom - frame[1]), BLACK)


def _error_bars(pixels: Pixels, places: Values, lengths: Values, colour: Colour) -> None:
    for (x, y), length in zip(places, lengths, strict=True):
        low, high, at = round(y - length), round(y + length), round(x)
        cv2.line(pixels, (at, low), (at, high), colour, 1)
        for end in (low, high):
            cv2.line(pixels, (at - 4, end), (at + 4, end), colour, 1)


def _cells(pixels: Pixels, frame: tuple[int, int, int, int], cells: Values) -> None:
    left, top, right, bottom = frame
    gray = np.rint(255 * cells).astype(np.uint8)
    shown = cv2.resize(gray, (right - left - 1, bottom - top - 1), interpolation=cv2.INTER_NEAREST)
    pixels[top + 1 : bottom, left + 1 : right] = cv2.applyColorMap(shown, cv2.COLORMAP_VIRIDIS)[..., ::-1]
