"""What is kept of a panel: nothing where there is nothing, enough where contrast is low, spread evenly."""

import numpy as np
import pytest

from figecho.features import serialize
from figecho.features.channels import informative_channel
from figecho.features.sift import extract, rootsift, spread
from figecho.options import ReuseOptions
from planted import scene

OPTIONS = ReuseOptions()


def test_a_flat_panel_has_no_features_and_no_texture():
    features = extract(np.full((200, 300), 128, np.uint8), OPTIONS)
    assert len(features) == 0
    assert features.descriptors.shape == (0, 128)
    assert features.texture == 0
    assert features.size == (300, 200)


def test_features_have_no_truth_value():
    with pytest.raises(TypeError, match="len"):
        bool(extract(np.full((50, 50), 9, np.uint8), OPTIONS))


def test_low_contrast_still_gives_keypoints():
    faint = (120 + (scene(1).astype(float) - 120) * 0.06).astype(np.uint8)
    assert len(extract(faint, OPTIONS)) > 50


def test_no_more_keypoints_than_asked_for():
    assert len(extract(scene(2, 800, 600), ReuseOptions(max_keypoints=300))) <= 330  # a place may have two angles


def test_a_large_panel_is_shrunk_and_says_by_how_much():
    features = extract(scene(3, 1400, 700), ReuseOptions(working_side=700))
    assert features.luma.shape == (350, 700)
    assert features.zoom == 0.5
    assert features.size == (1400, 700)


def test_pure_blue_false_colour_is_read_from_its_channel():
    gray = scene(4)
    blue = np.zeros((*gray.shape, 3), np.uint8)
    blue[..., 2] = gray
    assert np.array_equal(informative_channel(blue), gray)
    natural = np.stack([gray, gray, gray], axis=-1)
    assert np.array_equal(informative_channel(natural), gray)


def test_spread_takes_the_best_of_every_cell_first():
    crowded = np.column_stack([np.linspace(0, 20, 50), np.zeros(50)]).astype(np.float32)
    lonely = np.array([[230, 230]], np.float32)
    points = np.vstack([crowded, lonely])
    responses = np.r_[np.full(50, 1.0), 0.01].astype(np.float32)
    assert 50 in spread(points, responses, (240, 240), 10)
    assert len(spread(points, responses, (240, 240), 10)) == 10


def test_rootsift_is_the_hellinger_kernel():
    descriptors = extract(scene(5), OPTIONS).descriptors[:20]
    roots = rootsift(descriptors)
    share = descriptors / descriptors.sum(axis=1, keepdims=True)
    assert np.allclose(roots @ roots.T, np.sqrt(share) @ np.sqrt(share).T, atol=1e-5)
    assert np.all(rootsift(np.zeros((2, 128), np.uint8)) == 0)


def test_features_survive_serialisation_bit_for_bit():
    features = extract(scene(6), OPTIONS)
    again = serialize.loads(serialize.dumps(features))
    for name in ("luma", "points", "sizes", "angles", "descriptors"):
        assert np.array_equal(getattr(features, name), getattr(again, name))
    assert (again.zoom, again.size, again.texture) == (features.zoom, features.size, features.texture)


def test_foreign_bytes_are_refused():
    with pytest.raises((ValueError, OSError)):
        serialize.loads(b"not features")
