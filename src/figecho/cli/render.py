"""The only place that prints: results to standard output, everything else to standard error.

Names of files come from strangers. Whatever reaches the terminal goes through `safe`, so that a name can neither
move the cursor nor pretend to be another line.
"""

from __future__ import annotations

import os
import sys
import traceback as tracebacks
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from figecho.report import words
from figecho.types import LISTED, OFFERED, Document, Finding, Overlap, Panel, Picture, Run

if TYPE_CHECKING:
    from figecho.cli.progress import Bars
    from figecho.compare import ClassicalComparison, Comparison, SimilarityComparison
    from figecho.inside import Inside
    from figecho.scan.classical import ClassicalRun

#: ANSI colours by verdict; the word itself always says the same.
COLOURS = {
    "strong": "1;31",
    "moderate": "33",
    "weak": "36",
    "undecidable": "35",
    "none": "32",
    "refused": "35",
    "damaged": "35",
    "failed": "35",
}
#: Unicode categories that move the cursor, reorder text, break lines or cannot be encoded.
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe(text: str) -> str:
    """``text`` with every character that a terminal could act upon written as an escape such as ``\\x1b``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in UNPRINTABLE:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


# ---- where lines go -------------------------------------------------------------------------------------------


def result(text: str) -> None:
    """One or more lines of results, to standard output."""
    _write(sys.stdout, text if text.endswith("\n") else f"{text}\n")


def data(text: str, output: Path | None) -> None:
    """A whole document of results, UTF-8 whatever the locale, to a file or to standard output."""
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
        return
    # Written beside it and renamed: an interrupted export leaves no half file that looks whole.
    partial = output.with_name(f"{output.name}.part")
    partial.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
    partial.replace(output)


def message(text: str) -> None:
    """One line for the person, to standard error."""
    _write(sys.stderr, f"figecho: {safe(text)}\n")


def note(text: str) -> None:
    """A line for the person without the program's name before it."""
    _write(sys.stderr, f"{text}\n")


def error(text: str, *, traceback: bool = False) -> None:
    """The one line of a failure; the traceback before it only where it was asked for."""
    if traceback:
        _write(sys.stderr, tracebacks.format_exc())
    message(text)


def damages(*pictures: Picture) -> None:
    """A line for every picture of which something is missing."""
    for picture in pictures:
        if picture.damage is not None:
            message(f"{picture.path} is damaged: {picture.damage}")


def abandon_stdout() -> None:
    """After a broken pipe: let the interpreter's last flush go nowhere instead of failing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(stream: TextIO, text: str) -> None:
    """Print what the stream's encoding can show, and escapes for what it cannot."""
    encoding = stream.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), end="", file=stream, flush=True)


def _colour(word: str, stream: TextIO) -> str:
    """``word`` in its colour on a terminal that wants colours (https://no-color.org)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty()
    key = word.strip()
    return word if plain or key not in COLOURS else f"\x1b[{COLOURS[key]}m{word}\x1b[0m"


# ---- findings and ledgers -------------------------------------------------------------------------------------


def finding_lines(findings: Sequence[Finding], stream: TextIO | None = None) -> list[str]:
    """A line per finding, aligned, each beginning with its verdict."""
    rows = [(f.verdict, _pair(f.a.name, f.b.name), _what(f), f"({f.score:.3f})") for f in findings]
    return _aligned(rows, stream)


def panel_lines(taken_apart: Sequence[tuple[Picture, Sequence[Panel]]]) -> list[str]:
    """A line per picture, and below it one per panel: its name, its kind and its box in pixels of the picture."""
    lines = []
    for picture, panels in taken_apart:
        where = [picture.path, picture.page and f"page {picture.page}", f"picture {picture.index}", picture.figure]
        count = f"{len(panels)} panels" if len(panels) > 1 else "1 panel"
        lines.append(f"{safe('  '.join(str(part) for part in where if part))}  {count}")
        for panel in panels:
            x, y, width, height = panel.occurrence.bbox
            name = panel.occurrence.label or "whole"
            lines.append(f"  {safe(name)}  {panel.kind}  {width} × {height} at {x}, {y}")
    return lines


def _what(finding: Finding) -> str:
    if finding.a.damage or finding.b.damage:
        return "cannot be judged"
    if finding.same_figure:
        return f"the same figure twice, {words.how(finding)}"
    if finding.kind == "exact-copy":
        return "exact copy, pixel for pixel"
    how = finding.transform.text if finding.transform else "no alignment"
    return f"{how}, {_overlap(finding.overlap)}"


def _pair(a: str, b: str) -> str:
    return f"{safe(a)} ~ {safe(b)}"


def _overlap(overlap: Overlap) -> str:
    """One share where both pictures agree on it, else both."""
    of_a, of_b = round(100 * overlap.of_a), round(100 * overlap.of_b)
    return f"overlap {of_a} %" if of_a == of_b else f"overlap {of_a} % and {of_b} %"


def _aligned(rows: Sequence[tuple[str, ...]], stream: TextIO | None) -> list[str]:
    """Columns two spaces apart, the first one coloured; the last is never padded."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        cells[0] = _colour(cells[0], stream) if stream else cells[0]
        lines.append("  ".join([*cells, row[-1]]))
    return lines


def results(done: Run | ClassicalRun, output: Path | None) -> None:
    """A scan's findings, or a classical scan's pairs, as text."""
    if isinstance(done, Run):
        _lines(finding_lines(done.findings, None if output else sys.stdout), output)
    else:
        _lines(pair_lines(done), output)


def _lines(lines: Sequence[str], output: Path | None) -> None:
    text = "".join(f"{line}\n" for line in lines)
    if output is not None:
        data(text, output)
    elif text:
        result(text)


