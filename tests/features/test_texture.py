"""Ink on a flat ground is not texture, whatever its size; a specimen is, however sparse."""

import cv2
import numpy as np
import pytest

from figecho.features.texture import contrast_levels, modelling, texture_area, tone_entropy, two_tone_share
from planted import blank, jpeg, scene


def nuclei(seed: int) -> np.ndarray:
    """Soft spots of many brightnesses on black."""
    rng = np.random.default_rng(seed)
    plane = np.zeros((300, 400), np.float32)
    for _ in range(40):
        x, y = rng.integers(20, 380), rng.integers(20, 280)
        cv2.circle(plane, (int(x), int(y)), 5, float(rng.uniform(30, 220)), -1)
    return np.clip(cv2.GaussianBlur(plane, (0, 0), 1.5) + 4, 0, 255).astype(np.uint8)


def test_an_even_panel_has_no_texture():
    assert texture_area(np.full((100, 120), 200, np.uint8)) == 0
    assert contrast_levels(np.full((100, 120), 200, np.float32)) == 0


def test_a_letter_and_a_scale_bar_are_not_texture():
    assert texture_area(blank("A")) < 24 * 24


@pytest.mark.parametrize("quality", [95, 75, 50])
def test_annotation_has_few_tones_and_a_scene_has_many(quality):
    everywhere = np.ones((320, 420), dtype=bool)
    assert tone_entropy(jpeg(blank("Control A"), quality).astype(np.float32), everywhere) < 2.9
    assert tone_entropy(jpeg(scene(1), quality).astype(np.float32), everywhere) > 4


def test_a_scene_is_texture_nearly_everywhere():
    pixels = scene(1)
    assert texture_area(pixels) > 0.95 * pixels.size


def test_annotation_has_one_contrast_and_a_specimen_has_many():
    assert contrast_levels(blank("Control A 10").astype(np.float32)) <= 2
    assert contrast_levels(nuclei(1).astype(np.float32)) >= 8


def test_two_gray_levels_explain_letters_but_no_specimen():
    everywhere = np.ones((320, 420), bool)
    assert two_tone_share(blank("Ctrl").astype(np.float32), everywhere) > 0.93
    assert two_tone_share(scene(3).astype(np.float32), everywhere) < 0.8
    assert two_tone_share(nuclei(1).astype(np.float32), np.ones((300, 400), bool)) < 0.92
    assert two_tone_share(np.full((50, 50), 7, np.float32), np.ones((50, 50), bool)) == 0


def grainy_nuclei(seed):
    """Round objects with a grainy inside on a dark ground."""
    rng = np.random.default_rng(seed)
    plane = np.full((160, 200), 15, np.float32)
    rows, columns = np.mgrid[:160, :200]
    for x, y in ((40, 40), (120, 60), (70, 120)):
        inside = np.hypot(columns - x, rows - y) < 14
        plane[inside] = 160 + cv2.GaussianBlur(rng.normal(0, 120, plane.shape), (0, 0), 2)[inside]
    return plane + rng.normal(0, 1.5, plane.shape).astype(np.float32)


def test_nuclei_have_an_inside_and_print_has_none():
    everywhere = np.ones((160, 200), bool)
    letters = np.full((160, 200), 15, np.uint8)
    cv2.putText(letters, "B3", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 255, 3, cv2.LINE_AA)
    cv2.rectangle(letters, (100, 120), (180, 127), 255, -1)
    cv2.circle(letters, (150, 40), 9, 255, -1, cv2.LINE_AA)
    noisy = letters + np.random.default_rng(1).normal(0, 3, letters.shape)
    assert modelling(grainy_nuclei(2), everywhere) > 0.02
    assert modelling(noisy.astype(np.float32), everywhere) < 0.005
    assert modelling(np.full((160, 200), 15, np.float32), everywhere) == 0
