"""One panel laid on another: what overlays, differences, sliders and blinking show."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.types import Evidence

Pixels = NDArray[np.uint8]

#: Around the common region, the share of its longer side (plus pixels) that is shown as well.
MARGIN_SHARE, MARGIN_PIXELS = 0.08, 4


@dataclass(frozen=True, eq=False)
class Aligned:
    """The same frame of B seen twice, (h, w, 3) uint8 RGB each.

    Attributes
    ----------
    moved : A warped onto B; its contrast inverted where the transform says so, nothing else changed.
    still : B, cut to the common region and a margin.
    valid : (h, w), where A has pixels.
    common : (h, w), the verified region.
    """

    moved: Pixels
    still: Pixels
    valid: NDArray[np.bool_]
    common: NDArray[np.bool_]


def align(a: Pixels, b: Pixels, evidence: Evidence) -> Aligned | None:
    """Warp A onto B around the common region; None without a transform or a region.

    ``a``, ``b`` : (H, W) or (H, W, 3) uint8.
    """
    if evidence.transform is None or len(evidence.region_b) < 3:
        return None
    a, b = rgb(a), rgb(b)
    cut, region = _frame(b, evidence)
    height, width = cut[0].stop - cut[0].start, cut[1].stop - cut[1].start
    matrix = np.array(evidence.transform.matrix, dtype=np.float64)
    matrix[:, 2] -= (cut[1].start, cut[0].start)
    pixels, matrix = _shrunk(255 - a if evidence.transform.inverted else a, matrix)
    moved = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255))
    cover = cv2.warpAffine(np.full(pixels.shape[:2], 255, np.uint8), matrix, (width, height), flags=cv2.INTER_NEAREST)
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [np.round(region - (cut[1].start, cut[0].start)).astype(np.int32)], 1)
    valid = cover > 0
    return Aligned(np.asarray(moved, dtype=np.uint8), b[cut].copy(), valid, (inside > 0) & valid)


def matched_gray(aligned: Aligned) -> tuple[Pixels, Pixels]:
    """Both as gray (h, w), the brightness and contrast of ``moved`` fitted to ``still`` over the common region."""
    moved, still = (cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) for pixels in (aligned.moved, aligned.still))
    x, y, common = moved.astype(np.float32), still.astype(np.float32), aligned.common
    if common.sum() > 16:
        gain = float(y[common].std() / max(1e-3, float(x[common].std())))
        x = (x - x[common].mean()) * gain + y[common].mean()
    return np.clip(x, 0, 255).astype(np.uint8), np.asarray(still, dtype=np.uint8)


def overlay(aligned: Aligned) -> Pixels:
    """Red–cyan (h, w, 3): A in red, B in cyan, gray where they agree; paler where A has no pixels."""
    moved, still = matched_gray(aligned)
    mixed = np.stack([moved, still, still], axis=-1)
    mixed[~aligned.valid] = still[~aligned.valid, None] // 2 + 96
    return mixed


def difference(aligned: Aligned) -> tuple[Pixels, float]:
    """Where the two differ (h, w, 3), white for not at all, 4× enhanced, and the mean difference in gray levels."""
    moved, still = matched_gray(aligned)
    apart = np.abs(moved.astype(np.int16) - still)
    shown = np.repeat((255 - np.minimum(255, 4 * apart))[..., None], 3, axis=2).astype(np.uint8)
    shown[~aligned.valid] = (225, 225, 235)
    return shown, float(apart[aligned.common].mean()) if aligned.common.any() else 0.0


def rgb(pixels: Pixels) -> Pixels:
    """A copy as (H, W, 3)."""
    return np.array(pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2))


def _frame(b: Pixels, evidence: Evidence) -> tuple[tuple[slice, slice], NDArray[np.float64]]:
    """The part of B that is shown, and the region in B's pixels."""
    region = np.array(evidence.region_b, dtype=np.float64)
    margin = MARGIN_SHARE * float(np.ptp(region, axis=0).max()) + MARGIN_PIXELS
    height, width = b.shape[:2]
    x0, y0 = np.clip(np.floor(region.min(axis=0) - margin), 0, [width - 1, height - 1]).astype(int).tolist()
    x1, y1 = np.clip(np.ceil(region.max(axis=0) + margin), [x0 + 1, y0 + 1], [width, height]).astype(int).tolist()
    return (slice(y0, y1), slice(x0, x1)), region


def _shrunk(pixels: Pixels, matrix: NDArray[np.float64]) -> tuple[Pixels, NDArray[np.float64]]:
    """Shrink by averaging before a map that shrinks, since warping alone would skip pixels; the map that is left."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if scale > 0.7:
        return pixels, matrix
    height, width = pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    zoom = np.array([size[0] / width, size[1] / height])
    # A pixel centre p of the shrunk picture lies at (p + 0.5) / zoom - 0.5 in the original.
    left = matrix[:, :2] / zoom
    offset = matrix[:, 2] + left @ (0.5 - 0.5 * zoom)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8), np.column_stack([left, offset])
