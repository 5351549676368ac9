"""`figecho demo`: draw a small paper with planted reuse, scan it and show what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from figecho.cli import options, output, render


def demo(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where paper and report go.")] = Path("demo"),
    jobs: options.JobsOption = None,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Draw a small paper with planted reuse and scan it."""
    from figecho.api import scan
    from figecho.demo.paper import draw_paper

    folder.mkdir(parents=True, exist_ok=True)
    manuscript = draw_paper(folder)
    with render.progress(quiet=quiet) as progress:
        run = scan([str(manuscript)], jobs=jobs, progress=progress, root=folder / ".figecho")
    report = folder / "report.html"
    run.report(report)
    output.write(run, "text", None)
    if not quiet:
        render.summary(run, verbose=verbose)
        render.message(f"open {report} in a browser to see them")
