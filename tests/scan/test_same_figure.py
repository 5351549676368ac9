"""A figure that occurs twice is one finding; panels used again elsewhere stay findings of their own."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from figecho.cli.render import finding_lines
from figecho.report.words import sentence
from figecho.scan.group import make_findings
from figecho.scan.same_figure import tell_figures_once
from figecho.scan.scan import scan
from figecho.store.panels import Content, Examined
from figecho.types import Evidence, Finding, Judgement, Occurrence, Transform
from planted import jpeg, micrograph

BOXES = ((10, 30, 100, 80), (130, 30, 100, 80), (10, 150, 100, 80), (130, 150, 100, 80))


def figure(name: str, scale: float = 1.0, boxes: tuple = BOXES) -> list[Occurrence]:
    """The panels A to D of a figure drawn at some scale."""
    return [
        Occurrence("d" * 64, "paper.pdf", 1, hash(name), name, letter, tuple(round(scale * v) for v in box),
                   f"{name}{letter}", source=f"{name} whole")
        for letter, box in zip("ABCD", boxes, strict=False)
    ]  # fmt: skip


def match(a: Occurrence, b: Occurrence, scale: float = 1.0, shift: float = 0.0, verdict: str = "strong") -> Finding:
    evidence = Evidence(9, 9, transform=Transform(((scale, 0.0, shift), (0.0, scale, shift))))
    return Finding("", "", "between-panels", a, b, Judgement(verdict, 0.99, ("alike",)), evidence)


def test_nothing_stays_nothing() -> None:
    assert tell_figures_once([], []) == []


def test_a_preview_and_the_full_figure_are_one_finding() -> None:
    full, preview = figure("Fig 1"), figure("Graphical abstract", 0.5)
    found = [match(a, b, 0.5) for a, b in zip(full, preview, strict=True)]
    (told,) = tell_figures_once(found[:3], [*full, *preview])
    assert (told.a.label, told.b.label, told.kind, told.verdict) == (
        "Fig 1", "Graphical abstract", "between-panels", "strong",
    )  # fmt: skip
    assert told.reasons[0] == "the same figure twice: 3 of 4 panels agree in the same arrangement"
    assert told.transform is not None and told.transform.text == "0.50×"
    assert (told.a.content, told.a.bbox) == ("Fig 1 whole", (0, 0, 230, 230))
    assert told.overlap.of_a == 0.75
    assert finding_lines([told])[0].startswith("strong  Fig 1 ~ Graphical abstract  the same figure twice, 0.50×")
    assert sentence(told) == "Fig 1 and Graphical abstract are the same figure (0.50×)."


def test_panels_that_are_used_again_at_other_places_are_told_one_by_one() -> None:
    one, two = figure("Fig 1"), figure("Fig 2")
    crossed = [match(one[0], two[3]), match(one[1], two[2]), match(one[2], two[1])]
    assert tell_figures_once(crossed, [*one, *two]) == crossed


def test_a_minority_of_the_panels_does_not_make_the_same_figure() -> None:
    one, two = figure("Fig 1"), figure("Fig 2")
    controls = [match(one[0], two[0]), match(one[1], two[1])]
    assert tell_figures_once(controls, [*one, *two]) == controls


def test_what_else_the_two_figures_share_is_still_told() -> None:
    one, two = figure("Fig 1"), figure("Fig 2")
    found = [match(a, b) for a, b in zip(one[:3], two[:3], strict=True)] + [match(one[0], two[3], shift=5)]
    told = tell_figures_once(found, [*one, *two])
    assert [finding.same_figure for finding in told] == [True, False]


def test_the_same_file_in_text_and_supplement_is_one_exact_copy() -> None:
    text, supplement = figure("Fig 1"), figure("Fig S1")
    places = [*text, *(Occurrence(**(vars(b) | {"content": a.content})) for a, b in zip(text, supplement, strict=True))]
    (told,) = make_findings(places, [Content(place.content, 50, False) for place in text], [])
    assert (told.kind, told.a.label, told.b.label, told.id) == ("exact-copy", "Fig 1", "Fig S1", "F1")
    assert told.fingerprint


def test_the_fingerprint_does_not_depend_on_which_panels_agreed() -> None:
    full, preview = figure("Fig 1"), figure("Fig S1", 0.5)
    contents = [Content(place.content, 50, False) for place in (*full, *preview)]
    pairs = [Examined(m.a.content, m.b.content, m.evidence, m.judgement)
             for m in (match(a, b, 0.5) for a, b in zip(full, preview, strict=True))]  # fmt: skip
    (all_four,), (three,) = (make_findings([*full, *preview], contents, some) for some in (pairs, pairs[:3]))
    assert all_four.fingerprint == three.fingerprint


def test_a_scan_tells_a_figure_and_its_preview_once(here: Path) -> None:
    page = np.full((470, 620), 255, np.uint8)
    for number, (x, y) in enumerate(((10, 10), (320, 10), (10, 240), (320, 240))):
        page[y : y + 220, x : x + 290] = micrograph(60 + number, 290, 220)
    Image.fromarray(page).save(here / "figs" / "full.png")
    smaller = cv2.resize(page, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    Image.fromarray(jpeg(smaller, 80)).save(here / "figs" / "preview.png")
    run = scan("figs", jobs=1, look_within=False)
    (finding,) = run.findings
    assert finding.same_figure and finding.verdict == "strong"
    assert {run.pixels[place.content].shape for place in (finding.a, finding.b)} == {page.shape, smaller.shape}


def test_a_small_figure_inside_a_library_figure_is_not_the_same_figure() -> None:
    held, new = figure("Fig 1"), figure("Fig 2", boxes=BOXES[:2])
    pairs = [Examined(m.a.content, m.b.content, m.evidence, m.judgement) for m in map(match, new, held[:2])]
    contents = [Content(place.content, 50, False) for place in new]
    assert all(f.same_figure for f in make_findings(new, contents, pairs, held[:2]))
    assert not any(f.same_figure for f in make_findings(new, contents, pairs, held[:2], beside=held))
