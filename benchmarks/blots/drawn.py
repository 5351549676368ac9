"""Western blot strips that are drawn, lane by lane, with everything that makes real ones differ and look alike.

What was copied from real strips: bands wider than high, darker at one end, with a wavy axis and a faint halo; lanes
in an even pitch along a tilted or smiling line; light gaps between lanes; a membrane's correlated grain; bright specks;
and, in half of them, loading so even that lanes differ in little but the shape of their bands.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Strip:
    """A blot: ``pixels`` (h, w) uint8 and the x of the lanes' borders, one more than there are lanes."""

    pixels: NDArray[np.uint8]
    edges: tuple[int, ...]

    @property
    def lanes(self) -> int:
        return len(self.edges) - 1


def draw_strip(style: np.random.Generator, rng: np.random.Generator) -> Strip:
    """A strip of 6–14 lanes, 40–100 px each.

    Strips with the same state of ``style`` look as if one laboratory had made them: as many lanes, as wide, with bands
    of one kind. ``rng`` makes what is on them, which no two blots share.
    """
    lanes = int(style.integers(6, 15))
    pitch = float(style.uniform(42, 100))
    height, width = int(style.integers(56, 150)), round(lanes * pitch) + 16
    band = _Band.style(style, pitch, height)
    loading = style.uniform(0.35, 1.0) if style.random() < 0.5 else style.uniform(0.03, 0.25)
    signal = np.zeros((height, width), np.float32)
    rows = [0.0] if height < 80 or style.random() < 0.6 else [0.0, float(style.uniform(0.2, 0.4)) * height]
    line = _line(rng, lanes, height)
    for row in rows:
        strength = rng.uniform(0.4, 1.0)
        for lane in range(lanes):
            if rng.random() < 0.05:
                continue
            centre = (8 + (lane + 0.5) * pitch + rng.normal(0, 0.02 * pitch), line[lane] + row + rng.normal(0, 0.8))
            band.add(rng, signal, centre, strength * float(np.clip(np.exp(rng.normal(-0.4, loading)), 0.06, 1.1)))
    pixels = _develop(rng, signal, pitch)
    return Strip(pixels, tuple(round(8 + lane * pitch) for lane in range(lanes + 1)))


@dataclass(frozen=True)
class _Band:
    """What the bands of one blot have in common."""

    half_width: float
    half_height: float
    squareness: float
    lopsided: float
    wave: float

    @classmethod
    def style(cls, rng: np.random.Generator, pitch: float, height: int) -> _Band:
        half_height = float(np.clip(rng.uniform(0.03, 0.1) * height, 2.2, 9.0))
        return cls(
            pitch * float(rng.uniform(0.3, 0.46)), half_height, float(rng.uniform(2.5, 7)),
            float(rng.uniform(0.1, 0.7)), float(rng.uniform(0.1, 0.6)),
        )  # fmt: skip

    def add(self, rng: np.random.Generator, signal: Plane, centre: tuple[float, float], strength: float) -> None:
        rows, columns = np.mgrid[: signal.shape[0], : signal.shape[1]].astype(np.float32)
        wide = self.half_width * float(rng.uniform(0.85, 1.12))
        high = self.half_height * float(rng.uniform(0.8, 1.25))
        along = (columns - centre[0]) / wide
        axis = self.wave * high * sum(
            rng.normal() / (order + 1) ** 2 * np.cos((order + 1) * np.clip(along, -1.3, 1.3) + rng.uniform(0, 6))
            for order in range(3)
        )  # fmt: skip
        across = (rows - centre[1] - axis) / (high * np.clip(1 + 0.25 * rng.normal() * along, 0.4, 2))
        profile = 1 + self.lopsided * rng.normal() * along + 0.25 * np.cos(3 * along + rng.uniform(0, 6))
        shape = np.exp(-(np.abs(along) ** (self.squareness * float(rng.uniform(0.8, 1.3)))) - np.square(across))
        halo = 0.08 * np.exp(-np.square(along) - np.abs(across) / 3)
        signal += strength * (np.clip(profile, 0.1, None) * shape + halo)


def _line(rng: np.random.Generator, lanes: int, height: int) -> NDArray[np.float64]:
    """Height of the bands' centres in each lane: a tilted, smiling line somewhere in the strip."""
    along = np.linspace(-1, 1, lanes)
    line = height * (rng.uniform(0.35, 0.6) + rng.normal(0, 0.06) * along + rng.normal(0, 0.05) * along**2)
    return np.asarray(np.clip(line, 0.15 * height, 0.85 * height))


def _noise(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> Plane:
    """Unit-variance noise of a given grain size, pixels."""
    noise = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), sigma)
    return np.asarray(noise / noise.std(), dtype=np.float32)


def _develop(rng: np.random.Generator, signal: Plane, pitch: float) -> NDArray[np.uint8]:
    """The picture of a signal: exposure, background, lanes' streaks, grain, specks; dark or bright bands."""
    height, width = signal.shape
    columns = np.arange(width, dtype=np.float32)
    streaks = 0.03 * rng.uniform(0, 1) * np.cos(2 * np.pi * (columns - 8) / pitch)[None] * _noise(rng, (1, width), 30)
    background = 0.1 * rng.uniform(0.2, 1) * _noise(rng, signal.shape, 0.5 * height) + streaks
    signal = signal + np.clip(background + 0.08, 0, None)
    plane = 245 - rng.uniform(130, 230) * (1 - np.exp(-signal * rng.uniform(0.8, 2.2)))
    plane += rng.uniform(0.4, 3.5) * _noise(rng, signal.shape, float(rng.uniform(0.6, 1.4)))
    for _ in range(int(rng.integers(0, 25))):
        spot = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(plane, spot, int(rng.integers(1, 3)), float(rng.uniform(225, 255)), -1)
    plane = cv2.GaussianBlur(plane, (0, 0), float(rng.uniform(0.5, 1.3)))
    plane += rng.normal(0, rng.uniform(0.2, 1.5), plane.shape)
    pixels = np.clip(plane, 0, 255).astype(np.uint8)
    return 255 - pixels if rng.random() < 0.15 else pixels
