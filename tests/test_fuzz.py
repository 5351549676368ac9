"""Whatever the bytes are, a document ends in pictures or in one refusal, and a stored file in a value or one sentence.

The suite tries a few damaged files of every kind, always the same; `make fuzz` tries many more, always others.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes import document, finding, run_of
from figecho.errors import InputError, StoreError
from figecho.options import Limits
from figecho.report import csv, html
from figecho.sources.open import read, sniff
from figecho.store.runs import load_run, save_run
from office_files import docx, paragraph
from pdf_files import Paper, caption, draw
from picture_files import encode, texture, tiff
from planted import scene

SMALL = texture(40, 56)


def _paper() -> bytes:
    made = Paper()
    made.flate("P0", scene(0, 240, 180))
    made.page(draw("P0", 60, 480, 240, 180), caption("Figure 1", 60, 465))
    return made.bytes()


VALID: dict[str, Callable[[], bytes]] = {
    "png": lambda: encode(SMALL, "PNG"),
    "jpeg": lambda: encode(SMALL, "JPEG"),
    "progressive": lambda: encode(SMALL, "JPEG", progressive=True),
    "gif": lambda: encode(SMALL, "GIF"),
    "webp": lambda: encode(SMALL, "WEBP"),
    "bmp": lambda: encode(SMALL, "BMP"),
    "tiff": lambda: tiff(SMALL, photometric="rgb", compression="zlib"),
    "tiles": lambda: tiff(SMALL.astype(np.uint16) * 100, photometric="rgb", tile=(16, 16)),
    "pdf": _paper,
    "docx": lambda: docx([paragraph(0)], {"image0.png": encode(scene(1, 160, 120), "PNG")}),
}
MANY = int(os.environ.get("FUZZ", "0"))
tried = settings(
    max_examples=MANY or 12,
    derandomize=not MANY,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
#: Small limits: a mutant must not spend a gigabyte to be refused.
LIMITS = Limits(max_pixels=4_000_000, memory_bytes=256 * 1024**2, max_pages=20, max_pdf_pages=20)
DAMAGE = ("cut", "change", "remove", "insert", "double")


@st.composite
def damage(draw) -> Callable[[bytes], bytes]:
    """One to four of: cut off, change a byte, take out or put in a few, double a stretch."""
    steps = draw(
        st.lists(
            st.tuples(st.sampled_from(DAMAGE), st.floats(0, 1), st.binary(max_size=8)),
            min_size=1,
            max_size=4,
        )
    )

    def apply(data: bytes) -> bytes:
        for what, where, extra in steps:
            at = round(where * len(data))
            if what == "cut":
                data = data[:at]
            elif what == "change":
                data = data[:at] + bytes(255 - value for value in data[at : at + 1]) + data[at + 1 :]
            elif what == "remove":
                data = data[:at] + data[at + len(extra) :]
            elif what == "insert":
                data = data[:at] + extra + data[at:]
            else:
                data = data[:at] + data[max(0, at - 64) : at] + data[at:]
        return data

    return apply


@pytest.mark.parametrize("kind", VALID)
@given(change=damage())
@tried
def test_a_damaged_document_ends_in_pictures_or_in_one_line(tmp_path: Path, kind: str, change) -> None:
    file = tmp_path / f"document.{kind}"
    file.write_bytes(change(VALID[kind]()))
    try:
        for picture in read(str(file), limits=LIMITS):
            assert picture.pixels.dtype == np.uint8 and picture.pixels.size
    except InputError as refused:
        assert refused.reason and "\n" not in str(refused)
        assert refused.code in REFUSALS


#: The codes that `InputError` documents.
REFUSALS = frozenset(re.findall(r"``([a-z-]+)``", InputError.__doc__ or ""))


@given(head=st.binary(max_size=64))
@tried
def test_any_bytes_have_at_most_one_format(head: bytes) -> None:
    found = sniff(head)
    assert found is None or found[0]


@given(change=damage())
@tried
def test_a_damaged_run_is_one_sentence(tmp_path: Path, change) -> None:
    run = run_of((finding(),), (document("a.png"),))
    folder = next((tmp_path / "runs").iterdir(), None) if (tmp_path / "runs").is_dir() else save_run(run, tmp_path)
    whole = folder / "whole"
    file = folder / "run.db"
    if not whole.exists():
        whole.write_bytes(file.read_bytes())
    file.write_bytes(change(whole.read_bytes()))
    for companion in folder.glob("run.db-*"):
        companion.unlink()
    try:
        loaded = load_run(run.id, tmp_path)
        assert loaded.id
    except StoreError as error:
        assert "\n" not in str(error)


@given(name=st.text(max_size=40))
@tried
def test_any_name_can_be_reported_and_acts_nowhere(name: str) -> None:
    run = run_of((finding(a=name, b="b.png"),), (document(name, "refused", "empty; get it again"),))
    page = html.render(run)
    assert "<script>alert" not in page
    for character in name:
        if not character.isprintable():
            assert character not in csv.dumps(run).replace("\r\n", "")


def test_the_valid_files_are_valid(tmp_path: Path) -> None:
    for kind, make in VALID.items():
        file = tmp_path / f"document.{kind}"
        file.write_bytes(make())
        assert len(list(read(str(file)))) == 1, kind
