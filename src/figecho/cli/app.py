"""`figecho`: the commands put together, and what happens when one of them fails.

Nothing here or at the top of a command's file may import OpenCV: `figecho --help` answers at once.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from figecho._version import __version__
from figecho.cli import compare, demo, doctor, export, known, library, panels, render, report, review, scan, serve
from figecho.cli.exits import INTERRUPTED, USAGE
from figecho.errors import FigechoError


class FailingInOneLine(TyperGroup):
    """Runs a command; whatever goes wrong becomes one line on standard error and the contract's exit status."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            render.message("interrupted; repeat the same command and the scan goes on from here")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # The reader (head, less) has seen enough. Nothing failed, and 1 would read as a finding.
            render.abandon_stdout()
            raise typer.Exit(0) from None
        except FigechoError as error:
            render.error(str(error), traceback=ctx.meta.get("figecho.verbose", False))
            raise typer.Exit(USAGE) from error
        except OSError as error:
            name = error.filename or "a file"
            cause = error.strerror or type(error).__name__
            render.error(
                f"{name}: {cause}; check that it exists, that you may use it and that the disk has room",
                traceback=ctx.meta.get("figecho.verbose", False),
            )
            raise typer.Exit(USAGE) from error


app = typer.Typer(
    cls=FailingInOneLine,
    help="Compare images and find reused image content. Everything runs on this machine.",
    epilog=(
        "Exit status: 0 no finding; 1 at least one strong or moderate finding; 2 bad usage or unreadable input of "
        "compare; 3 no finding, but some inputs were refused; 130 interrupted."
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        render.result(f"figecho {__version__}")
        raise typer.Exit


@app.callback()
def figecho(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Compare images and find reused image content. Everything runs on this machine."""


app.command()(compare.compare)
app.command()(scan.scan)
app.command()(panels.panels)
app.command()(report.report)
app.command()(export.export)
app.command()(review.review)
app.command()(serve.serve)
app.add_typer(library.app, name="library")
app.add_typer(known.app, name="known")
app.command()(demo.demo)
app.command()(doctor.doctor)


def main() -> None:
    """The console script; a bug exits with 70, which can be mistaken neither for "clean" nor for a finding."""
    try:
        app(prog_name="figecho")
    except Exception as error:
        render.error(f"internal error, please report it: {type(error).__name__}: {error}", traceback=True)
        raise SystemExit(70) from error
