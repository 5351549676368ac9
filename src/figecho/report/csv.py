"""Findings as a table that a spreadsheet opens safely (RFC 4180: lines end with CR LF)."""

from __future__ import annotations

import csv
import io

from figecho.report.words import printable
from figecho.types import Finding, Occurrence, Run

_PLACE = ("path", "page", "label", "bbox")
COLUMNS = (
    *("id", "kind", "verdict", "score"),
    *(f"{side}_{column}" for side in "ab" for column in _PLACE),
    *("transform", "overlap_of_a", "overlap_of_b", "inliers", "log10_nfa", "ncc", "grain"),
    *("reasons", "review", "fingerprint"),
)
#: A cell that begins with one of these would be run as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def dumps(run: Run) -> str:
    """One row per finding, under `COLUMNS`; cells that a spreadsheet would run as a formula begin with a quote."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(finding) for finding in run.findings)
    return text.getvalue()


def _row(finding: Finding) -> tuple[object, ...]:
    evidence = finding.evidence
    return (
        *(finding.id, finding.kind, finding.verdict, finding.score),
        *_place(finding.a),
        *_place(finding.b),
        finding.transform.text if finding.transform else "",
        *(round(finding.overlap.of_a, 4), round(finding.overlap.of_b, 4), evidence.inliers),
        *(round(evidence.log10_nfa, 2), round(evidence.ncc, 4), round(evidence.grain, 4)),
        *(_safe("; ".join(finding.reasons)), finding.review.state, finding.fingerprint),
    )


def _place(place: Occurrence) -> tuple[str, ...]:
    return _safe(place.path), _safe(place.page), _safe(place.label), " ".join(map(str, place.bbox))


def _safe(cell: object) -> str:
    text = "" if cell is None else printable(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
