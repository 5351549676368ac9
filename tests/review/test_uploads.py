"""Names of uploaded files come from strangers."""

from __future__ import annotations

import asyncio
import io

import pytest
from fastapi import UploadFile

from figecho.errors import OptionError
from figecho.review.uploads import MOST_FILES, safe_name, store


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("fig 3 (a).png", "fig 3 (a).png"),
        ("Abbildung Ä.tif", "Abbildung Ä.tif"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/abs/olute.pdf", "olute.pdf"),
        (".hidden.png", "_hidden.png"),
        ("-o.png", "_o.png"),
        ("a\x00b\n\u202e.png", "ab.png"),
        ("paper.pdf#page=4", "paper.pdf_page=4"),
        ("..", "_"),
        ("", "file"),
    ],
)
def test_a_name_leads_nowhere(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_a_long_name_keeps_its_suffix() -> None:
    name = safe_name("x" * 500 + ".tiff")
    assert len(name) < 200
    assert name.endswith(".tiff")


def uploads(*names: str) -> list[UploadFile]:
    return [UploadFile(io.BytesIO(name.encode()), filename=name) for name in names]


def test_files_of_one_name_are_all_kept(tmp_path) -> None:
    stored = asyncio.run(store(uploads("a.png", "x/a.png", "b.png"), tmp_path))
    assert [file.name for file in stored.files] == ["a.png", "a (2).png", "b.png"]
    assert [file.read_text() for file in stored.files] == ["a.png", "x/a.png", "b.png"]
    assert stored.folder.stat().st_mode & 0o077 == 0
    assert stored.title == "a.png and 2 more"


@pytest.mark.parametrize("number", [0, MOST_FILES + 1])
def test_none_and_too_many_are_refused(tmp_path, number: int) -> None:
    with pytest.raises(OptionError):
        asyncio.run(store(uploads(*["a.png"] * number), tmp_path))
    assert list(tmp_path.iterdir()) == []
