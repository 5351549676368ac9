"""Do two plots show the same marks? Pieces of one are looked for in the other, where its axes say they must be.

Plots of alike data have alike clouds and curves, so agreement as such proves nothing. What a second plot of other data
does not have is a piece that fits *exactly there* and nowhere around: under the null hypothesis a piece fits best at
any shift of its neighbourhood. The number of pieces that fit best without a shift is then at most binomial, and
Hoeffding's bound on its tail gives a number of false alarms (Desolneux, Moisan, Morel, "From Gestalt Theory to Image
Analysis", 2008).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.match.plot import Plane, Plot

#: Longer side of the grid that both plots are brought to, at most and at least, pixels.
SIDE, LEAST_SIDE = 480, 320
#: Side of a piece, and how far around its place it is looked for, pixels of the grid.
PIECE = 21
REACH = 14
#: A piece fits without a shift when it fits best within this of its place, pixels, and at least this well.
EXACT = 1.5
FITS = 0.5
#: A piece says nothing when it fits its own plot this well elsewhere nearby.
REPEATED = 0.85
#: Ink of a piece, full pixels, below which it is a speck, and ground of it, below which it shows nothing but ink.
LEAST_INK = 6.0
LEAST_GROUND = 6.0
#: Pieces looked for, and those after which the search is given up where hardly any fits.
MOST_PIECES = 160
FIRST_PIECES = 40
HOPELESS = 0.15
#: A legend or one dense spot is not evidence all over: of this many by this many blocks each counts for so many pieces.
BLOCKS = 6
PER_BLOCK = 4.0
#: Share of pieces that fit by chance, at most, in unlike plots of alike data (`benchmarks/charts`).
CHANCE = 0.3
#: The same of bars, which may be equally high, and in heat maps, whose cells have the same edges whatever they show.
CHANCE_FILLED = 0.6
#: Correlation of bars or cells as a whole that the same data show at least: the pieces at one edge of a cell are no
#: independent witnesses.
SAME_AREAS = 0.8
#: Alignments that are tried for one pair: the axes', the keypoints', each corrected by some shift and stretch.
TRIED = 1000


@dataclass(frozen=True, eq=False)
class Agreement:
    """How two plots agree.

    ``pieces``, ``agreeing`` : pieces of the plot that agrees less, and how many of them fit the other, weighted.
    ``scale``, ``shift`` : A's pixels to B's, ``x' = scale x + shift`` per axis.
    ``log10_nfa`` : log10 of the number of false alarms, at most 0.
    """

    pieces: float
    agreeing: float
    scale: tuple[float, float]
    shift: tuple[float, float]
    log10_nfa: float


@dataclass(frozen=True)
class AxisMap:
    """A's pixels to B's along both axes: ``x' = scale x + shift``; plots are neither turned nor mirrored."""

    scale: tuple[float, float]
    shift: tuple[float, float]


def between_frames(a: Plot, b: Plot) -> AxisMap:
    """The map that lays A's axes on B's."""
    scale = (b.frame[2] / a.frame[2], b.frame[3] / a.frame[3])
    return AxisMap(scale, (b.frame[0] - scale[0] * a.frame[0], b.frame[1] - scale[1] * a.frame[1]))


def agreement(a: Plot, b: Plot, alignment: AxisMap) -> Agreement | None:
    """How far the marks of two plots agree, both ways, near an alignment; None where the plots hardly overlap."""
    laid = _on_one_grid(a, b, alignment)
    if laid is None:
        return None
    correction = _correction(laid)
    if correction is not None:
        alignment = laid.corrected(alignment, correction)
        laid = _on_one_grid(a, b, alignment) or laid
    ways = [_fitting(laid.a, laid.b), _fitting(laid.b, laid.a)]
    pieces, agreeing = min(ways, key=lambda way: way[1] / max(way[0], 1.0))
    if a.filled or b.filled:
        alike = float(np.corrcoef(laid.a.reshape(-1), laid.b.reshape(-1))[0, 1]) >= SAME_AREAS
        nfa = log10_nfa(pieces, agreeing, CHANCE_FILLED) if alike else 0.0
    else:
        nfa = log10_nfa(pieces, agreeing, CHANCE)
    return Agreement(pieces, agreeing, alignment.scale, alignment.shift, nfa)


