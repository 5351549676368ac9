"""`figecho compare A B`: do two pictures share content? `figecho compare A`: does a piece of A occur twice?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from figecho.cli import options, ranking, render
from figecho.cli.exits import exit_status
from figecho.cli.within import look_inside, refuse_for_one
from figecho.errors import OptionError
from figecho.options import parse_limits

View = Literal["matches", "side", "overlay", "difference"]
PICTURE = "Image file or document; paper.pdf#page=2 picks a page."


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help=PICTURE, show_default=False)],
    b: Annotated[
        str | None, typer.Argument(metavar="[B]", help="The same. Without B: look inside A alone.", show_default=False)
    ] = None,
    method: options.MethodOption = "reuse",
    ratio: options.RatioOption = None,
    top: options.TopOption = None,
    draw: Annotated[Path | None, typer.Option("--draw", metavar="OUT.png", help="Draw the evidence here.")] = None,
    mask: Annotated[
        Path | None,
        typer.Option("--mask", metavar="OUT.png", help="Without B: write where pieces of A occur twice, as a mask."),
    ] = None,
    view: Annotated[
        View | None, typer.Option("--view", help="What to draw [default: side; matches for classical methods]")
    ] = None,
    format: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print the result.")] = "text",
    weights: options.WeightsOption = None,
    preprocess: options.PreprocessOption = None,
    profile: options.ProfileOption = None,
    password: options.PasswordOption = None,
    limit: options.LimitOption = None,
    salvage: options.SalvageOption = False,
    exit_zero: options.ExitZeroOption = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Compare two pictures and say whether they share content; or look for copies inside one."""
    options.refuse_classical_only(method, top=top)
    options.refuse_reuse_only(method, profile=profile)
    options.refuse_matching_only(method, ratio=ratio)
    options.require_together("view", view, "draw", draw)
    options.require_picture_file(draw, "--draw")
    options.require_picture_file(mask, "--mask")
    limits = parse_limits(limit or (), password, salvage=salvage)
    if b is None:
        refuse_for_one(method, ratio=ratio, weights=weights, preprocess=preprocess or None)
        found_inside = look_inside(
            *(a, draw, view, mask, format),
            *(profile or "balanced", limits),
            quiet=quiet,
        )
        damaged = found_inside.picture.damage is not None
        raise typer.Exit(exit_status([found_inside.verdict], incomplete=damaged, exit_zero=exit_zero))
    if mask is not None:
        raise OptionError("--mask shows copies inside one picture; name A alone")

    from figecho.aside import read_aside
    from figecho.compare import Comparison, SimilarityComparison
    from figecho.compare import compare as compare_pictures
    from figecho.work.settle import keep_memory

    keep_memory()
    if (ranked := ranking.asked(method, weights, preprocess)) is not None:
        ranking.fetch_weights(ranked, quiet=quiet)
    top = 50 if top is None else top
    found = compare_pictures(
        *(a, b),
        method=method,
        ratio=ratio,
        top=top,
        profile=profile or "balanced",
        weights=weights,
        preprocess=preprocess or (),
        limits=limits,
        reader=read_aside,
    )
    if draw is not None:
        (found.draw(view) if view else found.draw()).save(draw)
    if format == "json":
        render.data(json.dumps(found.to_dict(), indent=2, ensure_ascii=False) + "\n", None)
    elif isinstance(found, Comparison):
        render.comparison(found, a, b)
    elif isinstance(found, SimilarityComparison):
        render.similarity(found, a, b)
    else:
        render.counts(found, a, b)
    if not quiet and not isinstance(found, Comparison):  # whose reasons say so
        render.damages(found.a, found.b)
    if draw is not None and not quiet:
        render.message(f"drawn: {draw}")
    damaged = any(picture.damage is not None for picture in (found.a, found.b))
    raise typer.Exit(exit_status([found.verdict], incomplete=damaged, exit_zero=exit_zero))
