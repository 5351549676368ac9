"""How papers name their figures: the start of a caption, in the spellings and languages that journals use."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Words for "Figure" that captions begin with: English, German, French, Spanish, Italian, Portuguese, Russian, CJK.
_FIGURE = r"figures?|figs?\.?|abbildung|abb\.?|figuras?|schemes?|рисунок|рис\.?|图|圖|図"
#: What stands before it and makes another series of numbers. The key is the spelling that figecho uses.
_SERIES = {
    "Extended Data Fig": r"extended\s+data|ext(?:ended)?\.?\s*data|ED",
    "Supplementary Fig": r"supplement(?:ary|al)|suppl?\.?|supporting(?:\s+information)?|SI|online",
    "Appendix Fig": r"appendix|app\.",
}
_START = re.compile(
    rf"""^[\s\W]{{0,3}}(?:(?P<series>{"|".join(_SERIES.values())})\s*)?
    (?P<word>{_FIGURE})\s*
    (?P<number>[A-Z]{{0,2}}[.\-]?\d{{1,3}}(?:\.\d{{1,2}})?|[IVX]{{1,5}}(?![A-Za-z]))
    (?:\s*[-–—]+\s*(?:figure\s+)?supplement\s+(?P<supplement>\d{{1,2}}))?
    (?P<after>.*)$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_TABLE = re.compile(
    r"^\W{0,3}(?:(?:extended data|supplementary)\s+)?tab(?:le|\.|elle)\s*[A-Z]?\.?[\dIVX]+", re.IGNORECASE
)
#: "Figure 3. ", "Figure 3:", "Fig 3 |", "Figure 3 – ", "Figure 3)": what sets a caption's name apart from its text.
_SEPARATED = re.compile(r"^\s*(?:\((?:cont|continued)[^)]*\)|[.:|)\]]|[-–—]\s|,?\s*cont(?:inued|\.))", re.IGNORECASE)
#: "Figure 3 Growth of ...": a capital, an opening bracket or a Chinese sign, without a separator.
_CAPITAL = re.compile(r"^\s+[(\"“]?[A-Z0-9\u3000-\uffff]")
#: "Figure 3 shows", "Figures 3 and 4", "Fig. 3A, B": sentences that only speak of a figure.
_REFERRING = re.compile(
    r"^\s*(?:[a-z]?\s*(?:and|or|to|,|;|&)\s|[A-Za-z]{1,2}(?:\s*[-–,]\s*[A-Za-z])?[).,;]?\s+[a-z]|\)|[a-z])"
)


@dataclass(frozen=True)
class CaptionStart:
    """The beginning of a line that may begin a caption.

    ``name`` is the figure as figecho writes it: "Fig 3", "Fig S4", "Extended Data Fig 2", "Scheme 1".
    ``separated`` says that the name is set apart ("Figure 3."), which sentences seldom do; ``bare`` that nothing
    follows it, as above a figure that has a page of its own.
    """

    name: str
    separated: bool
    bare: bool


def caption_start(line: str) -> CaptionStart | None:
    """What figure a line of text names at its beginning as captions do; None where it does not.

    >>> caption_start("Supplementary Figure 1 | Growth").name
    'Supplementary Fig 1'
    """
    found = _START.match(line)
    if found is None:
        return None
    after = found["after"]
    bare = not after.strip(" .:|)")
    separated = bool(_SEPARATED.match(after))
    if not (bare or separated or (_CAPITAL.match(after) and not _REFERRING.match(after))):
        return None
    return CaptionStart(_name(found), separated, bare)


def is_table_caption(line: str) -> bool:
    """Whether a line begins the caption of a table ("Table 2. ..."), whose rules are no figure."""
    return bool(_TABLE.match(line))


def _name(found: re.Match[str]) -> str:
    number = found["number"].upper().replace(" ", "").replace(".-", "-")
    number = re.sub(r"^([A-Z]+)[.\-](?=\d)", r"\1", number)
    base = "Scheme" if found["word"].lower().startswith("scheme") else "Fig"
    series = found["series"]
    if series is not None and not number[:1].isalpha():  # "Supplementary Figure S1" is Fig S1
        known = (name for name, spelling in _SERIES.items() if re.fullmatch(spelling, series, re.IGNORECASE))
        base = next(known).replace("Fig", base)
    supplement = found["supplement"]
    return f"{base} {number}" + (f" supplement {supplement}" if supplement else "")