def log10_nfa(pieces: float, agreeing: float, chance: float) -> float:
    """log10 of `TRIED` times Hoeffding's bound on ``P(Binomial(pieces, chance) >= agreeing)``, at most 0."""
    share = agreeing / pieces if pieces else 0.0
    if share <= chance:
        return 0.0
    divergence = share * math.log(share / chance)
    if share < 1:
        divergence += (1 - share) * math.log((1 - share) / (1 - chance))
    return min(0.0, math.log10(TRIED) - pieces * divergence / math.log(10))


# ---- one grid ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Laid:
    """Both plots' marks over their common area, on a grid: ``pixel of A = origin + step * grid``."""

    a: Plane
    b: Plane
    origin: tuple[float, float]
    step: tuple[float, float]

    def corrected(self, alignment: AxisMap, correction: NDArray[np.float64]) -> AxisMap:
        """The alignment after a correction ``shift = c0 + c1 * position`` per axis, (2, 2) in grid pixels."""
        scale, shift = [], []
        for axis in (0, 1):
            c0, c1 = (float(value) for value in correction[axis])
            wider = alignment.scale[axis] * (1 + c1)
            # B = s (origin + step (g + c0 + c1 g)) + t, with g = (A - origin) / step
            moved = alignment.scale[axis] * (self.step[axis] * c0 - c1 * self.origin[axis])
            scale.append(wider)
            shift.append(alignment.shift[axis] + moved)
        return AxisMap((scale[0], scale[1]), (shift[0], shift[1]))


def _on_one_grid(a: Plot, b: Plot, alignment: AxisMap) -> _Laid | None:
    """Marks over the area that both frames cover, at the coarser plot's resolution."""
    origin: list[float] = []
    size: list[float] = []
    for axis in (0, 1):
        scale, shift = alignment.scale[axis], alignment.shift[axis]
        start = max(a.frame[axis], (b.frame[axis] - shift) / scale)
        stop = min(a.frame[axis] + a.frame[axis + 2], (b.frame[axis] + b.frame[axis + 2] - shift) / scale)
        origin.append(start)
        size.append((stop - start) * min(1.0, scale))
    if min(size) < 3 * PIECE:
        return None
    zoom = float(np.clip(1.0, LEAST_SIDE / max(size), SIDE / max(size)))
    shape = (round(size[0] * zoom), round(size[1] * zoom))
    step = [1 / (zoom * min(1.0, alignment.scale[axis])) for axis in (0, 1)]
    planes = []
    for plot, scale2, shift2 in ((a, (1.0, 1.0), (0.0, 0.0)), (b, alignment.scale, alignment.shift)):
        to_panel = np.array(
            [
                [scale2[0] * step[0], 0, scale2[0] * origin[0] + shift2[0]],
                [0, scale2[1] * step[1], scale2[1] * origin[1] + shift2[1]],
            ]
        )
        planes.append(_sampled(plot.marks, to_panel, shape))
    return _Laid(planes[0], planes[1], (origin[0], origin[1]), (step[0], step[1]))


def _sampled(marks: Plane, to_panel: NDArray[np.float64], shape: tuple[int, int]) -> Plane:
    """Marks on a grid of ``shape`` (width, height), averaged where the grid is coarser."""
    coarser = max(to_panel[0, 0], to_panel[1, 1])
    if coarser > 1.2:
        sigma = (0.45 * to_panel[0, 0], 0.45 * to_panel[1, 1])
        marks = np.asarray(cv2.GaussianBlur(marks, (0, 0), sigmaX=sigma[0], sigmaY=sigma[1]), dtype=np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(marks, to_panel, shape, flags=flags), dtype=np.float32)


# ---- pieces ------------------------------------------------------------------------------------------------------


