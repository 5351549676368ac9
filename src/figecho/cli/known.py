"""`figecho known …`: content that is legitimate wherever it occurs, listed once."""

from __future__ import annotations

from typing import Annotated

import typer

from figecho.cli import options, render
from figecho.cli.exits import INCOMPLETE, NOTHING

app = typer.Typer(
    help="List content that is legitimate wherever it occurs.", no_args_is_help=True, rich_markup_mode=None
)
PathsArgument = Annotated[list[str], typer.Argument(metavar="PATH...", help="Pictures of it.", show_default=False)]


@app.command()
def add(
    paths: PathsArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it is legitimate.")],
    reviewer: Annotated[str | None, typer.Option("--reviewer", metavar="NAME", help="Who says so.")] = None,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """List the panels of these pictures: findings that show them are marked as known."""
    from figecho import known

    found = known.add(paths, reason, reviewer=reviewer)
    if not quiet:
        render.message(f"{len(found.keys)} listed as known")
        render.refused_lines(found.documents, verbose=verbose)
    refused = any(document.status == "refused" for document in found.documents)
    raise typer.Exit(INCOMPLETE if refused else NOTHING)


@app.command("list")
def list_known(verbose: options.VerboseOption = False) -> None:
    """Show what is listed: the beginning of the content's hash, and why it is legitimate."""
    from figecho import known

    rows = [(key[:12], reason) for key, reason in known.listed().items()]
    if rows:
        render.table(rows)


@app.command()
def remove(paths: PathsArgument, quiet: options.QuietOption = False, verbose: options.VerboseOption = False) -> None:
    """Take the panels of these pictures off the list."""
    from figecho import known

    found = known.remove(paths)
    if not quiet:
        render.message(f"{len(found.keys)} no longer listed")
        render.refused_lines(found.documents, verbose=verbose)
