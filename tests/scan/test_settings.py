"""A cache is named by everything that its results depend on."""

from __future__ import annotations

from dataclasses import replace

from figecho.options import Limits, ReuseOptions
from figecho.scan import settings
from figecho.scan.settings import cache_key


def test_equal_questions_share_a_cache_and_others_do_not(monkeypatch) -> None:
    plain = cache_key(ReuseOptions(), Limits())
    assert cache_key(ReuseOptions(), Limits()) == plain
    assert cache_key(ReuseOptions(), replace(Limits(), seconds_per_pair=1.0)) == plain
    others = {
        cache_key(ReuseOptions(working_side=700), Limits()),
        cache_key(ReuseOptions(ratio=0.8), Limits()),
        cache_key(ReuseOptions(), replace(Limits(), max_pixels=5)),
    }
    monkeypatch.setattr(settings, "_code", lambda: "changed")
    others.add(cache_key(ReuseOptions(), Limits()))
    assert len(others | {plain}) == 5


def test_code_of_every_component_is_looked_at() -> None:
    names = [
        file.name for place in settings.COMPONENTS for file in settings._sources(settings.files("figecho") / place)
    ]
    assert {"sift.py", "split.py", "verdict.py", "image.py", "compare.py", "within.py"} <= set(names)
