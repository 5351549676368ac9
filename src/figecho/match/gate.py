"""A cheap look at two panels before the full one: do a few of their keypoints agree on where one lies in the other?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from figecho.features.sift import rootsift
from figecho.features.signatures import Signature
from figecho.match.geometry import similarity_of
from figecho.match.nearest import Variant, permutation

#: Lowe's ratio for a match to be counted, and the similarity below which none is one.
RATIO = 0.9
LEAST_SIMILAR = 0.75
#: How far a match may land from where another one's similarity sends it: pixels, keypoint diameters, and a share of
#: the distance to that other one, whose own turn and scale are rough.
PIXELS, DIAMETERS, SHARE = 8.0, 0.6, 0.08
#: Octaves and degrees that two matches' scales and turns may differ by.
OCTAVES, DEGREES = 0.7, 25.0
#: Pixels below which two keypoints are at one place, and hypotheses whose places are counted.
SAME_PLACE, SHORTLIST = 4.0, 5


def agreeing_matches(a: Signature, b: Signature, variant: Variant) -> int:
    """The largest number of matches that agree with the similarity which one of them implies by itself.

    Parameters
    ----------
    a, b : signatures of the two panels.
    variant : in which way B may show A.

    Returns
    -------
    A count of distinct places in both panels, 0 where there is no match. Unrelated panels reach 2 or 3 by chance.
    """
    ia, ib = _matches(a, b, variant)
    if not len(ia):
        return 0
    source, target = a.points[ia].astype(np.float64), b.points[ib].astype(np.float64)
    models = similarity_of(source, a.sizes[ia], a.angles[ia], target, b.sizes[ib], b.angles[ib], variant)
    scale = np.sqrt(np.abs(np.linalg.det(models[:, :, :2])))
    heading = np.arctan2(models[:, 1, 0], models[:, 0, 0])
    landed = np.einsum("kij,nj->kni", models[:, :, :2], source) + models[:, None, :, 2]
    error = np.linalg.norm(landed - target, axis=2)
    distance = np.linalg.norm(source[None] - source[:, None], axis=2)
    allowed = PIXELS + DIAMETERS * b.sizes[ib] + SHARE * scale[:, None] * distance
    octaves = np.abs(np.log2(scale / scale[:, None]))
    turned = np.abs((heading - heading[:, None] + np.pi) % (2 * np.pi) - np.pi)
    agrees = (error < allowed) & (octaves < OCTAVES) & (turned < np.radians(DEGREES))
    counts = agrees.sum(axis=1)
    places = np.round(np.concatenate([source, target], axis=1) / SAME_PLACE).astype(np.int64).tolist()
    best = 0
    for row in np.argsort(-counts, kind="stable")[:SHORTLIST]:
        if counts[row] > best:
            best = max(best, len({tuple(places[match]) for match in np.flatnonzero(agrees[row])}))
    return best


def _matches(a: Signature, b: Signature, variant: Variant) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Matches from A to B that pass the ratio test against the second neighbour."""
    nothing = np.zeros(0, np.intp)
    if not len(a) or len(b) < 2:
        return nothing, nothing
    similarity = rootsift(a.descriptors)[:, permutation(variant)] @ rootsift(b.descriptors).T
    rows = np.arange(len(similarity))
    first = similarity.argmax(axis=1)
    best = similarity[rows, first]
    similarity[rows, first] = -1
    rival = similarity.max(axis=1)
    ratio = np.sqrt(np.maximum(1 - best, 0) / np.maximum(1 - rival, 1e-9))
    kept = np.flatnonzero((ratio < RATIO) & (best > LEAST_SIMILAR))
    return kept, first[kept]
