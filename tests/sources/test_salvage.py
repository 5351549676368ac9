"""With ``salvage`` a truncated JPEG, PNG or TIFF shows what is left of it, always marked as damaged."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from figecho.errors import InputError
from figecho.options import Limits, limit_names
from figecho.sources.open import read
from picture_files import encode, texture, tiff

SALVAGE = Limits(salvage=True)
GRAY = np.asarray(Image.fromarray(texture()).convert("L"))
FILES = {
    "jpeg": encode(texture(), "JPEG", quality=95),
    "jpeg gray": encode(GRAY, "JPEG", quality=95),
    "png": encode(texture(), "PNG"),
    "png gray": encode(GRAY, "PNG"),
    "tiff": tiff(texture(), photometric="rgb"),
    "tiff strips": tiff(GRAY, rowsperstrip=8),
    "tiff deflate": tiff(GRAY, rowsperstrip=8, compression="zlib"),
    "tiff tiled": tiff(GRAY, tile=(16, 16), compression="zlib"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_whole_file_is_read_as_ever(save, kind: str) -> None:
    path = save("whole", FILES[kind])
    (plain,), (salvaged,) = list(read(path)), list(read(path, limits=SALVAGE))
    assert salvaged.damage is None
    assert salvaged.content == plain.content


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("share", [0.5, 0.8])
def test_what_is_left_is_shown_and_marked(save, kind: str, share: float) -> None:
    (whole,) = read(save("whole", FILES[kind]))
    cut = save("cut", FILES[kind][: int(share * len(FILES[kind]))])
    with pytest.raises(InputError) as refused:
        list(read(cut))
    (left,) = read(cut, limits=SALVAGE)
    assert left.damage == refused.value.cause
    assert left.pixels.shape == whole.pixels.shape
    rows = (left.pixels == whole.pixels).reshape(len(whole.pixels), -1)
    sure = int(0.7 * share * len(rows))
    assert rows[: sure // 16 * 16].mean() > 0.95, "the upper part is what it was"
    assert not rows[-1].all(), "the lower part is missing"


def test_a_progressive_jpeg_is_shown_coarsely(save) -> None:
    whole = encode(texture(), "JPEG", progressive=True)
    (left,) = read(save("cut", whole[: len(whole) // 2]), limits=SALVAGE)
    assert left.damage is not None
    assert np.abs(left.pixels.astype(int) - texture()).mean() < 40


def test_pages_that_are_left_are_all_marked(save) -> None:
    whole = tiff(np.stack([GRAY, GRAY[::-1], GRAY[:, ::-1]]), photometric="minisblack", compression="zlib")
    found = list(read(save("cut", whole[: len(whole) // 2]), limits=SALVAGE))
    assert 1 <= len(found) < 3
    assert all(picture.damage is not None for picture in found)


@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff"])
def test_where_nothing_is_left_it_is_still_refused(save, kind: str) -> None:
    for length in (4, 10, 20):
        with pytest.raises(InputError):
            list(read(save("cut", FILES[kind][:length]), limits=SALVAGE))


def test_damage_other_than_a_lost_end_is_still_refused(save) -> None:
    content = bytearray(FILES["png"])
    content[len(content) // 2] ^= 1
    with pytest.raises(InputError, match="wrong checksum"):
        list(read(save("a.png", bytes(content)), limits=SALVAGE))


def test_a_small_file_that_claims_much_is_still_refused(save) -> None:
    whole = bytearray(tiff(GRAY))
    at = whole.index(b"\x17\x01\x04\x00")  # the tag StripByteCounts, one LONG
    whole[at + 8 : at + 12] = (2**32 - 1).to_bytes(4, "little")
    with pytest.raises(InputError):
        list(read(save("a.tif", bytes(whole)), limits=SALVAGE))


def test_salvaging_is_no_limit() -> None:
    assert "salvage" not in limit_names()
