"""Runs for other programs: spreadsheets, dashboards, annotation viewers."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from figecho.errors import OptionError
from figecho.report.formats import FORMATS, dumps
from figecho.types import Review, Run


@pytest.mark.parametrize("format", FORMATS)
def test_a_run_without_findings_is_a_valid_document(run: Run, format: str) -> None:
    text = dumps(replace(run, findings=(), groups=()), format)
    assert text == "" or text.endswith("\n")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(OptionError, match="sarif"):
        dumps(None, "xml")


def test_csv_is_rfc_4180_and_no_cell_is_a_formula(run: Run) -> None:
    text = dumps(run, "csv")
    assert text.count("\r\n") == 4
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["id"] for row in rows] == ["F1", "F2", "F3"]
    assert rows[1]["b_path"] == "'=cmd.png"
    assert "\\u202e" in rows[1]["a_path"]
    assert rows[2]["a_bbox"] == "460 40 420 320"


def test_sarif_has_a_result_per_finding_and_says_what_was_refused(run: Run) -> None:
    log = json.loads(dumps(run, "sarif"))
    assert log["version"] == "2.1.0"
    (only,) = log["runs"]
    assert [result["level"] for result in only["results"]] == ["error", "error", "note"]
    assert {result["ruleId"] for result in only["results"]} <= {rule["id"] for rule in only["tool"]["driver"]["rules"]}
    assert only["results"][0]["partialFingerprints"] == {"figecho/v1": "f1"}
    (invocation,) = only["invocations"]
    assert not invocation["executionSuccessful"]
    assert "ends early" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert only["artifacts"][0]["hashes"] == {"sha-256": "1" * 64}
    uri = only["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii() and "<" not in uri


def test_sarif_suppresses_what_a_person_dismissed(run: Run) -> None:
    decided = replace(run.findings[0], review=Review("dismissed", "declared-reuse", "legend"))
    result = json.loads(dumps(replace(run, findings=(decided,)), "sarif"))["runs"][0]["results"][0]
    assert result["suppressions"][0]["justification"] == "declared-reuse: legend"


def test_annotations_point_into_the_page_the_box_and_the_outline(run: Run) -> None:
    page = json.loads(dumps(run, "w3c"))
    assert page["type"] == "AnnotationPage"
    a, b = page["items"][2]["target"]
    assert a["source"]["id"].startswith("urn:sha256:")
    assert a["selector"]["value"] == "page=4"
    box = a["selector"]["refinedBy"]
    assert box["value"] == "xywh=pixel:460,40,420,320"
    assert 'points="460,40 879,40 879,359 460,359"' in box["refinedBy"]["value"]
    assert b["selector"]["value"] == "xywh=pixel:0,0,420,320"
