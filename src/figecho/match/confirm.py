"""The dense check: are the aligned pictures the same, pixel by pixel, where there is something to see?

Keypoint geometry proves "not chance", which shared letters and scale bars also reach. What tells a copy is that
texture agrees over an area, down to the grain. So the finer panel is warped onto the coarser one, the alignment is
refined on blocks, ink on a flat background is set aside, and what remains is correlated locally and band by band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from figecho.features.texture import blur
from figecho.match.agreement import measure, normalised
from figecho.match.frame import MIN_SIDE, Frame, Mask, Plane, common_frame, common_grid, warped
from figecho.match.geometry import apply, compose, invert

#: Area at which alignments are compared with each other before one is measured in full.
QUICK_AREA = 100_000


@dataclass(frozen=True, eq=False)
class Confirmation:
    """What the dense check measured.

    Attributes
    ----------
    matrix : (2, 3), the refined alignment, A's working pixels to B's.
    region : mask of the common region, in the comparison frame: the texture that agrees, with the even ground round
        it that says nothing against.
    frame_to_a, frame_to_b : (2, 3) maps from the comparison frame to working pixels.
    values : the measurements, by name (see `measure`).
    """

    matrix: NDArray[np.float64]
    region: Mask
    frame_to_a: NDArray[np.float64]
    frame_to_b: NDArray[np.float64]
    values: dict[str, float]


def confirm(
    a: NDArray[np.uint8], b: NDArray[np.uint8], matrix: NDArray[np.float64], *, inverted: bool
) -> Confirmation | None:
    """Align ``a`` with ``b`` by ``matrix``, refine, and measure how far they are the same picture.

    Parameters
    ----------
    a, b : (h, w) uint8, luminance at working size.
    matrix : (2, 3), A's working pixels to B's.
    inverted : whether B shows A with its contrast inverted.

    Returns
    -------
    None where the overlap is too small to compare.
    """
    frame = common_frame(a, b, matrix, inverted=inverted)
    for _ in range(2):
        if frame is None:
            return None
        update, moved = refine(frame)
        if moved < 0.05:
            break
        matrix = compose(frame.to_b, compose(update, invert(frame.to_a)))
        frame = common_frame(a, b, matrix, inverted=inverted)
    if frame is None:
        return None
    values, region = measure(frame)
    return Confirmation(matrix, region, frame.to_a, frame.to_b, values)


@dataclass(frozen=True, eq=False)
class BlockSupport:
    """What a quick look at blocks says of an alignment, for each view of A, a row, beside each of B, a column.

    ``quality`` : (n, m) float64, mean squared correlation of the blocks, those that fit elsewhere counting as 0;
    ``area`` : pixels of A that both show.
    """

    quality: NDArray[np.float64]
    area: float


def block_supports(
    planes_a: Sequence[NDArray[np.uint8]],
    planes_b: Sequence[NDArray[np.uint8]],
    matrix: NDArray[np.float64],
    *,
    inverted: bool,
) -> BlockSupport:
    """Quick support for an alignment: how well the texture of blocks correlates where it should, and over which area.

    Parameters
    ----------
    planes_a, planes_b : what is seen of either panel, all of one size: its luminance, its channels.
    matrix, inverted : as in `confirm`.
    """
    quality = np.zeros((len(planes_a), len(planes_b)))
    nothing = BlockSupport(quality, 0.0)
    grid = common_grid(planes_a[0].shape, planes_b[0].shape, matrix, area=QUICK_AREA)
    if grid is None:
        return nothing
    in_frame_a = [warped(255 - plane if inverted else plane, grid.from_a, grid.size) for plane in planes_a]
    in_frame_b = [warped(plane, grid.from_b, grid.size) for plane in planes_b]
    valid = in_frame_a[0][1] & in_frame_b[0][1]
    if valid.sum() < MIN_SIDE**2:
        return nothing
    blocks = Blocks.of(valid)
    if not len(blocks.origins):
        return nothing
    spectra_a, spectra_b = ([blocks.spectra(plane) for plane, _ in views] for views in (in_frame_a, in_frame_b))
    scale = abs(float(np.linalg.det(invert(grid.from_a)[:, :2])))
    for row, column in np.ndindex(quality.shape):
        shifts, heights = _peaks(spectra_a[row], spectra_b[column], blocks)
        near = np.linalg.norm(shifts, axis=1) < 4
        quality[row, column] = float((np.square(heights) * near).mean())
    return BlockSupport(quality, float(valid.sum()) * scale)


def refine(frame: Frame) -> tuple[NDArray[np.float64], float]:
    """Correct the alignment by the shifts of blocks, found to a fraction of a pixel by correlation.

    Returns
    -------
    update : (2, 3) map within the frame that moves A's content onto B's.
    moved : mean length of the correction in frame pixels; 0 where nothing could be measured.
    """
    update = np.eye(2, 3)
    centres, shifts, heights = _block_shifts(frame)
    trusted = heights > 0.35
    if trusted.sum() < 3:
        return update, 0.0
    centres, shifts, heights = centres[trusted], shifts[trusted], heights[trusted]
    for _ in range(4):
        residual = np.linalg.norm(centres + shifts - apply(update, centres), axis=1)
        weights = heights / (1 + np.square(residual / max(0.5, 1.5 * float(np.median(residual)))))
        update = _fit_update(centres, shifts, weights)
    moved = float(np.linalg.norm(apply(update, centres) - centres, axis=1).mean())
    return update, moved


def _block_shifts(frame: Frame) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Centres (k, 2) of blocks of the overlap, their shifts (k, 2) from A to B and the correlation there (k,)."""
    blocks = Blocks.of(frame.valid)
    if not len(blocks.origins):
        return np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0)
    shifts, heights = _peaks(blocks.spectra(frame.a), blocks.spectra(frame.b), blocks)
    return blocks.origins[:, ::-1].astype(np.float64) + (blocks.side - 1) / 2, shifts, heights


