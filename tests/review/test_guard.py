"""Unpublished figures: nobody but the user's own browser, or a program with the token, gets an answer."""

from __future__ import annotations

import asyncio

import pytest

from figecho.review import guard

TOKEN = "a token that nobody guesses"

PATHS = ["/", "/runs/r1", "/runs/r1/findings/F1/image?view=moved", "/v1/scans", "/openapi.json", "/static/app.css"]


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_answered_without_a_token(stranger, problem, path: str) -> None:
    assert "open the address" in problem(stranger.get(path), 401)


def test_being_alive_is_no_secret(stranger) -> None:
    assert stranger.get("/healthz").json()["status"] == "ok"


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "é"])
def test_a_wrong_token_is_refused(stranger, problem, token: str) -> None:
    problem(stranger.get("/", headers={"Authorization": f"Bearer {token}".encode()}), 401)
    problem(stranger.get("/", params={"token": token}), 401)


def test_the_address_works_once_and_leaves_a_cookie_that_scripts_cannot_read(stranger, problem) -> None:
    first = stranger.get("/runs/r1?token=" + TOKEN.replace(" ", "+") + "&verdict=weak")
    assert (first.status_code, first.headers["location"]) == (303, "/runs/r1?verdict=weak")
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert TOKEN not in cookie
    assert stranger.get("/runs/r1").status_code == 200
    stranger.cookies.clear()
    problem(stranger.get("/", params={"token": TOKEN}), 401)


def test_another_host_name_is_refused_although_the_token_is_right(client, problem) -> None:
    for host in ("evil.example", "testserver.evil.example", "testserver:81", ""):
        problem(client.get("/", headers={"Host": host}), 421)
        problem(client.get("/healthz", headers={"Host": host}), 421)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver:81"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_foreign_page_can_neither_read_nor_write(client, problem, headers) -> None:
    problem(client.get("/v1/scans", headers=headers), 403)
    problem(client.post("/runs/r1/findings/F1/undo", headers=headers), 403)


def test_a_link_from_elsewhere_may_lead_here_but_may_not_write(client, problem) -> None:
    following = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/", headers=following).status_code == 200
    problem(client.post("/runs/r1/findings/F1/undo", headers=following), 403)


def test_own_pages_may_write(client) -> None:
    own = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/runs/r1/findings/F1/undo", headers=own).status_code == 303


@pytest.mark.parametrize("path", ["/", "/runs/r1/findings/F1/image?view=moved", "/v1/scans", "/no-such-page"])
def test_every_answer_carries_the_strict_policy(client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_browsers_keep_nothing_but_the_vendored_libraries(client) -> None:
    assert client.get("/runs/r1").headers["cache-control"] == "no-store"
    assert client.get("/v1/findings/r1.F1").headers["cache-control"] == "no-store"
    assert "max-age" in client.get("/static/vendor/htmx-2.0.11/htmx.min.js").headers["cache-control"]


def test_a_body_that_says_it_is_too_long_is_refused_unread(client, problem) -> None:
    for length in ("3000000", "-1", "many"):
        problem(client.post("/v1/scans", content=b"x", headers={"Content-Length": length}), 413)


async def answer(app, receive) -> tuple[int, bytes]:
    """Status and body of the answer to an upload whose bytes come from ``receive``."""
    sent = []

    async def send(message) -> None:
        sent.append(message)

    headers = [
        (b"host", b"testserver"),
        (b"authorization", f"Bearer {TOKEN}".encode()),
        (b"content-type", b"multipart/form-data; boundary=b"),
    ]
    scope = {"type": "http", "method": "POST", "path": "/v1/scans", "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


def test_an_endless_body_is_cut_off_and_leaves_nothing(app, root) -> None:
    pieces = 0

    async def endless():
        nonlocal pieces
        pieces += 1
        head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
        return {"type": "http.request", "body": head if pieces == 1 else bytes(65536), "more_body": True}

    status, body = asyncio.run(answer(app, endless))
    assert (status, b"at most 2 MB" in body) == (413, True)
    assert pieces < 40
    assert not (root / "incoming").exists()


def test_a_body_that_never_comes_is_given_up(app, monkeypatch) -> None:
    monkeypatch.setattr(guard, "PIECE_SECONDS", 0.05)

    async def silent():
        await asyncio.sleep(60)

    status, _ = asyncio.run(answer(app, silent))
    assert status == 408


@pytest.mark.parametrize(
    "path",
    [
        "/runs/..%2F..%2Fetc",
        "/runs/../../etc/passwd",
        "/static/..%2f..%2fapp.py",
        "/v1/scans/..%2fr1",
        "/runs/.",
        "/v1/findings/../r1.F1",
    ],
)
def test_no_path_leads_out(client, problem, path: str) -> None:
    problem(client.get(path), 404)
