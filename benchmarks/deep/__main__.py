"""VGG16 by figecho against Keras: the same features, and how fast.

    python -m venv /tmp/keras && /tmp/keras/bin/pip install keras h5py pillow torch
    python -m benchmarks.deep --keras /tmp/keras/bin/python [--weights FILE.h5]

Without ``--weights`` both sides load seeded weights of the official shape, in the official file's layout. Each side
runs in a process of its own, one after the other, on the same cores. Speed is that of the network alone, the best of
three rounds of 16 pictures; on a machine that does other things, trust the rate per second of CPU time.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.deep.weights import seeded, write_official_layout

HERE = Path(__file__).parent
DATA = Path(os.environ.get("FIGECHO_DATA", HERE.parents[2] / "shared" / "data"))
PICTURES = 20
#: The one layout difference in the picture, not the network: Keras reads 8-bit colour and gray as figecho does.
PLAIN_MODES = ("RGB", "L")


def pictures() -> list[str]:
    """Real pictures of every experiment in turn, blots and photographs among them."""
    with (DATA / "folder.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["mode"] in PLAIN_MODES and row["frames"] == "1"]
    experiments: dict[str, list[str]] = {}
    for row in rows:
        experiments.setdefault(row["experiment"], []).append(str(DATA / row["file"]))
    photographs = sorted(str(path) for path in (DATA / "pairs" / "scene").glob("*.jpg"))[:3]
    turns = zip(*(paths * PICTURES for paths in experiments.values()), strict=False)
    chosen = dict.fromkeys([*photographs, *(path for turn in turns for path in turn)])
    return list(chosen)[:PICTURES]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--keras", required=True, help="a Python interpreter with Keras, h5py and Pillow")
    parser.add_argument("--weights", type=Path)
    arguments = parser.parse_args()
    paths = pictures()
    with tempfile.TemporaryDirectory() as scratch:
        weights = arguments.weights or Path(scratch) / "seeded_notop.h5"
        if arguments.weights is None:
            write_official_layout(weights, seeded())
        sides = {}
        for name, interpreter, script in (
            ("keras", arguments.keras, HERE / "keras_side.py"),
            ("figecho", sys.executable, HERE / "figecho_side.py"),
        ):
            out = Path(scratch) / f"{name}.npz"
            subprocess.run([interpreter, str(script), str(weights), str(out), *paths], check=True)
            with np.load(out) as measured:
                sides[name] = dict(measured)
    report(sides["keras"], sides["figecho"])


def report(keras: dict[str, np.ndarray], figecho: dict[str, np.ndarray]) -> None:
    ours, theirs = figecho["features"].astype(np.float64), keras["features"].astype(np.float64)
    relative = np.abs(ours - theirs).max() / np.abs(theirs).max()
    cosines = [cosine_matrix(rows) for rows in (ours, theirs)]
    print(f"Keras {' on '.join(keras['versions'])}, {len(ours)} real pictures, {ours.shape[1]} features each")
    print(f"greatest difference of a feature, relative to the greatest feature: {relative:.2e} (at most 1e-4)")
    print(f"greatest difference of a cosine between two pictures: {np.abs(cosines[0] - cosines[1]).max():.2e} (1e-5)")
    for batch in (1, 8):
        for unit, name in (("s", "per_second"), ("CPU-s", "per_cpu_second")):
            ours, theirs = (float(side[f"{name}_{batch}"]) for side in (figecho, keras))
            print(f"batch {batch}: figecho {ours:.2f} pictures/{unit}, Keras {theirs:.2f}, ratio {ours / theirs:.2f}")
    print(f"greatest memory: figecho {float(figecho['peak_mb']):.0f} MB, Keras {float(keras['peak_mb']):.0f} MB")


def cosine_matrix(rows: np.ndarray) -> np.ndarray:
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit @ unit.T


if __name__ == "__main__":
    main()
