"""Every pair of one side through the default method, its measurements written line by line."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.blots.pairs import Pair, pairs
from figecho.features.sift import extract
from figecho.match.examine import examine
from figecho.match.geometry import apply, invert
from figecho.match.verdict import judge
from figecho.options import ReuseOptions
from figecho.types import Evidence

#: An alignment is right when no corner of the piece's middle misses its place by more than this, pixels.
RIGHT = 3.0


def measure(side: str, target: Path, share: float = 1.0) -> list[dict[str, Any]]:
    """Measure the pairs of one side of the split, write them to ``target`` as JSON lines, and return them."""
    cv2.setNumThreads(1)
    options = ReuseOptions()
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    with target.open("w", encoding="utf-8") as file:
        for pair in pairs(side, share):
            row = _row(pair, options)
            file.write(json.dumps(row) + "\n")
            rows.append(row)
    return rows


def _row(pair: Pair, options: ReuseOptions) -> dict[str, Any]:
    begin = time.process_time()
    a, b = extract(pair.a, options), extract(pair.b, options)
    extracted = time.process_time()
    evidence = examine(a, b, options)
    seconds = time.process_time() - extracted
    judgement = judge(evidence)
    return {
        "truth": pair.truth, "piece": pair.piece, "geometry": pair.geometry, "tone": pair.tone, "real": pair.real,
        "a": pair.a_name, "b": pair.b_name, "size": [*pair.a.shape[:2], *pair.b.shape[:2]],
        "verdict": judgement.verdict, "score": judgement.score, "reason": judgement.reasons[0],
        "right": pair.truth == "reused" and _right(pair, evidence), "inliers": evidence.inliers,
        "features_s": round(extracted - begin, 4), "examine_s": round(seconds, 4),
        "measurements": {name: round(value, 5) for name, value in evidence.measurements.items()},
    }  # fmt: skip


def _right(pair: Pair, evidence: Evidence) -> bool:
    """Whether the transform lays the middle of the piece where it was cut out."""
    if evidence.transform is None:
        return False
    height, width = pair.b.shape[:2]
    middle = np.array([[x * width, y * height] for x in (0.1, 0.9) for y in (0.25, 0.75)])
    there = apply(np.array(evidence.transform.matrix), apply(invert(pair.matrix), middle))
    scale = float(np.sqrt(abs(np.linalg.det(pair.matrix[:, :2]))))
    return bool(np.abs(there - middle).max() / scale < RIGHT)
