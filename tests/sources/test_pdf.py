"""PDFs that are locked, damaged, huge or hostile end in pictures or in one clear line."""

from __future__ import annotations

import time
import zlib
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream

from figecho.errors import InputError
from figecho.options import Limits
from figecho.sources.open import read
from pdf_files import Paper, caption, draw, prose
from planted import scene
from sources.conftest import Save


def refusal(path: str, **how: object) -> InputError:
    with pytest.raises(InputError) as caught:
        list(read(path, **how))  # type: ignore[arg-type]
    assert caught.value.path == path and "\n" not in str(caught.value)
    return caught.value


@pytest.fixture
def paper() -> Paper:
    """Three pages, each with a figure."""
    made = Paper()
    for n in range(3):
        made.flate(f"P{n}", scene(n, 240, 180))
        made.page(draw(f"P{n}", 60, 480, 240, 180), caption(f"Figure {n + 1}", 60, 465), prose(60, 430, 9))
    return made


def test_an_encrypted_document_needs_its_password(save: Save, paper: Paper) -> None:
    locked = paper.bytes(encryption=pikepdf.Encryption(owner="owner", user="secret"))
    path = save("paper.pdf", locked)
    without, wrong = refusal(path), refusal(path, limits=Limits(password="guess"))
    assert without.code == wrong.code == "encrypted"
    assert "--password" in without.remedy and "wrong" in wrong.cause
    found = list(read(path, limits=Limits(password="secret")))
    assert [picture.figure for picture in found] == ["Fig 1", "Fig 2", "Fig 3"]
    assert np.array_equal(found[0].pixels, scene(0, 240, 180))


def test_a_document_that_only_forbids_copying_is_read(save: Save, paper: Paper) -> None:
    path = save("paper.pdf", paper.bytes(encryption=pikepdf.Encryption(owner="owner", user="")))
    assert len(list(read(path))) == 3


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Limits(password="secret"))


def test_a_document_without_its_table_of_contents_is_repaired(save: Save, paper: Paper) -> None:
    data = paper.bytes(object_stream_mode=pikepdf.ObjectStreamMode.disable)
    found = list(read(save("paper.pdf", data.replace(b"xref", b"xxxx"))))
    assert [picture.figure for picture in found] == ["Fig 1", "Fig 2", "Fig 3"]
    assert any("repaired" in note for note in found[0].notes)


