"""One picture against itself: proposals, their regions, and what is measured of each.

The verdict reads these measurements and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.match.anchors import self_matches
from figecho.match.geometry import apply, invert
from figecho.match.margin import Bands, bands_of
from figecho.match.measure import grain, measure
from figecho.match.proposals import Proposal, propose
from figecho.match.region import Region, extent, firmer, grow

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Source and target may share this much of the region.
MAX_SHARED = 0.15
#: Regions smaller than this are not measured, pixels.
LEAST_REGION = 250
#: Fine-grain correlation, in the better of two bands, below which a region is not measured any further.
LEAST_GRAIN = 0.6
#: A proposal belongs to a region when the region's map sends its middle this close to where it should, pixels.
SAME_MAP = 5.0
#: Regions are the same where they share this much of the smaller.
SAME_REGION = 0.5


@dataclass(frozen=True, eq=False)
class Copy:
    """A region that occurs twice.

    ``matrix`` : (2, 3), source to target; ``source``, ``target`` : (H, W) bool, both places; ``seeds`` : (k, 2), the
    matched places in the source that proposed it, of ``matches`` in the whole picture; ``values`` : see `measure`.
    """

    matrix: NDArray[np.float64]
    source: Mask
    target: Mask
    seeds: NDArray[np.float64]
    matches: int
    values: dict[str, float]


def copies_in(luma: NDArray[np.uint8], usable: Mask, proposals: int = 40) -> list[Copy]:
    """Every candidate copy in a picture, measured, the largest first; whether it is one is for the verdict to say.

    Parameters
    ----------
    luma : (h, w) uint8.
    usable : (h, w) bool, where texture may testify.
    proposals : how many proposals are grown at most, strongest first.
    """
    plane = luma.astype(np.float32)
    found: list[Copy] = []
    bands: Bands | None = None
    matches = self_matches(luma, usable)
    tried: list[Region] = []
    for proposal in propose(matches, proposals):
        if any(_explained(proposal, region) for region in tried):
            continue
        region = grow(plane, usable, proposal)
        if region is None or region.area < LEAST_REGION:
            continue
        tried.append(region)
        copy = _placed(region, luma.shape)
        if copy is None:
            # Source and target run into each other, as in a periodic ground.
            part = firmer(region)
            copy = _placed(part, luma.shape) if part is not None else None
            region = part or region
        if copy is None or grain(region) < LEAST_GRAIN:
            continue
        same = [other for other in found if _same(copy, other)]
        if any(other.values["grain2"] >= grain(region) for other in same):
            continue
        bands = bands or bands_of(plane)
        values = measure(region, bands)
        if values is not None:
            found = [other for other in found if not any(other is worse for worse in same)]
            found.append(Copy(*copy, region.seeds, len(matches), values))
    return sorted(found, key=lambda copy: -float(copy.target.sum()))


def _explained(proposal: Proposal, region: Region) -> bool:
    """Whether a proposal is a part of a region that was grown before: its places are inside, and the maps agree."""
    centre = proposal.seeds.mean(axis=0)[None]
    there = apply(proposal.matrix, centre)
    for source, target in ((centre, there), (there, centre)):
        x, y = np.round(target[0] - region.origin).astype(int)
        rows, columns = region.agreeing.shape
        inside = 0 <= x < columns and 0 <= y < rows and bool(region.agreeing[y, x])
        if inside and np.linalg.norm(apply(region.matrix, source) - target) < SAME_MAP:
            return True
    return False


def _placed(region: Region, shape: tuple[int, ...]) -> tuple[NDArray[np.float64], Mask, Mask] | None:
    """The region in the picture's own pixels, at both places; None where they are one place."""
    height, width = shape[:2]
    target = np.zeros((height, width), bool)
    x, y = region.origin
    rows, columns = region.agreeing.shape
    target[y : y + rows, x : x + columns] = extent(region)
    back = invert(region.matrix)
    source = cv2.warpAffine(target.astype(np.uint8), back, (width, height), flags=cv2.INTER_NEAREST) > 0
    if (source & target).sum() > MAX_SHARED * target.sum():
        return None
    return region.matrix, np.asarray(source), target


def _same(
    copy: tuple[NDArray[np.float64], Mask, Mask],
    other: Copy,
) -> bool:
    """Whether two copies join the same two places, in either direction."""
    source, target = (place[::4, ::4] for place in copy[1:])
    there, here = other.source[::4, ::4], other.target[::4, ::4]
    least = SAME_REGION * min(target.sum(), here.sum())
    forward = (target & here).sum() > least and (source & there).sum() > least
    backward = (target & there).sum() > least and (source & here).sum() > least
    return bool(forward or backward)
