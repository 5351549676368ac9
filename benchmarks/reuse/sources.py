"""Base images, real and drawn, split into training and test sources by group.

Two sources of one group show the same specimen or scene; a group lies wholly on one side of the split, and two
pictures of one group are never called unrelated. Real images come from the folder of `FIGECHO_DATA` (see
tests/conftest.py) and from the samples of scikit-image and scikit-learn.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.reuse.textures import Pixels, textures

__all__ = ["Source", "fitted", "generator", "real_folder", "sources", "textures"]

#: Longest side of a base image, pixels: larger ones are shrunk to what a journal prints.
LONGEST = 760
#: Drawn pictures per family and split.
DRAWN = 8
#: Sample pictures of scikit-image; grass, gravel and brick are left out, since they contain repeats of themselves.
SAMPLES = (
    "camera", "coins", "moon", "cell", "coffee", "astronaut", "cat", "rocket", "hubble_deep_field",
    "immunohistochemistry", "retina", "microaneurysms", "clock",
)  # fmt: skip
#: Real folders whose group is the whole experiment, and where it goes.
EXPERIMENTS = {"human_cells": "train", "isbi_em_train": "train", "drosophila_seq1": "test", "mitocheck": "test"}
#: One picture, or channels that differ, of each: further frames are neighbours, measured apart.
ONE_OF = {
    "human_cells": ("Human__images__AS_09125_050116030001_D03f00d0", "Human__images__AS_09125_050116030001_D03f00d1",
                    "Human__images__AS_09125_050116030001_D03f00d2"),
    "isbi_em_train": ("image__0", "image__4"),
    "drosophila_seq1": ("_0000",),
    "mitocheck": ("T00000",),
}  # fmt: skip
#: Nuclei and spots of one collection, by the specimen that each shows.
SPECIMENS = (
    "few_separate_nuclei", "few_touching_nuclei", "mitocheck_incenp_t1", "nup", "nuclei_high_dynamic_range",
    "nuclei_noisy_large", "nuclei_very_noisy", "nucleus_calibrated", "some_spots_with_uneven_bg",
    "spots_local_background", "touching_objects",
)  # fmt: skip
#: lanes.png is left out: its lanes are cut from blot_1.
BLOTS = {
    "blot_1.png": "train", "blot_2.png": "test", "gel-example.png": "train", "ladder_reference_gel.tif": "test",
    "overheated_ref.tif": "train",
}  # fmt: skip
PHOTOS = (
    "pairs/pdq/aaa-orig.jpg", "pairs/dupimages/20221026_124702_q95.jpg", "pairs/scene/sacre_coeur1.jpg",
    "pairs/scene/DSC_0410.JPG", "homography/graf/img1.png",
)  # fmt: skip
#: Overlapping exposures of one smear, found by looking at what figecho offered: repeated fields, not unrelated ones.
REPEATED_FIELDS = {
    "bccd_blood/00019": "bccd_blood/19+20", "bccd_blood/00020": "bccd_blood/19+20",
    "bccd_blood/00037": "bccd_blood/37+38", "bccd_blood/00038": "bccd_blood/37+38",
    "bccd_blood/00040": "bccd_blood/40+41", "bccd_blood/00041": "bccd_blood/40+41",
    "bccd_blood/00044": "bccd_blood/44+45", "bccd_blood/00045": "bccd_blood/44+45",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A base image. ``repeats`` says that it contains copies of parts of itself."""

    name: str
    group: str
    family: str
    real: bool
    draw: Callable[[], Pixels]
    repeats: bool = False


def generator(*key: object) -> np.random.Generator:
    """The generator that a key names, the same in every process and on every machine."""
    return np.random.default_rng(zlib.crc32(repr(key).encode()))


def sources(split: str) -> dict[str, Source]:
    """All sources of a split (``train`` or ``test``) by name."""
    found = [*_real(split), *_samples(split), *_drawn(split)]
    return {source.name: source for source in found}


def real_folder() -> Path | None:
    """The folder of real images, or None where there is none."""
    folder = Path(os.environ.get("FIGECHO_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")).resolve()
    return folder if folder.is_dir() else None


