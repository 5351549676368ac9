"""Findings as a table that a spreadsheet opens safely (RFC 4180: lines end with CR LF)."""

from __future__ import annotations

import csv
import io

from figecho.report.words import added, printable
from figecho.types import Finding, Occurrence, Run

#: What `place_cells` says of a place.
PLACE = ("path", "page", "label", "bbox")
COLUMNS = (
    *("id", "kind", "verdict", "score"),
    *(f"{side}_{column}" for side in "ab" for column in PLACE),
    *("transform", "overlap_of_a", "overlap_of_b", "inliers", "log10_nfa", "ncc", "grain"),
    *("reasons", "review", "fingerprint", "added"),
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
        *place_cells(finding.a),
        *place_cells(finding.b),
        finding.transform.text if finding.transform else "",
        *(round(finding.overlap.of_a, 4), round(finding.overlap.of_b, 4), evidence.inliers),
        *(round(evidence.log10_nfa, 2), round(evidence.ncc, 4), round(evidence.grain, 4)),
        *(safe_cell("; ".join(finding.reasons)), finding.review.state, finding.fingerprint),
        safe_cell(added(finding)),
    )


def place_cells(place: Occurrence) -> tuple[str, ...]:
    """Path, page, label and box of a place, safe for a spreadsheet."""
    return safe_cell(place.path), safe_cell(place.page), safe_cell(place.label), " ".join(map(str, place.bbox))


def safe_cell(cell: object) -> str:
    """Text that a spreadsheet does not run as a formula, empty for None."""
    text = "" if cell is None else printable(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
