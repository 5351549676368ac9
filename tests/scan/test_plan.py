"""What is to be read, and the key that finds an interrupted scan again."""

from __future__ import annotations

import os
from pathlib import Path

from figecho.options import Limits
from figecho.scan.plan import as_paths, make_plan, plan_key, seconds_for


def test_nothing_is_an_empty_plan(here: Path) -> None:
    assert make_plan([]) == ()
    assert make_plan(["figs"]) == ()


def test_one_path_or_many() -> None:
    assert as_paths("a") == as_paths(Path("a")) == as_paths(["a"]) == as_paths((Path("a"),)) == ["a"]


def test_the_key_changes_with_files_and_settings_only(here: Path) -> None:
    file = here / "figs" / "a.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n")

    def key(**settings: int) -> str:
        return plan_key(make_plan(["figs"]), settings)

    first = key(a=1)
    assert key(a=1) == first
    assert key(a=2) != first
    os.utime(file, (1, 1))
    assert key(a=1) != first
    (here / "figs" / "b.png").write_bytes(b"")
    assert len({first, key(a=1), plan_key((), {"a": 1})}) == 3


def test_large_documents_get_more_time_up_to_their_page_limit(here: Path) -> None:
    small, large = here / "figs" / "a.tif", here / "figs" / "b.tif"
    small.write_bytes(b"II*\0")
    with large.open("wb") as file:
        file.truncate(10 * 2**30)
    limits = Limits(seconds_per_document=20, seconds_per_page=2, max_pages=100)
    assert [seconds_for(entry, limits) for entry in make_plan(["figs"])] == [20, 220]


def test_the_pages_of_manuscripts_are_smaller(here: Path) -> None:
    (here / "figs" / "paper.pdf").write_bytes(bytes(240 * 1024))
    limits = Limits(seconds_per_document=20, seconds_per_page=2)
    assert [seconds_for(entry, limits) for entry in make_plan(["figs"])] == [40]
