"""The same as `keras_side`, by figecho: from the files, through its readers, as `figecho scan --method vgg16` does."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import replace

import numpy as np

from figecho.models.open import open_model
from figecho.options import SimilarityOptions
from figecho.sources.open import read


def main(weights: str, out: str, paths: list[str]) -> None:
    model = open_model(SimilarityOptions("vgg16", weights))
    prepared = [model.preparation(next(read(path)).pixels) for path in paths]
    measured = {"features": model.describe(prepared)}
    for batch in (1, 8):
        one = replace(model, batch=batch)
        clock, spent = [], []
        for _ in range(4):
            begin, used = time.perf_counter(), time.process_time()
            one.describe(prepared[:16])
            clock.append(time.perf_counter() - begin)
            spent.append(time.process_time() - used)
        measured[f"per_second_{batch}"] = np.float64(16 / min(clock[1:]))
        measured[f"per_cpu_second_{batch}"] = np.float64(16 / min(spent[1:]))
    measured["peak_mb"] = np.float64(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    np.savez(out, **measured)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
