"""Nothing about the user or the pictures leaves the machine: the library that runs networks reports to nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("onnxruntime")

RUN_A_NETWORK = """
import numpy as np, figecho
pixels = np.arange(3 * 40 * 40, dtype=np.uint8).reshape(40, 40, 3)
figecho.compare(pixels, pixels, method="vgg16", weights="own.h5")
"""
READ_LETTERS = """
import numpy as np
from figecho.ocr import read_labels
read_labels([np.zeros((20, 20, 3), np.uint8)])
"""


def written_by(program: str, folder: Path, **more: str) -> list[str]:
    """Names of all that a program leaves in a home folder of its own, when nothing else forbids telemetry."""
    home = folder / "home"
    home.mkdir()
    allowed = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_", "CI"))}
    environment = allowed | {"HOME": str(home)} | more
    subprocess.run([sys.executable, "-c", program], cwd=folder, env=environment, check=True, timeout=120)
    return sorted(path.name for path in home.rglob("*"))


def test_a_network_is_run_without_a_word_to_its_makers(tmp_path: Path) -> None:
    weights = pytest.importorskip("benchmarks.deep.weights")
    weights.write_official_layout(tmp_path / "own.h5", weights.seeded())
    assert written_by(RUN_A_NETWORK, tmp_path) == []


def test_letters_are_read_without_a_word_to_anyone(tmp_path: Path) -> None:
    pytest.importorskip("rapidocr")
    assert written_by(READ_LETTERS, tmp_path) == []


def test_loaded_plainly_it_would_keep_an_identifier_of_this_machine(tmp_path: Path) -> None:
    """The two tests above look in the right place: fails when onnxruntime's makers change where they keep it."""
    version = tuple(map(int, __import__("onnxruntime").__version__.split(".")[:2]))
    if version < (1, 29) or sys.platform != "linux":
        pytest.skip("this onnxruntime has no such telemetry")
    assert "deviceid" in written_by("import onnxruntime", tmp_path)
