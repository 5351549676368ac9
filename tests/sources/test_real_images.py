"""The broken, hostile and real images of the shared folder."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from figecho.errors import InputError
from figecho.options import Limits
from figecho.sources.folder import find
from figecho.sources.open import read

#: Broken in their pixel data, and silently accepted by more lenient readers, or correct and hard to read.
REFUSED = ("20b38b_broken.png", "556813_truncated_jpeg.jpg", "931162_truncated_end_chunk.png", "f9e6f4_badwidth.bmp")
READ = ("8ac321_photoshop-200dpi-broken.jpg", "facae2_invalid-exif.jpg", "dbb2f4_tiff_16bit_RGB.tiff", "1c70a5_lab.tif")


def test_bad_input_is_read_or_refused_with_a_reason(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    outcome = {}
    for path in sorted((data / "badinput").rglob("*.*")):
        try:
            outcome[path.name] = len(list(read(str(path), limits=Limits(max_pixels=20_000_000))))
        except InputError as error:
            assert error.cause and error.remedy and "\n" not in str(error)
            outcome[path.name] = 0
    assert len(outcome) > 250
    assert all(outcome[name] == 0 for name in REFUSED)
    assert all(outcome[name] == 1 for name in READ)
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""


def test_folder_adds_up_and_pixel_identical_files_share_their_content(data: Path) -> None:
    root = data / "folder"
    files = [path for path in root.rglob("*") if path.is_file()]
    found = list(find([str(root)]))
    assert len(found) == len(files) and all(isinstance(entry, str) for entry in found)
    contents: dict[str, set[str]] = defaultdict(set)
    with (data / "folder.csv").open() as table:
        for row in csv.DictReader(table):
            if row["pixel_identical_group"]:
                (picture,) = read(str(data / row["file"]))
                contents[row["pixel_identical_group"]].add(picture.content)
    assert len(contents) > 10
    assert all(len(group) == 1 for group in contents.values())
    assert len(set.union(*contents.values())) == len(contents)
