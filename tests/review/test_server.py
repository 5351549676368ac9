"""Where the server listens, and the commands that start it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from figecho.cli.app import app
from figecho.errors import OptionError, StoreError
from figecho.review.desk import Desk
from figecho.review.server import Place, serve


def figecho(*arguments: str):
    return CliRunner().invoke(app, list(arguments), prog_name="figecho")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::"])
def test_other_machines_are_served_only_with_a_token_of_ones_own(tmp_path: Path, monkeypatch, host: str) -> None:
    monkeypatch.delenv("FIGECHO_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    done = figecho("serve", "--host", host)
    assert done.exit_code == 2
    assert "FIGECHO_TOKEN" in done.stderr


def test_a_token_that_can_be_guessed_is_refused(desk: Desk) -> None:
    with pytest.raises(OptionError, match="at least 16"):
        serve(desk, Place(), token="secret", with_pages=False, ready=lambda address, token: None)


def test_the_second_piece_of_an_answer_does_not_wait_for_the_first(desk: Desk, monkeypatch) -> None:
    seen: list[int] = []

    def run(server, sockets) -> None:
        seen.append(sockets[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr("uvicorn.Server.run", run)
    serve(desk, Place(), token=None, with_pages=True, ready=lambda address, token: None)
    assert seen[0] != 0


def test_what_is_neither_a_file_nor_a_run_is_one_line(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = figecho("review", "--no-browser", "no-such-thing")
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert "no-such-thing: there is no such file, and no such run" in done.stderr


def test_a_run_a_file_and_nothing_lead_to_their_pages(desk: Desk, tmp_path: Path) -> None:
    assert desk.page_for([]) == "/"
    assert desk.page_for(["r1"]) == "/runs/r1"
    (tmp_path / "a.png").write_bytes(b"no picture")
    page = desk.page_for([str(tmp_path / "a.png")])
    assert desk.jobs.get(page.removeprefix("/jobs/")) is not None
    with pytest.raises(StoreError):
        desk.page_for(["r2"])


@pytest.mark.parametrize("command", ["review --no-browser", "serve --port 0"])
def test_the_printed_address_answers_this_machine_and_ctrl_c_ends_it(tmp_path: Path, command: str) -> None:
    started = [sys.executable, "-m", "figecho", *command.split()]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "FIGECHO_TOKEN": "a token that nobody guesses"}
    with subprocess.Popen(started, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        base = httpx2.URL(address).copy_with(path="/", query=None)
        assert httpx2.get(base.join("/healthz")).json()["status"] == "ok"
        assert httpx2.get(base.join("/v1/scans")).status_code == 401
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0
