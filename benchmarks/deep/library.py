"""How long it takes to rank a library's panels, once they are described.

    python -m benchmarks.deep.library [--panels 10000]

Random vectors of VGG16's length, and random hashes: reading all of them and searching costs the same whatever they are.
"""

from __future__ import annotations

import argparse
import tempfile
import time

import numpy as np

from figecho.features import embed
from figecho.models.hashers import open_hasher
from figecho.models.model import ranked
from figecho.store.embeddings import Embeddings

FEATURES, TOP = 512, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--panels", type=int, default=10_000)
    count = parser.parse_args().panels
    rng = np.random.default_rng(1)
    keys = [f"{number:064d}" for number in range(count)]
    hasher = open_hasher("phash")
    vectors, hashes = rng.standard_normal((count, FEATURES)).astype(np.float32), rng.random((count, 8, 256)) < 0.5
    print("| rows | reading | one query |\n|---|---|---|")
    for name, rows in (("vectors", vectors), ("hashes", hashes)):
        with tempfile.TemporaryDirectory() as folder, Embeddings(folder, name) as kept:
            kept.add(dict(zip(keys, rows, strict=True)))
            started = time.process_time()
            known = kept.known(keys)
            stored = np.stack([known[key] for key in keys])
            read = time.process_time()
            if rows is hashes:
                list(ranked(hasher, stored[:1], stored, TOP))
            else:
                embed.nearest(stored[:1], stored, TOP)
            done = time.process_time()
        print(f"| {name} | {read - started:.2f} s | {done - read:.2f} s |")


if __name__ == "__main__":
    main()
