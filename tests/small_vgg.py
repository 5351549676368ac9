"""A small network of VGG's form for tests, and pictures given by a formula: the same on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Channels of its thirteen convolutions.
SMALL = ((4, 4), (6, 6), (8, 8, 8), (8, 8, 8), (8, 8, 8))


def pattern(width: int, height: int) -> NDArray[np.uint8]:
    """(height, width, 3), with structure of all sizes in every channel."""
    y, x = np.mgrid[:height, :width]
    planes = (7 * x + 3 * y + x * y // 16, x * x // 9 + 5 * y, 2 * x + y * y // 7)
    return np.stack([plane % 256 for plane in planes], axis=-1).astype(np.uint8)