def test_a_damaged_document_without_pictures_may_have_lost_them(save: Save) -> None:
    paper = Paper()
    paper.page(prose(60, 800, 30))
    data = paper.bytes(object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert refusal(save("letter.pdf", data.replace(b"xref", b"xxxx"))).code == "damaged"


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_truncated_document_is_refused_and_not_read_in_part(save: Save, paper: Paper, share: float) -> None:
    data = paper.bytes(object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert refusal(save("paper.pdf", data[: int(share * len(data))])).code == "truncated"


def test_too_many_pages(save: Save, paper: Paper) -> None:
    path = save("paper.pdf", paper.bytes())
    error = refusal(path, limits=Limits(max_pdf_pages=2))
    assert error.code == "oversized" and "3 pages" in error.cause
    (second,) = read(path, page=2, limits=Limits(max_pdf_pages=2))
    assert second.figure == "Fig 2"
    assert refusal(path, page=4).code == "no-such-page"


def test_text_alone_holds_no_picture(save: Save) -> None:
    paper = Paper()
    paper.page(prose(60, 800, 30))
    error = refusal(save("letter.pdf", paper.bytes()))
    assert error.code == "no-pictures" and error.cause == "there are no pictures in it"


def test_a_huge_page_is_rendered_within_the_limit(save: Save) -> None:
    """14,400 points are the largest page that Acrobat opens: 200 inches."""
    paper = Paper()
    paper.page(
        "100 100 m 14000 9000 l S 200 9000 m 14000 300 l S 5 5 500 500 re S 0 0 1 rg 7000 100 900 900 re f",
        size=(14_400, 14_400),
    )
    (found,) = read(save("poster.pdf", paper.bytes()), limits=Limits(max_render_pixels=1_000_000))
    assert found.width * found.height <= 1_000_000
    assert found.dpi is not None and found.dpi < 10
    assert any(f"rendered from the page at {found.dpi:.0f} dpi" in note for note in found.notes)


def test_a_picture_that_claims_too_many_pixels(save: Save) -> None:
    paper = Paper()
    entries = {"Width": 60_000, "Height": 60_000, "BitsPerComponent": 8, "ColorSpace": Name.DeviceGray}
    paper.add("Im", zlib.compress(bytes(1000)), Filter=Name.FlateDecode, **entries)
    paper.page(draw("Im", 100, 400, 256, 192))
    assert refusal(save("paper.pdf", paper.bytes())).code == "oversized"


def test_data_that_expand_without_end(save: Save) -> None:
    paper = Paper()
    twice = zlib.compress(zlib.compress(bytes(60_000_000), 9), 9)
    entries = {"Width": 100, "Height": 100, "BitsPerComponent": 8, "ColorSpace": Name.DeviceGray}
    paper.add("Im", twice, Filter=Array([Name.FlateDecode, Name.FlateDecode]), **entries)
    paper.page(draw("Im", 100, 400, 256, 192))
    assert refusal(save("paper.pdf", paper.bytes()), limits=Limits(max_unpacked_bytes=1_000_000)).code == "damaged"


def test_forms_that_draw_forms_without_end(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("figecho.sources.pdf_content.MAX_FORMS", 2_000)
    paper = Paper()
    name = paper.form("F0", "0 0 5 5 re f", (0, 0, 600, 800))
    for level in range(1, 9):
        name = paper.form(f"F{level}", f"/{name} Do " * 10, (0, 0, 600, 800))
    paper.page(f"/{name} Do")
    assert refusal(save("bomb.pdf", paper.bytes())).code == "oversized"


def test_a_form_that_draws_itself(save: Save) -> None:
    paper = Paper()
    paper.flate("P", scene(0, 240, 180))
    loop = Stream(paper.pdf, b"/Loop Do", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 600, 800]))
    loop = paper.pdf.make_indirect(loop)
    loop.Resources = Dictionary(XObject=Dictionary(Loop=loop))
    paper.page(draw("P", 60, 480, 240, 180), "/Loop Do")
    paper.pdf.pages[0].Resources.XObject.Loop = loop
    (found,) = read(save("loop.pdf", paper.bytes()))
    assert np.array_equal(found.pixels, scene(0, 240, 180))


def test_hidden_layers_are_not_read(save: Save) -> None:
    paper = Paper()
    for n in range(2):
        paper.flate(f"P{n}", scene(n, 240, 180))
    paper.page(draw("P0", 60, 480, 240, 180), "/OC /Layer BDC", draw("P1", 60, 200, 240, 180), "EMC")
    layer = paper.pdf.make_indirect(Dictionary(Type=Name.OCG, Name="draft"))
    paper.pdf.pages[0].Resources.Properties = Dictionary(Layer=layer)
    paper.pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))
    (found,) = read(save("paper.pdf", paper.bytes()))
    assert np.array_equal(found.pixels, scene(0, 240, 180))


def test_operators_with_wrong_operands_do_nothing(save: Save) -> None:
    paper = Paper()
    paper.flate("P", scene(0, 240, 180))
    paper.page("1 2 cm /Nothing Do (x) w Q Q 1 re S /P 5 gs", draw("P", 60, 480, 240, 180))
    (found,) = read(save("paper.pdf", paper.bytes()))
    assert np.array_equal(found.pixels, scene(0, 240, 180))


def test_every_torture_file_ends_in_pictures_or_in_one_line(data: Path) -> None:
    """None of these takes a noticeable part of the 20 seconds that a document may take."""
    folder = data / "pdf"
    files = sorted(file for file in folder.rglob("*") if file.is_file() and "torture" in str(file.parent))
    assert len(files) > 80
    for file in files:
        started = time.monotonic()
        try:
            pictures = list(read(str(file)))
        except InputError as error:
            assert "\n" not in str(error)
        else:
            assert pictures
        assert time.monotonic() - started < 20, file.name
