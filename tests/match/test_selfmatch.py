"""The parts that find copies inside a panel, each on its own."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from figecho.match.anchors import patch_matches, self_matches
from figecho.match.geometry import apply
from figecho.match.margin import bands_of, best_elsewhere
from figecho.match.masks import grain_share, usable_mask
from figecho.match.measure import measure
from figecho.match.proposals import Proposal, propose
from figecho.match.region import extent, firmer, grow
from figecho.match.selfmatch import copies_in
from figecho.match.within_verdict import default_model
from planted import blank, micrograph


@pytest.fixture(scope="module")
def forged() -> np.ndarray:
    """The piece (50..130, 40..120) again at (300, 200), upside down."""
    pixels = micrograph(1)
    pixels[200:280, 300:380] = pixels[40:120, 50:130][::-1]
    return pixels


#: Source to target of `forged`.
TRUE = np.array([[1.0, 0.0, 250.0], [0.0, -1.0, 319.0]])


def test_nothing_matches_nothing() -> None:
    flat = np.full((80, 90), 7, np.uint8)
    assert len(self_matches(flat, np.ones(flat.shape, bool))) == 0
    assert propose(self_matches(flat, np.ones(flat.shape, bool)), 5) == []
    assert copies_in(flat, np.ones(flat.shape, bool)) == []


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("x", [1, -1])
@pytest.mark.parametrize("y", [1, -1])
def test_patches_match_in_all_eight_orientations(swap: bool, x: int, y: int) -> None:
    pixels = micrograph(2)
    piece = pixels[40:120, 50:130]
    pixels[200:280, 300:380] = (piece.T if swap else piece)[::y, ::x]
    matches = patch_matches(pixels, np.ones(pixels.shape, bool), 4000)
    linear = np.array([[0, x], [y, 0]] if swap else [[x, 0], [0, y]], float)
    middle = np.array([89.5, 79.5])
    there = np.array([339.5, 239.5])
    miss = np.linalg.norm((matches.source - middle) @ linear.T + there - matches.target, axis=1)
    right = (miss < 1.5) & (np.abs(matches.linear - linear).max(axis=(1, 2)) < 1e-9)
    assert right.sum() >= 20


def test_a_planted_map_is_the_first_proposal(forged: np.ndarray) -> None:
    best = propose(self_matches(forged, np.ones(forged.shape, bool)), 5)[0]
    middle = best.seeds.mean(axis=0)[None]
    inverse = np.array([[1.0, 0.0, -250.0], [0.0, -1.0, 319.0]])
    misses = [float(np.linalg.norm(apply(best.matrix, middle) - apply(true, middle))) for true in (TRUE, inverse)]
    assert min(misses) < 1.0


def test_a_region_grows_to_the_paste_and_its_map_is_exact(forged: np.ndarray) -> None:
    near = TRUE + np.array([[0.01, 0.01, 1.0], [-0.01, 0.0, -1.0]])
    seeds = np.array([[85.0, 75.0], [95.0, 80.0], [90.0, 90.0]])
    region = grow(forged.astype(np.float32), np.ones(forged.shape, bool), Proposal(near, seeds, 3.0))
    assert region is not None
    np.testing.assert_allclose(region.matrix, TRUE, atol=1e-6)
    assert 0.8 * 80 * 80 < region.area < 1.1 * 80 * 80


def test_an_unrelated_place_grows_to_nothing(forged: np.ndarray) -> None:
    wrong = np.array([[1.0, 0.0, 120.0], [0.0, 1.0, 5.0]])
    seeds = np.array([[185.0, 175.0], [195.0, 180.0], [190.0, 190.0]])
    assert grow(forged.astype(np.float32), np.ones(forged.shape, bool), Proposal(wrong, seeds, 3.0)) is None


def test_a_repetitive_texture_raises_its_own_bar() -> None:
    tile = micrograph(4)[:40, :40]
    plane = np.tile(tile, (8, 10)).astype(np.float32)
    shift = np.array([[1.0, 0.0, 160.0], [0.0, 1.0, 120.0]])
    seeds = np.array([[70.0, 70.0], [80.0, 75.0], [75.0, 85.0]])
    region = grow(plane, np.ones(plane.shape, bool), Proposal(shift, seeds, 3.0))
    assert region is not None
    bands = bands_of(plane)
    elsewhere = best_elsewhere(bands, region, region.agreeing, least=-1.0)
    assert elsewhere is not None
    assert min(other for other, _ in elsewhere) > 0.9
    assert best_elsewhere(bands, region, region.agreeing, least=0.1) is None


def test_letters_and_flat_areas_may_not_testify() -> None:
    panel = blank("A")
    usable = usable_mask(panel)
    assert usable[:60, :60].mean() < 0.1
    assert not usable_mask(np.full((60, 60), 255, np.uint8)).any()
    assert usable_mask(micrograph(1)).mean() > 0.9


def test_coloured_strokes_may_not_testify_on_a_gray_picture() -> None:
    gray = micrograph(1)
    pixels = cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB)
    cv2.arrowedLine(pixels, (60, 60), (120, 100), (220, 30, 30), 3)
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    arrow = np.any(pixels != gray[..., None], axis=2)
    assert usable_mask(luma, pixels)[arrow].mean() < 0.05
    green = np.zeros_like(pixels)
    green[..., 1] = gray
    assert usable_mask(gray, green).mean() == usable_mask(gray).mean()


def test_stripes_are_texture_and_no_letters() -> None:
    x = np.arange(300)
    stripes = np.clip(130 + 300 * np.sin(2 * np.pi * x / 12), 15, 235) + np.random.default_rng(0).normal(
        0, 5, (200, 300)
    )
    assert usable_mask(np.clip(stripes, 2, 253).astype(np.uint8)).mean() > 0.8


def test_in_a_periodic_ground_only_the_copy_is_firm() -> None:
    rng = np.random.default_rng(0)
    tile = cv2.GaussianBlur(micrograph(4), (0, 0), 2)[:40, :40].astype(np.float32)
    plane = np.clip(np.tile(tile, (8, 10)) + cv2.GaussianBlur(rng.normal(0, 18, (320, 400)), (0, 0), 1.2), 2, 253)
    plane = plane.astype(np.float32)
    plane[120:200, 160:240] = plane[80:160, 40:120]
    shift = np.array([[1.0, 0.0, 120.0], [0.0, 1.0, 40.0]])
    seeds = np.array([[70.0, 110.0], [85.0, 125.0], [75.0, 135.0]])
    region = grow(plane, np.ones(plane.shape, bool), Proposal(shift, seeds, 3.0))
    assert region is not None and region.area > 4 * 80 * 80
    part = firmer(region)
    assert part is not None and 0.8 * 80 * 80 < part.area < 1.3 * 80 * 80


def test_an_even_part_belongs_to_a_copy_between_its_parts_and_not_around_it() -> None:
    rng = np.random.default_rng(0)
    pixels = np.clip(rng.normal(60, 0.6, (320, 420)), 0, 255).astype(np.uint8)
    bowl = micrograph(1)[40:104, 50:114].copy()
    bowl[:40, 20:44] = pixels[:40, 20:44]
    pixels[60:124, 60:124] = pixels[180:244, 260:324] = bowl
    shift = np.array([[1.0, 0.0, 200.0], [0.0, 1.0, 120.0]])
    seeds = np.array([[70.0, 80.0], [72.0, 95.0], [90.0, 112.0]])
    region = grow(pixels.astype(np.float32), usable_mask(pixels), Proposal(shift, seeds, 3.0))
    assert region is not None
    whole = np.zeros(pixels.shape, bool)
    x, y = region.origin
    rows, columns = region.agreeing.shape
    whole[y : y + rows, x : x + columns] = extent(region)
    assert whole[190:220, 284:300].mean() > 0.9
    assert whole.sum() < 2 * 64 * 64


def test_pieces_of_agreement_are_joined_over_an_even_part() -> None:
    pixels = micrograph(3)
    piece = pixels[40:100, 40:120].copy()
    piece[:, 30:46] = cv2.GaussianBlur(piece, (0, 0), 20)[:, 30:46]
    pixels[40:100, 40:120] = pixels[200:260, 250:330] = piece
    shift = np.array([[1.0, 0.0, 210.0], [0.0, 1.0, 160.0]])
    seeds = np.array([[50.0, 60.0], [55.0, 75.0], [60.0, 85.0]])
    region = grow(pixels.astype(np.float32), usable_mask(pixels), Proposal(shift, seeds, 3.0))
    assert region is not None
    left, right = region.origin[0] + np.flatnonzero(region.agreeing.any(axis=0))[[0, -1]]
    assert left < 260 and right > 320


def test_a_copy_differs_by_noise_and_a_look_alike_by_its_contrast() -> None:
    rng = np.random.default_rng(0)
    values = []
    for noise in (1, 8):
        pixels = micrograph(1).astype(np.float32)
        pixels[200:280, 300:380] = pixels[40:120, 50:130] + cv2.GaussianBlur(
            rng.normal(0, 4 * noise, (80, 80)), (0, 0), 1.5
        )
        shift = np.array([[1.0, 0.0, 250.0], [0.0, 1.0, 160.0]])
        seeds = np.array([[85.0, 75.0], [95.0, 80.0], [90.0, 90.0]])
        region = grow(pixels, np.ones(pixels.shape, bool), Proposal(shift, seeds, 3.0))
        assert region is not None
        values.append(measure(region, bands_of(pixels)))
    copy, alike = values
    assert copy is not None and alike is not None
    assert copy["close"] > alike["close"] and copy["ends"] > alike["ends"]


def test_smoothing_takes_the_grain_away() -> None:
    pixels = micrograph(1)
    smooth = cv2.GaussianBlur(pixels, (0, 0), 6)
    everywhere = np.ones(pixels.shape, bool)
    assert grain_share(pixels, everywhere) > 0.9
    assert grain_share(smooth, everywhere) < 0.05


def test_no_measurement_that_speaks_for_a_copy_lowers_the_score() -> None:
    model = default_model()
    assert min(model.coefficients) > 0
    values = dict(zip(model.names, model.low, strict=True))
    highest = dict(zip(model.names, model.high, strict=True))
    assert model.probability(values) < 0.01
    assert model.probability(highest) > 0.99
