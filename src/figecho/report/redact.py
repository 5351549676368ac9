"""A run without the names of its files: for a report that may leave the house."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from figecho.types import Document, Finding, Occurrence, Review, Run

WITHHELD = "(withheld)"


def redact(run: Run) -> Run:
    """The same run with files called ``document 1.pdf``, ``document 2.png``, … and no paths, notes or free text.

    Hashes, figure and panel labels, pages and what was measured stay; so do the pictures: who knows them knows them.
    """
    paths = dict.fromkeys([document.path for document in run.documents])
    for finding in run.findings:
        paths.update(dict.fromkeys([finding.a.path, finding.b.path]))
    names = {path: f"document {number}{_suffix(path)}" for number, path in enumerate(paths, 1)}
    return replace(
        run,
        settings={name: value for name, value in run.settings.items() if not _is_path(value)},
        documents=tuple(_document(document, names) for document in run.documents),
        findings=tuple(_finding(finding, names) for finding in run.findings),
        failed=tuple(f"comparison {number} {WITHHELD}" for number, _ in enumerate(run.failed, 1)),
    )


def _suffix(path: str) -> str:
    suffix = PurePath(path.partition("#")[0]).suffix
    return suffix if len(suffix) <= 5 and suffix[1:].isalnum() else ""


def _is_path(value: object) -> bool:
    return isinstance(value, str) and ("/" in value or "\\" in value)


def _document(document: Document, names: dict[str, str]) -> Document:
    reason = None if document.reason is None else document.code or WITHHELD
    return replace(document, path=names[document.path], reason=reason)


def _finding(finding: Finding, names: dict[str, str]) -> Finding:
    return replace(
        finding,
        a=_occurrence(finding.a, names),
        b=_occurrence(finding.b, names),
        review=Review(finding.review.state, finding.review.reason, None),
        added=finding.added and replace(finding.added, by=None),
    )


def _occurrence(place: Occurrence, names: dict[str, str]) -> Occurrence:
    return replace(place, path=names[place.path])
