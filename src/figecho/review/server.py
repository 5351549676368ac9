"""Serving the application: on this machine's own address, at a port that was asked for or is free."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from socket import IPPROTO_TCP, TCP_NODELAY

import uvicorn

from figecho.errors import OptionError
from figecho.review.app import create_app
from figecho.review.desk import Desk

LOOPBACK = ("127.0.0.1", "::1", "localhost")
SHORTEST_TOKEN = 16


@dataclass(frozen=True)
class Place:
    """Where to listen, and under which names the server may be called; ``port`` 0 is any free one."""

    host: str = "127.0.0.1"
    port: int = 0
    names: tuple[str, ...] = ()


def serve(desk: Desk, place: Place, *, token: str | None, with_pages: bool, ready: Callable[[str, str], None]) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    desk : the runs, decisions and scans; closed at the end.
    place : where to listen.
    token : the secret; a new one where None.
    with_pages : whether people are served as well as programs.
    ready : is told the address and the token once requests are taken.

    Raises
    ------
    OptionError : beyond this machine without a token of one's own, or a token that can be guessed.
    """
    _check(place, token)
    secret = token or secrets.token_urlsafe(24)
    config = uvicorn.Config("", host=place.host, port=place.port, log_level=logging.WARNING, access_log=False)
    listening = config.bind_socket()
    # An answer goes out in two pieces: Nagle's algorithm would keep the second until the first is acknowledged, 40 ms.
    listening.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    port = listening.getsockname()[1]
    app = create_app(desk, hosts=_names(place, port), token=secret, with_pages=with_pages)
    config = uvicorn.Config(
        app, log_level=logging.WARNING, access_log=False, server_header=False, timeout_graceful_shutdown=3, ws="none"
    )
    shown = f"[{place.host}]" if ":" in place.host else place.host
    with listening:
        listening.listen()  # a browser that is faster than the server waits instead of being refused
        ready(f"http://{shown}:{port}", secret)
        with suppress(KeyboardInterrupt):  # Ctrl+C is how it is meant to end
            uvicorn.Server(config).run(sockets=[listening])


def _check(place: Place, token: str | None) -> None:
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise OptionError(f"a token must have at least {SHORTEST_TOKEN} characters")
    if place.host not in LOOPBACK and token is None:
        raise OptionError(
            f"--host {place.host} can be reached from other machines; set a token of your own in FIGECHO_TOKEN first"
        )


def _names(place: Place, port: int) -> Sequence[str]:
    """Allowed Host headers."""
    hosts = [*LOOPBACK, place.host, *place.names]
    bracketed = [f"[{host}]" if ":" in host else host for host in hosts]
    return [*(f"{host}:{port}" for host in bracketed), *place.names]
