"""Features × 2 → evidence: match, align, confirm, and keep the best-supported alignment with all its numbers."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.features.sift import shrunk
from figecho.match.bands import SMALL_AREA
from figecho.match.blots import NO_LANES, align_blots, shows_bands
from figecho.match.confirm import Confirmation, block_supports, confirm
from figecho.match.geometry import Alignment, alignments, apply, compose, invert
from figecho.match.lowtex import coarse_alignments
from figecho.match.nearest import Matches, Variant, tentative_matches
from figecho.options import ReuseOptions
from figecho.types import Evidence, Features, Overlap, Point, Transform

#: A second alignment is checked in full when its quick support reaches this share of the best one's.
RUNNER_UP = 0.7
#: Quality of a small overlap's blocks, as such and over that of the best supported one, from which it is checked too.
FINE = 0.3
FINER = 1.5
#: Below so many keypoints in either panel, alignments are also sought without them.
FEW_KEYPOINTS = 300
#: Share of agreeing texture at which an alignment needs no rival.
SETTLED = 0.6
#: Share of agreeing texture at which the runner-up is not looked at.
BEYOND_DOUBT = 0.9
#: Keypoints on one alignment from which it is not given up for one that bands propose.
PROVEN = 12
#: Keypoints on one alignment that no band has: panels with so many are not read as blots.
UNLIKE_BANDS = 100
#: Ratio of the panels' sizes from which the larger one is also tried at the smaller one's size.
UNEQUAL = 2.0


@dataclass(frozen=True, eq=False)
class _Found:
    """The best-supported alignment of two panels' features, and what the dense check says of it.

    ``a``, ``b`` : the features that it aligns; ``matches`` : tentative matches of its variant; ``channel`` : whether it
    is a single channel of a merged picture that agrees.
    """

    a: Features
    b: Features
    matches: int
    alignment: Alignment
    confirmation: Confirmation
    channel: bool


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
    found = _aligned(a, b, tentative, options)
    if not _settled(found) and min(len(a), len(b)) < FEW_KEYPOINTS:
        found = _better(found, _aligned_without_keypoints(a, b, options.hypotheses))
    if not _settled(found) and _size_ratio(a, b) > UNEQUAL:
        a_level, b_level = _levelled(a, b, options)
        again = tentative_matches(a_level, b_level, options.ratio)
        found = _better(found, _aligned(a_level, b_level, again, options))
    visible = {"texture_a": float(a.texture), "texture_b": float(b.texture)}
    if found is None:
        most = max(len(matches) for matches in tentative)
        return _with_blots(Evidence(len(a), len(b), matches=most, measurements=visible), a, b)
    return _with_blots(_evidence(found, (len(a), len(b)), visible), a, b)


def _with_blots(evidence: Evidence, a: Features, b: Features) -> Evidence:
    """What was measured on two blots added; the bands' alignment is shown unless keypoints prove another."""
    if evidence.inliers >= UNLIKE_BANDS:
        return evidence
    known = None
    if evidence.transform is not None:
        on_panels = np.array(evidence.transform.matrix)
        known = compose(_zoom(b.zoom), compose(on_panels, invert(_zoom(a.zoom))))
    blots = align_blots(a.luma, b.luma, known)
    if blots is None:
        tiny = min(a.luma.size, b.luma.size) <= SMALL_AREA
        unsettled = known is not None and (tiny or evidence.inliers < PROVEN)
        if unsettled and (shows_bands(a.luma) or shows_bands(b.luma)):
            return replace(evidence, measurements=dict(evidence.measurements) | NO_LANES)
        return evidence
    values = dict(evidence.measurements) | blots.values
    if evidence.inliers >= PROVEN or not len(blots.region_a):
        return replace(evidence, measurements=values)
    (p, q, r), (s, t, u) = compose(invert(_zoom(b.zoom)), compose(blots.matrix, _zoom(a.zoom))).tolist()
    region_a, region_b = apply(invert(_zoom(a.zoom)), blots.region_a), apply(invert(_zoom(b.zoom)), blots.region_b)
    return replace(
        evidence,
        inliers_a=(),
        inliers_b=(),
        transform=Transform(((p, q, r), (s, t, u)), inverted=blots.inverted),
        region_a=_points(region_a),
        region_b=_points(region_b),
        overlap=Overlap(_share(region_a, a.size), _share(region_b, b.size)),
        measurements=values,
    )


def _settled(found: _Found | None) -> bool:
    return found is not None and found.confirmation.values["agree_share"] >= SETTLED


def _size_ratio(a: Features, b: Features) -> float:
    longest = sorted(max(float(side) for side in features.luma.shape) for features in (a, b))
    return longest[1] / longest[0]


