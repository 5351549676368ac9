"""Panel letters: which pieces of text are letters of panels, and which panel each belongs to.

A figure's letters are one set: of one style, starting at its beginning, without gaps. Anything else (categories of
a chart, marks of significance) fails that, and a set that fails it is given up rather than guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from figecho.panels.boxes import distance
from figecho.types import Box, Text

#: ``A``, ``a``, ``(a)``, ``a)``, ``A.``, ``A'`` and Roman numerals; brackets are dropped, primes kept.
LETTER = re.compile(r"[(\[]?([A-Za-z]|[ivx]{2,5}|[IVX]{2,5})(['′’]*)[)\].:,]?")
#: A letter stands within this many of its heights of its panel's top left corner, inside or outside.
REACH = 3.0
#: A gap in a set of letters is forgiven where at least this share of the whole run was read.
COMPLETE = 0.75
#: Letters of one figure have one size: heights within this factor of their median.
SAME_SIZE = 1.7
#: How much farther a row of panels is than a column, when panels without a letter look for theirs.
DOWNWARD = 1.5
_ROMAN = {"i": 1, "v": 5, "x": 10}


@dataclass(frozen=True)
class Letter:
    """A panel letter, ``D``, ``d``, ``A'`` or ``iv``, and its box in the picture."""

    text: str
    box: Box


def letters_among(texts: Iterable[Text], parts: Sequence[Box] = ()) -> tuple[Letter, ...]:
    """The pieces of text that are the figure's panel letters; none where they make no consistent set.

    Of several consistent sets (panel letters and the categories of a chart) the one with the most letters at the top
    left corners of ``parts`` is meant, and the longest where that does not decide.
    """
    found = [letter for text in texts if (letter := read_letter(text)) is not None]
    sets = [tuple(chosen) for order in _ORDERS for chosen in [_run(found, order, parts)] if chosen]
    return max(sets, key=lambda letters: (_anchored(letters, parts), len(letters)), default=())


def read_letter(text: Text) -> Letter | None:
    """The panel letter that a piece of text may be."""
    shape = LETTER.fullmatch(text.text.strip())
    if shape is None:
        return None
    x, y, width, height = text.bbox
    primes = "'" * len(shape[2])
    return Letter(shape[1] + primes, (round(x), round(y), max(1, round(width)), max(1, round(height))))


def assign(parts: Sequence[Box], letters: Sequence[Letter]) -> list[str | None]:
    """The letter of each panel: the one at its corner, else the nearest one to its left and above.

    The parts of a lettered group (a grid of micrographs, stacked strips) share its letter.
    """
    own = _anchors(parts, letters)
    return [own.get(index) or _nearest_before(part, letters) for index, part in enumerate(parts)]


# ---- sets of letters ---------------------------------------------------------------------------------------------


def _upper(letter: str) -> int | None:
    return ord(letter[0]) - ord("A") if len(letter.rstrip("'")) == 1 and letter[0].isupper() else None


def _lower(letter: str) -> int | None:
    return ord(letter[0]) - ord("a") if len(letter.rstrip("'")) == 1 and letter[0].islower() else None


def _roman(letter: str) -> int | None:
    plain = letter.rstrip("'")
    if plain != letter or not plain.islower() or set(plain) - set(_ROMAN):
        return None
    values = [_ROMAN[character] for character in plain]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs) - 1


def _upper_roman(letter: str) -> int | None:
    return _roman(letter.lower()) if letter.isupper() else None


#: Ways to count panels, each giving a letter's place from 0, or None for what is no letter of it.
_ORDERS: tuple[Callable[[str], int | None], ...] = (_upper, _lower, _roman, _upper_roman)


def _run(found: Sequence[Letter], order: Callable[[str], int | None], parts: Sequence[Box]) -> list[Letter]:
    """The letters of one order that make a set: of one size, from its beginning, nearly without gaps."""
    of_order = [letter for letter in found if order(letter.text) is not None]
    if not of_order:
        return []
    usual = median(letter.box[3] for letter in of_order)
    of_order = [letter for letter in of_order if usual / SAME_SIZE <= letter.box[3] <= usual * SAME_SIZE]
    chosen: dict[str, Letter] = {}
    for letter in sorted(of_order, key=lambda letter: _to_corner(letter, parts)):
        chosen.setdefault(letter.text, letter)
    places = {order(text) for text in chosen}
    length = max(place for place in places if place is not None) + 1
    complete = 0 in places and len(places) >= COMPLETE * length and length > 1
    return sorted(chosen.values(), key=lambda letter: (order(letter.text) or 0, letter.text)) if complete else []


def _anchored(letters: Sequence[Letter], parts: Sequence[Box]) -> int:
    return sum(_to_corner(letter, parts) <= REACH * letter.box[3] for letter in letters)


def _to_corner(letter: Letter, parts: Sequence[Box]) -> float:
    return min((corner_distance(letter.box, part) for part in parts), default=0.0)


# ---- letters and panels ------------------------------------------------------------------------------------------


def corner_distance(letter: Box, part: Box) -> float:
    """How far a letter is from the top left corner of a panel, pixels; inside the panel or before it."""
    x, y = letter[0] + letter[2] / 2, letter[1] + letter[3] / 2
    return max(abs(x - part[0]), abs(y - part[1]))


def _anchors(parts: Sequence[Box], letters: Sequence[Letter]) -> dict[int, str]:
    """Panels by index whose own letter stands at their corner; each letter and each panel once, the closest first."""
    pairs = sorted(
        (corner_distance(letter.box, part), index, letter.text)
        for letter in letters
        for index, part in enumerate(parts)
        if corner_distance(letter.box, part) <= REACH * letter.box[3] or distance(letter.box, part) == 0
    )
    own: dict[int, str] = {}
    for _, index, text in pairs:
        if index not in own and text not in own.values():
            own[index] = text
    return own


def _nearest_before(part: Box, letters: Sequence[Letter]) -> str | None:
    """The nearest letter that does not stand to the right of a panel's middle or below it."""
    before = [
        (max(0, part[0] - letter.box[0]) + DOWNWARD * max(0, part[1] - letter.box[1]), letter.text)
        for letter in letters
        if letter.box[0] < part[0] + part[2] / 2 and letter.box[1] < part[1] + part[3] / 2
    ]
    return min(before, default=(0.0, None))[1]
