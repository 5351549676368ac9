"""Authentic pictures, each with the group that decides whether it is for tuning or for reporting.

From the folder of real images (``FIGECHO_DATA``), the freely licensed pictures that scikit-image ships, and any further
folder that is named. Copies, brick, grass and gravel, which repeat themselves, are left out.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.errors import FigechoError
from figecho.sources.open import read

#: Pictures of scikit-image that show something and repeat nothing by themselves.
SKIMAGE = (
    *("astronaut.png", "camera.png", "cell.png", "chelsea.png", "coffee.png", "coins.png", "hubble_deep_field.jpg"),
    *("ihc.png", "microaneurysms.png", "moon.png", "motorcycle_left.png", "retina.jpg", "rocket.jpg", "page.png"),
)
#: Time-lapses and stacks: one group each, since neighbouring frames are alike.
ONE_GROUP = ("drosophila_seq1", "mitocheck", "isbi_em_train", "human_cells")
#: Augmented copies mirror themselves at their borders, so they are no authentic pictures.
LEFT_OUT = ("isbi_em_aug",)
#: Larger pictures are shrunk to this many pixels, and smaller sides are too small for a paste.
MOST_PIXELS, LEAST_SIDE = 1_200_000, 160
#: Pictures of fewer different values were drawn by a program, or are masks: no photograph has so few.
LEAST_LEVELS = 48


@dataclass(frozen=True, eq=False)
class Source:
    """An authentic picture; ``group`` names what it must not be separated from."""

    name: str
    group: str
    pixels: NDArray[np.uint8]

    @property
    def held_out(self) -> bool:
        """Whether it is for reporting: decided by the group's name, so that no picture changes sides."""
        return hashlib.sha1(self.group.encode()).digest()[0] % 2 == 0


def sources(data: Path, more: tuple[Path, ...] = ()) -> Iterator[Source]:
    """All authentic pictures of the folder of real images, of scikit-image and of further folders."""
    yield from _real(data)
    yield from _skimage()
    for folder in more:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            # Pictures in one subfolder are one group: channels, frames and views of one thing.
            yield from _read(file, file.relative_to(folder).parts[0])


def _real(data: Path) -> Iterator[Source]:
    seen = set()
    with (data / "folder.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["experiment"] in LEFT_OUT or row["pixel_identical_group"] in seen:
            continue
        if row["pixel_identical_group"]:
            seen.add(row["pixel_identical_group"])
        group = row["experiment"] if row["experiment"] in ONE_GROUP else row["file"]
        yield from _read(data / row["file"], group)
    for name in ("pairs/pdq/aaa-orig.jpg", "pairs/dupimages/20221026_124702_q95.jpg", "homography/graf/img1.png"):
        yield from _read(data / name, name)
    for file in sorted((data / "pairs" / "scene").glob("*.*")):
        yield from _read(file, "scene" + file.name[:4])


def _skimage() -> Iterator[Source]:
    import skimage.data

    folder = Path(skimage.data.__file__).parent
    for name in SKIMAGE:
        if (folder / name).is_file():
            yield from _read(folder / name, name)


def _read(file: Path, group: str) -> Iterator[Source]:
    try:
        picture = next(iter(read(file)))
    except FigechoError:  # the folder holds files that are none
        return
    pixels = picture.pixels
    height, width = pixels.shape[:2]
    if min(height, width) < LEAST_SIDE or len(np.unique(pixels)) < LEAST_LEVELS:
        return
    if height * width > MOST_PIXELS:
        zoom = (MOST_PIXELS / (height * width)) ** 0.5
        pixels = np.asarray(cv2.resize(pixels, (int(width * zoom), int(height * zoom)), interpolation=cv2.INTER_AREA))
    yield Source(file.name, group, np.asarray(pixels, dtype=np.uint8))
