"""The HTTP API, as a program uses it."""

from __future__ import annotations

import io
import json
import threading
import time

import numpy as np
import pytest
from PIL import Image

from planted import scene


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()


def wait(client, job: str) -> dict:
    for _ in range(600):
        status = client.get(f"/v1/jobs/{job}").json()
        if status["state"] in ("done", "failed", "cancelled"):
            return status
        time.sleep(0.1)
    raise AssertionError(status)


def test_a_scan_from_upload_to_finding(client) -> None:
    files = [
        ("files", ("a.png", png(scene(1)))),
        ("files", ("../../b.png", png(scene(1)[::-1, ::-1].copy()))),
        ("files", ("<b>.png", b"no picture")),
    ]
    started = client.post("/v1/scans", files=files)
    assert started.status_code == 202
    assert started.headers["location"] == f"/v1/jobs/{started.json()['id']}"
    status = wait(client, started.json()["id"])
    assert (status["state"], status["error"]) == ("done", None)
    scan = client.get(f"/v1/scans/{status['run']}").json()
    assert [document["path"] for document in scan["documents"]] == ["<b>.png", "a.png", "b.png"]
    assert scan["counts"]["refused"] == 1
    (finding,) = client.get(f"/v1/scans/{status['run']}/findings").json()["findings"]
    assert finding["verdict"] == "strong"
    assert {finding["a"]["path"], finding["b"]["path"]} == {"a.png", "b.png"}
    assert status["run"] in [each["id"] for each in client.get("/v1/scans").json()["scans"]]
    events = client.get(f"/v1/jobs/{started.json()['id']}/events").text
    assert events.startswith("event: done\ndata: {")


def test_a_job_is_watched_from_its_beginning_to_its_end(client, desk) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(progress) -> str:
        progress.start("comparing", 12)
        begun.set()
        go_on.wait(10)
        return "r1"

    job = desk.jobs.add("paper.pdf", work)
    begun.wait(10)
    threading.Timer(0.6, go_on.set).start()
    events = client.get(f"/v1/jobs/{job.id}/events").text.split("\n\n")
    assert events[0].startswith("event: running")
    assert '"stage": "comparing", "done": 0, "total": 12' in events[0]
    assert events[-2].startswith("event: done")


def test_a_job_is_cancelled_by_deleting_it(client, desk) -> None:
    go_on = threading.Event()
    desk.jobs.add("first", lambda progress: go_on.wait(10) and "r1")
    waiting = desk.jobs.add("second", lambda progress: "r1")
    assert client.delete(f"/v1/jobs/{waiting.id}").json()["state"] == "cancelled"
    go_on.set()


def test_a_scan_of_nothing_is_refused(client, problem) -> None:
    problem(client.post("/v1/scans", files=[("files", ("", b""))]), 422)
    problem(client.post("/v1/scans", data={"files": "text"}), 422)


def test_a_library_finds_what_was_added_to_it_before(client, root) -> None:
    added = client.post("/v1/libraries/lab/documents", files=[("files", ("old.png", png(scene(1))))])
    assert added.status_code == 202
    result = wait(client, added.json()["id"])["result"]
    assert (result["new"], [each["path"] for each in result["documents"]]) == (1, ["old.png"])
    asked = client.post("/v1/libraries/lab/query", files=[("files", ("new.png", png(scene(1)[:, ::-1].copy())))])
    run = wait(client, asked.json()["id"])["run"]
    (finding,) = client.get(f"/v1/scans/{run}/findings").json()["findings"]
    assert (finding["verdict"], finding["a"]["path"], finding["b"]["path"]) == ("strong", "new.png", "old.png")
    assert list((root / "incoming").iterdir()) == []


@pytest.mark.parametrize("name", ["..", ".hidden", "a b", "x" * 65])
def test_a_library_name_leads_nowhere(client, name: str) -> None:
    files = [("files", ("a.png", png(scene(1))))]
    assert client.post(f"/v1/libraries/{name}/documents", files=files).status_code in (404, 422)