def _pieces(plane: Plane) -> NDArray[np.intp]:
    """Centres (n, 2), x and y, of pieces that hold ink, one per cell of a grid, drawn evenly from all of them."""
    half = PIECE // 2
    height, width = plane.shape
    centres = []
    for top in range(half, height - half, PIECE):
        for left in range(half, width - half, PIECE):
            cell = plane[top : min(top + PIECE, height - half), left : min(left + PIECE, width - half)]
            total = float(cell.sum())
            if total < LEAST_INK:
                continue
            x = round(float((cell.sum(axis=0) * np.arange(cell.shape[1])).sum() / total))
            y = round(float((cell.sum(axis=1) * np.arange(cell.shape[0])).sum() / total))
            centres.append((left + x, top + y))
    found = np.array(centres, np.intp).reshape(-1, 2)
    order = np.random.default_rng(0).permutation(len(found))[:MOST_PIECES]
    return found[order]


def _shift(plane: Plane, other: Plane, centre: NDArray[np.intp]) -> tuple[float, float, float] | None:
    """Shift (x, y) at which a piece fits the other plane best, and its correlation; None where it says nothing."""
    x, y = int(centre[0]), int(centre[1])
    half = PIECE // 2
    piece = plane[y - half : y + half + 1, x - half : x + half + 1]
    if piece.size - float(piece.sum()) < LEAST_GROUND:  # the middle of a dense cloud
        return None
    top, left = max(0, y - half - REACH), max(0, x - half - REACH)
    window = np.s_[top : y + half + REACH + 1, left : x + half + REACH + 1]
    here = (x - half - left, y - half - top)
    own = cv2.matchTemplate(plane[window], piece, cv2.TM_CCOEFF_NORMED)
    near = int(EXACT) + 1
    own[max(0, here[1] - near) : here[1] + near + 1, max(0, here[0] - near) : here[0] + near + 1] = 0
    if own.max() > REPEATED:
        return None
    fit = cv2.matchTemplate(other[window], piece, cv2.TM_CCOEFF_NORMED)
    _, highest, _, best = cv2.minMaxLoc(fit)
    return float(best[0] - here[0]), float(best[1] - here[1]), float(highest)


def _fitting(plane: Plane, other: Plane) -> tuple[float, float]:
    """Pieces of a plane that say something, and how many of them fit the other best without a shift, weighted."""
    block = max(plane.shape) / BLOCKS
    said: dict[tuple[int, int], list[bool]] = {}
    hits = count = 0
    for centre in _pieces(plane):
        found = _shift(plane, other, centre)
        if found is None:
            continue
        fits = math.hypot(*found[:2]) <= EXACT and found[2] >= FITS
        said.setdefault((int(centre[0] / block), int(centre[1] / block)), []).append(fits)
        hits, count = hits + fits, count + 1
        if count == FIRST_PIECES and hits < HOPELESS * count:
            break
    weights = {place: min(1.0, PER_BLOCK / len(fits)) for place, fits in said.items()}
    pieces = sum(weights[place] * len(fits) for place, fits in said.items())
    return pieces, sum(weights[place] * sum(fits) for place, fits in said.items())


def _correction(laid: _Laid) -> NDArray[np.float64] | None:
    """What is left of a shift and a stretch per axis, (2, 2): the commonest shift of pieces, and a line through it."""
    centres = _pieces(laid.a)
    found = [(centre, shift) for centre in centres if (shift := _shift(laid.a, laid.b, centre)) and shift[2] >= FITS]
    if len(found) < 6:
        return None
    places = np.array([centre for centre, _ in found], np.float64)
    shifts = np.array([shift[:2] for _, shift in found])
    votes = (np.abs(shifts[:, None] - shifts[None]).max(axis=2) <= 2).sum(axis=1)
    agreed = np.abs(shifts - shifts[votes.argmax()]).max(axis=1) <= 2
    if agreed.sum() < 6:
        return None
    fitted = np.zeros((2, 2))
    for axis in (0, 1):
        spread = np.ptp(places[agreed, axis])
        degree = 1 if spread > 0.4 * laid.a.shape[1 - axis] and agreed.sum() >= 10 else 0
        line = np.polyfit(places[agreed, axis], shifts[agreed, axis], degree)
        fitted[axis] = (line[-1], line[0] if degree else 0.0)
    return fitted
