"""A library filled up to many panels with stand-ins: what a query and ten more documents take, and memory.

    python -m benchmarks.scale.filled --work DIR [--panels 10000] [--jobs 1]

A stand-in has the signature of a panel that `benchmarks.scale` has read, with noise on its descriptors and another
hash, under a key of its own, and that panel's features: it takes what a panel takes. Recall is not measured; a query
finds the other stand-ins of its panel.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.scale.__main__ import ADD, ADDED, ENVIRONMENT
from benchmarks.scale.folder import PANELS_PER_FOLDER, draw
from benchmarks.scale.recall import query_seconds
from benchmarks.scale.usage import measure
from figecho.features.signatures import Signature, dumps
from figecho.scan import shelving
from figecho.scan.corpus import read_signatures
from figecho.store import shelf
from figecho.store.panels import FEATURES, PanelStore, StoredDocument, StoredPanel
from figecho.types import Occurrence

#: Standard deviation of the noise on a descriptor's 128 numbers, which reach 255.
NOISE = 25.0
REFRESH = """
import sys
from pathlib import Path
from figecho.scan.shelving import refresh
from figecho.store import shelf
from figecho.work.serial import Serial

folder = Path(sys.argv[1])
with shelf.writing(folder) as store:
    refresh(folder, store, Serial())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--panels", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    (path,) = arguments.work.resolve().glob(".figecho/cache/*/panels.db")
    library = arguments.work.resolve() / f"filled {arguments.panels}"
    with PanelStore(path) as store:
        unseen = [*_unseen(arguments.work.resolve(), store)]
        if not shelf.exists(library):
            _fill(library, store, arguments.panels)
    built = measure([sys.executable, "-c", REFRESH, str(library)], library, ENVIRONMENT)
    query = query_seconds(library)
    added = measure([sys.executable, "-c", ADD, str(arguments.jobs), str(library), *unseen], library, ENVIRONMENT)
    print(json.dumps({
        "panels": arguments.panels,
        "segment_cpu_s": round(built.cpu, 1),
        "segment_peak_mb": round(built.peak_bytes / 1e6),
        "query": query,
        "add_ten": {"cpu_s": round(added.cpu, 2), "peak_mb": round(added.peak_bytes / 1e6)},
    }))  # fmt: skip


def _unseen(work: Path, store: PanelStore) -> Iterator[str]:
    """Ten pictures that no scan has read."""
    count = sum(1 for _ in store.documents()) // PANELS_PER_FOLDER * PANELS_PER_FOLDER
    *_, folder = draw(work / "figs", count + 2 * PANELS_PER_FOLDER)[0]
    return (str(file) for file in sorted(folder.glob("*-*.png"))[:ADDED])


def _fill(library: Path, store: PanelStore, panels: int) -> None:
    shelving.create(library, "balanced")
    rng = np.random.default_rng(0)
    keys = [content.key for content in store.contents()]
    with shelf.writing(library) as filled:
        for start in range(0, panels, PANELS_PER_FOLDER):
            numbers = range(start, min(start + PANELS_PER_FOLDER, panels))
            document = StoredDocument(str(start), str(start), f"{start}.pdf", len(numbers), len(numbers))
            filled.add_document(document, (_stand_in(rng, store, keys[n % len(keys)], n) for n in numbers))


def _stand_in(rng: np.random.Generator, store: PanelStore, key: str, number: int) -> StoredPanel:
    own = hashlib.sha256(f"{key} {number}".encode()).hexdigest()
    (signature,) = read_signatures([store], [key])
    place = Occurrence(str(number), "stand-in.pdf", None, 1, None, None, (0, 0, 100, 100), own)
    features = store.blob(FEATURES, key) or b""
    return StoredPanel(place, signature.keypoints, False, features, dumps(_noisy(rng, signature)))


def _noisy(rng: np.random.Generator, signature: Signature) -> Signature:
    noise = rng.normal(0, NOISE, signature.descriptors.shape)
    descriptors = np.clip(signature.descriptors + noise, 0, 255).astype(np.uint8)
    return replace(signature, descriptors=descriptors, hashes=rng.integers(0, 256, signature.hashes.shape, np.uint8))


if __name__ == "__main__":
    main()
