"""Panel letters: a set that counts up is believed, anything else is given up."""

from __future__ import annotations

from figecho.panels.labels import assign, letters_among
from figecho.panels.positions import positions
from figecho.panels.sequence import lettering
from figecho.types import Text


def row(*words: str, height: float = 20) -> list[Text]:
    return [Text(word, (100.0 * i, 0.0, 15.0, height)) for i, word in enumerate(words)]


def read(*words: str) -> list[list[Text]]:
    """What was read at panels in a row: one word each, none for an empty one."""
    return [[text] if text.text else [] for text in row(*words)]


def names(letters: object) -> list[str]:
    return [letter.text for letter in letters]  # type: ignore[attr-defined]


def test_no_texts_give_no_letters() -> None:
    assert letters_among([]) == ()
    assert lettering([]) == ()
    assert positions([]) == []


def test_letters_of_every_style_lose_their_brackets_and_keep_their_primes() -> None:
    assert names(letters_among(row("A", "B", "C"))) == ["A", "B", "C"]
    assert names(letters_among(row("(a)", "(b)", "(c)"))) == ["a", "b", "c"]
    assert names(letters_among(row("A", "A'", "B", "B'"))) == ["A", "A'", "B", "B'"]
    assert names(letters_among(row("i", "ii", "iii", "iv"))) == ["i", "ii", "iii", "iv"]


def test_categories_of_a_chart_are_no_panel_letters() -> None:
    assert letters_among(row("WT", "KO", "X", "Y")) == ()
    assert letters_among(row("M", "P", "S")) == ()


def test_words_beside_the_letters_do_not_disturb_them() -> None:
    assert names(letters_among([*row("A", "B", "C"), Text("Time (h)", (50, 90, 60, 12))])) == ["A", "B", "C"]


def test_a_letter_names_the_panel_at_whose_corner_it_stands_and_the_rest_of_its_group() -> None:
    parts = [(0, 30, 90, 90), (0, 130, 90, 90), (100, 30, 90, 90), (200, 30, 90, 190)]
    assert assign(parts, letters_among(row("A", "B", "C"))) == ["A", "A", "B", "C"]


def test_look_alikes_are_put_right_by_their_place_in_the_order() -> None:
    assert names(lettering(read("a", "b", "c", "d", "e", "f", "9", "h", "1", "j", "k", "1"))) == list("abcdefghijkl")


def test_the_case_is_that_of_the_letters_that_show_it() -> None:
    assert names(lettering(read("A", "B", "c", "D"))) == ["A", "B", "C", "D"]


def test_a_mark_read_as_nothing_sensible_fills_the_gap_in_which_it_stands() -> None:
    assert names(lettering(read("A", "B", "%", "D", "E"))) == ["A", "B", "C", "D", "E"]


def test_what_does_not_count_up_is_given_up() -> None:
    assert lettering(read("Q", "D", "Z")) == ()
    assert lettering(read("", "W", "", "")) == ()


def test_panels_without_letters_are_counted_by_rows_and_columns() -> None:
    boxes = [(0, 0, 90, 90), (100, 0, 90, 90), (0, 100, 90, 90)]
    assert positions(boxes) == ["row 1, column 1", "row 1, column 2", "row 2, column 1"]


def test_a_speck_over_a_letter_and_a_look_alike_do_not_spoil_the_set() -> None:
    for seen in (["à", "b", "ć"], ["Δ", "B", "C"]):
        read = [[Text(text, (10 * number, 0, 8, 8))] for number, text in enumerate(seen)]
        assert [letter.text.casefold() for letter in lettering(read)] == ["a", "b", "c"]
