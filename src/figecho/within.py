"""One panel → the pieces of it that occur in it twice: cells multiplied, a lane repeated, a spot covered."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.features.channels import informative_channel
from figecho.match.examine import outline
from figecho.match.geometry import compose
from figecho.match.masks import grain_share, usable_mask
from figecho.match.selfmatch import Copy, copies_in
from figecho.match.within_verdict import judge_copy, judge_panel
from figecho.options import WithinOptions
from figecho.types import OFFERED, Evidence, Judgement, Overlap, Point, Transform, Verdict

Mask = NDArray[np.bool_]

#: Kinds of panels that are drawn, not photographed: what repeats in them repeats by design.
DRAWN_KINDS = ("chart", "drawing", "text")


@dataclass(frozen=True, eq=False)
class WithinCopy:
    """One piece that occurs twice. Evidence is in panel pixels, its transform maps the source to the target.

    ``mask`` : (H, W) bool, source and target together. Which of the two is the original cannot be told.
    """

    evidence: Evidence
    judgement: Judgement
    mask: Mask

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def transform(self) -> Transform | None:
        return self.evidence.transform

    def to_dict(self) -> dict[str, Any]:
        transform = self.evidence.transform
        return {
            "verdict": self.judgement.verdict,
            "score": self.judgement.score,
            "reasons": list(self.judgement.reasons),
            "transform": transform.to_dict() if transform else None,
            "overlap": {"of_a": self.evidence.overlap.of_a, "of_b": self.evidence.overlap.of_b},
            "regions": {
                "a": [list(point) for point in self.evidence.region_a],
                "b": [list(point) for point in self.evidence.region_b],
            },
            "evidence": self.evidence.to_dict(),
        }


@dataclass(frozen=True, eq=False)
class WithinResult:
    """What was found inside one panel.

    Attributes
    ----------
    copies : the pieces offered for review, the most certain first.
    judgement : on the panel: that of its most certain copy, else ``none``, else ``undecidable`` with the reason.
    mask : (H, W) bool, every piece offered, source and target.
    """

    copies: tuple[WithinCopy, ...]
    judgement: Judgement
    mask: Mask

    def __bool__(self) -> bool:
        raise TypeError("a result has no truth value; ask for .verdict or .copies")

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def score(self) -> float:
        return self.judgement.score

    @property
    def reasons(self) -> tuple[str, ...]:
        return self.judgement.reasons


def look_within(
    pixels: NDArray[np.uint8],
    options: WithinOptions = WithinOptions(),  # noqa: B008 - frozen
    kind: str = "image",
) -> WithinResult:
    """Find pieces of a panel that occur in it twice.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) uint8, gray or RGB.
    options : larger panels than ``options.max_pixels`` are shrunk to that size first.
    kind : what the panel is (`Panel.kind`); charts, drawings and text are not looked into.

    Returns
    -------
    WithinResult : ``undecidable`` with its reason where nothing in the panel could testify.
    """
    height, width = pixels.shape[:2]
    nothing = np.zeros((height, width), bool)
    if kind in DRAWN_KINDS:
        reason = f"not looked into: in a {kind} things repeat by design" if kind != "text" else "not looked into: text"
        return WithinResult((), Judgement("undecidable", 0.0, (reason,)), nothing)
    zoom = min(1.0, math.sqrt(options.max_pixels / (height * width)))
    if zoom < 1:
        size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    luma = informative_channel(pixels)
    usable = usable_mask(luma, pixels)
    found = [_judged(copy, (height, width)) for copy in copies_in(luma, usable, options.proposals)]
    found = [copy for copy in found if copy.verdict in OFFERED]
    found.sort(key=lambda copy: (OFFERED.index(copy.verdict), -copy.judgement.score))
    copies = _without_loops(found)
    mask = np.logical_or.reduce([copy.mask for copy in copies]) if copies else nothing
    judgement = copies[0].judgement if copies else judge_panel(float(usable.mean()), grain_share(luma, usable))
    return WithinResult(copies, judgement, mask)


def _judged(copy: Copy, shape: tuple[int, int]) -> WithinCopy:
    """A measured copy with its verdict, in the panel's own pixels."""
    height, width = copy.target.shape
    grown = np.array([[shape[1] / width, 0.0, 0.0], [0.0, shape[0] / height, 0.0]])
    grown[:, 2] = (np.diag(grown[:, :2]) - 1) / 2
    shrunk = np.column_stack([np.diag(1 / np.diag(grown[:, :2])), -grown[:, 2] / np.diag(grown[:, :2])])
    (a, b, tx), (c, d, ty) = compose(compose(grown, copy.matrix), shrunk).tolist()
    source, target = (_resized(mask, shape) for mask in (copy.source, copy.target))
    area = shape[0] * shape[1]
    seeds = copy.seeds @ grown[:, :2].T + grown[:, 2]
    evidence = Evidence(
        keypoints_a=copy.matches,
        keypoints_b=copy.matches,
        matches=len(seeds),
        inliers_a=_points(seeds),
        inliers_b=_points(seeds @ np.array([[a, b], [c, d]]).T + [tx, ty]),
        transform=Transform(((a, b, tx), (c, d, ty))),
        region_a=_points(outline(source)),
        region_b=_points(outline(target)),
        overlap=Overlap(round(float(source.sum()) / area, 6), round(float(target.sum()) / area, 6)),
        ncc=copy.values["local"],
        grain=copy.values["grain2"],
        measurements=copy.values,
    )
    return WithinCopy(evidence, judge_copy(evidence), source | target)


def _resized(mask: Mask, shape: tuple[int, int]) -> Mask:
    if mask.shape == shape:
        return mask
    return np.asarray(cv2.resize(mask.astype(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST) > 0)


def _points(points: NDArray[np.float64]) -> tuple[Point, ...]:
    return tuple((round(float(x), 2), round(float(y), 2)) for x, y in points)


def _without_loops(copies: list[WithinCopy]) -> tuple[WithinCopy, ...]:
    """The copies that tell something new: of three places that are one piece, two pairs say all.

    A pair whose two places are joined by more certain pairs already is left out.
    """
    kept: list[WithinCopy] = []
    group: dict[int, int] = {}
    places: list[tuple[Mask, int]] = []

    def root(number: int) -> int:
        while group[number] != number:
            number = group[number]
        return number

    for copy in copies:
        ends = []
        for region in (copy.evidence.region_a, copy.evidence.region_b):
            place = _filled(region, copy.mask.shape)
            known = [number for mask, number in places if (mask & place).sum() > 0.5 * min(mask.sum(), place.sum())]
            number = known[0] if known else len(group)
            group.setdefault(number, number)
            places.append((place, number))
            ends.append(root(number))
        if ends[0] != ends[1]:
            group[ends[1]] = ends[0]
            kept.append(copy)
    return tuple(kept)


def _filled(region: tuple[Point, ...], shape: tuple[int, ...]) -> Mask:
    mask = np.zeros(shape[:2], np.uint8)
    if len(region) >= 3:
        cv2.fillPoly(mask, [np.round(np.array(region)).astype(np.int32)], 1)
    return mask > 0