def _levelled(a: Features, b: Features, options: ReuseOptions) -> tuple[Features, Features]:
    """Both panels with the larger one shrunk to the size of the smaller."""
    zoom = 1 / _size_ratio(a, b)
    if max(a.luma.shape) > max(b.luma.shape):
        return shrunk(a, zoom, options), b
    return a, shrunk(b, zoom, options)


def _aligned(a: Features, b: Features, tentative: list[Matches], options: ReuseOptions) -> _Found | None:
    """The best of the alignments that keypoints propose."""
    counts = {matches.variant: len(matches) for matches in tentative}
    return _best(a, b, alignments(a, b, tentative, options.hypotheses), counts)


def _aligned_without_keypoints(a: Features, b: Features, keep: int) -> _Found | None:
    """The best alignment of small copies, for panels with too few keypoints to be aligned by them."""
    nothing = np.zeros(0, np.intp)
    plain = Variant(mirrored=False, inverted=False)
    found = [Alignment(matrix, plain, nothing, nothing, 0.0, 0.0) for matrix in coarse_alignments(a.luma, b.luma, keep)]
    return _best(a, b, found, {})


def _best(a: Features, b: Features, found: list[Alignment], matches: dict[Variant, int]) -> _Found | None:
    """The alignment that the dense check supports best, of those that a quick look finds promising."""
    best: _Found | None = None
    for alignment, plane_a, plane_b in _promising(a, b, found):
        confirmation = confirm(plane_a, plane_b, alignment.matrix, inverted=alignment.variant.inverted)
        if confirmation:
            channel = plane_a is not a.luma or plane_b is not b.luma
            count = matches.get(alignment.variant, 0)
            best = _better(best, _Found(a, b, count, alignment, confirmation, channel))
            if confirmation.values["agree_share"] > BEYOND_DOUBT:
                break
    return best


def _better(one: _Found | None, other: _Found | None) -> _Found | None:
    if one is None or other is None:
        return one or other
    return other if _support(other.confirmation) > _support(one.confirmation) else one


def _promising(
    a: Features, b: Features, found: list[Alignment]
) -> list[tuple[Alignment, NDArray[np.uint8], NDArray[np.uint8]]]:
    """What blocks of the pictures support best, the runner-up where it comes near, and a smaller area that agrees well.

    A merged picture is looked at as a whole and channel by channel. Returns alignments and planes.
    """
    views_a, views_b = (a.luma, *a.channels), (b.luma, *b.channels)
    tried = [(alignment, *view) for alignment in found for view in itertools.product(views_a, views_b)]
    if len(tried) < 2:
        return tried
    looks = [block_supports(views_a, views_b, each.matrix, inverted=each.variant.inverted) for each in found]
    quality = np.concatenate([look.quality.reshape(-1) for look in looks])
    support = np.concatenate([look.quality.reshape(-1) * look.area for look in looks])
    first, second = np.argsort(-support, kind="stable")[:2].tolist()
    chosen = [first, second] if support[second] > RUNNER_UP * support[first] else [first]
    finest = int(quality.argmax())
    if finest not in chosen and quality[finest] > max(FINE, FINER * quality[first]):
        chosen.append(finest)
    return [tried[index] for index in chosen]


def _support(confirmation: Confirmation) -> float:
    """Order among the alignments of one pair: fine agreement, weighted by the area that shows it."""
    values = confirmation.values
    return (values["grain2"] + values["grain3"] + values["agree_share"]) * values["agree_area"]


def _evidence(found: _Found, keypoints: tuple[int, int], visible: dict[str, float]) -> Evidence:
    a, b, alignment, confirmation = found.a, found.b, found.alignment, found.confirmation
    to_working, from_working = _zoom(a.zoom), invert(_zoom(b.zoom))
    matrix = compose(from_working, compose(confirmation.matrix, to_working))
    (p, q, r), (s, t, u) = matrix.tolist()
    region = outline(confirmation.region)
    region_a = apply(invert(_zoom(a.zoom)), apply(confirmation.frame_to_a, region))
    region_b = apply(invert(_zoom(b.zoom)), apply(confirmation.frame_to_b, region))
    values = visible | confirmation.values
    values["inliers"] = math.log10(1 + len(alignment.a))
    values["nfa"] = -alignment.log10_nfa
    values["repeated"] = alignment.repeated
    values["channel"] = float(found.channel)
    values["overlap"] = max(_share(region_a, a.size), _share(region_b, b.size))
    return Evidence(
        keypoints_a=keypoints[0],
        keypoints_b=keypoints[1],
        matches=found.matches,
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
