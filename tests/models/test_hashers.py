"""pHash and PDQ of real pixels."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import imagehash
import numpy as np
import pytest
from PIL import Image

from figecho.errors import UnavailableError
from figecho.features.hashes import orientations
from figecho.models import hashers
from planted import jpeg, scene


@pytest.fixture(params=["phash", "pdq"])
def hasher(request: pytest.FixtureRequest) -> hashers.Hasher:
    if request.param == "pdq":
        pytest.importorskip("pdqhash")
    return hashers.open_hasher(request.param)


def alike(hasher: hashers.Hasher, a: np.ndarray, b: np.ndarray) -> float:
    rows = hasher.describe([hasher.preparation(pixels) for pixels in (a, b)])
    return float(hasher.similarity(rows[:1], rows[1:])[0, 0])


def test_no_pictures_are_no_rows(hasher: hashers.Hasher) -> None:
    assert hasher.similarity(hasher.describe([]), hasher.describe([])).shape == (0, 0)


def test_a_picture_is_its_own_copy_in_any_orientation(hasher: hashers.Hasher) -> None:
    picture = scene(1)
    assert alike(hasher, picture, picture) == 1
    for turned in orientations(jpeg(picture, 70)):
        assert alike(hasher, picture, turned) > 0.95


def test_another_picture_is_not(hasher: hashers.Hasher) -> None:
    assert alike(hasher, scene(1), scene(2)) < 0.75


def test_gray_and_the_same_gray_in_three_channels_are_one(hasher: hashers.Hasher) -> None:
    assert alike(hasher, scene(1), np.repeat(scene(1)[..., None], 3, axis=2)) == 1


def test_a_plain_or_tiny_picture_has_a_hash_too(hasher: hashers.Hasher) -> None:
    for pixels in (np.full((50, 60), 255, np.uint8), np.zeros((1, 1), np.uint8), np.zeros((3, 900, 3), np.uint8)):
        assert hasher.preparation(pixels).shape == (8, hashers.BITS)


def test_phash_is_the_one_that_everyone_computes() -> None:
    colour = np.random.default_rng(4).integers(0, 256, (333, 250, 3), dtype=np.uint8)
    for pixels in (scene(3, 700, 500), colour):
        expected = imagehash.phash(Image.fromarray(pixels), hash_size=16).hash.ravel()
        assert (hashers.HashAllWays("phash")(pixels)[0] == expected).all()


def test_pdq_of_a_picture_of_usual_size_is_the_one_that_everyone_computes() -> None:
    pdqhash = pytest.importorskip("pdqhash")
    expected, _ = pdqhash.compute(np.repeat(scene(3)[..., None], 3, axis=2))
    assert (hashers.HashAllWays("pdq")(scene(3))[0] == np.asarray(expected, bool)).all()


def test_without_pdqhash_a_sentence_says_why_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(hashers, "version", missing)
    with pytest.raises(UnavailableError, match=r"source only.*figecho\[pdq\].*compiler"):
        hashers.open_hasher("pdq")
