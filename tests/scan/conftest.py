"""A folder of small pictures with known truth, in a fresh current folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from planted import jpeg, scene


def save(path: Path, pixels: np.ndarray) -> None:
    Image.fromarray(pixels).save(path)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in: `figs` goes below it, and so does what a scan stores."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "figs").mkdir()
    return tmp_path


@pytest.fixture
def figures(here: Path) -> Path:
    """Four scenes, one three times in two formats, one mirrored; two even panels; a broken and a hidden file."""
    folder = here / "figs"
    for number in range(4):
        save(folder / f"s{number}.png", scene(number, 240, 200))
    save(folder / "t0.bmp", scene(0, 240, 200))
    save(folder / "t0again.png", scene(0, 240, 200))
    save(folder / "t1mirrored.png", jpeg(scene(1, 240, 200)[:, ::-1].copy(), 90))
    save(folder / "v1.png", np.full((60, 60), 200, np.uint8))
    save(folder / "v2.png", np.full((60, 60), 200, np.uint8))
    (folder / "z.png").write_text("no picture at all, only words")
    (folder / ".hidden.png").write_text("hidden")
    return folder
