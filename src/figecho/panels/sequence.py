"""Recognised panel letters put right by their order: along the panels they count A, B, C, or i, ii, iii.

What was read at each panel is uncertain (an ``l`` reads as ``1``, a cell as ``O``). The chain of readings that counts
up best, with few letters missing, is the figure's lettering; a single gap in it is filled by the mark that stands
there, whatever it was read as.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from figecho.panels.labels import Letter
from figecho.types import Box, Text

#: What a missing letter costs, in letters found, and how many may be missing in a row.
MISSING = 0.55
MOST_MISSING = 3
#: What a letter found is worth that was read as one of its look-alikes, of 1.
LOOKS_ALIKE = 0.8
#: A chain counts when it has at least this share of the letters up to its last, and two of them.
COMPLETE = 0.66
#: To know where a figure's letters stand, this share is enough.
ENOUGH = 0.4
#: Heights of one figure's letters are within this factor of their median.
SAME_SIZE = 1.8
#: Letters that have one shape in both cases say nothing of the figure's case.
SAME_IN_BOTH_CASES = frozenset("cosuvwxzpk")
#: What a single character may be besides what it was read as.
LOOK_ALIKES = {"1": "li", "|": "li", "l": "i", "i": "lj", "0": "o", "8": "b", "6": "gb", "9": "g", "5": "s", "2": "z"}
LOOK_ALIKES |= {"日": "b", "口": "o", "【": "c", "q": "g", "一": "", "3": "b", "4": "a", "丁": "t", "f": "t"}
LOOK_ALIKES |= {"Δ": "a", "Λ": "a"}
LABEL = re.compile(r"[(\[（]?(.*?)(['′’`‘]*)[)\]）.:,。]{0,2}")
_ROMAN: tuple[str, ...] = (
    "i",
    "ii",
    "iii",
    "iv",
    "v",
    "vi",
    "vii",
    "viii",
    "ix",
    "x",
    "xi",
    "xii",
    "xiii",
    "xiv",
    "xv",
    "xvi",
    "xvii",
)
_ROMAN += ("xviii", "xix", "xx", "xxi", "xxii", "xxiii", "xxiv", "xxv")


@dataclass(frozen=True)
class Reading:
    """One way to take what was read at a panel: as the ``place``-th letter (from 0) with so many primes.

    ``worth`` is 1 for a letter taken as it was read, less for a look-alike.
    """

    panel: int
    place: int
    primes: int
    text: str
    box: Box
    worth: float = 1.0


#: The places that a text may stand for, and what each is worth.
Numbering = Callable[[str], Iterator[tuple[int, float]]]


def lettering(read: Sequence[Sequence[Text]], complete: float = COMPLETE) -> tuple[Letter, ...]:
    """The letters of a figure from what was read at each of its panels, these in reading order; none if unsure.

    ``complete`` is the share of the letters up to the last that must have been read.
    """
    chains = [(chain, numbering) for numbering in (_alphabet, _roman) if (chain := _chain(read, numbering, complete))]
    if not chains:
        return ()
    chain, numbering = max(chains, key=lambda found: _worth(found[0]))
    small = _is_small(chain) if numbering is _alphabet else True
    return tuple(_letter(reading, numbering, small=small) for reading in _filled(chain, read))


def _chain(read: Sequence[Sequence[Text]], numbering: Numbering, complete: float) -> list[Reading]:
    """The best chain of readings of one size; empty where too much is missing."""
    readings = [
        reading for panel, texts in enumerate(read) for text in texts for reading in _ways(panel, text, numbering)
    ]
    chain = _best(readings)
    if not chain:
        return []
    usual = median(reading.box[3] for reading in chain)
    alike = [reading for reading in readings if usual / SAME_SIZE <= reading.box[3] <= usual * SAME_SIZE]
    chain = _best(alike)
    places = {reading.place for reading in chain}
    return chain if len(places) >= max(2, complete * (max(places, default=0) + 1)) else []


def _best(readings: list[Reading]) -> list[Reading]:
    """The chain that counts up with the most readings, taken as they were read, and the fewest missing."""
    worth: list[float] = []
    before: list[int | None] = []
    for index, reading in enumerate(readings):
        starts = reading.worth - MISSING * reading.place if reading.place <= 1 and not reading.primes else float("-inf")
        worth.append(starts)
        before.append(None)
        for earlier in range(index):
            missing = _missing(readings[earlier], reading)
            if missing is None:
                continue
            following = worth[earlier] + reading.worth - MISSING * missing
            if following > worth[index]:
                worth[index], before[index] = following, earlier
    chain: list[Reading] = []
    last = max(range(len(readings)), key=lambda index: worth[index], default=None)
    while last is not None and worth[last] > float("-inf"):
        chain.append(readings[last])
        last = before[last]
    return chain[::-1]


def _missing(earlier: Reading, later: Reading) -> int | None:
    """How many letters are missing between two readings; None where the later one cannot follow."""
    if later.panel <= earlier.panel:
        return None
    if later.place == earlier.place:
        return 0 if later.primes == earlier.primes + 1 else None
    between = later.place - earlier.place - 1
    return between + later.primes if between >= 0 and between + later.primes <= MOST_MISSING else None


def _ways(panel: int, text: Text, numbering: Numbering) -> Iterator[Reading]:
    shape = LABEL.fullmatch(text.text.strip())
    if shape is None or not shape[1]:
        return
    for place, worth in numbering(shape[1]):
        yield Reading(panel, place, len(shape[2]), shape[1], _whole(text), worth)


def _alphabet(core: str) -> Iterator[tuple[int, float]]:
    if len(core) != 1:
        return
    plain = unicodedata.normalize("NFKD", core.casefold())[:1]  # a speck over a letter reads as an accent
    alike = LOOK_ALIKES.get(core, "") + LOOK_ALIKES.get(core.casefold(), "")
    for character in dict.fromkeys(plain + alike):
        if "a" <= character <= "z":
            yield ord(character) - ord("a"), 1.0 if character == plain else LOOKS_ALIKE


def _roman(core: str) -> Iterator[tuple[int, float]]:
    plain = re.sub(r"[1l|!ij]", "i", core.casefold())
    if plain in _ROMAN:
        yield _ROMAN.index(plain), 1.0 if plain == core.casefold() else LOOKS_ALIKE


def _worth(chain: list[Reading]) -> float:
    return sum(reading.worth for reading in chain)


def _is_small(chain: list[Reading]) -> bool:
    """Whether most letters of a chain that tell the case are small ones."""
    telling = [r.text for r in chain if r.text.isalpha() and r.text.casefold() not in SAME_IN_BOTH_CASES]
    return sum(text.islower() for text in telling) > len(telling) / 2


def _filled(chain: list[Reading], read: Sequence[Sequence[Text]]) -> list[Reading]:
    """The chain, and in its gaps the marks of the right size between their neighbours, where as many stand there."""
    usual = median(reading.box[3] for reading in chain)
    filled = _between(-1, -1, chain[0], read, usual)
    for earlier, later in zip(chain, [*chain[1:], None], strict=True):
        filled.append(earlier)
        if later is not None and not later.primes:
            filled += _between(earlier.panel, earlier.place, later, read, usual)
    return filled


def _between(panel: int, place: int, later: Reading, read: Sequence[Sequence[Text]], usual: float) -> list[Reading]:
    """The letters missing after a panel with the letter of a ``place``, read as something else; one for each."""
    missing = range(place + 1, later.place)
    marks = [(other, mark) for other in range(panel + 1, later.panel) if (mark := _nearest_size(read[other], usual))]
    if len(marks) < len(missing) or (len(marks) > len(missing) > 1):
        return []
    marks = sorted(marks, key=lambda found: abs(found[1].bbox[3] - usual))[: len(missing)]
    return [
        Reading(other, place, 0, mark.text, _whole(mark))
        for place, (other, mark) in zip(missing, sorted(marks, key=lambda found: found[0]), strict=True)
    ]


def _nearest_size(texts: Sequence[Text], usual: float) -> Text | None:
    alike = [text for text in texts if usual / SAME_SIZE <= text.bbox[3] <= usual * SAME_SIZE]
    return min(alike, key=lambda text: abs(text.bbox[3] - usual), default=None)


def _whole(text: Text) -> Box:
    x, y, width, height = text.bbox
    return round(x), round(y), round(width), round(height)


def _letter(reading: Reading, numbering: Numbering, *, small: bool) -> Letter:
    core = _ROMAN[reading.place] if numbering is _roman else chr(ord("a") + reading.place)
    return Letter((core if small else core.upper()) + "'" * reading.primes, reading.box)
