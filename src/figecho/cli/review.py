"""`figecho review`: look at findings and decide, in the browser, on this machine."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from figecho.cli import options, render


def review(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN|PATH...]", help="A run's id, or files and folders to scan.", show_default=False),
    ] = None,
    port: Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port; 0 is any free one.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
    reviewer: Annotated[
        str | None, typer.Option("--reviewer", metavar="NAME", help="Who decides [default: your login name]")
    ] = None,
    jobs: options.JobsOption = None,
    verbose: options.VerboseOption = False,
) -> None:
    """Open the review app on a run, on files to scan, or on its start page."""
    from figecho.review.desk import Desk
    from figecho.review.server import Place, serve

    desk = Desk(reviewer=reviewer or getpass.getuser(), jobs=jobs, keep_uploads=True)
    page = desk.page_for(what or [])

    def ready(address: str, token: str) -> None:
        entry = f"{address}{page}?token={token}"
        render.result(entry)
        render.message("the address works once; Ctrl+C ends the app")
        if not no_browser:
            _open(entry)

    serve(desk, Place(port=port), token=None, with_pages=True, ready=ready)


def _open(address: str) -> None:
    """In the user's browser, if there is one."""
    import webbrowser

    webbrowser.open(address)
