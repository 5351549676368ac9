"""The dense check: are the aligned pictures the same, pixel by pixel, where there is something to see?

Keypoint geometry proves "not chance", which shared letters and scale bars also reach. What tells a copy is that
texture agrees over an area, down to the grain. So the finer panel is warped onto the coarser one, the alignment is
refined on blocks, ink on a flat background is set aside, and what remains is correlated locally and band by band.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from figecho.features.texture import blur
from figecho.match.agreement import measure, normalised
from figecho.match.frame import Frame, Mask, Plane, common_frame
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


def block_support(a: NDArray[np.uint8], b: NDArray[np.uint8], matrix: NDArray[np.float64], *, inverted: bool) -> float:
    """Quick support for an alignment: the area of blocks whose texture correlates where it should, in A's pixels."""
    frame = common_frame(a, b, matrix, inverted=inverted, area=QUICK_AREA)
    if frame is None:
        return 0.0
    _, shifts, heights = _block_shifts(frame)
    if not len(heights):
        return 0.0
    near = np.linalg.norm(shifts, axis=1) < 4
    scale = abs(float(np.linalg.det(frame.to_a[:, :2])))
    return float((np.square(heights) * near).mean()) * float(frame.valid.sum()) * scale


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
    height, width = frame.valid.shape
    block = min(int(np.clip(min(height, width) // 3, 24, 64)), height, width)
    rows = np.linspace(0, height - block, max(2, min(10, height // block + 1))).astype(int)
    columns = np.linspace(0, width - block, max(2, min(10, width // block + 1))).astype(int)
    least = 0.8 * block**2
    origins = [
        (y, x) for y in rows for x in columns if np.count_nonzero(frame.valid[y : y + block, x : x + block]) > least
    ]
    if not origins:
        return np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0)
    whitened_a, whitened_b = (normalised(blur(plane, 1.0) - blur(plane, 4.0)) for plane in (frame.a, frame.b))
    taper = np.outer(np.hanning(block + 2)[1:-1], np.hanning(block + 2)[1:-1]).astype(np.float32)
    stack_a = np.stack([whitened_a[y : y + block, x : x + block] for y, x in origins]) * taper
    stack_b = np.stack([whitened_b[y : y + block, x : x + block] for y, x in origins]) * taper
    shifts, heights = _peaks(stack_a, stack_b, reach=min(10, block // 4))
    return np.array([(x, y) for y, x in origins], np.float64) + (block - 1) / 2, shifts, heights


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


def _peaks(a: Plane, b: Plane, reach: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shift (x, y) of each block of ``b`` against ``a`` and the normalised correlation there, by FFT."""
    size = a.shape[1]
    spectrum = np.conj(fft.rfft2(a, axes=(1, 2))) * fft.rfft2(b, axes=(1, 2))
    correlation = fft.irfft2(spectrum, s=(size, size), axes=(1, 2))
    energy = np.sqrt(np.square(a).sum(axis=(1, 2)) * np.square(b).sum(axis=(1, 2))) + 1e-6
    correlation = np.roll(correlation, (reach, reach), axis=(1, 2))[:, : 2 * reach + 1, : 2 * reach + 1]
    correlation = correlation / energy[:, None, None]
    inner = correlation[:, 1:-1, 1:-1].reshape(len(a), -1)
    flat = inner.argmax(axis=1)
    y, x = np.divmod(flat, 2 * reach - 1)
    y, x = y + 1, x + 1
    index = np.arange(len(a))
    peak = correlation[index, y, x]
    dx = _vertex(correlation[index, y, x - 1], peak, correlation[index, y, x + 1])
    dy = _vertex(correlation[index, y - 1, x], peak, correlation[index, y + 1, x])
    shifts = np.stack([x - reach + dx, y - reach + dy], axis=1)
    return shifts.astype(np.float64), peak.astype(np.float64)


def _vertex(left: NDArray[Any], middle: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """Position of the vertex of a parabola through three equidistant values, in [-0.5, 0.5]."""
    curve = left - 2 * middle + right
    return np.clip(np.where(curve < 0, 0.5 * (left - right) / np.minimum(curve, -1e-9), 0.0), -0.5, 0.5)
