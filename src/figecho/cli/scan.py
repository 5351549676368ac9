"""`figecho scan PATH...`: which of these pictures share content?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from figecho.cli import drawings, options, output, ranking, render
from figecho.cli.exits import USAGE, exit_status
from figecho.options import CLASSICAL_METHODS, ClassicalOptions, is_similarity, parse_limits

if TYPE_CHECKING:
    from figecho.results import ScanResult
    from figecho.scan.classical import ClassicalRun
    from figecho.types import Run


def scan(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders.", show_default=False)],
    method: options.MethodOption = "reuse",
    ratio: options.RatioOption = None,
    top: options.TopOption = None,
    draw: Annotated[
        Path | None, typer.Option("--draw", metavar="DIR", help="Draw every finding (or pair) into this folder.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE.html", help="Write a self-contained report.")
    ] = None,
    format: options.FormatOption = "text",
    out: options.OutputOption = None,
    jobs: options.JobsOption = None,
    weights: options.WeightsOption = None,
    preprocess: options.PreprocessOption = None,
    profile: options.ProfileOption = None,
    no_within: Annotated[
        bool, typer.Option("--no-within", help="Do not look for copies inside single panels.")
    ] = False,
    against: options.AgainstOption = None,
    only_against: Annotated[
        bool, typer.Option("--only-against", help="Compare with the library alone, not the new ones with each other.")
    ] = False,
    panels: options.PanelsOption = None,
    cluster: options.ClusterOption = None,
    password: options.PasswordOption = None,
    limit: options.LimitOption = None,
    salvage: options.SalvageOption = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 2 where any document was refused.")] = False,
    exit_zero: options.ExitZeroOption = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Compare all pictures in files and folders with each other."""
    options.refuse_classical_only(method, ratio=ratio, top=None if is_similarity(method) else top)
    options.refuse_reuse_only(method, **{"profile": profile, "cluster": cluster, "no-within": no_within or None})
    options.refuse_reuse_only(method, **{"against": against, "only-against": only_against or None, "panels": panels})
    options.refuse_reuse_only("reuse" if is_similarity(method) else method, report=report)
    options.require_folder(report, "--report")
    options.require_folder(out, "-o")
    limits = parse_limits(limit or (), password, salvage=salvage)
    if (ranked := ranking.asked(method, weights, preprocess)) is not None:
        wanted = ranking.Wanted(top, format, out, quiet, verbose)
        unread = ranking.rank(paths, ranked, wanted, draw=draw, report=report, jobs=jobs, limits=limits)
        raise typer.Exit(USAGE if strict and unread else exit_status([], incomplete=unread))
    with render.progress(quiet=quiet) as progress:
        if method in CLASSICAL_METHODS:
            chosen = ClassicalOptions(method, 0.75 if ratio is None else ratio, 50 if top is None else top)
            done: Run | ClassicalRun = _count(paths, chosen, draw, jobs=jobs, progress=progress, limits=limits)
        else:
            reuse: dict[str, Any] = {"limits": limits, "profile": profile, "cluster": cluster}
            reuse |= {"look_within": not no_within, "against": against, "only_against": only_against, "panels": panels}
            done = _find(paths, draw, report, jobs=jobs, progress=progress, **reuse)
    output.write(done, format, out)
    if not quiet:
        render.summary(done, verbose=verbose)
    verdicts = [finding.verdict for finding in getattr(done, "findings", ())]
    refused = any(document.status == "refused" for document in done.documents)
    incomplete = refused or any(document.damaged for document in done.documents) or bool(done.failed)
    raise typer.Exit(USAGE if strict and refused else exit_status(verdicts, incomplete=incomplete, exit_zero=exit_zero))


def _count(paths: list[str], chosen: ClassicalOptions, draw: Path | None, **options: Any) -> ClassicalRun:
    """The classical folder loop: a count, and a picture where asked for, per pair."""
    from figecho.scan.classical import scan_classical

    return scan_classical(paths, chosen, draw=draw, **options)


def _find(paths: list[str], draw: Path | None, report: Path | None, **options: Any) -> Run:
    """The default method, with the options of `figecho.scan`; drawings and the report where asked for."""
    from figecho.api import scan as scan_documents

    run: ScanResult = scan_documents(paths, **options)
    if draw is not None:
        drawings.draw_findings(run, draw)
    if report is not None:
        run.report(report)
    return run
