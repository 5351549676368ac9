"""Refinement of an alignment by the enhanced correlation coefficient, from coarse to fine.

Evangelidis and Psarakis, "Parametric image alignment using enhanced correlation coefficient maximization", PAMI 2008:
insensitive to brightness and contrast, and sub-pixel where there are no keypoints.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.match.geometry import compose, invert

Matrix = NDArray[np.float64]

#: Iterations per size, and the change of the coefficient at which they end.
ITERATIONS = 40
SETTLED = 1e-4
#: Singular values of a believable linear part, and the largest ratio of the two.
SIZES = (0.2, 5.0)
STRETCH = 1.6


def refined(
    a: NDArray[np.uint8],
    b: NDArray[np.uint8],
    matrix: Matrix,
    sides: tuple[int, ...],
    longest: int = 320,
    blur: int = 3,
) -> Matrix | None:
    """An affine alignment improved at growing sizes; None where it runs away or does not converge.

    Parameters
    ----------
    a, b : (h, w) uint8, of the same polarity.
    matrix : (2, 3), A's pixels to B's, correct to about the width of what is to be aligned.
    sides : square roots of the areas, pixels, at which B is compared in turn; B is never enlarged.
    longest : longest side of B at the first size; it grows in proportion with the sizes.
    blur : side of the Gaussian window, odd, pixels, that both are smoothed with.
    """
    for side in sides:
        height, width = b.shape
        zoom = min(1.0, side / float(np.sqrt(height * width)), longest * side / sides[0] / max(height, width))
        scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
        small_b, to_b = shrunk(b, zoom)
        small_a, to_a = shrunk(a, min(1.0, zoom * scale))
        start = compose(to_a, compose(invert(matrix), invert(to_b))).astype(np.float32)
        stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, ITERATIONS, SETTLED)
        support = np.full(small_a.shape, 255, np.uint8)
        try:
            _, warp = cv2.findTransformECC(small_b, small_a, start, cv2.MOTION_AFFINE, stop, support, blur)
        except cv2.error:
            # OpenCV's way of saying that the correlation cannot be improved from here.
            return None
        matrix = compose(invert(to_b), compose(invert(np.asarray(warp, dtype=np.float64)), to_a))
        big, little = np.linalg.svd(matrix[:, :2], compute_uv=False)
        if little < SIZES[0] or big > SIZES[1] or big > STRETCH * little:
            return None
    return matrix


def shrunk(luma: NDArray[np.uint8], zoom: float) -> tuple[NDArray[np.float32], Matrix]:
    """A panel at ``zoom`` times its size, and the map (2, 3) from its pixels to the new ones."""
    height, width = luma.shape
    size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    interpolation = cv2.INTER_AREA if size[0] < width else cv2.INTER_LINEAR
    small = cv2.resize(luma, size, interpolation=interpolation)
    factor = np.array(size) / (width, height)
    return np.asarray(small, dtype=np.float32), np.column_stack([np.diag(factor), (factor - 1) / 2])
