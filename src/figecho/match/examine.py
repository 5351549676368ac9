"""Features × 2 → evidence: match, align, confirm, and keep the best-supported alignment with all its numbers."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.match.confirm import Confirmation, block_support, confirm
from figecho.match.geometry import Alignment, alignments, apply, compose, invert
from figecho.match.lowtex import coarse_alignments
from figecho.match.nearest import Variant, tentative_matches
from figecho.options import ReuseOptions
from figecho.types import Evidence, Features, Overlap, Point, Transform

#: A second alignment is checked in full when its quick support reaches this share of the best one's.
RUNNER_UP = 0.7
#: Below so many keypoints in either panel, alignments are also sought without them.
FEW_KEYPOINTS = 300
#: Share of agreeing texture at which an alignment needs no rival.
SETTLED = 0.6


def examine(a: Features, b: Features, options: ReuseOptions) -> Evidence:
    """Measure everything that speaks for or against ``a`` and ``b`` sharing content.

    Parameters
    ----------
    a, b : features of the two panels, extracted with the same ``options``.

    Returns
    -------
    Evidence with coordinates in panel pixels; ``transform`` is None where no alignment was found.
    """
    tentative = tentative_matches(a, b, options.ratio)
    visible = {"texture_a": float(a.texture), "texture_b": float(b.texture)}
    best = _best(a, b, alignments(a, b, tentative, options.hypotheses))
    if min(len(a), len(b)) < FEW_KEYPOINTS and (best is None or best[1].values["agree_share"] < SETTLED):
        best = _better(best, _best(a, b, _without_keypoints(a, b, options.hypotheses)))
    if best is None:
        most = max(len(matches) for matches in tentative)
        return Evidence(len(a), len(b), matches=most, measurements=visible)
    alignment, confirmation = best
    matches = next(len(found) for found in tentative if found.variant == alignment.variant)
    return _evidence(a, b, matches, alignment, confirmation, visible)


_Supported = tuple[Alignment, Confirmation]


def _best(a: Features, b: Features, found: list[Alignment]) -> _Supported | None:
    """The alignment that the dense check supports best."""
    best: _Supported | None = None
    for alignment in _promising(a, b, found):
        confirmation = confirm(a.luma, b.luma, alignment.matrix, inverted=alignment.variant.inverted)
        if confirmation:
            best = _better(best, (alignment, confirmation))
    return best


def _better(one: _Supported | None, other: _Supported | None) -> _Supported | None:
    if one is None or other is None:
        return one or other
    return other if _support(other[1]) > _support(one[1]) else one


def _without_keypoints(a: Features, b: Features, keep: int) -> list[Alignment]:
    """Alignments of small copies, for panels with too few keypoints to be aligned by them."""
    nothing = np.zeros(0, np.intp)
    plain = Variant(mirrored=False, inverted=False)
    return [Alignment(matrix, plain, nothing, nothing, 0.0, 0.0) for matrix in coarse_alignments(a.luma, b.luma, keep)]


def _promising(a: Features, b: Features, found: list[Alignment]) -> list[Alignment]:
    """The alignment that blocks of the pictures support best, and the runner-up where it comes near."""
    if len(found) < 2:
        return found
    support = [block_support(a.luma, b.luma, each.matrix, inverted=each.variant.inverted) for each in found]
    order = sorted(range(len(found)), key=lambda index: -support[index])
    first, second = order[:2]
    close = support[second] > RUNNER_UP * support[first]
    return [found[first], found[second]] if close else [found[first]]


def _support(confirmation: Confirmation) -> float:
    """Order among the alignments of one pair: fine agreement, weighted by the area that shows it."""
    values = confirmation.values
    return (values["grain2"] + values["grain3"] + values["agree_share"]) * values["agree_area"]


def _evidence(
    a: Features,
    b: Features,
    matches: int,
    alignment: Alignment,
    confirmation: Confirmation,
    visible: dict[str, float],
) -> Evidence:
    to_working, from_working = _zoom(a.zoom), invert(_zoom(b.zoom))
    matrix = compose(from_working, compose(confirmation.matrix, to_working))
    (p, q, r), (s, t, u) = matrix.tolist()
    region = outline(confirmation.agreeing)
    region_a = apply(invert(_zoom(a.zoom)), apply(confirmation.frame_to_a, region))
    region_b = apply(invert(_zoom(b.zoom)), apply(confirmation.frame_to_b, region))
    values = visible | confirmation.values
    values["inliers"] = math.log10(1 + len(alignment.a))
    values["nfa"] = -alignment.log10_nfa
    values["repeated"] = alignment.repeated
    values["overlap"] = max(_share(region_a, a.size), _share(region_b, b.size))
    return Evidence(
        keypoints_a=len(a),
        keypoints_b=len(b),
        matches=matches,
        inliers_a=_points(apply(invert(_zoom(a.zoom)), a.points[alignment.a])),
        inliers_b=_points(apply(invert(_zoom(b.zoom)), b.points[alignment.b])),
        transform=Transform(((p, q, r), (s, t, u)), inverted=alignment.variant.inverted),
        region_a=_points(region_a),
        region_b=_points(region_b),
        overlap=Overlap(_share(region_a, a.size), _share(region_b, b.size)),
        log10_nfa=alignment.log10_nfa,
        ncc=values["ncc"],
        grain=values["grain2"],
        measurements=values,
    )


def _zoom(zoom: float) -> NDArray[np.float64]:
    """Panel pixels to working pixels: ``(p + 0.5) zoom - 0.5``."""
    shift = 0.5 * zoom - 0.5
    return np.array([[zoom, 0.0, shift], [0.0, zoom, shift]])


def outline(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Simplified outer contour (k, 2) of a mask's largest piece; empty where the mask is."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return np.zeros((0, 2))
    contour = max(contours, key=cv2.contourArea)
    simple = cv2.approxPolyDP(contour, 0.01 * cv2.arcLength(contour, True), True)
    return np.asarray(simple.reshape(-1, 2), dtype=np.float64)


def _share(region: NDArray[np.float64], size: tuple[int, int]) -> float:
    """Area of a polygon as a share of a panel, in [0, 1]."""
    if len(region) < 3:
        return 0.0
    return min(1.0, float(cv2.contourArea(region.astype(np.float32))) / (size[0] * size[1]))


def _points(points: NDArray[np.float64]) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in points)
