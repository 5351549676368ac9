"""Shared by all tests: where the real images are."""

import os
from pathlib import Path

import pytest

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # tests that ask for onnxruntime load it as it is


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real images; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("FIGECHO_DATA", Path(__file__).parents[1] / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"real images are not here ({folder}); set FIGECHO_DATA to their folder")
    return folder