@dataclass(frozen=True, eq=False)
class Blocks:
    """Square blocks of a frame, evenly spread where both panels are: their ``side``, and first row and column of each,
    ``origins`` (k, 2) int."""

    side: int
    origins: NDArray[np.int_]

    @classmethod
    def of(cls, valid: Mask) -> Blocks:
        height, width = valid.shape
        side = min(int(np.clip(min(height, width) // 3, 24, 64)), height, width)
        rows = np.linspace(0, height - side, max(2, min(10, height // side + 1))).astype(int)
        columns = np.linspace(0, width - side, max(2, min(10, width // side + 1))).astype(int)
        least = 0.8 * side**2
        kept = [(y, x) for y in rows for x in columns if np.count_nonzero(valid[y : y + side, x : x + side]) > least]
        return cls(side, np.array(kept, int).reshape(-1, 2))

    def spectra(self, plane: Plane) -> Spectra:
        """The blocks of a frame's plane, band-passed, evened out and tapered, in the frequency domain."""
        whitened = normalised(blur(plane, 1.0) - blur(plane, 4.0))
        window = np.hanning(self.side + 2)[1:-1]
        taper = np.outer(window, window).astype(np.float32)
        stack = np.stack([whitened[y : y + self.side, x : x + self.side] for y, x in self.origins.tolist()]) * taper
        return Spectra(fft.rfft2(stack, axes=(1, 2)), np.square(stack).sum(axis=(1, 2)))


@dataclass(frozen=True, eq=False)
class Spectra:
    """Fourier transforms of blocks, ``values`` (k, side, side // 2 + 1), and the sum of squares of each, (k,)."""

    values: NDArray[np.complex64]
    energy: NDArray[np.float32]


def _fit_update(
    centres: NDArray[np.float64], shifts: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weighted affine field of shifts, drawn towards a pure shift where the blocks are few."""
    centre = np.average(centres, axis=0, weights=weights)
    offset = centres - centre
    design = np.column_stack([offset, np.ones(len(offset))])
    # The prior is worth two blocks at the typical distance: three blocks in a row cannot invent a shear.
    prior = 2 * float(np.average(weights)) * float(np.mean(np.square(offset)))
    normal = design.T @ (design * weights[:, None]) + np.diag([prior, prior, 0])
    solution = np.linalg.solve(normal, design.T @ (shifts * weights[:, None]))
    linear = np.eye(2) + solution[:2].T
    return np.column_stack([linear, centre + solution[2] - linear @ centre])


def _peaks(a: Spectra, b: Spectra, blocks: Blocks) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shift (x, y) of each block of ``b`` against ``a`` and the normalised correlation there, by FFT."""
    size, reach = blocks.side, min(10, blocks.side // 4)
    correlation = fft.irfft2(np.conj(a.values) * b.values, s=(size, size), axes=(1, 2))
    energy = np.sqrt(a.energy * b.energy) + 1e-6
    correlation = np.roll(correlation, (reach, reach), axis=(1, 2))[:, : 2 * reach + 1, : 2 * reach + 1]
    correlation = correlation / energy[:, None, None]
    inner = correlation[:, 1:-1, 1:-1].reshape(len(correlation), -1)
    flat = inner.argmax(axis=1)
    y, x = np.divmod(flat, 2 * reach - 1)
    y, x = y + 1, x + 1
    index = np.arange(len(blocks.origins))
    peak = correlation[index, y, x]
    dx = _vertex(correlation[index, y, x - 1], peak, correlation[index, y, x + 1])
    dy = _vertex(correlation[index, y - 1, x], peak, correlation[index, y + 1, x])
    shifts = np.stack([x - reach + dx, y - reach + dy], axis=1)
    return shifts.astype(np.float64), peak.astype(np.float64)


def _vertex(left: NDArray[Any], middle: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """Position of the vertex of a parabola through three equidistant values, in [-0.5, 0.5]."""
    curve = left - 2 * middle + right
    return np.clip(np.where(curve < 0, 0.5 * (left - right) / np.minimum(curve, -1e-9), 0.0), -0.5, 0.5)
