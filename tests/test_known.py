"""What is listed as legitimate is reported as known, wherever it occurs, until it is taken off the list."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

import figecho
from figecho import known
from planted import scene


def test_listed_content_is_known_in_every_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("figs").mkdir()
    for number, name in enumerate(["logo", "image"]):
        for copy in (1, 2):
            Image.fromarray(scene(number, 160, 120)).save(f"figs/{name}{copy}.png")
    Image.fromarray(scene(0, 160, 120)).save("our logo.bmp")
    before = figecho.scan("figs", look_within=False)
    assert known.listed() == {}
    listed = known.add(["our logo.bmp", "nothing.png"], "our logo")
    assert [document.status for document in listed.documents] == ["read", "refused"]
    for run in (figecho.load(before.id), figecho.scan("figs", look_within=False)):
        states = {f.a.path: (f.review.state, f.review.reason) for f in run.findings}
        assert states == {"figs/logo1.png": ("known", "our logo"), "figs/image1.png": ("open", None)}
    assert list(known.listed().values()) == ["our logo"]
    known.remove("our logo.bmp")
    assert known.listed() == {}
    assert {f.review.state for f in figecho.load(before.id).findings} == {"open"}