def summary(done: Run | ClassicalRun, *, verbose: bool = False) -> None:
    """What was read, what was found and what was refused, to standard error."""
    parts = [ledger(done.documents)]
    if isinstance(done, Run):
        parts += [_found(done.findings), f"run {done.id}"]
    else:
        parts += [count(len(done.rows), "pair")]
    note("; ".join(parts))
    refused_lines(done.documents, verbose=verbose)
    for failure in done.failed:
        note(f"{_colour('failed', sys.stderr)}  {safe(failure)}")


def _found(findings: Sequence[Finding]) -> str:
    """``3 findings (2 strong, 1 weak)``."""
    counts = Counter(finding.verdict for finding in findings)
    detail = ", ".join(f"{counts[verdict]} {verdict}" for verdict in LISTED if counts[verdict])
    return count(len(findings), "finding") + (f" ({detail})" if detail else "")


def ledger(documents: Sequence[Document]) -> str:
    """``12 documents: 10 read (2 damaged), 1 refused, 1 skipped``."""
    status = [document.status for document in documents]
    damaged = sum(document.damaged for document in documents)
    read = f"{status.count('read')} read" + (f" ({damaged} damaged)" if damaged else "")
    rest = ", ".join(f"{status.count(word)} {word}" for word in ("refused", "skipped"))
    return f"{count(len(status), 'document')}: {read}, {rest}"


def refused_lines(documents: Iterable[Document], *, verbose: bool = False) -> None:
    """A line for every document that was not judged: those refused or damaged, and with -v the skipped ones too."""
    shown = ("refused", "damaged", "skipped") if verbose else ("refused", "damaged")
    for document in documents:
        if document.standing in shown:
            word = _colour(document.standing, sys.stderr)
            note(f"{word}  {safe(document.path)}: {safe(document.reason or 'no reason was given')}")


def count(number: int, noun: str) -> str:
    """``1 pair``, ``2 pairs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# ---- one comparison -------------------------------------------------------------------------------------------


def comparison(found: Comparison, a: str, b: str) -> None:
    """The verdict's line, then its reasons, indented under it."""
    word = _colour(found.verdict, sys.stdout)
    if found.verdict in OFFERED and found.transform:
        what = f"{found.transform.text}, {_overlap(found.panel_overlap)}"
    else:
        what = "cannot be judged" if found.verdict == "undecidable" else "no shared content"
    names = (place.name if place.panel else given for place, given in ((found.place_a, a), (found.place_b, b)))
    result(f"{word}  {_pair(*names)}  {what}  ({found.score:.3f})")
    indent = " " * (len(found.verdict) + 2)
    for reason in found.reasons:
        result(f"{indent}{safe(reason)}")


def within(found: Inside) -> None:
    """The verdict's line of one picture alone, then a line per copy, or the reasons why there is none."""
    word = _colour(found.verdict, sys.stdout)
    if not found.copies:
        what = "cannot be judged" if found.verdict == "undecidable" else "no piece occurs twice"
        result(f"{word}  {safe(found.picture.path)}  {what}  ({found.score:.3f})")
        for reason in found.judgement.reasons:
            result(f"{' ' * (len(found.verdict) + 2)}{safe(reason)}")
        return
    for place, copy in found.copies:
        assert copy.transform is not None
        name = " ".join(part for part in (found.picture.path, place.label) if part)
        word = _colour(copy.verdict, sys.stdout)
        result(f"{word}  {safe(name)}  a piece twice, {copy.transform.text}  ({copy.judgement.score:.3f})")
        for reason in copy.judgement.reasons:
            result(f"{' ' * (len(copy.verdict) + 2)}{safe(reason)}")


def counts(found: ClassicalComparison, a: str, b: str) -> None:
    """A classical comparison: a count, never a verdict."""
    result(f"{found.method}  {_pair(a, b)}  {classical_count(found.matches, found.keypoints)}")


def classical_count(matches: int, keypoints: tuple[int, int]) -> str:
    word = "match" if matches == 1 else "matches"
    return f"{matches} {word} of {keypoints[0]} and {keypoints[1]} keypoints"


def similarity(found: SimilarityComparison, a: str, b: str) -> None:
    """How alike two whole pictures are: a number, never a verdict."""
    result(f"{safe(found.method)}  {_pair(a, b)}  similarity {found.similarity:.4f}")


def ranking(method: str, pairs: Iterable[tuple[str, str, float]], output: Path | None) -> None:
    """Similar pairs, a line each: the names of both and their similarity."""
    rows = [(safe(method), f"{similarity:.4f}", _pair(a, b)) for a, b, similarity in pairs]
    _lines(_aligned(rows, None), output)


def ranking_summary(documents: Sequence[Document], what: str, *, verbose: bool = False) -> None:
    """What was read, ``what`` was ranked, what was refused, and what these numbers are not, to standard error."""
    note(f"{ledger(documents)}; {what}")
    note("similarities rank whole pictures; they are no evidence of reuse, which --method reuse looks for")
    refused_lines(documents, verbose=verbose)


def pair_lines(done: ClassicalRun) -> list[str]:
    """A line per pair of a classical scan: names, matches and keypoints."""
    rows = [(done.method, _pair(row.a, row.b), classical_count(row.matches, row.keypoints)) for row in done.rows]
    return _aligned(rows, None)


def table(rows: Sequence[tuple[str, ...]]) -> None:
    """Aligned rows, to standard output."""
    for line in _aligned([tuple(safe(cell) for cell in row) for row in rows], None):
        result(line)


# ---- progress -------------------------------------------------------------------------------------------------


@contextmanager
def progress(*, quiet: bool) -> Iterator[Bars | None]:
    """Bars with counts and time left where a person can see them, else None."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from figecho.cli.progress import Bars

    with Bars() as bars:
        yield bars
