"""The verdict on two plots: what their marks say, where the axes, words and legend that they share say nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from figecho.match.marks import Agreement, AxisMap, agreement, between_frames
from figecho.match.plot import Plot, read_plot
from figecho.types import OFFERED, Evidence, Features, Judgement, Overlap, Point, Transform, Verdict

#: log10 of the odds against reuse before the marks are looked at: of a hundred pairs of plots, one shows the same data.
PRIOR = 2.0
#: log10 of the number of false alarms up to which each verdict is given.
LIMITS: dict[Verdict, float] = {"strong": -6.0, "moderate": -4.0, "weak": -2.0}
#: Fewer pieces than this say neither that the data are the same nor that they differ.
LEAST_PIECES = 4
#: Share of pieces that fit, below which two plots show other data.
OTHER_DATA = 0.5
#: How far a transform may turn or shear for two plots to lie straight on each other.
STRAIGHT = 0.02
OTHER_MARKS = "same annotation only"
FEW_MARKS = "too few marks to judge: smooth curves and a few bars are alike in many plots"


def with_marks(evidence: Evidence, a: Features, b: Features) -> Evidence:
    """Evidence with what the marks of two plots say; unchanged where one of the panels is no plot.

    ``plot_pieces`` and ``plot_agreeing`` count pieces of marks, ``plot_nfa`` is log10 of the number of false alarms;
    ``plot_settled`` is 1 where marks were compared at what keypoints and texture found, or these found nothing. Where
    the marks agree beyond chance, transform and regions are theirs.
    """
    plot_a = read_plot(a.luma)
    plot_b = read_plot(b.luma) if plot_a else None
    if plot_a is None or plot_b is None or not (plot_a.axes or plot_b.axes):
        return evidence
    by_axes = between_frames(plot_a, plot_b) if plot_a.axes and plot_b.axes else None
    by_content = _straight(evidence, a, b)
    tried = [agreement(plot_a, plot_b, alignment) for alignment in (by_axes, by_content) if alignment]
    found = min((each for each in tried if each), key=lambda each: (each.log10_nfa, -each.agreeing), default=None)
    if found is None:
        return evidence
    said = {"plot_pieces": found.pieces, "plot_agreeing": found.agreeing, "plot_nfa": found.log10_nfa}
    said["plot_settled"] = float(by_content is not None or evidence.transform is None)
    evidence = replace(evidence, measurements=dict(evidence.measurements) | said)
    return _shown(evidence, found, plot_a, a, b) if found.log10_nfa <= LIMITS["weak"] else evidence


def judge_marks(evidence: Evidence, otherwise: Judgement) -> Judgement:
    """The judgement on two plots by their marks; ``otherwise`` where the panels are none.

    Marks decide, and not texture: bars, cells and letters of one template agree to the grain whatever they show. Where
    texture found one plot turned or mirrored in the other, marks, which are not compared that way, say nothing.
    """
    values = evidence.measurements
    if "plot_nfa" not in values:
        return otherwise
    pieces, agreeing = values["plot_pieces"], values["plot_agreeing"]
    counted = f"{agreeing:.0f} of {pieces:.0f} pieces of the plotted marks fit exactly where the axes say"
    verdict: Verdict = next((name for name in OFFERED if values["plot_nfa"] <= LIMITS[name]), "none")
    if verdict != "none":
        unlikely = f"other data would fit so well once in 10^{min(15, round(-values['plot_nfa']))} plots"
        return Judgement(verdict, round(_score(values["plot_nfa"]), 6), ("the same data: " + counted, unlikely))
    if not values["plot_settled"]:
        return otherwise
    if pieces >= LEAST_PIECES and agreeing < OTHER_DATA * pieces:
        return Judgement("none", 0.0, (OTHER_MARKS, "other data: " + counted))
    return Judgement("undecidable", 0.0, (FEW_MARKS, counted))


def _straight(evidence: Evidence, a: Features, b: Features) -> AxisMap | None:
    """What keypoints and texture found, in working pixels; None where that is nothing, or turned or mirrored."""
    if evidence.transform is None:
        return None
    (p, q, r), (s, t, u) = evidence.transform.matrix
    if min(p, t) <= 0 or max(abs(q), abs(s)) > STRAIGHT * min(p, t):
        return None
    zoom = b.zoom / a.zoom
    # A working point w lies at (w + 0.5) / zoom - 0.5 in its panel.
    shift_x, shift_y = ((0.5 / a.zoom - 0.5) * scale + moved for scale, moved in ((p, r), (t, u)))
    return AxisMap((p * zoom, t * zoom), ((shift_x + 0.5) * b.zoom - 0.5, (shift_y + 0.5) * b.zoom - 0.5))


def _shown(evidence: Evidence, found: Agreement, plot: Plot, a: Features, b: Features) -> Evidence:
    """The evidence with the marks' alignment, and the area between the axes as the common region."""
    scale = np.array(found.scale) * a.zoom / b.zoom
    shift = ((np.array([0.5, 0.5]) * a.zoom - 0.5) * found.scale + found.shift + 0.5) / b.zoom - 0.5
    matrix = ((float(scale[0]), 0.0, float(shift[0])), (0.0, float(scale[1]), float(shift[1])))
    x, y, width, height = (value / a.zoom for value in plot.frame)
    corners = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
    limit_b = np.array(b.size) - 1.0
    inside = np.clip(corners * scale + shift, 0, limit_b)
    region_a = np.clip((inside - shift) / scale, 0, np.array(a.size) - 1.0)
    return replace(
        evidence,
        transform=Transform(matrix),
        inliers_a=(),
        inliers_b=(),
        region_a=_points(region_a),
        region_b=_points(inside),
        overlap=Overlap(_share(region_a, a.size), _share(inside, b.size)),
    )


def _points(corners: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in corners)


def _share(corners: np.ndarray[tuple[int, int], np.dtype[np.float64]], size: tuple[int, int]) -> float:
    """A rectangle's share of a panel, in [0, 1]."""
    width, height = np.ptp(corners, axis=0)
    return min(1.0, float(width * height) / (size[0] * size[1]))


def _score(log10_nfa: float) -> float:
    """Probability of reuse, from the odds before and from how often chance would bring as much agreement."""
    return float(1 / (1 + 10 ** (max(log10_nfa, -30.0) + PRIOR)))
