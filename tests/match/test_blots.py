"""Reused pieces of blots are found in any orientation and tone; different blots and single bands are never accused."""

import cv2
import numpy as np
import pytest

from benchmarks.blots.drawn import draw_strip
from benchmarks.blots.pieces import Piece, cut, jpeg, moved, toned
from benchmarks.blots.sources import sources
from figecho.features.sift import extract
from figecho.match.blot_verdict import ONE_BAND, BlotModels, curve, default_blot_models
from figecho.match.blots import align_blots
from figecho.match.examine import examine
from figecho.match.geometry import apply
from figecho.match.verdict import judge
from figecho.options import ReuseOptions
from planted import blank, scene

OPTIONS = ReuseOptions()
#: A blot of ten lanes with bands in one row.
STYLE, BLOT = 16, 108


def strip(style=STYLE, seed=BLOT):
    return draw_strip(np.random.default_rng(style), np.random.default_rng(seed))


def judged(a, b):
    evidence = examine(extract(a, OPTIONS), extract(b, OPTIONS), OPTIONS)
    return evidence, judge(evidence)


def whole(blot):
    return Piece(blot.pixels, np.eye(2, 3))


def test_flat_panels_are_no_blots():
    flat = np.full((80, 300), 200, np.uint8)
    assert align_blots(flat, flat) is None


def test_a_picture_that_is_no_blot_is_not_read_as_one():
    assert align_blots(strip().pixels, scene(3)) is None
    assert align_blots(scene(3), scene(3)) is None


def test_the_same_letter_and_scale_bar_are_no_bands():
    assert judged(blank("A", seed=1), blank("A", seed=2))[1].reasons[0] == "same annotation only"


@pytest.mark.parametrize("turned", [False, True])
def test_two_gratings_are_not_accused_for_their_stripes(turned):
    stripes = 128 + 80 * np.sin(np.arange(416) / 5)[None].repeat(300, axis=0)
    one, other = (
        np.clip(stripes + np.random.default_rng(seed).normal(0, 4, stripes.shape), 0, 255).astype(np.uint8)
        for seed in (1, 2)
    )
    if turned:
        one, other = (np.ascontiguousarray(np.rot90(grating)) for grating in (one, other))
    assert judged(one, other)[1].verdict not in ("strong", "moderate")


@pytest.mark.parametrize("geometry", ["in place", "mirrored", "upside down", "turned 90°", "small angle", "stretched"])
@pytest.mark.parametrize("piece", ["half", "three lanes"])
def test_a_piece_is_found_where_it_was_cut_out(piece, geometry):
    rng = np.random.default_rng(7)
    blot = strip()
    part = moved(rng, cut(rng, blot, piece), geometry)
    evidence, judgement = judged(blot.pixels, jpeg(part.pixels, 85))
    assert judgement.verdict in ("strong", "moderate")
    height, width = part.pixels.shape
    middle = np.array([[0.2 * width, 0.5 * height], [0.8 * width, 0.5 * height]])
    back = apply(np.linalg.inv(np.vstack([part.matrix, [0, 0, 1]]))[:2], middle)
    assert np.abs(apply(np.array(evidence.transform.matrix), back) - middle).max() < 2
    assert "lanes show the same bands" in judgement.reasons[0] or evidence.inliers


@pytest.mark.parametrize("tone", ["gamma", "contrast", "inverted", "noise", "blur", "JPEG 50"])
def test_half_a_blot_is_found_in_any_tone(tone):
    rng = np.random.default_rng(11)
    blot = strip()
    pixels = toned(rng, cut(rng, blot, "half").pixels, tone)
    evidence, judgement = judged(blot.pixels, jpeg(pixels, 50 if tone == "JPEG 50" else 85))
    assert judgement.verdict in ("strong", "moderate")
    assert evidence.transform.inverted == (tone == "inverted")


@pytest.mark.parametrize("seed", range(8))
def test_blots_made_alike_are_not_accused(seed):
    rng = np.random.default_rng(seed)
    one, other = strip(seed, 2 * seed), strip(seed, 2 * seed + 1)
    for piece in ("whole", "half", "three lanes"):
        _, judgement = judged(one.pixels, cut(rng, other, piece).pixels)
        assert judgement.verdict not in ("strong", "moderate")


def test_a_single_lane_is_at_most_offered():
    rng = np.random.default_rng(2)
    blot = strip()
    for piece in ("one lane", "one band"):
        evidence, judgement = judged(blot.pixels, cut(rng, blot, piece).pixels)
        assert evidence.measurements["blot_agreeing"] <= 1
        assert judgement.verdict in ("weak", "none")
        if judgement.verdict == "weak":
            assert judgement.reasons[0] == ONE_BAND


def test_a_tiny_band_is_not_even_offered():
    blot = strip()
    band = cut(np.random.default_rng(2), blot, "one band").pixels
    tiny = cv2.resize(band, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    assert judged(blot.pixels, tiny)[1].verdict in ("none", "undecidable")


def test_the_region_is_the_lanes_that_agree():
    blot = strip()
    left, right = blot.edges[3], blot.edges[6]
    evidence, _ = judged(blot.pixels, np.ascontiguousarray(blot.pixels[:, left:right]))
    xs = [x for x, _ in evidence.region_a]
    lane = right - left
    assert min(xs) == pytest.approx(left, abs=0.2 * lane)
    assert max(xs) == pytest.approx(right, abs=0.2 * lane)


def test_the_measurements_do_not_depend_on_chance():
    blot = strip()
    part = cut(np.random.default_rng(1), blot, "three lanes").pixels
    first, second = align_blots(blot.pixels, part), align_blots(blot.pixels, part)
    assert first.values == second.values
    assert np.array_equal(first.matrix, second.matrix)


def test_more_evidence_never_lowers_the_score():
    models = default_blot_models()
    assert models.several.weights and models.few.weights
    for model, name in [(each, name) for each in (models.several, models.few) for name in each.weights]:
        steps = np.linspace(-1, 1, 20) if "fit" in name or "ground" in name else np.linspace(0, 12, 20)
        curved = [curve(name, float(step)) for step in steps]
        assert np.all(np.diff(curved) >= 0)
        assert np.all(np.diff([model.probability({name: float(step)}) for step in steps]) >= 0)


def test_another_schema_is_refused():
    with pytest.raises(ValueError, match="schema"):
        BlotModels.from_dict({"schema": "something/2"})


def test_real_western_blots(data):
    blots = sources("train") | sources("test")
    one, other = blots["western-1"].load(), blots["western-2"].load()
    rng = np.random.default_rng(4)
    for piece in ("half", "three lanes"):
        part = moved(rng, cut(rng, one, piece), "mirrored").pixels
        assert judged(one.pixels, jpeg(part, 80))[1].verdict in ("strong", "moderate")
        assert judged(other.pixels, jpeg(part, 80))[1].verdict not in ("strong", "moderate")


def test_a_blot_is_recognised_beneath_letters_and_arrows():
    blot = strip()
    piece = toned(np.random.default_rng(4), cut(np.random.default_rng(4), blot, "half").pixels, "printed over")
    assert judged(blot.pixels, jpeg(piece, 85))[1].verdict in ("strong", "moderate")


def test_print_makes_no_band_of_another_blot_agree():
    other = toned(np.random.default_rng(4), strip(seed=BLOT + 1).pixels, "printed over")
    shown = toned(np.random.default_rng(4), strip().pixels, "printed over")
    assert judged(shown, other)[1].verdict not in ("strong", "moderate")
