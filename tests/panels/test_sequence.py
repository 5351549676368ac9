"""Readings at panels that count up: what a figure's lettering is."""

from __future__ import annotations

import pytest

from figecho.panels.sequence import lettering
from figecho.types import Text


def at(panel: int, text: str, height: int = 20) -> Text:
    return Text(text, (100 * panel, 10, 14, height))


def read(texts: str) -> list[list[Text]]:
    """One reading at each panel; a dot stands for none."""
    return [[] if text == "." else [at(panel, text)] for panel, text in enumerate(texts)]


def test_nothing_read_is_no_lettering() -> None:
    assert lettering([]) == ()
    assert lettering(read("....")) == ()


@pytest.mark.parametrize(
    ("texts", "letters"),
    [
        ("ABCD", "ABCD"),
        ("abcd", "abcd"),
        ("A8C0E", "ABCDE"),  # a look-alike, and something else where a letter must stand
        ("AB.D", "ABD"),
        ("xyQ7", ""),
    ],
)
def test_letters_count_up_from_the_first(texts: str, letters: str) -> None:
    assert "".join(letter.text for letter in lettering(read(texts))) == letters


def test_a_letter_that_was_read_is_believed_before_one_that_looks_alike() -> None:
    found = lettering(read("ABCDEFGH1IJ"))
    assert [letter.text for letter in found] == list("ABCDEFGHIJ")
    assert found[8].box[0] == 900, "the I itself, not the 1 before it"
