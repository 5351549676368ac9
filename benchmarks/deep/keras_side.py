"""Run by an interpreter that has Keras and not figecho: VGG16's features of some pictures, and how fast they come.

python keras_side.py WEIGHTS.h5 OUT.npz PICTURE...
"""

from __future__ import annotations

import os
import resource
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np


def main(weights: str, out: str, paths: list[str]) -> None:
    model = keras.applications.VGG16(weights=None, include_top=False, pooling="avg")
    model.load_weights(weights)
    load = keras.utils.load_img
    pictures = np.stack([keras.utils.img_to_array(load(path, target_size=(224, 224))) for path in paths])
    fed = keras.applications.vgg16.preprocess_input(pictures.copy())
    measured = {"features": np.concatenate([np.asarray(model.predict_on_batch(one[None])) for one in fed])}
    for batch in (1, 8):
        clock, spent = [], []
        for _ in range(4):
            begin, used = time.perf_counter(), time.process_time()
            for start in range(0, 16, batch):
                model.predict_on_batch(fed[start : start + batch])
            clock.append(time.perf_counter() - begin)
            spent.append(time.process_time() - used)
        measured[f"per_second_{batch}"] = np.float64(16 / min(clock[1:]))
        measured[f"per_cpu_second_{batch}"] = np.float64(16 / min(spent[1:]))
    measured["peak_mb"] = np.float64(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    np.savez(out, versions=np.array([keras.__version__, keras.backend.backend()]), **measured)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
