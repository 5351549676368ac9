"""`figecho panels FILE...`: how figures are taken apart, to look at and to correct."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from figecho.cli import options, render
from figecho.options import Limits, parse_limits

if TYPE_CHECKING:
    from figecho.types import Panel, Picture


def panels(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Figures and documents.", show_default=False)],
    draw: Annotated[
        Path | None, typer.Option("--draw", metavar="DIR", help="Draw the panels over the figures, into this folder.")
    ] = None,
    format: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print the panels.")] = "text",
    out: options.OutputOption = None,
    corrected: options.PanelsOption = None,
    password: options.PasswordOption = None,
    limit: options.LimitOption = None,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Show the panels that figures are taken apart into. Edit the JSON and give it to scan --panels to correct them."""
    from figecho.figures import to_dict

    options.require_folder(out, "-o")
    taken_apart = list(_take_apart(files, parse_limits(limit or (), password), corrected))
    if draw is not None:
        _draw(taken_apart, draw)
    if format == "json":
        render.data(json.dumps(to_dict(taken_apart), indent=2, ensure_ascii=False) + "\n", out)
    else:
        render.data("".join(f"{line}\n" for line in render.panel_lines(taken_apart)), out)
    if draw is not None and not quiet:
        render.message(f"drawn: {len(taken_apart)} pictures in {draw}")


def _take_apart(
    files: Sequence[str], limits: Limits, corrected: Path | None
) -> Iterator[tuple[Picture, tuple[Panel, ...]]]:
    from figecho.aside import read_aside
    from figecho.figures import AS_FOUND, load_corrections, take_apart
    from figecho.sources.open import parse_address

    corrections = AS_FOUND if corrected is None else load_corrections(corrected)
    for file in files:
        address = parse_address(file)
        for picture in read_aside(address.path, page=address.page, limits=limits):
            yield picture, take_apart(picture, corrections)


def _draw(taken_apart: Sequence[tuple[Picture, tuple[Panel, ...]]], folder: Path) -> None:
    from figecho.report.panels import draw_panels

    folder.mkdir(parents=True, exist_ok=True)
    for number, (picture, found) in enumerate(taken_apart, start=1):
        stem = re.sub(r"[^\w.-]+", "-", Path(picture.path).stem)[:60] or "picture"
        draw_panels(picture, found).save(folder / f"{number:03}_{stem}_{picture.index}.png")
