"""Findings as SARIF 2.1.0 (OASIS), which code hosts and review dashboards read."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from figecho.report import words
from figecho.types import Document, Finding, Occurrence, Run, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: dict[Verdict, str] = {"strong": "error", "moderate": "warning", "weak": "note"}


def dumps(run: Run) -> str:
    """The run as one SARIF log.

    A rule per kind of finding, a result per finding, an artifact per file with its SHA-256, a notification per file
    that was refused. SARIF knows regions of text only: boxes and outlines, in pixels, are in ``properties``.
    """
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(run)]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _run(run: Run) -> dict[str, Any]:
    rules = [
        {"id": kind, "shortDescription": {"text": f"Shared content: {text}"}} for kind, text in words.KINDS.items()
    ]
    return {
        "tool": {"driver": {"name": "figecho", "version": run.version, "rules": rules}},
        "automationDetails": {"id": run.id},
        "invocations": [
            {
                "executionSuccessful": not run.failed and not run.counts["refused"],
                "endTimeUtc": run.created,
                "toolExecutionNotifications": [
                    *(_refused(document) for document in run.documents if document.standing in ("refused", "damaged")),
                    *({"level": "error", "message": {"text": words.printable(line)}} for line in run.failed),
                ],
            }
        ],
        "artifacts": [_artifact(document) for document in run.documents if document.status == "read"],
        "results": [_result(finding) for finding in run.findings],
        "properties": {"settings": dict(run.settings), "counts": run.counts},
    }


def _artifact(document: Document) -> dict[str, Any]:
    return {"location": {"uri": quote(document.path)}, "hashes": {"sha-256": document.id}}


def _refused(document: Document) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": f"{words.printable(document.path)}: {words.printable(document.reason or 'refused')}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": quote(document.path)}}}],
    }


def _result(finding: Finding) -> dict[str, Any]:
    said = finding.to_dict()
    result: dict[str, Any] = {
        "ruleId": finding.kind,
        "level": LEVELS.get(finding.verdict, "none"),
        "message": {"text": words.sentence(finding)},
        "rank": round(100 * finding.score, 2),
        "locations": [_location(finding.a, said["a"])],
        "relatedLocations": [{"id": 1, **_location(finding.b, said["b"])}],
        "partialFingerprints": {"figecho/v1": finding.fingerprint},
        "properties": {
            "id": finding.id,
            "verdict": finding.verdict,
            "score": finding.score,
            "transform": said["transform"],
            "reasons": said["reasons"],
            "added": said["added"],
        },
    }
    if finding.review.state == "dismissed":
        why = ": ".join(text for text in (finding.review.reason, finding.review.note) if text)
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _location(place: Occurrence, said: dict[str, Any]) -> dict[str, Any]:
    return {
        "physicalLocation": {"artifactLocation": {"uri": quote(place.path)}},
        "logicalLocations": [{"name": words.printable(place.name), "kind": "resource"}],
        "properties": said,
    }
