"""Values beyond 8 bits are shown as an image viewer for scientists shows them, and nothing is lost on the way."""

import numpy as np
import pytest

from figecho.sources import display
from figecho.sources.image import from_array


@pytest.fixture
def micrograph() -> np.ndarray:
    """Nuclei of 12 bits in 16, on a noisy dark background."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:200, :200]
    cells = sum(
        np.exp(-((x - rng.integers(20, 180)) ** 2 + (y - rng.integers(20, 180)) ** 2) / 200.0) for _ in range(8)
    )
    return (300 + 900 * cells + rng.normal(0, 20, x.shape)).clip(0, 4095).astype(np.uint16)


def test_12_bit_micrograph_fills_the_display(micrograph: np.ndarray) -> None:
    picture = from_array(micrograph)
    low, high = int(micrograph.min()), int(micrograph.max())
    assert picture.notes == (f"16-bit values {low}–{high} shown as 0–255",)
    # as ImageJ opens it: linear from the smallest to the largest value
    expected = (micrograph.astype(float) - low) / (high - low) * 255
    assert np.abs(picture.pixels - expected).max() <= 0.51


def test_hot_pixels_do_not_darken_the_rest(micrograph: np.ndarray) -> None:
    hot = micrograph.copy()
    hot[::50, ::50] = 65535
    plain, spoiled = from_array(micrograph).pixels.astype(int), from_array(hot).pixels.astype(int)
    cool = hot != 65535
    assert np.abs(plain - spoiled)[cool].max() < 40
    assert np.corrcoef(plain[cool], spoiled[cool])[0, 1] > 0.999


def test_small_bright_structure_is_not_clipped() -> None:
    rng = np.random.default_rng(2)
    image = rng.normal(200, 10, (300, 300))
    image[100:108, 100:108] = np.linspace(2000, 3000, 64).reshape(8, 8)  # 0.07 % of the picture
    inside = from_array(image.astype(np.uint16)).pixels[100:108, 100:108]
    assert len(np.unique(inside)) > 20


def test_bright_speck_hides_nothing(micrograph: np.ndarray) -> None:
    speck = micrograph.copy()
    speck[5:8, 5:8] = 60000
    speck[6, 6] = 65535
    pixels = from_array(speck).pixels
    rest = np.ones(speck.shape, bool)
    rest[5:8, 5:8] = False
    assert pixels[rest].max() >= 185 and pixels[6, 6] > pixels[rest].max()


def test_full_range_photo_keeps_its_contrast(rgb: np.ndarray) -> None:
    deep = rgb.astype(np.uint16) * 257
    deep[0, 0, 0] ^= 1  # not merely a stretched 8-bit picture
    assert np.abs(from_array(deep).pixels.astype(int) - rgb).max() <= 1


def test_stretched_8_bit_is_8_bit_again(rgb: np.ndarray) -> None:
    picture = from_array(rgb.astype(np.uint16) * 257)
    assert picture.content == from_array(rgb).content and picture.notes == ()


def test_channels_are_scaled_together(rgb: np.ndarray) -> None:
    deep = rgb.astype(np.uint16) * 3 + 100
    deep[:, :, 2] //= 4
    pixels = from_array(deep).pixels
    assert pixels[:, :, 2].max() < 80 < pixels[:, :, 0].max()


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32, np.float64, np.int16])
@pytest.mark.parametrize("value", [0, 1, 777, -5])
def test_constant_picture(dtype: type, value: int) -> None:
    if value < 0 and np.dtype(dtype).kind == "u":
        return
    pixels = from_array(np.full((7, 9), value, dtype)).pixels
    assert pixels.shape == (7, 9) and len(np.unique(pixels)) == 1


@pytest.mark.parametrize("dtype", [">u2", "<u2", ">f4", "<f8", ">i4"])
def test_byte_order_is_no_content(dtype: str, micrograph: np.ndarray) -> None:
    other = micrograph.astype(dtype)
    native = other.astype(other.dtype.newbyteorder("="))
    assert from_array(other).content == from_array(native).content
    assert np.array_equal(from_array(other).pixels, from_array(native).pixels)


def test_not_finite_values_show_as_the_ends() -> None:
    image = np.linspace(100, 200, 400).reshape(20, 20).astype(np.float32)
    image[3, 3], image[4, 4], image[5, 5] = np.nan, np.inf, -np.inf
    picture = from_array(image)
    assert picture.pixels[3, 3] == 0 and picture.pixels[4, 4] == 255 and picture.pixels[5, 5] == 0
    assert "3 values are not finite" in picture.notes[0]


def test_more_light_is_never_shown_darker() -> None:
    rng = np.random.default_rng(3)
    for _ in range(40):
        scale = 10 ** rng.uniform(0, 4)
        image = rng.gamma(rng.uniform(0.1, 3), scale, (40, 40)).clip(0, 65535).astype(np.uint16)
        image[rng.random(image.shape) < 0.002] = rng.integers(0, 65536)
        pixels = from_array(image).pixels.ravel()
        order = np.argsort(image.ravel(), kind="stable")
        assert (np.diff(pixels[order].astype(int)) >= 0).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1)])
def test_thin_pictures(shape: tuple[int, int]) -> None:
    image = np.arange(shape[0] * shape[1], dtype=np.uint16).reshape(shape) ** 2
    assert from_array(image).pixels.shape == shape
    assert from_array(image.astype(np.float64) * 1e6).pixels.shape == shape


def test_canonical_of_wide_integers() -> None:
    assert display.canonical(np.full((2, 2), 70_000)).dtype == np.int64
    assert display.canonical(np.full((2, 2), 60_000)).dtype == np.uint16
