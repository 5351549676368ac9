"""`figecho library …`: figures remembered, to ask later whether new ones share content with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from figecho.cli import options, output, ranking, render
from figecho.cli.exits import INCOMPLETE, NOTHING, exit_status
from figecho.options import parse_limits

if TYPE_CHECKING:
    from figecho.library import Library

app = typer.Typer(
    help="Keep a library of figures, and compare new ones with it.", no_args_is_help=True, rich_markup_mode=None
)
PathsArgument = Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders.", show_default=False)]
TextOrJson = Annotated[Literal["text", "json"], typer.Option("--format", help="How to write the results.")]


def _library(path: Path, **how: Any) -> Library:
    from figecho.library import Library

    return Library(path, **how)


@app.command()
def create(
    library: options.LibraryArgument,
    profile: options.ProfileOption = None,
    segments: Annotated[
        str,
        typer.Option("--segments", metavar="ADDRESS", help="Keep descriptor segments there, such as s3://bucket/lab."),
    ] = "",
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Make an empty library."""
    made = _library(library, profile=profile or "balanced", segments=segments).create()
    if not quiet:
        render.message(f"{made.path}: an empty library; `figecho library add {made.path} PATH...` fills it")


@app.command()
def add(
    library: options.LibraryArgument,
    paths: PathsArgument,
    format: TextOrJson = "text",
    jobs: options.JobsOption = None,
    cluster: options.ClusterOption = None,
    password: options.PasswordOption = None,
    limit: options.LimitOption = None,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Add documents; those that are there already are left as they are. Makes the library where there is none."""
    limits = parse_limits(limit or (), password)
    with render.progress(quiet=quiet) as progress:
        added = _library(library).add(paths, jobs=jobs, progress=progress, limits=limits, cluster=cluster)
    if format == "json":
        render.result(json.dumps(added.to_dict(), indent=2))
    if not quiet:
        render.note(f"{render.ledger(added.documents)}; {added.new} new in the library")
        render.refused_lines(added.documents, verbose=verbose)
    refused = any(document.status == "refused" for document in added.documents)
    raise typer.Exit(INCOMPLETE if refused else NOTHING)


@app.command()
def query(
    library: options.LibraryArgument,
    paths: PathsArgument,
    method: options.MethodOption = "reuse",
    top: Annotated[
        int | None,
        typer.Option("--top", metavar="N", help="How many of the library's panels a similarity names [default: 10]"),
    ] = None,
    weights: options.WeightsOption = None,
    preprocess: options.PreprocessOption = None,
    format: options.FormatOption = "text",
    out: options.OutputOption = None,
    jobs: options.JobsOption = None,
    cluster: options.ClusterOption = None,
    password: options.PasswordOption = None,
    limit: options.LimitOption = None,
    exit_zero: options.ExitZeroOption = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Compare new documents with the library, and with nothing else; or rank its panels by a similarity."""
    options.refuse_counting(method)
    options.refuse_similarity_only(method, top=top)
    options.refuse_reuse_only(method, cluster=cluster)
    options.require_folder(out, "-o")
    limits = parse_limits(limit or (), password)
    if (ranked := ranking.asked(method, weights, preprocess)) is not None:
        wanted = ranking.Wanted(top, format, out, quiet, verbose)
        unread = ranking.rank_library(library, paths, ranked, wanted, jobs=jobs, limits=limits)
        raise typer.Exit(exit_status([], incomplete=unread))
    with render.progress(quiet=quiet) as progress:
        run = _library(library).query(paths, jobs=jobs, progress=progress, limits=limits, cluster=cluster)
    output.write(run, format, out)
    if not quiet:
        render.summary(run, verbose=verbose)
    refused = any(document.status == "refused" for document in run.documents)
    verdicts = [finding.verdict for finding in run.findings]
    raise typer.Exit(exit_status(verdicts, incomplete=refused or bool(run.failed), exit_zero=exit_zero))


@app.command("list")
def list_documents(
    library: options.LibraryArgument, format: TextOrJson = "text", verbose: options.VerboseOption = False
) -> None:
    """List the documents that the library holds: the beginning of the SHA-256, panels, when added, path."""
    documents = _library(library).list()
    if format == "json":
        render.result(json.dumps([document.to_dict() for document in documents], indent=2))
    elif documents:
        rows = [(each.id[:12], f"{each.panels} panels", each.added, each.path) for each in documents]
        render.table(rows)


@app.command()
def remove(
    library: options.LibraryArgument,
    documents: Annotated[
        list[str],
        typer.Argument(
            metavar="DOCUMENT...", help="Paths or beginnings of SHA-256, as list shows.", show_default=False
        ),
    ],
    purge: Annotated[bool, typer.Option("--purge", help="Leave no byte of them in the library's files.")] = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Remove documents from the library."""
    removed = _library(library).remove(documents, purge=purge)
    if not quiet:
        render.message(f"{removed} removed from {library}")


@app.command()
def verify(
    library: options.LibraryArgument,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Read everything in the library and name what has changed on the disk since it was stored."""
    rotten = _library(library).verify()
    for each in rotten:
        render.result(render.safe(each))
    if not quiet:
        render.message(f"{library}: {f'{len(rotten)} rotten' if rotten else 'everything is as it was stored'}")
    raise typer.Exit(INCOMPLETE if rotten else NOTHING)


@app.command()
def stats(
    library: options.LibraryArgument, format: TextOrJson = "text", verbose: options.VerboseOption = False
) -> None:
    """Say how much the library holds and what it takes on the disk."""
    found = _library(library).stats().to_dict()
    if format == "json":
        render.result(json.dumps(found, indent=2))
    else:
        render.table([(name, str(value)) for name, value in found.items() if name != "schema"])
