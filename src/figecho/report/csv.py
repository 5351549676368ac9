"""Findings as a table that a spreadsheet opens safely."""

from __future__ import annotations

import csv
import io

from figecho.types import Run

COLUMNS = (
    "id", "kind", "verdict", "score", "a_path", "a_page", "a_label", "a_bbox", "b_path", "b_page", "b_label", "b_bbox",
    "transform", "overlap_of_a", "overlap_of_b", "inliers", "log10_nfa", "ncc", "grain", "reasons", "review", "fingerprint",
)  # fmt: skip
#: A cell that begins with one of these would be run as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def dumps(run: Run) -> str:
    """One row per finding, under `COLUMNS`; cells that a spreadsheet would run as a formula begin with a quote."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for found in run.findings:
        writer.writerow([
            found.id, found.kind, found.verdict, found.score,
            *(_safe(cell) for place in (found.a, found.b)
              for cell in (place.path, place.page, place.label, " ".join(map(str, place.bbox)))),
            found.transform.text if found.transform else "", round(found.overlap.of_a, 4), round(found.overlap.of_b, 4),
            found.evidence.inliers, round(found.evidence.log10_nfa, 2), round(found.evidence.ncc, 4),
            round(found.evidence.grain, 4), _safe("; ".join(found.reasons)), found.review.state, found.fingerprint,
        ])  # fmt: skip
    return text.getvalue()


def _safe(cell: object) -> str:
    text = "" if cell is None else str(cell)
    text = "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in text)
    return f"'{text}" if text.startswith(FORMULA) else text
