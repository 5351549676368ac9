"""A false-colour copy is brought back to its values; natural colour is left alone."""

import cv2
import numpy as np
import pytest

from figecho.features.colormap import undo_colormap
from planted import jpeg, scene


def test_gray_shown_as_rgb_is_no_colour_map():
    assert undo_colormap(np.stack([scene(1)] * 3, axis=-1)) is None


@pytest.mark.parametrize("colormap", [cv2.COLORMAP_JET, cv2.COLORMAP_TURBO, cv2.COLORMAP_RAINBOW])
def test_values_come_back_after_jpeg(colormap):
    gray = scene(2)
    false_colour = jpeg(cv2.applyColorMap(gray, colormap), 85)[..., ::-1]
    values = undo_colormap(np.ascontiguousarray(false_colour))
    assert values is not None
    assert np.corrcoef(values.ravel(), gray.ravel())[0, 1] > 0.93


def test_stained_tissue_is_not_a_colour_map():
    gray = scene(3).astype(np.float32) / 255
    stained = np.stack([0.9 * gray**0.5, 0.5 * gray, 0.8 * gray**0.7], axis=-1)
    assert undo_colormap((255 * np.clip(stained, 0, 1)).astype(np.uint8)) is None


def test_natural_photographs_are_left_alone():
    data = pytest.importorskip("skimage.data")
    for name in ("astronaut", "coffee", "chelsea"):
        assert undo_colormap(getattr(data, name)()) is None


@pytest.mark.parametrize("colormap", [cv2.COLORMAP_VIRIDIS, cv2.COLORMAP_PLASMA, cv2.COLORMAP_INFERNO])
@pytest.mark.parametrize("part", [(0, 80), (60, 140), (0, 255)])
def test_a_part_of_a_steady_map_is_not_taken_for_a_part_of_another(colormap, part):
    """Dark viridis lies near the blue end of rainbow, which runs the other way."""
    gray = (part[0] + scene(2) * ((part[1] - part[0]) / 255)).astype(np.uint8)
    false_colour = jpeg(cv2.applyColorMap(gray, colormap), 85)[..., ::-1]
    assert undo_colormap(np.ascontiguousarray(false_colour)) is None
