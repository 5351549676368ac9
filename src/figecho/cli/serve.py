"""`figecho serve`: the HTTP API for other programs."""

from __future__ import annotations

from typing import Annotated

import typer

from figecho.cli import options, render


def serve(
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port; 0 is any free one.")] = 8765,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="Answer under this host name too; may be repeated."),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            metavar="TOKEN",
            envvar="FIGECHO_TOKEN",
            show_envvar=False,
            help="The secret that clients send; better in FIGECHO_TOKEN [default: a new one, printed]",
        ),
    ] = None,
    jobs: options.JobsOption = None,
    verbose: options.VerboseOption = False,
) -> None:
    """Serve the HTTP API on this machine until interrupted."""
    from figecho.review import server
    from figecho.review.desk import Desk

    def ready(address: str, secret: str) -> None:
        render.result(address)
        render.message(f"described at {address}/openapi.json; Ctrl+C ends it")
        if token is None:
            render.message(f"send the header   Authorization: Bearer {secret}")

    place = server.Place(host, port, tuple(allow_host or ()))
    server.serve(Desk(jobs=jobs), place, token=token, with_pages=False, ready=ready)
