"""A folder is gone through in the order that people count, and nothing in it is lost."""

import os
from pathlib import Path

import pytest

from figecho.sources.folder import find
from figecho.types import Document
from picture_files import encode, texture

PNG = encode(texture(8, 8), "PNG")


def write(path: Path, content: bytes = PNG) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(found: list[Document | str], root: Path) -> list[str]:
    return [os.path.relpath(entry, root) for entry in found if isinstance(entry, str)]


def rows(found: list[Document | str], root: Path) -> dict[str, tuple[str, str | None]]:
    return {
        os.path.relpath(entry.path, root): (entry.status, entry.code) for entry in found if isinstance(entry, Document)
    }


def test_nothing_given() -> None:
    assert list(find([])) == []


def test_empty_folder(tmp_path: Path) -> None:
    assert list(find([str(tmp_path)])) == []


def test_natural_order_and_depth(tmp_path: Path) -> None:
    for name in ("fig10.png", "fig2.png", "Fig1.png", "more/fig3.png"):
        write(tmp_path / name)
    found = list(find([str(tmp_path)]))
    assert names(found, tmp_path) == ["Fig1.png", "fig2.png", "fig10.png", "more/fig3.png"]


def test_paths_stay_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "figures" / "a.png")
    monkeypatch.chdir(tmp_path)
    assert list(find(["figures/"])) == ["figures/a.png"]
    assert list(find(["./figures"])) == ["./figures/a.png"]


def test_hidden_left_over_and_foreign_files_are_skipped_each_with_a_row(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    write(tmp_path / ".hidden.png")
    write(tmp_path / ".figecho" / "runs" / "1" / "thumb.png")
    write(tmp_path / "Thumbs.db", b"x")
    write(tmp_path / "notes.txt", b"hello")
    write(tmp_path / "empty", b"")
    found = list(find([str(tmp_path)]))
    assert names(found, tmp_path) == ["a.png"]
    assert rows(found, tmp_path) == {
        ".hidden.png": ("skipped", "hidden"),
        ".figecho": ("skipped", "hidden"),
        "Thumbs.db": ("skipped", "hidden"),
        "notes.txt": ("skipped", "not-a-picture"),
        "empty": ("skipped", "not-a-picture"),
    }
    assert all(entry.reason for entry in found if isinstance(entry, Document))


def test_what_may_hold_figures_is_never_skipped(tmp_path: Path) -> None:
    """Reading will refuse these: a folder with unread figures must not look clean."""
    for name in ("broken.png", "empty.jpg", "paper.pdf", "stack.czi", "slides.PPTX"):
        write(tmp_path / name, b"" if "empty" in name else b"nothing that begins like a picture")
    write(tmp_path / "picture without extension")
    assert len(names(list(find([str(tmp_path)])), tmp_path)) == 6


def test_given_by_name_is_never_skipped_for_what_it_is(tmp_path: Path) -> None:
    for name in ("notes.txt", ".hidden.png"):
        path = str(write(tmp_path / name, b"text"))
        assert list(find([path])) == [path]


def test_missing_is_refused(tmp_path: Path) -> None:
    for path in (str(tmp_path / "none.png"), "", "a\0b"):
        (row,) = find([path])
        assert isinstance(row, Document) and (row.status, row.code, row.path) == ("refused", "missing", path)


def test_page_addresses(tmp_path: Path) -> None:
    path = str(write(tmp_path / "stack.tif"))
    found = list(find([f"{path}#page=2", f"{path}#page=3", f"{path}#page=2", f"{path}#page=x"]))
    assert found[:2] == [f"{path}#page=2", f"{path}#page=3"]
    assert [entry.code for entry in found[2:] if isinstance(entry, Document)] == ["duplicate", "no-such-page"]


def test_given_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "sub" / "a.png")
    found = list(find([str(path), str(tmp_path), str(tmp_path / "sub")]))
    assert [entry for entry in found if isinstance(entry, str)] == [str(path)]
    assert [entry.code for entry in found if isinstance(entry, Document)] == ["duplicate", "duplicate"]


def test_identical_copies_are_both_read(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    write(tmp_path / "b.png")
    os.link(tmp_path / "a.png", tmp_path / "hard link.png")
    assert len(list(find([str(tmp_path)]))) == 3 == len(names(list(find([str(tmp_path)])), tmp_path))


def test_links(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    write(root / "a.png")
    write(outside / "secret.png")
    (root / "loop").symlink_to(root)
    (root / "self").symlink_to(root / "self")
    (root / "out").symlink_to(outside)
    (root / "out.png").symlink_to(outside / "secret.png")
    (root / "gone.png").symlink_to(root / "nowhere.png")
    (root / "z.png").symlink_to(root / "a.png")
    found = list(find([str(root)]))
    assert names(found, root) == ["a.png"]
    assert rows(found, root) == {
        "loop": ("skipped", "link-to-folder"),
        "self": ("refused", "unreadable"),
        "out": ("skipped", "link-outside"),
        "out.png": ("skipped", "link-outside"),
        "gone.png": ("refused", "missing"),
        "z.png": ("skipped", "duplicate"),
    }


def test_given_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "real" / "a.png")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert names(list(find([str(tmp_path / "link")])), tmp_path) == ["link/a.png"]


def test_pipe_is_skipped_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert rows(list(find([str(tmp_path)])), tmp_path) == {"pipe.png": ("skipped", "not-a-file")}


def test_folder_that_cannot_be_looked_into_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.png")
    write(tmp_path / "locked" / "b.png")
    scandir = os.scandir

    def guarded(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = list(find([str(tmp_path)]))
    assert names(found, tmp_path) == ["a.png"]
    assert rows(found, tmp_path) == {"locked": ("refused", "unreadable")}
