"""The pages without a browser: what is shown, filtered, decided and exported."""

from __future__ import annotations

import csv
import io
import threading
from dataclasses import replace

import pytest

from endings import ended
from figecho.errors import StoreError
from figecho.report.words import printable
from figecho.review.desk import Desk
from figecho.review.graph import graph
from figecho.scan.progress import Progress
from figecho.store.runs import save_run
from figecho.types import Run
from report_runs import HOSTILE

FRAGMENT = {"HX-Request": "true"}


def decide(client, finding: str = "F1", **form: str):
    return client.post(f"/runs/r1/findings/{finding}/decision", data=form)


def test_home_lists_runs_by_what_they_were_made_of(client) -> None:
    text = client.get("/").text
    assert 'href="/runs/r1"' in text
    assert "a.png and 3 more" in text


def test_a_damaged_run_is_said_to_be_and_hides_no_other(client, root) -> None:
    (root / "runs" / "r0").mkdir()
    (root / "runs" / "r0" / "run.db").write_text("no database at all, but long enough to be looked at")
    text = client.get("/").text
    assert "r0 cannot be read" in text
    assert 'href="/runs/r1"' in text


def test_the_home_of_an_empty_folder_says_so(tmp_path, stranger) -> None:
    assert Desk(tmp_path / "new").runs() == []


def test_the_list_shows_every_finding_and_what_was_refused(client) -> None:
    text = client.get("/runs/r1").text
    assert text.count('class="row"') == 3
    assert "3 of 3 findings" in text
    assert "ends early; get a complete copy" in text


def test_names_are_text_wherever_they_are_shown(client) -> None:
    for path in ("/", "/runs/r1", "/runs/r1/findings/F2", "/runs/r1/graph", "/runs/r1/export"):
        text = client.get(path).text
        assert "<script>alert" not in text, path
        assert "\u202e" not in text, path
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202egnp.png" in client.get("/runs/r1").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"verdict": "weak"}, ["F3"]),
        ({"kind": "exact-copy"}, ["F2"]),
        ({"document": "a.png"}, ["F1"]),
        ({"document": printable(HOSTILE)}, ["F2"]),
        ({"figure": "Fig 3"}, ["F3"]),
        ({"text": "GRAIN"}, ["F1"]),
        ({"group": "1"}, ["F1", "F3"]),
        ({"state": "dismissed"}, []),
        ({"sort": "score"}, ["F2", "F1", "F3"]),
        ({"sort": "document"}, ["F2", "F1", "F3"]),
        ({"verdict": "no such verdict"}, []),
    ],
)
def test_findings_are_filtered_and_sorted(client, query, found) -> None:
    text = client.get("/runs/r1", params=query, headers=FRAGMENT).text
    rows = [part.split('"')[0] for part in text.split('class="row" id="')[1:]]
    assert rows == found


def test_a_long_list_comes_page_by_page_and_every_finding_once(root, client, run: Run) -> None:
    many = tuple(replace(run.findings[0], id=f"F{n}", fingerprint=f"p{n}") for n in range(1, 121))
    save_run(replace(run, id="many", findings=many, groups=()), root)
    seen, page = [], 1
    while True:
        text = client.get("/runs/many", params={"page": page}, headers=FRAGMENT).text
        seen += [part.split('"')[0] for part in text.split('class="row" id="')[1:]]
        if f"page={page + 1}" not in text:
            break
        page += 1
    assert seen == [finding.id for finding in many]
    assert page == 3


def test_a_finding_has_its_sentence_its_pictures_and_its_neighbours(client) -> None:
    text = client.get("/runs/r1/findings/F2?sort=score").text
    assert "are the same picture, pixel for pixel." in text
    assert 'data-key="j"' in text and "/findings/F1?sort=score" in text
    assert 'data-key="k"' not in text
    assert "view=overlay" not in text
    assert "view=overlay" in client.get("/runs/r1/findings/F1").text


