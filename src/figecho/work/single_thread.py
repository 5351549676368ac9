"""Import this before NumPy and OpenCV: a worker process uses one thread, since there is a worker per core.

The fork server imports it first of all; the numerical libraries read these variables when they are loaded.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"
