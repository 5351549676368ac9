"""A first look at two panels before the full one: do a few of their keypoints agree on where one lies in the other?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from figecho.features.sift import rootsift
from figecho.features.signatures import Signature
from figecho.match.nearest import SAME_STRUCTURE, Variant, permutation

#: Lowe's ratio for a match to be counted, the similarity below which none is one, and the most matches looked at.
RATIO = 0.9
LEAST_SIMILAR = 0.75
MATCHES = 150
#: How far a match may land from where another one's similarity sends it: pixels, keypoint diameters, and a share of
#: the distance to that other one, whose own turn and scale are rough; and from where the fit to all of them sends it.
PIXELS, DIAMETERS = 8.0, 0.6
SHARE = 0.08
FITTED_PIXELS, FITTED_DIAMETERS = 4.0, 0.3
#: Octaves and degrees that two matches' scales and turns may differ by.
OCTAVES, DEGREES = 0.7, 25.0
#: Pixels below which two keypoints are at one place, and hypotheses whose places are counted.
SAME_PLACE, SHORTLIST = 4.0, 3


def agreeing_matches(a: Signature, b: Signature, variant: Variant) -> int:
    """The largest number of matches that agree with one similarity, fitted to those that one of them implies by itself.

    Parameters
    ----------
    a, b : signatures of the two panels.
    variant : in which way B may show A.

    Returns
    -------
    A count of distinct places in both panels, 0 where there is no match. Unrelated panels reach 3 or 4 by chance.
    """
    ia, ib = _matches(a, b, variant)
    if not len(ia):
        return 0
    source, target = (_complex(signature.points[chosen]) for signature, chosen in ((a, ia), (b, ib)))
    source = source.conj() if variant.mirrored else source
    octaves = np.log2(b.sizes[ib] / a.sizes[ia])
    angles = np.radians(a.angles[ia]) + (np.pi if variant.inverted else 0.0)
    turns = np.radians(b.angles[ib]) + (angles if variant.mirrored else -angles)
    implied = np.exp2(octaves) * np.exp(1j * turns)
    agrees, alike = lands(source, target, implied, b.sizes[ib], SHARE), moves_alike(octaves, turns)
    counts = (agrees & alike).sum(axis=1)
    places = np.round(np.stack([source.real, source.imag, target.real, target.imag], axis=1) / SAME_PLACE).tolist()
    best = 0
    for seed in np.argsort(-counts, kind="stable")[:SHORTLIST]:
        linear, shift = _fit(source, target, agrees[seed] & alike[seed], implied[seed])
        near = np.abs(linear * source + shift - target) < FITTED_PIXELS + FITTED_DIAMETERS * b.sizes[ib]
        best = max(best, len({tuple(places[match]) for match in np.flatnonzero(near & alike[seed])}))
    return best


# Points as complex numbers: a similarity is a product and a sum, a mirrored one is that of the conjugate.


def lands(
    source: NDArray[np.complexfloating],
    target: NDArray[np.complexfloating],
    implied: NDArray[np.complexfloating],
    sizes: NDArray[np.floating],
    share: float,
) -> NDArray[np.bool_]:
    """Which matches land where the similarity that each of them implies sends them, (…, k, k): rows imply.

    Parameters
    ----------
    source, target : (…, k), the places of matches, those of a mirrored map conjugated in ``source``.
    implied : (…, k), the linear part of each match's own similarity: its change of scale and turn.
    sizes : (…, k), diameters of the target keypoints, pixels.
    share : of the distance between two matches, by which they may miss.
    """
    apart = target[..., None, :] - target[..., :, None]
    error = np.abs(implied[..., :, None] * (source[..., None, :] - source[..., :, None]) - apart)
    return np.asarray(error < PIXELS + DIAMETERS * sizes[..., None, :] + share * np.abs(apart))


def moves_alike(octaves: NDArray[np.floating], turns: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which matches change scale, ``octaves`` (…, k), and turn, radians (…, k), as each of them does, (…, k, k)."""
    alike = np.abs(octaves[..., None, :] - octaves[..., :, None]) < OCTAVES
    return np.asarray(alike & (np.cos(turns[..., None, :] - turns[..., :, None]) > np.cos(np.radians(DEGREES))))


def _complex(points: NDArray[np.float32]) -> NDArray[np.complex128]:
    return np.asarray(points[:, 0] + 1j * points[:, 1], dtype=np.complex128)


def _fit(
    source: NDArray[np.complex128], target: NDArray[np.complex128], chosen: NDArray[np.bool_], implied: complex
) -> tuple[complex, complex]:
    """The similarity ``linear × source + shift`` that fits the chosen matches best, or the implied one of a single."""
    x, y = source[chosen], target[chosen]
    from_middle = x - x.mean()
    spread = float((np.abs(from_middle) ** 2).sum())
    linear = complex((from_middle.conj() * (y - y.mean())).sum() / spread) if spread else implied
    return linear, complex(y.mean() - linear * x.mean())


def _matches(a: Signature, b: Signature, variant: Variant) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Matches from A to B that pass the ratio test against the nearest at another place; those with the best ratio."""
    nothing = np.zeros(0, np.intp)
    if not len(a) or len(b) < 2:
        return nothing, nothing
    similarity = rootsift(a.descriptors)[:, permutation(variant)] @ rootsift(b.descriptors).T
    rows = np.arange(len(similarity))
    first = similarity.argmax(axis=1)
    best = similarity[rows, first]
    similarity[rows, first] = -1
    second = similarity.argmax(axis=1)
    same = np.flatnonzero(np.square(b.points[second] - b.points[first]).sum(axis=1) < SAME_STRUCTURE**2)
    similarity[same, second[same]] = -1
    second[same] = similarity[same].argmax(axis=1)
    ratio = np.sqrt(np.maximum(1 - best, 0) / np.maximum(1 - similarity[rows, second], 1e-9))
    kept = np.flatnonzero((ratio < RATIO) & (best > LEAST_SIMILAR))
    kept = np.sort(kept[np.argsort(ratio[kept], kind="stable")[:MATCHES]])
    return kept, first[kept]