def test_a_panel_of_a_figure_is_shown_in_its_figure(client) -> None:
    assert "view=figure-a" in client.get("/runs/r1/findings/F3").text
    assert client.get("/runs/r1/findings/F3/image?view=figure-a").headers["content-type"].startswith("image/")


@pytest.mark.parametrize(
    "path",
    [
        "/runs/none",
        "/runs/r1/findings/F9",
        "/runs/r1/findings/F9/image?view=moved",
        "/jobs/none",
        "/runs/none/export/csv",
        "/nowhere",
    ],
)
def test_what_is_not_there_is_404(client, problem, path: str) -> None:
    problem(client.get(path), 404)


def test_a_browser_is_told_in_a_page(client, stranger) -> None:
    accept = {"Accept": "text/html,*/*"}
    missing = client.get("/runs/<script>x", headers=accept)
    assert (missing.status_code, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "there is no run &lt;script&gt;x" in missing.text
    refused = stranger.get("/", headers=accept)
    assert refused.status_code == 401
    assert "open the address that figecho printed" in refused.text


@pytest.mark.parametrize("query", ["view=../x", "view=moved&look=sepia", ""])
def test_only_known_views_are_drawn(client, query: str) -> None:
    assert client.get(f"/runs/r1/findings/F1/image?{query}").status_code in (400, 422)


def test_a_decision_is_shown_logged_and_undone(client) -> None:
    assert decide(client, state="dismissed", reason="declared-reuse", note="see the legend").status_code == 303
    page = client.get("/runs/r1/findings/F1").text
    assert "dismissed: declared reuse" in page
    assert "“see the legend”" in page
    assert "Ada" in page
    assert client.get("/runs/r1?state=dismissed", headers=FRAGMENT).text.count('class="row"') == 1
    client.post("/runs/r1/findings/F1/undo")
    assert client.get("/runs/r1?state=dismissed", headers=FRAGMENT).text.count('class="row"') == 0
    assert "Log (2)" in client.get("/runs/r1/findings/F1").text


def test_content_can_be_listed_as_legitimate_wherever_it_occurs_and_taken_off_again(client) -> None:
    decide(client, "F1", state="dismissed", reason="shared-control", everywhere="true")
    assert client.get("/runs/r1?state=known", headers=FRAGMENT).text.count('class="row"') == 1
    page = client.get("/runs/r1/findings/F3").text
    assert "listed as legitimate wherever it occurs: shared control" in page
    client.post("/runs/r1/findings/F3/unlist")
    assert "listed as legitimate" not in client.get("/runs/r1/findings/F3").text
    assert client.get("/runs/r1?state=known", headers=FRAGMENT).text.count('class="row"') == 0
    assert client.get("/runs/r1?state=dismissed", headers=FRAGMENT).text.count('class="row"') == 1


@pytest.mark.parametrize("form", [{"state": "follow-up"}, {"state": "dismissed"}])
def test_only_what_is_dismissed_for_a_reason_is_listed(client, desk: Desk, form) -> None:
    decide(client, **form, everywhere="true")
    assert desk.decisions.known() == {}


def test_deciding_in_the_page_answers_with_the_new_state(client) -> None:
    form = {"state": "follow-up", "note": ""}
    text = client.post("/runs/r1/findings/F1/decision", data=form, headers=FRAGMENT).text
    assert text.startswith('<section id="decision"')
    assert "follow up" in text


@pytest.mark.parametrize("form", [{}, {"state": "guilty"}, {"state": "dismissed", "reason": "because"}])
def test_only_declared_states_and_reasons_are_taken(client, desk, form) -> None:
    assert decide(client, **form).status_code == 422
    assert desk.decisions.history() == ()


def test_decisions_survive_a_rescan(client, root, run: Run) -> None:
    decide(client, state="follow-up")
    save_run(replace(run, id="again"), root)
    assert client.get("/runs/again?state=follow-up", headers=FRAGMENT).text.count('class="row"') == 1


@pytest.mark.parametrize("format", ["html", "json", "jsonl", "csv", "sarif", "w3c", "txt"])
def test_every_export_is_a_download(client, format: str) -> None:
    done = client.get(f"/runs/r1/export/{format}")
    assert done.status_code == 200
    assert done.headers["content-disposition"] == f'attachment; filename="figecho-r1.{format}"'


def test_exports_hold_the_decisions(client) -> None:
    decide(client, state="dismissed", reason="false-match")
    rows = list(csv.DictReader(io.StringIO(client.get("/runs/r1/export/csv").text)))
    assert [row["review"] for row in rows] == ["dismissed", "open", "open"]
    assert "reviewed: dismissed (false match)" in " ".join(client.get("/runs/r1/export/html").text.split())


def test_a_redacted_export_has_no_names(client) -> None:
    assert "secret/" not in client.get("/runs/r1/export/html?redact=true").text


def test_an_unknown_export_is_refused(client, problem) -> None:
    assert "sarif" in problem(client.get("/runs/r1/export/exe"), 400)


def test_the_query_to_the_authors_names_what_needs_follow_up_and_accuses_nobody(client) -> None:
    assert "No finding is marked" in client.get("/runs/r1/export/txt").text
    decide(client, "F3", state="follow-up")
    text = client.get("/runs/r1/export/txt").text
    assert "1. Fig 3D (page 4) and b.png: common content, rotated 180°" in text
    assert "b.png" in text and "a.png" not in text
    for word in ("fraud", "misconduct", "manipulat", "plagiar"):
        assert word not in text.lower()


def test_the_graph_joins_figures_that_share_something(client) -> None:
    text = client.get("/runs/r1/graph").text
    assert text.count("<circle") == 5
    assert text.count('class="edge strong"') == 2
    assert text.count('class="edge weak"') == 1


def test_the_graph_of_one_document_names_its_figures_and_is_no_wider_than_they_need(run: Run) -> None:
    finding = run.findings[2]
    b = replace(finding.a, figure="Fig 5", content="turned")
    alone, among = graph([replace(finding, b=b)]), graph([replace(finding, b=replace(b, path="supplement.pdf"))])
    assert [node.label for node in alone.nodes] == ["Fig 3", "Fig 5"]
    assert [node.label for node in among.nodes] == ["Fig 3 · paper.pdf", "Fig 5 · supplement.pdf"]
    assert alone.frame[2] < among.frame[2]


def test_a_scan_can_be_watched_and_cancelled(client, desk: Desk) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(progress: Progress) -> str:
        progress.start("reading", 7)
        begun.set()
        go_on.wait(10)
        progress.advance()
        return "r1"

    job = desk.jobs.add("<b>paper.pdf", work)
    begun.wait(10)
    page = client.get(f"/jobs/{job.id}").text
    assert "&lt;b&gt;paper.pdf" in page and "reading 0 of 7" in page
    assert client.post(f"/jobs/{job.id}/cancel").headers["location"] == f"/jobs/{job.id}"
    go_on.set()
    ended(job)
    assert "Cancelled" in client.get(f"/jobs/{job.id}", headers=FRAGMENT).text


def test_a_finished_scan_leads_to_its_findings(client, desk: Desk) -> None:
    job = desk.jobs.add("paper.pdf", lambda progress: "r1")
    ended(job)
    assert client.get(f"/jobs/{job.id}", headers=FRAGMENT).headers["hx-redirect"] == "/runs/r1"
    assert client.get(f"/jobs/{job.id}").headers["location"] == "/runs/r1"


def test_a_failed_scan_says_why(client, desk: Desk) -> None:
    def work(progress: Progress) -> str:
        raise StoreError("the disk is full; make room")

    job = desk.jobs.add("paper.pdf", work)
    ended(job)
    text = client.get(f"/jobs/{job.id}").text
    assert "The scan failed" in text and "the disk is full; make room" in text
    assert "the disk is full" in client.get("/").text
