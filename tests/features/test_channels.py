"""A merge is known by its stains; pictures of one stain in any colour are not merges."""

import cv2
import numpy as np
import pytest

from figecho.features.channels import merged_channels
from planted import scene


def test_gray_and_flat_pictures_are_no_merges():
    assert merged_channels(scene(1)) == []
    assert merged_channels(np.full((80, 90, 3), 40, np.uint8)) == []


def test_the_stains_of_a_merge_are_its_channels():
    red, blue = scene(2), scene(3)
    merged = np.stack([red, np.zeros_like(red), blue], axis=2)
    channels = merged_channels(merged)
    assert len(channels) == 2
    assert np.array_equal(channels[0], red)
    assert np.array_equal(channels[1], blue)


@pytest.mark.parametrize("colormap", [cv2.COLORMAP_JET, cv2.COLORMAP_VIRIDIS, cv2.COLORMAP_BONE])
def test_a_colour_map_is_no_merge(colormap):
    assert merged_channels(np.ascontiguousarray(cv2.applyColorMap(scene(4), colormap)[..., ::-1])) == []


def test_one_stain_in_pure_blue_is_no_merge():
    plane = scene(5)
    assert merged_channels(np.stack([np.zeros_like(plane), np.zeros_like(plane), plane], axis=2)) == []
