"""From examined pairs and identical contents to numbered findings and their groups."""

from __future__ import annotations

import dataclasses

from fakes import occurrence
from figecho.scan.group import make_findings, make_groups
from figecho.store.panels import Content, Examined
from figecho.types import Evidence, Judgement, Occurrence


def place(path: str, content: str, document: str = "d") -> Occurrence:
    return dataclasses.replace(occurrence(path), content=content, document=document)


def pair(a: str, b: str, verdict: str = "strong", score: float = 0.9) -> Examined:
    return Examined(a, b, Evidence(1, 1), Judgement(verdict, score, ()))


def test_nothing_gives_nothing() -> None:
    assert make_findings([], [], []) == ()
    assert make_groups(()) == ()


def test_n_identical_places_give_n_minus_1_findings_from_the_first() -> None:
    places = [place(name, "c") for name in ("one", "two", "three", "four")]
    findings = make_findings(places, [Content("c", 5, False)], [])
    assert [(f.kind, f.a.path, f.b.path) for f in findings] == [
        ("exact-copy", "one", "two"),
        ("exact-copy", "one", "three"),
        ("exact-copy", "one", "four"),
    ]
    assert len({f.fingerprint for f in findings}) == 3
    assert make_groups(findings) == (("F1", "F2", "F3"),)


def test_an_even_colour_in_two_places_is_no_copy() -> None:
    assert make_findings([place("one", "c"), place("two", "c")], [Content("c", 0, True)], []) == ()


def test_the_most_serious_comes_first() -> None:
    places = [place(name, name) for name in "abcd"]
    contents = [Content(name, 5, False) for name in "abcd"]
    pairs = [pair("a", "b", "weak", 0.2), pair("a", "c", "strong", 0.95), pair("a", "d", "strong", 0.99)]
    findings = make_findings(places, contents, [*pairs, pair("c", "d", "moderate", 0.7)])
    assert [(f.id, f.verdict, f.score) for f in findings] == [
        ("F1", "strong", 0.99),
        ("F2", "strong", 0.95),
        ("F3", "moderate", 0.7),
        ("F4", "weak", 0.2),
    ]


def test_other_findings_stand_at_the_first_places_and_are_grouped_with_the_copies() -> None:
    places = [place("1", "a"), place("2", "b"), place("3", "a"), place("4", "c"), place("5", "d")]
    contents = [Content(name, 5, False) for name in "abcd"]
    findings = make_findings(places, contents, [pair("a", "b"), pair("c", "d", "weak", 0.1)])
    assert [(f.kind, f.a.path, f.b.path) for f in findings] == [
        ("exact-copy", "1", "3"),
        ("between-panels", "1", "2"),
        ("between-panels", "4", "5"),
    ]
    assert make_groups(findings) == (("F1", "F2"), ("F3",))


def test_a_fingerprint_survives_renaming_and_the_order_of_reading() -> None:
    contents = [Content(name, 5, False) for name in "ab"]
    (one,) = make_findings([place("x", "a"), place("y", "b")], contents, [pair("a", "b")])
    (other,) = make_findings([place("renamed", "b"), place("z", "a")], contents, [pair("b", "a")])
    assert one.fingerprint == other.fingerprint
    (third,) = make_findings([place("x", "a"), place("y", "c")], [*contents, Content("c", 1, False)], [pair("a", "c")])
    assert third.fingerprint != one.fingerprint


def damaged(occurrence: Occurrence) -> Occurrence:
    return dataclasses.replace(occurrence, damage="the file ends early (at 50 %)")


def test_what_was_read_of_a_damaged_file_is_offered_and_never_judged() -> None:
    places = [damaged(place("cut.jpg", "a")), place("whole.png", "b"), place("other.png", "c")]
    contents = [Content(key, 5, False) for key in "abc"]
    weak, undecidable = make_findings(places, contents, [pair("a", "b", "strong", 0.99), pair("b", "c", "weak", 0.4)])
    assert (weak.verdict, undecidable.verdict, undecidable.score) == ("weak", "undecidable", 0.0)
    assert undecidable.reasons == ("cut.jpg is damaged: the file ends early (at 50 %)",)
    assert make_groups((weak, undecidable)) == (("F1", "F2"),)


def test_a_damaged_copy_hides_no_whole_one() -> None:
    places = [damaged(place("cut.jpg", "a")), place("whole.jpg", "a"), place("other.png", "b")]
    findings = make_findings(places, [Content("a", 5, False), Content("b", 5, False)], [pair("a", "b")])
    assert [(f.verdict, f.a.path, f.b.path) for f in findings] == [
        ("strong", "whole.jpg", "other.png"),
        ("undecidable", "whole.jpg", "cut.jpg"),
    ]
