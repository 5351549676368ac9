"""What a user points at, and what they hear when it cannot be read."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from figecho.errors import InputError
from figecho.options import Limits
from figecho.sources.open import Address, document_id, parse_address, read
from picture_files import encode, texture, tiff


def refusal(path: str, **how: object) -> InputError:
    with pytest.raises(InputError) as caught:
        list(read(path, **how))
    error = caught.value
    assert error.path == path
    assert error.cause and error.remedy and "\n" not in str(error)
    return error


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("figure.png", Address("figure.png")),
        ("stack.tif#page=2", Address("stack.tif", page=2)),
        ("figure.png#panel=C", Address("figure.png", panel="C")),
        ("figure.png#nonsense", Address("figure.png#nonsense")),
        ("odd#name.png", Address("odd#name.png")),
    ],
)
def test_address(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("page", ["0", "-1", "two", "", "1.5", "²"])
def test_page_that_is_no_number(page: str) -> None:
    with pytest.raises(InputError, match="no page number") as caught:
        parse_address(f"stack.tif#page={page}")
    assert caught.value.code == "no-such-page"


def test_file_whose_name_looks_like_an_address_wins(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif#page=2"
    path.touch()
    assert parse_address(str(path)) == Address(str(path))


@pytest.mark.parametrize("path", ["", "nowhere.png", "nowhere/deep.png", "null\0byte.png"])
def test_missing(path: str) -> None:
    assert refusal(path).code == "missing"


def test_empty(save) -> None:
    assert refusal(save("a.png", b"")).code == "empty"


def test_directory(tmp_path: Path) -> None:
    assert refusal(str(tmp_path)).code == "directory"


def test_pipe_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "pipe.png"
    os.mkfifo(path)
    assert refusal(str(path)).code == "not-a-file"


def test_broken_link(tmp_path: Path) -> None:
    path = tmp_path / "link.png"
    path.symlink_to(tmp_path / "gone.png")
    assert "link" in refusal(str(path)).cause


def test_forbidden(save, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save("a.png", encode(texture(), "PNG"))

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    error = refusal(path)
    assert error.code == "unreadable" and "permission denied" in error.cause


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("notes.txt", b"not a picture at all", "not-an-image"),
        ("renamed.png", b"plain text in disguise", "not-an-image"),
        ("short.png", b"\x89PNG", "truncated"),
        ("zeros.tif", bytes(5000), "damaged"),
        ("paper.pdf", b"%PDF-1.7\n1 0 obj", "truncated"),
        ("paper.docx", b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "truncated"),
        ("scan.czi", b"ZISRAWFILE" + bytes(100), "unsupported"),
        ("art.eps", b"%!PS-Adobe-3.0", "unsupported"),
        ("bmp.txt", b"BM is how this sentence begins", "not-an-image"),
    ],
)
def test_not_a_picture(save, name: str, content: bytes, code: str) -> None:
    assert refusal(save(name, content)).code == code


def test_format_is_told_by_content_not_by_name(save) -> None:
    (picture,) = read(save("wrong.jpg", encode(texture(), "PNG")))
    assert np.array_equal(picture.pixels, texture())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "JPEG2000"])
def test_oversized_is_refused_by_its_header(save, kind: str) -> None:
    path = save("big", encode(texture(), kind))
    assert list(read(path, limits=Limits(max_pixels=96 * 128)))
    assert refusal(path, limits=Limits(max_pixels=96 * 128 - 1)).code == "oversized"


def test_many_pages_are_refused_but_one_of_them_can_be_asked_for(save, gray) -> None:
    path = save("stack.tif", tiff(np.stack([gray, gray + 1, gray + 2, gray]), photometric="minisblack"))
    assert refusal(path, limits=Limits(max_pages=3)).code == "oversized"
    (picture,) = read(path, page=2, limits=Limits(max_pages=3))
    assert np.array_equal(picture.pixels, gray + 1) and picture.page == 2


@pytest.mark.parametrize("page", [0, 2, 99])
def test_no_such_page(save, page: int) -> None:
    for name, content in (("a.png", encode(texture(), "PNG")), ("a.tif", encode(texture(), "TIFF"))):
        error = refusal(save(name, content), page=page)
        assert error.code == "no-such-page" and "only one page" in error.remedy


def test_document_is_its_hash_and_path_is_as_given(save, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    content = encode(texture(), "PNG")
    save("a.png", content)
    monkeypatch.chdir(tmp_path)
    (picture,) = read("./a.png")
    assert picture.path == "./a.png"
    assert picture.document == document_id("a.png") == hashlib.sha256(content).hexdigest()
