"""What a stored result depends on: the options and the code that made it. Neither ever meets the other's results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from figecho import ocr
from figecho._version import __version__
from figecho.features.serialize import VERSION as FEATURES_VERSION
from figecho.features.signatures import VERSION as SIGNATURES_VERSION
from figecho.options import Limits, ReuseOptions

#: The parts whose code decides what is stored of a document or a pair.
COMPONENTS = (
    *("sources", "panels", "features", "match"),
    *("compare.py", "content.py", "figures.py", "inside.py", "ocr.py", "within.py"),
)


def feature_settings(options: ReuseOptions) -> dict[str, Any]:
    """What features and signatures depend on, as a library states it: they outlive versions that leave these alone."""
    return {
        "features": FEATURES_VERSION,
        "signatures": SIGNATURES_VERSION,
        "working_side": options.working_side,
        "max_keypoints": options.max_keypoints,
    }


def cache_key(options: ReuseOptions, limits: Limits) -> str:
    """Names the cache of these options and exactly this code, in 16 hexadecimal digits.

    Corrected panels share it: they name the documents in it that they are about (`scan.reading.document_key`).
    """
    # What is refused by one limit may pass another.
    size = {name: value for name, value in asdict(limits).items() if name.startswith("max_")}
    what = {**asdict(options), **size, "salvage": limits.salvage, "version": __version__, "code": _code()}
    what |= {"reader": ocr.reader_version()}
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode("ascii")).hexdigest()[:16]


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for component in COMPONENTS:
        for file in _sources(files("figecho") / component):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _sources(place: Traversable) -> Iterator[Traversable]:
    """A file, or the files of code and data below a folder, in an order that does not depend on the machine."""
    if place.is_dir():
        for entry in sorted(place.iterdir(), key=lambda entry: entry.name):
            yield from _sources(entry)
    elif place.name.endswith((".py", ".json", ".npz")):
        yield place
