"""`figecho compare A`: does a piece of this picture occur in it twice?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figecho.cli import render
from figecho.errors import OptionError

if TYPE_CHECKING:
    from figecho.inside import Inside
    from figecho.options import Limits


def refuse_for_one(method: str, **given: Any) -> None:
    """Options that need a second picture must not be ignored in silence."""
    if method != "reuse":
        raise OptionError(f"--method {method} compares two pictures; name B as well")
    for name, value in given.items():
        if value is not None:
            raise OptionError(f"--{name} needs two pictures; name B as well")


def look_inside(
    a: str,
    draw: Path | None,
    view: str | None,
    mask: Path | None,
    format: str,
    profile: str,
    limits: Limits,
    *,
    quiet: bool,
) -> Inside:
    """Look inside one picture, and print and draw what was found."""
    from figecho.aside import read_aside
    from figecho.inside import look_inside as look

    found = look(a, profile=profile, limits=limits, reader=read_aside)
    if draw is not None:
        found.draw(view or "within").save(draw)
    if mask is not None:
        found.mask_picture().save(mask)
    if format == "json":
        render.data(json.dumps(found.to_dict(), indent=2, ensure_ascii=False) + "\n", None)
    else:
        render.within(found)
    if not quiet:
        for file in (draw, mask):
            if file is not None:
                render.message(f"drawn: {file}")
    return found
