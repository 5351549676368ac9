"""Fetching a file once: said before, checked after, and never half a file used. The server is a real one, here."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from figecho.errors import UnavailableError
from figecho.models.fetch import RemoteFile, cached, fetch

pytest.importorskip("pooch")
CONTENT = bytes(range(256)) * 2000


class Server(BaseHTTPRequestHandler):
    """Serves ``content``; ``cut`` closes the connection after so many bytes."""

    def __init__(self, state: dict[str, object], *arguments: object) -> None:
        self.state = state
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.state["asked"] = int(str(self.state["asked"])) + 1
        content = self.state["content"]
        assert isinstance(content, bytes)
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Nothing on the test's standard error."""


@pytest.fixture
def state() -> dict[str, object]:
    return {"content": CONTENT, "asked": 0}


@pytest.fixture
def remote(state: dict[str, object]) -> Iterator[RemoteFile]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, state))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/weights.h5"
    md5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    yield RemoteFile("Test weights", url, "weights.h5", md5, len(CONTENT), "CC0")
    server.shutdown()
    server.server_close()


class Watched:
    def __init__(self) -> None:
        self.total, self.done, self.finished = 0, 0, False

    def start(self, stage: str, total: int | None) -> None:
        self.total = total or 0

    def advance(self, count: int = 1) -> None:
        self.done += count

    def finish(self) -> None:
        self.finished = True


def test_it_is_announced_fetched_once_and_kept(remote: RemoteFile, tmp_path: Path, state: dict[str, object]) -> None:
    said: list[str] = []
    watched = Watched()
    path = fetch(remote, folder=tmp_path / "new", say=said.append, watcher=watched)
    assert path.read_bytes() == CONTENT
    assert all(word in said[0] for word in ("Test weights", "0.5 MB", remote.url, "CC0", str(tmp_path / "new")))
    assert (watched.total, watched.finished) == (512, True) and 400 < watched.done <= 512
    assert fetch(remote, folder=tmp_path / "new", say=said.append) == path == cached(remote, tmp_path / "new")
    assert (len(said), state["asked"]) == (1, 1)


def fails(remote: RemoteFile, folder: Path, words: str) -> None:
    """It fails in one sentence that names the three ways, and leaves nothing that could be mistaken for the file."""
    with pytest.raises(UnavailableError, match=words) as caught:
        fetch(remote, folder=folder, say=lambda text: None)
    said = str(caught.value)
    assert "\n" not in said and "with a connection" in said and str(folder) in said and "--weights FILE" in said
    assert list(folder.iterdir()) == [] and cached(remote, folder) is None


def test_a_wrong_checksum_is_never_used(remote: RemoteFile, tmp_path: Path, state: dict[str, object]) -> None:
    state["content"] = b"X" + CONTENT[1:]
    fails(remote, tmp_path, "checksum and was thrown away")


def test_an_interrupted_download_leaves_nothing_and_begins_again(
    remote: RemoteFile, tmp_path: Path, state: dict[str, object]
) -> None:
    state["content"] = CONTENT[:100_000]
    fails(remote, tmp_path, "connection failed|checksum")
    state["content"] = CONTENT
    assert fetch(remote, folder=tmp_path, say=lambda text: None).read_bytes() == CONTENT


def test_without_a_connection_there_are_three_ways(remote: RemoteFile, tmp_path: Path) -> None:
    fails(replace(remote, url="http://127.0.0.1:9/weights.h5"), tmp_path, "connection failed")


def test_a_damaged_copy_in_the_cache_is_fetched_again(remote: RemoteFile, tmp_path: Path) -> None:
    (tmp_path / "weights.h5").write_bytes(CONTENT[:-1])
    assert cached(remote, tmp_path) is None
    assert fetch(remote, folder=tmp_path, say=lambda text: None).read_bytes() == CONTENT
