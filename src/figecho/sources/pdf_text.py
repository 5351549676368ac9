"""A page's text layer → words, lines and blocks with their places, in display points."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from figecho.sources.pdf_geometry import Affine, Rect, bounds, union

#: A gap wider than this many heights of the letters separates words even without a space, and a wider one lines
#: (columns, cells of a table, labels of an axis).
WORD_GAP = 0.7
LINE_GAP = 1.6
#: Lines of a paragraph stand at most this many line heights apart; long lines in one font may be double spaced.
BLOCK_GAP = 0.9
DOUBLE_SPACED = 2.6
LONG_LINE = 40
#: A page with more characters than this is no manuscript; the rest is left out.
MAX_CHARACTERS = 200_000


@dataclass(frozen=True)
class Word:
    """A word and its place; ``size`` is the font's size in points. ``level`` is False for text that is turned."""

    text: str
    box: Rect
    size: float
    level: bool


@dataclass(frozen=True)
class Line:
    """Words that are read together."""

    words: tuple[Word, ...]
    box: Rect
    size: float

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True)
class Block:
    """Lines that stand together, as in a paragraph or a caption."""

    lines: tuple[Line, ...]
    box: Rect

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def running(self) -> bool:
        """Whether this is running text rather than labels: long enough lines, as columns have."""
        letters = sum(len(line.text) for line in self.lines)
        return letters >= 60 and letters / len(self.lines) >= 22


def read_words(page: pypdfium2.PdfPage, to_display: Affine, canvas: Rect) -> tuple[Word, ...]:
    """The words of the text layer that lie on the visible page, in the order of the content stream."""
    text_page = page.get_textpage()
    try:
        return tuple(word for word in _words(text_page.raw, to_display) if word.box.share_in(canvas) > 0.5)
    finally:
        text_page.close()


def _words(raw: pdfium.FPDF_TEXTPAGE, to_display: Affine) -> Iterator[Word]:
    letters: list[Word] = []
    for letter in _letters(raw, to_display):
        if letters and (letter is None or not _continues(letters[-1], letter)):
            yield _joined(letters)
            letters = []
        if letter is not None:
            letters.append(letter)
    if letters:
        yield _joined(letters)


def _letters(raw: pdfium.FPDF_TEXTPAGE, to_display: Affine) -> Iterator[Word | None]:
    """Every character as a word of its own; None for white space."""
    left, right, low, high = (ctypes.c_double() for _ in range(4))
    for index in range(min(MAX_CHARACTERS, pdfium.FPDFText_CountChars(raw))):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        sign = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
        if not sign.strip() or not sign.isprintable():
            yield None
            continue
        if not pdfium.FPDFText_GetCharBox(raw, index, left, right, low, high):
            continue
        box = bounds(to_display, Rect(left.value, low.value, right.value, high.value))
        angle = pdfium.FPDFText_GetCharAngle(raw, index) if index else 0.0
        yield Word(sign, box, float(pdfium.FPDFText_GetFontSize(raw, index)), abs(angle) < 0.2)


def _continues(before: Word, letter: Word) -> bool:
    """Whether a letter belongs to the same word as the one before it."""
    height = max(before.box.height, letter.box.height, 0.5 * min(letter.size, 30.0), 1.0)
    if before.level != letter.level:
        return False
    if not before.level:  # turned text: near is enough
        gap = before.box.grown(WORD_GAP * height) & letter.box
        return gap.right >= gap.left and gap.bottom >= gap.top
    gap_x = letter.box.left - before.box.right
    apart = max(letter.box.top - before.box.bottom, before.box.top - letter.box.bottom)
    return -height < gap_x < WORD_GAP * height and apart < 0.3 * height


def _joined(letters: Sequence[Word]) -> Word:
    text = "".join(letter.text for letter in letters)
    return Word(text, union(letter.box for letter in letters), letters[0].size, letters[0].level)


def lines_of(words: Sequence[Word]) -> tuple[Line, ...]:
    """Words that follow each other on one baseline, without a gap as between columns; turned words each for itself."""
    lines: list[list[Word]] = []
    for word in words:
        if lines and _same_line(lines[-1][-1], word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return tuple(Line(tuple(line), union(word.box for word in line), _median_size(line)) for line in lines)


def _same_line(before: Word, word: Word) -> bool:
    if not (before.level and word.level):
        return False
    height = max(before.box.height, word.box.height, 1.0)
    overlap = min(before.box.bottom, word.box.bottom) - max(before.box.top, word.box.top)
    gap = word.box.left - before.box.right
    return overlap > -0.25 * min(before.box.height, word.box.height) and -0.5 * height < gap < LINE_GAP * height


def _median_size(words: Sequence[Word]) -> float:
    return sorted(word.size for word in words)[len(words) // 2]


def blocks_of(lines: Sequence[Line]) -> tuple[Block, ...]:
    """Lines that follow each other downwards with the leading of a paragraph."""
    blocks: list[list[Line]] = []
    for line in lines:
        if blocks and _same_block(blocks[-1], line):
            if len(blocks[-1]) == 2 and _wider(_leading(blocks[-1]), _leading([blocks[-1][-1], line])):
                blocks.append([blocks[-1].pop()])  # the second line begins a paragraph that is set closer
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return tuple(Block(tuple(block), union(line.box for line in block)) for block in blocks)


def _leading(lines: Sequence[Line]) -> float:
    """Distance of the last two lines' bottoms; 0 where they stand in one row."""
    return max(0.0, lines[-1].box.bottom - lines[-2].box.bottom)


def _wider(leading: float, usual: float) -> bool:
    """Whether a distance between lines is that of paragraphs, in text with a usual one."""
    return usual > 2.0 and leading > 1.35 * usual + 1.0


def _same_block(block: Sequence[Line], line: Line) -> bool:
    before = block[-1]
    height = max(before.box.height, line.box.height)
    gap = line.box.top - before.box.bottom
    beside = min(before.box.right, line.box.right) - max(before.box.left, line.box.left)
    alike = len(before.text) >= LONG_LINE and abs(before.size - line.size) < 0.1
    if len(block) > 1 and _wider(_leading([before, line]), _leading(block)):
        return False
    most = DOUBLE_SPACED if alike and abs(before.box.left - line.box.left) < 4 * height else BLOCK_GAP
    if beside > 0 and -0.6 * height < gap < most * height:
        return True
    # The rest of the same line, behind a wide gap, in justified text or after a formula.
    same_row = min(before.box.bottom, line.box.bottom) - max(before.box.top, line.box.top) > 0.5 * height
    return same_row and 0 <= line.box.left - before.box.right < 2 * LINE_GAP * height