def fitted(pixels: Pixels, longest: int = LONGEST) -> Pixels:
    """The picture shrunk until its longest side fits."""
    zoom = longest / max(pixels.shape[:2])
    shrunk = cv2.resize(pixels, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA) if zoom < 1 else pixels
    return np.ascontiguousarray(shrunk)


def _side(group: str) -> str:
    return "train" if zlib.crc32(group.encode()) % 2 else "test"


def _file(path: Path) -> Callable[[], Pixels]:
    def draw() -> Pixels:
        from figecho.sources.open import read

        return fitted(next(iter(read(path))).pixels)

    return draw


def _real(split: str) -> list[Source]:
    """Sources from the folder of real images."""
    data = real_folder()
    if data is None:
        return []
    found = []

    def add(path: Path, name: str, group: str, family: str, side: str, *, repeats: bool = False) -> None:
        if side == split:
            found.append(Source(name, group, family, True, _file(path), repeats))

    for path in sorted((data / "folder" / "bccd_blood").iterdir()):
        number = path.stem[-5:]
        # Fields 19 and 20 overlap, so the cut between the splits must not part them.
        name, side = f"bccd_blood/{number}", "train" if int(number) < 23 else "test"
        add(path, name, REPEATED_FIELDS.get(name, name), "bccd_blood", side)
    for experiment, side in EXPERIMENTS.items():
        for path in sorted((data / "folder" / experiment).iterdir()):
            if path.stem.endswith(ONE_OF[experiment]) or any(f"{part}-" in path.stem for part in ONE_OF[experiment]):
                add(path, f"{experiment}/{path.stem[-16:]}", experiment, experiment, side)
    for path in sorted((data / "folder" / "yeast").iterdir()):
        if "Template" not in path.stem:  # a white disc: nothing that could be recognised
            add(path, f"yeast/{path.stem[-12:]}", path.stem, "yeast", _side(path.stem))
    for index, name in enumerate(SPECIMENS):
        path = data / "folder" / "neubias_variants" / f"xy_8bit__{name}.tif"
        add(path, name, name, "nuclei-photographed", ("train", "test")[index % 2])
    for name, side in BLOTS.items():
        add(data / "folder" / "blots" / name, name, name, "blot-photographed", side)
    for index, name in enumerate(PHOTOS):
        add(data / name, name, name, "photo", ("train", "test")[index % 2])
    scenes = (path for path in sorted((data / "copymove" / "grip_baheesa").iterdir()) if "_gt" not in path.stem)
    for index, path in enumerate(scenes):
        add(path, path.stem, path.stem, "photo", ("test", "train")[index % 2], repeats=True)
    return found


def _samples(split: str) -> list[Source]:
    """Sample pictures of scikit-image and scikit-learn, those that are installed."""
    import skimage.data
    import sklearn.datasets

    found = []
    for index, name in enumerate(SAMPLES):
        if ("train", "test")[index % 2] == split:
            draw = getattr(skimage.data, name)
            found.append(Source(name, name, "photo", True, lambda draw=draw: fitted(_opaque(draw()))))
    folder = Path(sklearn.datasets.__file__).parent / "images"
    for name, side in (("china.jpg", "train"), ("flower.jpg", "test")):
        if side == split:
            found.append(Source(name, name, "photo", True, _file(folder / name)))
    return found


def _opaque(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[..., :3] if pixels.ndim == 3 else pixels)


def _drawn(split: str) -> list[Source]:
    """Procedural pictures of a journal panel's size; blots are as wide and low as blots are printed."""
    found = []
    for family, draw in textures().items():
        for number in range(DRAWN):
            name = f"{family}-{split}-{number}"

            def drawn(name: str = name, family: str = family, draw: object = draw) -> Pixels:
                rng = generator(name)
                wide, high = ((260, 720), (80, 150)) if family == "blot" else ((340, 760), (300, 620))
                return draw(rng, (int(rng.integers(*wide)), int(rng.integers(*high))))

            found.append(Source(name, name, family, False, drawn))
    return found
