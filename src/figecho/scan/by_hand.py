"""Two boxes that a person drew on two pictures → a finding, whatever the verdict on it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from figecho.compare import examine
from figecho.errors import OptionError
from figecho.features.sift import extract
from figecho.match.verdict import unless_damaged
from figecho.options import ReuseOptions
from figecho.panels.split import panel_of
from figecho.scan.group import fingerprint
from figecho.types import Added, Box, Finding, Occurrence, Panel, Picture

#: A box below this has nothing in it that could be compared, pixels.
SMALLEST_SIDE = 16


@dataclass(frozen=True, eq=False)
class Drawn:
    """A box on a picture, in pixels of it, and what the panel is called that it was drawn in, if it has a name."""

    picture: Picture
    box: Box
    panel: str | None = None


def compare_by_hand(a: Drawn, b: Drawn, options: ReuseOptions, *, id: str, reviewer: str | None) -> Finding:
    """Compare what is in two boxes, and make it a finding of kind ``between-panels`` that says who added it.

    Raises
    ------
    OptionError : a box is too small or leaves its picture, or the two overlap in the same picture.
    """
    _check(a, "first")
    _check(b, "second")
    if a.picture.content == b.picture.content and _overlap(a.box, b.box):
        raise OptionError("the two boxes overlap in the same picture, which is no reuse; draw two that are apart")
    first, second = _panel(a), _panel(b)
    evidence, judgement = examine(extract(first.pixels, options), extract(second.pixels, options), options)
    places = (first.occurrence, second.occurrence)
    judgement = unless_damaged(judgement, *((place.name, place.damage) for place in places))
    added = Added(reviewer, datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"))
    name = fingerprint("between-panels", *places, evidence)
    return Finding(id, name, "between-panels", *places, judgement, evidence, added=added)


def _check(drawn: Drawn, which: str) -> None:
    x, y, width, height = drawn.box
    if min(width, height) < SMALLEST_SIDE:
        raise OptionError(f"the {which} box is {width} × {height} pixels; draw at least {SMALLEST_SIDE} each way")
    if min(x, y) < 0 or x + width > drawn.picture.width or y + height > drawn.picture.height:
        size = f"{drawn.picture.width} × {drawn.picture.height}"
        raise OptionError(f"the {which} box leaves its picture, which is {size} pixels")


def _overlap(a: Box, b: Box) -> bool:
    return all(a[i] < b[i] + b[i + 2] and b[i] < a[i] + a[i + 2] for i in (0, 1))


def _panel(drawn: Drawn) -> Panel:
    panel = panel_of(drawn.picture, drawn.box, drawn.panel, "image")
    return replace(panel, occurrence=_part_of(drawn.picture, panel.occurrence))


def _part_of(picture: Picture, place: Occurrence) -> Occurrence:
    return place if place.content == picture.content else replace(place, source=picture.content)
