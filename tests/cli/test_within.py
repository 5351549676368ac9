"""`figecho compare A`: one picture alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from planted import micrograph


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    forged = micrograph(1)
    forged[200:280, 300:380] = forged[40:120, 50:130][:, ::-1]
    Image.fromarray(forged).save(tmp_path / "forged.png")
    Image.fromarray(np.full((120, 160), 200, np.uint8)).save(tmp_path / "even.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_copy_is_said_and_drawn(figecho, pictures: Path) -> None:
    done = figecho("compare", "forged.png", "--draw", "drawn.png", "--mask", "mask.png")
    assert done.exit_code == 1
    first, *reasons = done.stdout.splitlines()
    assert first.split()[0] in ("strong", "moderate")
    assert "forged.png  a piece twice, mirrored" in first
    assert reasons
    mask = np.asarray(Image.open("mask.png"))
    assert mask.shape == (320, 420)
    assert set(np.unique(mask)) == {0, 255}
    assert mask[60:100, 70:110].mean() > 200
    assert mask[220:260, 320:360].mean() > 200
    with Image.open("drawn.png") as drawn:
        assert drawn.mode == "RGB"


def test_json_has_every_copy(figecho, pictures: Path) -> None:
    found = json.loads(figecho("compare", "forged.png", "--format", "json", "--exit-zero").stdout)
    assert found["schema"] == "figecho.within/1"
    (copy,) = found["copies"]
    assert copy["transform"]["mirrored"] is True
    assert len(copy["regions"]["a"]) >= 3


def test_a_picture_that_cannot_testify_is_undecidable(figecho, pictures: Path) -> None:
    done = figecho("compare", "even.png")
    assert done.stdout.startswith("undecidable  even.png  cannot be judged")
    assert done.exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [("--method", "sift"), ("--ratio", "0.8"), ("--draw", "x.png", "--view", "overlay")],
)
def test_what_needs_a_second_picture_or_a_copy_says_so(figecho, pictures: Path, arguments: tuple[str, ...]) -> None:
    done = figecho("compare", "even.png", *arguments)
    assert done.exit_code == 2
    assert "figecho:" in done.stderr


def test_a_mask_is_of_one_picture(figecho, pictures: Path) -> None:
    done = figecho("compare", "forged.png", "even.png", "--mask", "mask.png")
    assert done.exit_code == 2
    assert "--mask" in done.stderr
