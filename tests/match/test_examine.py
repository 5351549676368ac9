"""Evidence recovers planted transforms, and the verdict tells copies from look-alikes."""

import math

import cv2
import numpy as np
import pytest

from figecho.features.sift import extract
from figecho.match.examine import examine
from figecho.match.verdict import judge
from figecho.options import ReuseOptions
from planted import blank, jpeg, micrograph, scene, warped

OPTIONS = ReuseOptions()


def evidence_of(a, b):
    return examine(extract(a, OPTIONS), extract(b, OPTIONS), OPTIONS)


def similarity(scale, degrees, mirrored, shift):
    turn = math.radians(degrees)
    linear = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    if mirrored:
        linear = linear @ np.diag([-1.0, 1.0])
    return np.column_stack([linear, shift])


def test_two_flat_panels_are_undecidable_not_clean():
    flat = np.full((200, 200), 128, np.uint8)
    judgement = judge(evidence_of(flat, flat.copy()))
    assert judgement.verdict == "undecidable"
    assert "too plain" in judgement.reasons[0]


@pytest.mark.parametrize(
    ("scale", "degrees", "mirrored"),
    [(1.0, 0, False), (0.7, 90, True), (1.3, -33, False), (0.6, 180, False), (1.0, 12, True)],
)
def test_a_planted_transform_is_recovered_to_a_pixel(scale, degrees, mirrored):
    a = scene(21, 480, 400)
    centre = np.array([240.0, 200.0])
    matrix = similarity(scale, degrees, mirrored, [0, 0])
    matrix[:, 2] = centre - matrix[:, :2] @ centre
    b = jpeg(warped(a, matrix, 480, 400), 85)
    evidence = evidence_of(a, b)
    assert evidence.transform is not None
    found = np.array(evidence.transform.matrix)
    corners = np.array([[180, 150], [300, 150], [300, 250], [180, 250]], float)
    error = np.linalg.norm((corners @ (found - matrix)[:, :2].T) + (found - matrix)[:, 2], axis=1)
    assert error.max() < 1.0
    assert evidence.transform.mirrored == mirrored
    assert judge(evidence).verdict == "strong"


def test_inversion_is_found_and_said():
    a = scene(22)
    evidence = evidence_of(a, 255 - a)
    assert evidence.transform is not None
    assert evidence.transform.inverted
    assert "inverted" in evidence.transform.text
    assert judge(evidence).verdict == "strong"


def test_a_shared_crop_gives_its_region_in_both_panels():
    whole = scene(23, 700, 400)
    a, b = whole[:, :400].copy(), whole[:, 250:].copy()
    evidence = evidence_of(a, b)
    assert judge(evidence).verdict == "strong"
    xs = [x for x, _ in evidence.region_a]
    assert min(xs) == pytest.approx(250, abs=12)
    assert max(xs) == pytest.approx(399, abs=12)
    assert evidence.overlap.of_a == pytest.approx(150 / 400, abs=0.06)
    assert evidence.overlap.of_b == pytest.approx(150 / 450, abs=0.06)


def test_two_different_scenes_are_not_accused():
    for seed in range(30, 36):
        assert judge(evidence_of(scene(seed), scene(seed + 100))).verdict == "none"


def test_the_same_letter_and_scale_bar_alone_is_same_annotation_only():
    judgement = judge(evidence_of(blank("A", seed=1), blank("A", seed=2)))
    assert judgement.verdict == "none"
    assert judgement.reasons[0] == "same annotation only"


@pytest.mark.parametrize("width", [90, 120, 200])
@pytest.mark.parametrize("text", ["WT", "Ctrl"])
def test_small_blank_panels_with_the_same_letters_are_never_accused(width, text):
    panels = [blank(text, seed, width, 3 * width // 4) for seed in (1, 2)]
    assert judge(evidence_of(*panels)).verdict in ("none", "undecidable")


def test_the_same_letter_on_different_scenes_is_not_reuse():
    panels = []
    for seed in (41, 42):
        panel = scene(seed)
        cv2.putText(panel, "B", (14, 44), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 255, 3, cv2.LINE_AA)
        cv2.rectangle(panel, (300, 290), (400, 298), 255, -1)
        panels.append(panel)
    assert judge(evidence_of(*panels)).verdict == "none"


def test_a_panel_shrunk_to_100_pixels_is_found():
    a = scene(61, 700, 520)
    b = cv2.resize(a, (100, 74), interpolation=cv2.INTER_AREA)
    evidence = evidence_of(a, b)
    assert evidence.transform is not None
    assert evidence.transform.scale == pytest.approx(1 / 7, rel=0.02)
    assert judge(evidence).verdict == "strong"


def test_one_stain_against_the_merged_picture_is_the_same_field():
    red, green = scene(62), scene(63)
    merged = np.stack([red, green, np.zeros_like(red)], axis=2)
    judgement = judge(evidence_of(red, merged))
    assert judgement.verdict == "strong"
    assert "other channel" in judgement.reasons[0]


@pytest.mark.parametrize("gamma", [0.45, 2.2])
def test_bent_tones_are_no_second_exposure(gamma):
    a = micrograph(64)
    b = np.rint(255 * (a / 255.0) ** gamma).astype(np.uint8)
    judgement = judge(evidence_of(jpeg(a, 90), jpeg(b, 85)))
    assert judgement.verdict == "strong"
    assert "neighbouring" not in judgement.reasons[0]


def test_parts_that_share_a_thin_strip_are_found():
    whole = micrograph(65, 380, 300)
    left, right = whole[:, :200], whole[:, 180:]
    judgement = judge(evidence_of(jpeg(left, 92), jpeg(right, 90)))
    assert judgement.verdict in ("strong", "moderate")


def test_the_lanes_of_one_ladder_are_not_accused():
    panels = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        panel = np.full((400, 300), 8.0)
        for lane in (60, 190):
            for number, row in enumerate((60, 68, 78, 90, 120, 150, 170, 200, 240, 260, 300)):
                height, strength = rng.normal(5, 0.2) + 0.01 * row, 90 + 40 * (number % 4) + rng.normal(0, 3)
                y, x = np.mgrid[:400, :300]
                edge = 1 / (1 + np.exp((np.abs(x - lane - rng.normal(0, 0.3)) - 26) / 1.2))
                panel += strength * np.exp(-0.5 * ((y - row - rng.normal(0, 0.3)) / (0.5 * height)) ** 2) * edge
        panels.append(np.clip(panel + rng.normal(0, 1.5, panel.shape), 0, 255).astype(np.uint8))
    assert judge(evidence_of(*panels)).verdict not in ("strong", "moderate")


@pytest.mark.parametrize("step", [14, 23])
def test_two_photographs_of_one_grid_are_structural_symmetry(step):
    grids = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[: 300 + step, : 400 + step]
        wave = np.maximum(np.cos(2 * np.pi * x / step), np.cos(2 * np.pi * y / step))[3 * seed :, seed:][:300, :400]
        grids.append(np.clip(128 + 80 * np.tanh(3 * wave) + rng.normal(0, 3, wave.shape), 0, 255).astype(np.uint8))
    judgement = judge(evidence_of(*grids))
    assert judgement.verdict == "none"
    assert "structural symmetry" in judgement.reasons[0]


def test_evidence_does_not_depend_on_chance():
    a, b = scene(51), warped(scene(51), similarity(0.9, 20, False, [30, 10]), 420, 320)
    assert evidence_of(a, b).to_dict() == evidence_of(a, b).to_dict()
