"""A picture as the network's authors resized it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from figecho.features.embed import VGG16_RECIPE, Recipe
from figecho.models.preprocess import Shrink
from planted import scene


def test_vgg16_sees_the_nearest_pixels_whatever_the_shape() -> None:
    pixels = np.dstack([scene(seed, 301, 97) for seed in range(3)])
    rows, columns = (np.floor((np.arange(224) + 0.5) * side / 224).astype(int) for side in pixels.shape[:2])
    assert (Shrink(VGG16_RECIPE)(pixels) == pixels[np.ix_(rows, columns)]).all()


def test_gray_becomes_three_equal_channels() -> None:
    seen = Shrink(VGG16_RECIPE)(scene(1))
    assert seen.shape == (224, 224, 3) and (seen[..., :1] == seen).all()


def test_the_centre_is_cut_out_after_resizing_the_shorter_side() -> None:
    pixels = scene(2, 640, 320)
    seen = Shrink(Recipe(100, 120, resize="bicubic", shorter_side=160))(pixels)
    whole = np.asarray(Image.fromarray(pixels).resize((320, 160), Image.Resampling.BICUBIC))
    assert (seen[..., 0] == whole[30:130, 100:220]).all()


def test_a_single_pixel_is_a_picture() -> None:
    assert (Shrink(Recipe())(np.full((1, 1), 9, np.uint8)) == 9).all()