def test_asking_a_library_that_is_not_there_fails_with_a_sentence(client) -> None:
    asked = client.post("/v1/libraries/none/query", files=[("files", ("a.png", png(scene(1))))])
    status = wait(client, asked.json()["id"])
    assert status["state"] == "failed"
    assert "library" in status["error"]


def test_two_uploads_are_compared_and_removed(client, root) -> None:
    done = client.post("/v1/compare", files={"a": ("a.png", png(scene(1))), "b": ("b.png", png(scene(1)))})
    assert done.status_code == 200
    assert done.json()["schema"] == "figecho.comparison/1"
    assert done.json()["verdict"] == "strong"
    assert (done.json()["a"]["path"], done.json()["b"]["path"]) == ("a.png", "b.png")
    assert list((root / "incoming").iterdir()) == []


def test_a_broken_upload_is_a_problem_that_says_what_to_do(client, problem, root) -> None:
    whole = png(scene(1))
    detail = problem(client.post("/v1/compare", files={"a": ("a.png", whole[:5000]), "b": ("b.png", whole)}), 422)
    assert "complete copy" in detail
    assert str(root) not in detail


def test_an_unknown_method_is_a_problem(client, problem) -> None:
    files = {"a": ("a.png", png(scene(1))), "b": ("b.png", png(scene(1)))}
    problem(client.post("/v1/compare", files=files, data={"method": "surf"}), 400)


def test_findings_come_in_pages(client) -> None:
    first = client.get("/v1/scans/r1/findings?limit=2").json()
    assert ([each["id"] for each in first["findings"]], first["total"], first["next"]) == (["r1.F1", "r1.F2"], 3, 2)
    last = client.get("/v1/scans/r1/findings?limit=2&cursor=2").json()
    assert ([each["id"] for each in last["findings"]], last["next"]) == (["r1.F3"], None)
    assert client.get("/v1/scans/r1/findings?verdict=weak").json()["total"] == 1


def test_a_decision_needs_the_tag_of_what_was_read(client, problem) -> None:
    path = "/v1/findings/r1.F1"
    tag = client.get(path).headers["etag"]
    body = {"state": "dismissed", "reason": "shared-control"}
    problem(client.patch(path, json=body), 428)
    decided = client.patch(path, json=body, headers={"If-Match": tag})
    assert decided.json()["review"] == {"state": "dismissed", "reason": "shared-control", "note": None}
    assert decided.headers["etag"] != tag
    problem(client.patch(path, json={"state": "open"}, headers={"If-Match": tag}), 412)
    assert client.get(path).json()["review"]["state"] == "dismissed"


@pytest.mark.parametrize("body", [{}, {"state": "guilty"}, {"state": "open", "note": "x" * 5000}, [], "text"])
def test_a_senseless_decision_is_refused(client, problem, body) -> None:
    problem(client.patch("/v1/findings/r1.F1", json=body, headers={"If-Match": "*"}), 422)


@pytest.mark.parametrize("path", ["/v1/scans/x", "/v1/findings/r1.F9", "/v1/findings/F1", "/v1/jobs/x", "/v1/x"])
def test_what_is_not_there_is_a_problem(client, problem, path: str) -> None:
    problem(client.get(path), 404)


def test_pictures_are_encoded_anew(client) -> None:
    for view in ("side-a", "moved", "overlay", "difference", "matches"):
        done = client.get("/v1/findings/r1.F1/image", params={"view": view})
        assert done.headers["content-type"] in ("image/png", "image/jpeg")
        assert Image.open(io.BytesIO(done.content)).size[0] > 100


def test_the_description_names_every_route(client) -> None:
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {
        "/healthz",
        "/v1/compare",
        "/v1/scans",
        "/v1/scans/{id}",
        "/v1/scans/{id}/findings",
        "/v1/jobs/{id}",
        "/v1/jobs/{id}/events",
        "/v1/findings/{id}",
        "/v1/findings/{id}/image",
        "/v1/libraries/{name}/documents",
        "/v1/libraries/{name}/query",
    }
    assert "cdn" not in json.dumps(described)
