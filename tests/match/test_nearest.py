"""The four variants are exact, and the ratio test does what Lowe says."""

import cv2
import numpy as np
import pytest

from figecho.features.sift import extract
from figecho.match.nearest import VARIANTS, Variant, permutation, tentative_matches
from figecho.options import ReuseOptions
from planted import scene

OPTIONS = ReuseOptions()


def describe_at(gray, keypoints):
    return cv2.SIFT_create(0, 3, 0.004, 10, 1.6, cv2.CV_32F, True).compute(gray, keypoints)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_permutation_equals_describing_the_altered_image(variant: Variant):
    """Interpolation differs by rounding only, so nearly all descriptors agree to a few percent."""
    gray = scene(1, 321, 241)
    sift = cv2.SIFT_create(0, 3, 0.02, 10, 1.6, cv2.CV_32F, True)
    keypoints = [k for k in sift.detect(gray, None) if 40 < k.pt[0] < 280 and 40 < k.pt[1] < 200 and k.size < 12]
    keypoints, plain = describe_at(gray, keypoints)
    altered = gray[:, ::-1] if variant.mirrored else gray
    altered = np.ascontiguousarray(255 - altered if variant.inverted else altered)
    moved = []
    for k in keypoints:
        x = gray.shape[1] - 1 - k.pt[0] if variant.mirrored else k.pt[0]
        angle = (180 - k.angle if variant.mirrored else k.angle) + (180 if variant.inverted else 0)
        moved.append(cv2.KeyPoint(x, k.pt[1], k.size, angle % 360, k.response, k.octave))
    _, expected = describe_at(altered, moved)
    permuted = plain[:, permutation(variant)]
    error = np.linalg.norm(permuted - expected, axis=1) / np.linalg.norm(expected, axis=1)
    assert len(error) > 100
    assert np.median(error) < 0.05
    if variant != Variant(False, False):
        unpermuted = np.linalg.norm(plain - expected, axis=1) / np.linalg.norm(expected, axis=1)
        assert np.median(unpermuted) > 0.5


def test_nothing_matches_nothing():
    flat = extract(np.full((100, 100), 7, np.uint8), OPTIONS)
    found = tentative_matches(flat, extract(scene(2), OPTIONS), 0.87)
    assert [len(matches) for matches in found] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("alter", "variant"),
    [
        (lambda x: x, Variant(False, False)),
        (lambda x: x[:, ::-1], Variant(True, False)),
        (lambda x: 255 - x, Variant(False, True)),
        (lambda x: 255 - x[::-1], Variant(True, True)),
    ],
)
def test_the_right_variant_wins_by_far(alter, variant):
    gray = scene(3)
    a, b = extract(gray, OPTIONS), extract(np.ascontiguousarray(alter(gray)), OPTIONS)
    counts = {matches.variant: len(matches) for matches in tentative_matches(a, b, 0.87)}
    others = max(count for other, count in counts.items() if other != variant)
    assert counts[variant] > 3 * others


def test_matches_are_sorted_and_unique():
    a, b = extract(scene(4), OPTIONS), extract(scene(5), OPTIONS)
    for matches in tentative_matches(a, b, 0.95):
        assert np.all(np.diff(matches.ratio) >= 0)
        assert len({(i, j) for i, j in zip(matches.a.tolist(), matches.b.tolist(), strict=True)}) == len(matches)
