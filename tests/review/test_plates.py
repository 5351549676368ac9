"""Whole pictures: how they were taken apart, correcting that, scanning again, and comparing two places by hand."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from endings import ended
from figecho.figures import load_corrections
from figecho.review.app import create_app
from figecho.review.desk import Desk
from figecho.review.uploads import Stored
from review.conftest import BOXES, TOKEN

COLUMNS = ("panel", "x", "y", "width", "height")


@pytest.fixture
def desk(scanned: Path, tmp_path: Path):
    """A desk over a copy of the scanned run."""
    desk = Desk(Path(shutil.copytree(scanned / ".figecho", tmp_path / ".figecho")), reviewer="Ada", jobs=1)
    yield desk
    desk.close()


@pytest.fixture
def here(desk: Desk) -> str:
    """The address of the scanned run."""
    return f"/runs/{desk.runs()[0].id}"


def form(panels: list[tuple[str, tuple[int, int, int, int]]]) -> dict[str, list[str]]:
    rows = [(name, *map(str, box)) for name, box in panels]
    return {column: [row[number] for row in rows] for number, column in enumerate(COLUMNS)}


def drawn(first: tuple[int, int, int, int], second: tuple[int, int, int, int]) -> dict[str, list[str]]:
    sides = dict(
        zip(("x", "y", "width", "height"), ([str(a), str(b)] for a, b in zip(first, second, strict=True)), strict=True)
    )
    return {"first": ["1"], "second": ["1"], **sides}


FIVE = [(name, box) for name, box in zip("ABCDE", BOXES, strict=False)]


def test_every_picture_is_listed_with_its_panels_drawn_on_it(client, here) -> None:
    text = client.get(f"{here}/panels").text
    assert "fig &lt;b&gt;1.png" in text and "<b>1.png" not in text
    assert "6 panels" in text
    assert client.get(f"{here}/pictures/1/tile").headers["content-type"].startswith("image/")
    editor = client.get(f"{here}/panels/1").text
    assert editor.count('class="boxed"') == 6 + 1  # and the template of a new one
    assert client.get(f"{here}/pictures/1").headers["content-type"].startswith("image/")


def test_what_is_not_there_is_404(client, here, problem) -> None:
    for path in ("panels/2", "panels/0", "pictures/7", "pictures/7/tile", "compare?first=0"):
        problem(client.get(f"{here}/{path}"), 404)
    problem(client.get("/runs/none/panels"), 404)
    problem(client.get("/panels.json"), 404)


def test_corrected_panels_are_kept_as_scan_takes_them(client, desk, here) -> None:
    assert client.post(f"{here}/panels/1", data=form(FIVE)).status_code == 303
    ((document, picture, panels),) = load_corrections(desk.root / "panels.json").pictures
    assert (len(document), picture) == (64, 1)
    assert [(panel.panel, panel.box) for panel in panels] == FIVE
    assert client.get("/panels.json").json()["pictures"][0]["width"] == 700
    assert "1 picture corrected" in client.get(f"{here}/panels").text


def test_a_correction_can_be_forgotten(client, here) -> None:
    client.post(f"{here}/panels/1", data=form(FIVE))
    client.post(f"{here}/panels/1")
    assert client.get("/panels.json").json()["pictures"] == []
    assert "6 panels" in client.get(f"{here}/panels").text


@pytest.mark.parametrize("box", [(600, 20, 200, 150), (-1, 0, 10, 10), (0, 0, 0, 10)])
def test_a_panel_outside_its_picture_is_refused_and_nothing_is_kept(client, desk, here, problem, box) -> None:
    assert "leaves its picture" in problem(client.post(f"{here}/panels/1", data=form([("A", box)])), 400)
    assert not (desk.root / "panels.json").exists()


def test_a_row_that_is_not_whole_is_refused(client, here, problem) -> None:
    problem(client.post(f"{here}/panels/1", data={"panel": ["A"], "x": ["1", "2"]}), 422)


def test_scanning_again_compares_the_corrected_panels_and_what_people_did_stands(client, desk, here) -> None:
    before = desk.open(here.rpartition("/")[2])
    desk.decide(before.findings[0], "follow-up", None, None)
    client.post(f"{here}/compare", data=drawn(BOXES[1], BOXES[2]))
    client.post(f"{here}/panels/1", data=form([*FIVE, ("F", BOXES[5])]))
    job = desk.jobs.get(client.post(f"{here}/scan").headers["location"].rpartition("/")[2])
    ended(job)
    finding, by_hand = desk.open(job.status.run).findings
    assert (by_hand.id, by_hand.added.by) == ("M1", "Ada")
    assert client.get(f"/runs/{job.status.run}/findings/M1/image?view=side-a").status_code == 200
    assert {finding.a.panel, finding.b.panel} == {"A", "F"}
    assert finding.review.state == "follow-up"
    assert "corrected since" not in client.get(f"/runs/{job.status.run}/panels").text


def test_a_scan_whose_files_are_gone_says_so(client, desk, here, scanned, problem, monkeypatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda path: path.name != "fig <b>1.png")
    assert "not where it was" in problem(client.post(f"{here}/scan"), 409)


@pytest.mark.parametrize("keep", [True, False])
def test_uploads_are_kept_for_scanning_again_only_where_asked_for(tmp_path: Path, monkeypatch, keep: bool) -> None:
    folder = tmp_path / "incoming" / "x"
    folder.mkdir(parents=True)
    (folder / "a.png").write_bytes(b"a")
    monkeypatch.setattr("figecho.review.desk.scan", lambda *paths, **options: type("Run", (), {"id": "r1"}))
    desk = Desk(tmp_path, jobs=1, keep_uploads=keep)
    ended(desk.scan_uploaded(Stored(folder, (folder / "a.png",))))
    desk.close()
    assert folder.exists() == keep


# ---- by hand ---------------------------------------------------------------------------------------------------


def test_two_boxes_become_a_finding_with_the_name_of_who_drew_them(client, desk, here) -> None:
    page = client.get(f"{here}/compare")
    assert page.text.count('class="board"') == 2
    x, y, width, height = BOXES[0]
    part, other = (x + 10, y + 10, width - 40, height - 30), (BOXES[5][0] + 20, BOXES[5][1] + 10, 170, 130)
    made = client.post(f"{here}/compare", data=drawn(part, other))
    assert made.headers["location"] == f"{here}/findings/M1"
    finding = desk.open(here.rpartition("/")[2]).finding("M1")
    assert finding.verdict == "strong"
    assert finding.transform.text == "rotated 180°"
    assert (finding.a.bbox, finding.b.bbox) == (part, other)
    assert finding.added.by == "Ada"
    assert "added by hand by Ada" in client.get(f"{here}/findings/M1").text
    assert client.get(f"{here}/findings/M1/image?view=figure-a").headers["content-type"].startswith("image/")
    assert "added by hand by Ada" in client.get(here).text
    assert "added by hand by Ada" in client.get(f"{here}/export/html").text
    assert "by Ada" not in client.get(f"{here}/export/html?redact=true").text
    (said,) = [each for each in json.loads(client.get(f"{here}/export/json").text)["findings"] if each["added"]]
    assert (said["id"], said["added"]["by"]) == ("M1", "Ada")
    rows = list(csv.DictReader(io.StringIO(client.get(f"{here}/export/csv").text)))
    assert [row["added"] for row in rows] == ["", "added by hand by Ada"]
    assert '"name": "Ada"' in client.get(f"{here}/export/w3c").text
    again = client.post(f"{here}/compare", data=drawn(part, other))
    assert again.headers["location"] == f"{here}/findings/M1"
    assert len(desk.open(here.rpartition("/")[2]).findings) == 2
    other = client.post(f"{here}/compare", data=drawn(BOXES[0], BOXES[5])).headers["location"]
    assert other == f"{here}/findings/F1"  # these two panels are a finding already


def test_two_places_that_share_nothing_are_kept_and_said_to_share_nothing(client, here) -> None:
    address = client.post(f"{here}/compare", data=drawn(BOXES[1], BOXES[2])).headers["location"]
    text = client.get(address).text
    assert "were compared by hand: no common content was found in them." in text
    assert text.count("view=panel-") == 4  # both boxes, each as src and data-src
    assert client.get(f"{here}/graph").status_code == 200
    client.post(f"{address}/decision", data={"state": "follow-up"})
    assert "the two look alike" in client.get(f"{here}/export/txt").text
    for format in ("html", "json", "csv", "sarif", "w3c"):
        assert client.get(f"{here}/export/{format}").status_code == 200


def test_a_finding_by_hand_is_reviewed_like_any_other(client, here) -> None:
    address = client.post(f"{here}/compare", data=drawn(BOXES[1], BOXES[2])).headers["location"]
    client.post(f"{address}/decision", data={"state": "dismissed", "reason": "false-match"})
    assert "M1" in client.get(f"{here}?state=dismissed", headers={"HX-Request": "true"}).text


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ((0, 0, 8, 200), BOXES[1], "draw at least 16"),
        (BOXES[0], (600, 400, 200, 200), "second box leaves its picture"),
        (BOXES[0], (100, 60, 200, 150), "overlap"),
    ],
)
def test_boxes_that_cannot_be_compared_are_refused(client, here, problem, first, second, said) -> None:
    assert said in problem(client.post(f"{here}/compare", data=drawn(first, second)), 400)


def test_two_boxes_are_needed(client, here, problem) -> None:
    form = {"first": "1", "second": "1", "x": "0", "y": "0", "width": "20", "height": "20"}
    problem(client.post(f"{here}/compare", data=form), 422)


def test_a_stranger_can_neither_see_nor_correct_pictures(desk, here) -> None:
    app = create_app(desk, hosts=["testserver"], token=TOKEN, most_bytes=1000)
    stranger = TestClient(app, follow_redirects=False)
    for path in ("panels", "panels/1", "pictures/1", "pictures/1/tile", "compare"):
        assert stranger.get(f"{here}/{path}").status_code == 401
    assert stranger.post(f"{here}/panels/1", data=form(FIVE)).status_code == 401
    assert not (desk.root / "panels.json").exists()
