"""`figecho export RUN`: the results of a scan that was made before, for other programs."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from figecho.cli import options, output


def export(
    run: options.RunArgument,
    format: Annotated[
        Literal["json", "jsonl", "csv", "sarif", "w3c"], typer.Option("--format", help="How to write them.")
    ],
    out: options.OutputOption = None,
    verbose: options.VerboseOption = False,
) -> None:
    """Write the results of an earlier scan as JSON, JSON Lines, CSV, SARIF or W3C annotations."""
    options.require_folder(out, "-o")
    from figecho.api import load

    output.write(load(run), format, out)
