"""`figecho report` and `figecho export`: an earlier scan, again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fakes import finding, run_of
from figecho.errors import StoreError


def test_an_unknown_run_is_one_line(figecho, api, tmp_path: Path) -> None:
    api.run = StoreError("run 'x' is not here; list .figecho/runs")
    for arguments in (["report", "x", "-o", tmp_path / "r.html"], ["export", "x", "--format", "csv"]):
        done = figecho(*arguments)
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr == "figecho: run 'x' is not here; list .figecho/runs\n"


def test_the_report_of_a_run_is_written(figecho, api, tmp_path: Path) -> None:
    done = figecho("report", "20260102", "-o", tmp_path / "report.html")
    assert done.exit_code == 0
    assert api.calls == [(("20260102",), {})]
    assert (tmp_path / "report.html").is_file()
    assert "report.html" in done.stderr


@pytest.mark.parametrize("arguments", [["report", "x"], ["export", "x"], ["export", "x", "--format", "text"]])
def test_what_is_required_is_required(figecho, api, arguments) -> None:
    assert figecho(*arguments).exit_code == 2
    assert api.calls == []


@pytest.mark.parametrize("format", ["json", "jsonl", "csv"])
def test_an_export_equals_what_scan_printed_and_exits_with_0(figecho, api, tmp_path: Path, format: str) -> None:
    if format == "csv":
        pytest.importorskip("figecho.report.csv")
    api.run = run_of((finding(),))
    scanned = figecho("scan", "figures", "--format", format).stdout_bytes
    exported = figecho("export", "x", "--format", format)
    assert (exported.exit_code, exported.stdout_bytes) == (0, scanned)
    figecho("export", "x", "--format", format, "-o", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == scanned


def test_an_exported_run_is_json(figecho, api) -> None:
    api.run = run_of((finding(),))
    assert json.loads(figecho("export", "x", "--format", "json").stdout)["id"] == api.run.id
