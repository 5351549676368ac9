"""`figecho report RUN`: the report of a scan that was made before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from figecho.cli import options, render


def report(
    run: options.RunArgument,
    out: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.html", help="Where to write it.")],
    assets: Annotated[
        Path | None,
        typer.Option("--assets", metavar="DIR", help="Put the pictures into this folder: for runs of many findings."),
    ] = None,
    redact: Annotated[bool, typer.Option("--redact", help="Leave out names and paths of files.")] = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Write the self-contained HTML report of an earlier scan."""
    options.require_folder(out, "-o")
    from figecho.api import load

    load(run).report(out, assets=assets, redact=redact)
    if not quiet:
        render.message(f"written: {out}")
