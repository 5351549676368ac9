"""`figecho scan`: what a person reads and what a script gets."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from fakes import document, finding, run_of
from figecho.errors import StoreError


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_an_empty_folder_prints_nothing_and_exits_with_0(figecho, api) -> None:
    done = figecho("scan", "empty")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "0 documents: 0 read, 0 refused, 0 skipped; 0 findings" in done.stderr


def test_a_finding_is_one_line_that_begins_with_its_verdict(figecho, api) -> None:
    api.run = run_of((finding(),), (document("fig5.png"), document("fig3.png")))
    done = figecho("scan", "figures")
    assert done.stdout == "strong  fig5.png ~ fig3.png  rotated 180°, 1.08×, overlap 62 %  (0.998)\n"
    assert done.exit_code == 1
    assert "2 documents: 2 read, 0 refused, 0 skipped; 1 finding (1 strong); run 20260102-030405-abcd" in done.stderr


def test_findings_are_aligned_in_columns(figecho, api) -> None:
    api.run = run_of((finding(), finding("moderate", "a-longer-name.png", "b.png", number=2, score=0.9)))
    first, second = figecho("scan", "figures").stdout.splitlines()
    assert first.index("fig5.png") == second.index("a-longer-name.png")
    assert first.index("rotated") == second.index("rotated")
    assert first.index("(0.998)") == second.index("(0.900)")


def test_both_shares_are_said_where_they_differ(figecho, api) -> None:
    api.run = run_of((finding(shares=(0.62, 0.7)),))
    assert "overlap 62 % and 70 %" in figecho("scan", "figures").stdout


def test_an_exact_copy_is_called_one(figecho, api) -> None:
    api.run = run_of((finding(kind="exact-copy"),))
    assert "exact copy" in figecho("scan", "figures").stdout


@pytest.mark.parametrize(
    ("verdicts", "refused", "options", "status"),
    [
        ([], False, [], 0),
        (["weak"], False, [], 0),
        (["undecidable"], False, [], 0),
        (["weak", "moderate"], False, [], 1),
        (["strong"], True, [], 1),
        (["strong"], False, ["--exit-zero"], 0),
        ([], True, [], 3),
        (["weak"], True, [], 3),
        ([], True, ["--exit-zero"], 3),
    ],
)
def test_the_exit_status_tells_a_script_what_happened(figecho, api, verdicts, refused, options, status) -> None:
    documents = (document("ok.png"), document("bad.png", "refused", "truncated; get a complete copy"))
    found = tuple(finding(verdict, number=number) for number, verdict in enumerate(verdicts, 1))
    api.run = run_of(found, documents if refused else documents[:1])
    assert figecho("scan", "figures", *options).exit_code == status


def test_refused_files_are_listed_with_cause_and_remedy(figecho, api) -> None:
    skipped = document(".hidden.png", "skipped", "hidden file")
    api.run = run_of((), (document("bad.png", "refused", "the file is truncated; get a complete copy"), skipped))
    quiet_about_skipped = figecho("scan", "figures").stderr
    assert "refused  bad.png: the file is truncated; get a complete copy\n" in quiet_about_skipped
    assert ".hidden.png" not in quiet_about_skipped
    assert "skipped  .hidden.png: hidden file\n" in figecho("scan", "figures", "-v").stderr


def test_a_failed_comparison_is_said_and_is_not_clean(figecho, api) -> None:
    api.run = replace(run_of((), (document("a.png"), document("b.png"))), failed=("a.png ~ b.png: the worker crashed",))
    done = figecho("scan", "figures")
    assert done.exit_code == 3
    assert "failed  a.png ~ b.png: the worker crashed\n" in done.stderr


def test_quiet_leaves_only_results(figecho, api) -> None:
    api.run = run_of((finding(),), (document("bad.png", "refused", "empty; get it again"),))
    done = figecho("scan", "figures", "-q")
    assert done.stdout.startswith("strong  ")
    assert done.stderr == ""


def test_a_hostile_name_cannot_act_on_the_terminal(figecho, api) -> None:
    hostile = "a\x1b[2J\nstrong  \u202egnp.b"
    api.run = run_of((finding(a=hostile),), (document(hostile, "refused", "empty; get it again"),))
    done = figecho("scan", "figures")
    assert len(done.stdout.splitlines()) == 1
    for text in (done.stdout, done.stderr):
        assert not {"\x1b", "\u202e"} & set(text)
        assert "a\\x1b[2J\\x0astrong" in text


def test_json_is_the_run(figecho, api) -> None:
    api.run = run_of((finding(),), (document("fig5.png"),))
    printed = json.loads(figecho("scan", "figures", "--format", "json").stdout)
    assert printed["schema"] == "figecho.run/1"
    assert printed["findings"][0]["verdict"] == "strong"
    assert printed["counts"]["documents"] == 1


def test_json_lines_are_one_finding_each(figecho, api) -> None:
    api.run = run_of((finding(), finding("weak", number=2)))
    lines = figecho("scan", "figures", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["verdict"] for line in lines] == ["strong", "weak"]


def test_csv_has_a_row_per_finding(figecho, api) -> None:
    pytest.importorskip("figecho.report.csv")
    api.run = run_of((finding(), finding("weak", number=2)))
    rows = list(csv.DictReader(io.StringIO(figecho("scan", "figures", "--format", "csv").stdout)))
    assert [row["verdict"] for row in rows] == ["strong", "weak"]


@pytest.mark.parametrize("format", ["text", "json", "jsonl", "csv"])
def test_o_writes_the_same_that_would_be_printed(figecho, api, tmp_path: Path, format: str) -> None:
    if format == "csv":
        pytest.importorskip("figecho.report.csv")
    api.run = run_of((finding(),))
    printed = figecho("scan", "figures", "--format", format).stdout_bytes
    file = tmp_path / "results"
    done = figecho("scan", "figures", "--format", format, "-o", file)
    assert done.stdout == ""
    assert file.read_bytes() == printed
    assert names_in(tmp_path) == ["results"]


def test_the_report_is_written(figecho, api, tmp_path: Path) -> None:
    figecho("scan", "figures", "--report", tmp_path / "report.html")
    assert "the report" in (tmp_path / "report.html").read_text()


def test_every_finding_is_drawn_under_a_name_that_says_what_it_shows(figecho, api, tmp_path: Path) -> None:
    pytest.importorskip("figecho.report.pictures")
    api.run = run_of((finding(a="x/fig 5.png", b="../fig3.png"),))
    figecho("scan", "figures", "--draw", tmp_path / "new" / "folder")
    assert names_in(tmp_path / "new" / "folder") == ["F1_fig-5_fig3.png"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--ratio", "0.8"],
        ["--top", "5"],
        ["--method", "sift", "--profile", "fast"],
        ["--method", "sift", "--report", "r.html"],
        ["--method", "sift", "--ratio", "0"],
        ["--method", "sift", "--ratio", "1.5"],
        ["--method", "orb", "--top", "0"],
        ["--method", "surf"],
        ["--format", "xml"],
        ["--no-such-option"],
        ["-j", "0"],
        ["-o", "no/such/folder/results.json"],
        ["--report", "no/such/folder/report.html"],
        ["-o", "."],
    ],
)
def test_misuse_exits_with_2_before_any_work(figecho, api, arguments: list[str]) -> None:
    done = figecho("scan", "figures", *arguments)
    assert done.exit_code == 2
    assert done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""
    assert api.calls == []


def test_an_error_is_one_line_and_its_traceback_only_where_asked_for(figecho, api) -> None:
    api.run = StoreError("runs: the disk is full; make room")
    done = figecho("scan", "figures")
    assert (done.exit_code, done.stderr) == (2, "figecho: runs: the disk is full; make room\n")
    assert "Traceback" in figecho("scan", "figures", "-v").stderr


def test_a_failing_disk_is_one_line(figecho, api) -> None:
    api.run = PermissionError(13, "Permission denied", ".figecho/runs")
    done = figecho("scan", "figures")
    assert done.exit_code == 2
    assert done.stderr.startswith("figecho: .figecho/runs: Permission denied; ")
    assert len(done.stderr.splitlines()) == 1


def test_an_interrupted_scan_says_how_to_go_on(figecho, api) -> None:
    api.run = KeyboardInterrupt()
    done = figecho("scan", "figures")
    assert done.exit_code == 130
    assert "repeat the same command" in done.stderr


def test_strict_makes_any_refusal_an_error(figecho, api) -> None:
    api.run = run_of((finding(),), (document("ok.png"), document("bad.png", "refused", "empty; get it again")))
    assert figecho("scan", "figures", "--strict").exit_code == 2
    api.run = run_of((finding(),), (document("ok.png"),))
    assert figecho("scan", "figures", "--strict").exit_code == 1


def test_limits_reach_the_scan(figecho, api) -> None:
    figecho("scan", "figures", "--limit", "pixels=5M", "--limit", "pdf-pages=3")
    limits = api.calls[0][1]["limits"]
    assert (limits.max_pixels, limits.max_pdf_pages, limits.max_parts) == (5_000_000, 3, 10_000)
    assert figecho("scan", "figures", "--limit", "pixel=5").exit_code == 2
