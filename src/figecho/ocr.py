"""Letters read from pixels by rapidocr, where the extra ``ocr`` is installed. Its models lie inside its wheel."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figecho import telemetry

#: What a reading must be sure of to count, of 1.
LEAST_SURE = 0.4
#: Height and least width, pixels, at which the network reads: a label is short, not a line of text, whose width is 320.
HEIGHT, WIDTH = 48, 96


@cache
def reader_version() -> str | None:
    """Version of the reader that is installed and how it is used, None where none is: what was read depends on it."""
    try:
        return f"rapidocr {version('rapidocr')} at {WIDTH} x {HEIGHT}"
    except PackageNotFoundError:
        return None


def read_labels(crops: Sequence[NDArray[np.uint8]]) -> list[str]:
    """The text on each crop, ``(h, w, 3)`` uint8 RGB, each a short label; empty where none is recognised."""
    recognise = _recogniser()
    texts = []
    for crop in crops:
        found = recognise(np.ascontiguousarray(crop[..., ::-1]), use_det=False, use_cls=False, use_rec=True)
        sure = found.txts and found.scores and found.scores[0] >= LEAST_SURE
        texts.append(str(found.txts[0]) if sure else "")
    return texts


@cache
def _recogniser() -> Any:
    """The recognition network, loaded once in a process, on one core: workers share the machine."""
    telemetry.onnxruntime()
    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    shape = {"Rec.rec_img_shape": [3, HEIGHT, WIDTH]}
    return RapidOCR(params={"Global.log_level": "critical", **threads, **shape})
