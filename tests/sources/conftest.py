"""Shared by the tests of sources."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from picture_files import texture

Save = Callable[[str, bytes], str]


@pytest.fixture
def rgb() -> np.ndarray:
    return texture()


@pytest.fixture
def gray() -> np.ndarray:
    return np.asarray(Image.fromarray(texture()).convert("L"))


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write bytes to a file in a fresh folder; gives its path."""

    def write(name: str, content: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return write
