"""Signatures of real and drawn pictures with planted copies: what a simulation hides, and what it draws from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.scale.folder import draw
from figecho.features.sift import extract
from figecho.features.signatures import Signature, dumps, loads, sign
from figecho.options import ReuseOptions

SUFFIX = ".signature"


@dataclass(frozen=True, eq=False)
class Real:
    """Planted pairs of signatures with the kind of change between them, and signatures of unrelated panels."""

    pairs: tuple[tuple[str, Signature, Signature], ...]
    others: tuple[Signature, ...]


def real(work: Path, panels: int) -> Real:
    """The signatures of so many pictures of `benchmarks.scale.folder`; what was read before is taken from ``work``."""
    folders, planted = draw(work / "figs", panels)
    files = sorted(file for folder in folders for file in folder.glob("*.png"))
    for file in files:
        if not file.with_suffix(SUFFIX).exists():
            _sign(file)
    read = {str(file): loads(file.with_suffix(SUFFIX).read_bytes()) for file in files}
    pairs = tuple((pair.kind, read.pop(pair.a), read.pop(pair.b)) for pair in planted)
    return Real(pairs, tuple(read.values()))


def _sign(file: Path) -> None:
    pixels = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    rgb = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., 2::-1])
    file.with_suffix(SUFFIX).write_bytes(dumps(sign(extract(rgb, ReuseOptions()))))
