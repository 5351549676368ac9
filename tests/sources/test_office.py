"""Pictures of Word documents and presentations, their captions, and archives that are not what they claim."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np
import pytest

from figecho.errors import InputError
from figecho.options import Limits
from figecho.sources.open import read
from figecho.types import Picture
from office_files import archive, blip, docx, group, paragraph, picture_shape, pptx, text_shape
from picture_files import encode, texture
from planted import scene
from sources.conftest import Save

MEDIA = {f"image{n}.png": encode(scene(n, 160, 120), "PNG") for n in range(4)}
PROSE = paragraph("Cells were grown as described before and counted on every day of the experiment, in the dark.")


def read_docx(save: Save, *paragraphs: str, media: dict[str, bytes] | None = None) -> list[Picture]:
    return list(read(save("paper.docx", docx(paragraphs, MEDIA if media is None else media))))


def refusal(path: str, **how: object) -> InputError:
    with pytest.raises(InputError) as caught:
        list(read(path, **how))  # type: ignore[arg-type]
    assert caught.value.path == path and "\n" not in str(caught.value)
    return caught.value


# ---- Word --------------------------------------------------------------------------------------------------------


def test_pictures_come_in_the_order_of_the_document_with_the_captions_below(save: Save) -> None:
    found = read_docx(
        save,
        *(PROSE, paragraph(2), paragraph("Figure 1. Growth."), PROSE),
        *(paragraph(0), paragraph("A"), paragraph(""), paragraph("Figure 2. ", "Decay."), PROSE),
    )
    assert [(each.index, each.figure, each.caption) for each in found] == [
        (1, "Fig 1", "Figure 1. Growth."),
        (2, "Fig 2", "Figure 2. Decay."),
    ]
    assert np.array_equal(found[0].pixels, scene(2, 160, 120))
    assert np.array_equal(found[1].pixels, scene(0, 160, 120))
    assert found[0].path.endswith("paper.docx")


def test_captions_above_where_that_is_the_habit(save: Save) -> None:
    found = read_docx(
        save,
        *(paragraph("Figure 1. Growth."), paragraph(0), PROSE, paragraph("Figure 2. Decay."), paragraph(1), PROSE),
    )
    assert [each.figure for each in found] == ["Fig 1", "Fig 2"]


def test_several_pictures_above_one_caption_are_one_figure(save: Save) -> None:
    found = read_docx(save, PROSE, paragraph(0, 1), paragraph(2), paragraph("Fig. S4: Growth."), PROSE, paragraph(3))
    assert [each.figure for each in found] == ["Fig S4", "Fig S4", "Fig S4", None]


def test_legends_listed_before_the_pictures(save: Save) -> None:
    found = read_docx(
        save, paragraph("Figure 1. Growth."), paragraph("Figure 2. Decay."), PROSE, paragraph(0), paragraph(1)
    )
    assert [each.figure for each in found] == ["Fig 1", "Fig 2"]


def test_a_picture_is_cropped_and_turned_as_the_document_shows_it(save: Save) -> None:
    pixels = scene(0, 160, 120)
    crop = '<a:srcRect l="25000" b="50000"/>'
    found = read_docx(
        save,
        paragraph(blip(0, crop)),
        paragraph(blip(0, "", 'rot="5400000"')),
        paragraph(blip(0, "", 'flipH="1"')),
        paragraph(blip(0, "", 'flipV="1"')),
    )
    wanted = [pixels[:60, 40:], np.rot90(pixels, -1), pixels[:, ::-1], pixels[::-1]]
    assert all(np.array_equal(each.pixels, want) for each, want in zip(found, wanted, strict=True))
    assert len({each.content for each in found}) == 4


def test_a_drawing_for_older_programs_is_not_a_second_picture(save: Save) -> None:
    old = (
        '<mc:Fallback xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        + blip(1)
        + "</mc:Fallback>"
    )
    found = read_docx(save, paragraph(0).replace("</w:p>", f"<w:r>{old}</w:r></w:p>"))
    assert len(found) == 1


def test_windows_drawings_are_left_out_and_named(save: Save) -> None:
    media = {"image1.emf": b"\x01\0\0\0" + bytes(84), "image2.tiff": encode(texture(), "TIFF")}
    (found,) = read_docx(save, paragraph(0), paragraph(1), media=media)
    assert np.array_equal(found.pixels, texture())
    assert "pictures left out of the document: 1 EMF" in found.notes
    error = refusal(save("only.docx", docx([paragraph(0)], {"image1.emf": bytes(88)})))
    assert error.code == "no-pictures" and "1 EMF" in error.cause


def test_a_picture_whose_file_is_missing_is_said(save: Save) -> None:
    (found,) = read_docx(save, paragraph(0), paragraph(9))
    assert "pictures left out of the document: 1 whose file is missing" in found.notes


# ---- PowerPoint --------------------------------------------------------------------------------------------------


def test_slides_come_in_the_order_of_the_presentation(save: Save) -> None:
    slides = [picture_shape(1, 50, 50, 160, 120), "", picture_shape(0, 50, 50, 160, 120)]
    path = save("talk.pptx", pptx(slides, MEDIA))
    found = list(read(path))
    assert [(each.index, each.page) for each in found] == [(1, 1), (2, 3)]
    assert np.array_equal(found[0].pixels, scene(1, 160, 120))
    (third,) = read(path, page=3)
    assert (third.index, third.page) == (2, 3)
    assert refusal(path, page=2).code == "no-pictures"
    assert refusal(path, page=4).code == "no-such-page"


def test_captions_and_letters_on_a_slide_go_to_the_nearest_picture(save: Save) -> None:
    left, right = picture_shape(0, 50, 100, 320, 240), picture_shape(1, 400, 100, 320, 240)
    texts = [
        *(text_shape("Figure 1. Growth", 50, 350, 300, 30), text_shape("Figure 2. Decay", 400, 350, 300, 30)),
        *(text_shape("A", 60, 110, 20, 20), text_shape("B", 410, 110, 20, 20)),
    ]
    found = list(read(save("talk.pptx", pptx([left + right + "".join(texts)], MEDIA))))
    assert [each.figure for each in found] == ["Fig 1", "Fig 2"]
    assert [[text.text for text in each.texts] for each in found] == [["A"], ["B"]]
    assert found[1].texts[0].bbox == pytest.approx((5, 5, 10, 10), abs=0.1)  # 160 pixels on 320 points


def test_groups_within_groups_keep_their_places(save: Save) -> None:
    inner = group(picture_shape(0, 0, 0, 100, 100) + text_shape("A", 90, 0, 10, 10), 0, 0, 100, 100, (100, 100))
    outer = group(inner, 200, 200, 400, 400, (100, 100))
    (found,) = read(save("talk.pptx", pptx([outer], MEDIA)))
    assert found.texts[0].bbox == pytest.approx((144, 0, 16, 12), abs=0.5)


# ---- hostile archives --------------------------------------------------------------------------------------------


def test_a_picture_that_is_broken_is_named(save: Save) -> None:
    media = {"image1.png": MEDIA["image0.png"][:-600]}
    error = refusal(save("paper.docx", docx([paragraph(0)], media)))
    assert error.code == "truncated" and "word/media/image1.png" in error.cause


def test_a_bomb_is_stopped_while_it_unpacks(save: Save) -> None:
    bomb = b"\x89PNG\r\n\x1a\n" + bytes(40_000_000)
    error = refusal(save("paper.docx", docx([paragraph(0)], {"image1.png": bomb})))
    assert error.code == "oversized" and "expands" in error.cause


def test_what_all_parts_unpack_to_is_counted(save: Save) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (600, 700, 3), dtype=np.uint8)
    media = {f"image{n}.bmp": encode(noise + n, "BMP") for n in range(3)}
    path = save("paper.docx", docx([paragraph(n) for n in range(3)], media))
    assert len(list(read(path))) == 3
    assert refusal(path, limits=Limits(max_unpacked_bytes=2_000_000)).code == "oversized"


def test_too_many_parts(save: Save) -> None:
    path = save("paper.docx", archive({f"word/{n}": b"" for n in range(50)} | {"word/document.xml": "<w/>"}))
    assert refusal(path, limits=Limits(max_parts=40)).code == "oversized"


def test_parts_that_overlap(save: Save) -> None:
    """Two directory entries for the same bytes, as zip bombs of the newer kind have thousands of."""
    data = docx([paragraph(0)], MEDIA)
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        offsets = {entry.filename: entry.header_offset for entry in opened.infolist()}
    first, second = offsets["word/media/image0.png"], offsets["word/media/image1.png"]
    overlapping = data.replace(
        struct.pack("<I", second) + b"word/media/image1", struct.pack("<I", first) + b"word/media/image1"
    )
    assert overlapping != data
    assert refusal(save("paper.docx", overlapping)).code == "damaged"


@pytest.mark.parametrize("size", [100, 2_000, -30])
def test_a_truncated_document(save: Save, size: int) -> None:
    assert refusal(save("paper.docx", docx([paragraph(0)], MEDIA)[:size])).code == "truncated"


def test_a_document_type_is_refused(save: Save) -> None:
    bomb = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><w>&b;</w>'
    assert refusal(save("paper.docx", archive({"word/document.xml": bomb}))).code == "damaged"


def test_text_only(save: Save) -> None:
    assert refusal(save("letter.docx", docx([PROSE], {}))).code == "no-pictures"
    assert refusal(save("table.xlsx", archive({"xl/workbook.xml": "<workbook/>"}))).code == "unsupported"


def test_an_encrypted_document(save: Save) -> None:
    assert refusal(save("paper.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))).code == "encrypted"
