"""One figure that occurs twice (a preview, a supplement, a graphical abstract) is one finding, not one per panel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from figecho.types import ACCUSING, OFFERED, SAME_FIGURE, Evidence, Finding, Occurrence, Overlap, Point, Transform

#: Two pictures are the same figure when at least this share of both's panels lie on each other in one arrangement, and
#: at least this many.
MOST, LEAST = 0.6, 2
#: How far a panel's corner may be from where the arrangement has it, as a share of the larger figure's longer side.
IN_PLACE = 0.02

Key = tuple[str, str, int | None, int]
Matrix = NDArray[np.float64]


def tell_figures_once(findings: Sequence[Finding], places: Iterable[Occurrence]) -> list[Finding]:
    """The findings, with those that say that two pictures are the same figure replaced by one that says so.

    Parameters
    ----------
    findings : as they were found, a finding per pair of panels.
    places : every panel of every picture that a finding may be about.

    Returns
    -------
    Findings between the two whole pictures stand where the first of their panels' findings stood.
    """
    panels: dict[Key, dict[tuple[int, ...], Occurrence]] = defaultdict(dict)
    for place in places:
        panels[_picture(place)].setdefault(place.bbox, place)
    between: dict[tuple[Key, Key], list[int]] = defaultdict(list)
    for number, finding in enumerate(findings):
        a, b = _picture(finding.a), _picture(finding.b)
        # A file that the library holds already meets itself: its panels stand at the same place of the same picture.
        itself = a == b and finding.kind == "exact-copy" and finding.a.bbox == finding.b.bbox
        if (a != b or itself) and finding.transform and finding.verdict in ACCUSING:
            between[a, b].append(number)
    told: list[Finding | None] = list(findings)
    for (a, b), numbers in between.items():
        together = _in_one_arrangement([findings[number] for number in numbers], panels[a], panels[b])
        if together:
            first = next(number for number in numbers if findings[number] in together)
            for number in numbers:
                if findings[number] in together:
                    told[number] = None
            told[first] = _one_finding(together, panels[a], panels[b])
    return [finding for finding in told if finding is not None]


def _picture(place: Occurrence) -> Key:
    return place.document, place.path, place.page, place.picture


def _in_one_arrangement(
    found: Sequence[Finding], panels_a: dict[tuple[int, ...], Occurrence], panels_b: dict[tuple[int, ...], Occurrence]
) -> list[Finding]:
    """The findings that one map of picture A onto picture B explains; none where it explains too few panels."""
    if len(found) < LEAST:
        return []
    reach = IN_PLACE * max(*_extent(panels_a.values()), *_extent(panels_b.values()))
    best: list[Finding] = []
    for candidate in found:
        matrix = _on_pictures(candidate)
        agreed = [each for each in found if _distance(matrix, _on_pictures(each), each.a) <= reach]
        best = max(best, agreed, key=len)
    shares = [
        len({place.bbox for place in places}) / len(panels)
        for places, panels in (([f.a for f in best], panels_a), ([f.b for f in best], panels_b))
    ]
    return best if len(best) >= LEAST and min(shares) >= MOST else []


def _on_pictures(finding: Finding) -> Matrix:
    """The finding's map of panel pixels as one of picture pixels, (2, 3)."""
    assert finding.transform is not None
    matrix = np.array(finding.transform.matrix)
    matrix[:, 2] += np.array(finding.b.bbox[:2]) - matrix[:, :2] @ np.array(finding.a.bbox[:2])
    return matrix


def _distance(one: Matrix, other: Matrix, place: Occurrence) -> float:
    """How far apart two maps bring a panel's corners at most, pixels of the second picture."""
    corners = np.array([(*corner, 1.0) for corner in _corners([place])])
    return float(np.linalg.norm(corners @ (one - other).T, axis=1).max())


def _corners(places: Iterable[Occurrence]) -> tuple[Point, ...]:
    """Corners of the rectangle around some panels, pixels of their picture."""
    edges = np.array([(x, y, x + width - 1, y + height - 1) for x, y, width, height in (p.bbox for p in places)], float)
    (left, top), (right, bottom) = edges[:, :2].min(axis=0).tolist(), edges[:, 2:].max(axis=0).tolist()
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _extent(places: Iterable[Occurrence]) -> tuple[int, int]:
    """Width and height of a picture as far as its panels reach."""
    right, bottom = _corners(places)[2]
    return int(right) + 1, int(bottom) + 1


def _one_finding(
    together: Sequence[Finding],
    panels_a: dict[tuple[int, ...], Occurrence],
    panels_b: dict[tuple[int, ...], Occurrence],
) -> Finding:
    """The finding that the two pictures are the same figure, with the strongest of its panels' evidence."""
    best = min(together, key=lambda finding: (OFFERED.index(finding.verdict), -finding.score))
    count = max(len(panels_a), len(panels_b))
    exact = all(f.kind == "exact-copy" for f in together) and len(together) == count
    reason = f"{SAME_FIGURE}: {len(together)} of {count} panels agree in the same arrangement"
    return replace(
        best,
        kind="exact-copy" if exact else "between-panels",
        a=_whole(best.a, panels_a.values()),
        b=_whole(best.b, panels_b.values()),
        judgement=replace(best.judgement, reasons=(reason, *best.reasons)),
        evidence=_evidence(best, together, panels_a.values(), panels_b.values()),
    )


def _whole(place: Occurrence, panels: Iterable[Occurrence]) -> Occurrence:
    """The picture that a panel was cut from, as far as its panels reach."""
    return replace(place, panel=None, bbox=(0, 0, *_extent(panels)), content=place.source or place.content, source=None)


def _evidence(
    best: Finding, together: Sequence[Finding], panels_a: Iterable[Occurrence], panels_b: Iterable[Occurrence]
) -> Evidence:
    """The panels' evidence in pixels of the pictures; regions and overlap are those of the panels that agree."""
    assert best.transform is not None
    (p, q, r), (s, t, u) = _on_pictures(best).tolist()
    return replace(
        best.evidence,
        transform=Transform(((p, q, r), (s, t, u)), best.transform.inverted),
        inliers_a=tuple(point for f in together for point in _moved(f.evidence.inliers_a, f.a)),
        inliers_b=tuple(point for f in together for point in _moved(f.evidence.inliers_b, f.b)),
        region_a=_corners(f.a for f in together),
        region_b=_corners(f.b for f in together),
        overlap=Overlap(_share([f.a for f in together], panels_a), _share([f.b for f in together], panels_b)),
    )


def _moved(points: Iterable[Point], place: Occurrence) -> tuple[Point, ...]:
    return tuple((x + place.bbox[0], y + place.bbox[1]) for x, y in points)


def _share(agreeing: Iterable[Occurrence], panels: Iterable[Occurrence]) -> float:
    """Share of all panels' area that belongs to those that agree, in [0, 1]."""
    areas = [sum(w * h for _, _, w, h in {place.bbox for place in places}) for places in (agreeing, panels)]
    return min(1.0, areas[0] / areas[1])
