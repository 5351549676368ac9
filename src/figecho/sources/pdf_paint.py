"""Whether what a PDF paints can be seen: colours only as far as they are white, and layers that are switched off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pikepdf

#: The operators that choose a device colour to fill with; their capitals choose one for strokes.
DEVICE_COLOURS = {"g": "/DeviceGray", "rg": "/DeviceRGB", "k": "/DeviceCMYK"}
#: Families in which the greatest values are white, and those in which 0 is no ink at all.
_ADDITIVE = frozenset(["/DeviceGray", "/CalGray", "/G", "/DeviceRGB", "/CalRGB", "/RGB"])
_SUBTRACTIVE = frozenset(["/DeviceCMYK", "/CMYK", "/Separation", "/DeviceN"])


@dataclass(frozen=True)
class Paint:
    """A current colour, as far as it matters: the family of its space, and whether it is white or invisible."""

    family: str = "/DeviceGray"
    white: bool = False
    clear: bool = False


def family_of(space: Any) -> str:
    """The family of a colour space, ICC profiles being taken for the device spaces that they stand for."""
    if not isinstance(space, pikepdf.Array):
        return str(space)
    if space[0] == "/ICCBased":
        return {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}.get(int(space[1].N), "/ICCBased")
    return str(space[0])


def painted(paint: Paint, operands: Sequence[Any]) -> Paint:
    """The paint with the colour that these components make in its space."""
    values = [float(value) for value in operands if not isinstance(value, pikepdf.Name)]
    if paint.family in _ADDITIVE:
        return replace(paint, white=bool(values) and min(values) >= 1)
    return replace(paint, white=paint.family in _SUBTRACTIVE and bool(values) and max(values) <= 0)


def hidden_layers(pdf: pikepdf.Pdf) -> frozenset[tuple[int, int]]:
    """Object numbers of the optional content groups that the document's default view switches off."""
    try:
        properties = pdf.Root["/OCProperties"]
        default = properties["/D"]
        off = {group.objgen for group in default.get("/OFF", pikepdf.Array())}
        if default.get("/BaseState") == "/OFF":
            on = {group.objgen for group in default.get("/ON", pikepdf.Array())}
            off |= {group.objgen for group in properties.get("/OCGs", pikepdf.Array())} - on
    except (KeyError, TypeError, AttributeError):  # none, or broken ones: everything is shown
        return frozenset()
    return frozenset(off)


def is_hidden(group: Any, hidden: frozenset[tuple[int, int]]) -> bool:
    """Whether an optional content group, or all the groups of a membership dictionary, are switched off."""
    if group.get("/Type") != "/OCMD":
        return group.objgen in hidden
    groups = group.get("/OCGs", pikepdf.Array())
    members = list(groups) if isinstance(groups, pikepdf.Array) else [groups]
    return bool(members) and all(member.objgen in hidden for member in members)
