"""Files and folders → the paths to read, and a ledger row for everything that is not read.

Nothing is lost: every entry that is seen is yielded once, as a path to read or as a skipped or refused row.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from natsort import natsort_keygen, ns

from figecho.errors import InputError
from figecho.sources.open import HEAD, OTHER_PICTURE_EXTENSIONS, READ_EXTENSIONS, parse_address, sniff
from figecho.types import Document

#: Names that systems and Office leave behind beside the user's files.
_LEFTOVERS = frozenset(["thumbs.db", "desktop.ini", "__macosx"])
_natural = natsort_keygen(alg=ns.IGNORECASE)


@dataclass
class _Seen:
    """Real files and folders that were met already, for one call of `find`."""

    files: set[tuple[str, str]] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)


def find(paths: Sequence[str]) -> Iterator[Document | str]:
    """Expand files and folders, recursively and in natural order (``fig2`` before ``fig10``).

    Yields
    ------
    str : a path to be read (perhaps with ``#page=2``), as the user gave it or below a folder they gave. Files given
        by name are never skipped for what they are: reading will refuse them.
    Document : ``skipped`` for hidden, left-over, linked-out, repeated, special and plainly non-picture entries;
        ``refused`` for what is missing or cannot be looked into. Each with its reason and code.
    """
    seen = _Seen()
    for path in paths:
        yield from _given(path, seen)


def _given(path: str, seen: _Seen) -> Iterator[Document | str]:
    try:
        address = parse_address(path)
    except InputError as error:
        yield Document(None, path, "refused", error.reason, error.code)
        return
    try:
        if not path:
            raise FileNotFoundError
        mode = Path(address.path).stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        yield Document(None, path, "refused", "there is no such file or folder; check the path", "missing")
        return
    except OSError as error:
        yield _unreadable(path, error)
        return
    if stat.S_ISDIR(mode):
        yield from _inside(path, os.path.realpath(path), seen)
        return
    key = (os.path.realpath(address.path), path[len(address.path) :])
    if key in seen.files:
        yield _skipped(path, "duplicate", "the same file was given before")
        return
    seen.files.add(key)
    yield path


def _inside(folder: str, root: str, seen: _Seen) -> Iterator[Document | str]:
    """Everything below a folder; ``root`` is the real path of the folder that the user gave."""
    real = os.path.realpath(folder)
    if real in seen.folders:
        yield _skipped(folder, "duplicate", "this folder was looked into before")
        return
    seen.folders.add(real)
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: (_natural(entry.name), entry.name))
    except OSError as error:
        yield _unreadable(folder, error)
        return
    for entry in entries:
        yield from _entry(entry, root, seen)


def _entry(entry: os.DirEntry[str], root: str, seen: _Seen) -> Iterator[Document | str]:
    path = entry.path
    if why := left_behind(entry.name):
        yield _skipped(path, "hidden", why)
        return
    try:
        mode = entry.stat().st_mode
    except FileNotFoundError:
        yield Document(None, path, "refused", "the file that this link points to is missing; mend the link", "missing")
        return
    except OSError as error:  # a link that leads to itself, among others
        yield _unreadable(path, error)
        return
    real = os.path.realpath(path)
    if entry.is_symlink() and os.path.commonpath([root, real]) != root:
        yield _skipped(path, "link-outside", "the link leads out of the folder; give its target to have it read")
    elif stat.S_ISDIR(mode):
        if entry.is_symlink():
            yield _skipped(path, "link-to-folder", "the link leads to a folder that is looked into anyway")
        else:
            yield from _inside(path, root, seen)
    elif not stat.S_ISREG(mode):
        yield _skipped(path, "not-a-file", "a device, pipe or socket")
    elif (real, "") in seen.files:
        yield _skipped(path, "duplicate", "the same file was met before")
    else:
        seen.files.add((real, ""))
        yield _document(path)


def _document(path: str) -> Document | str:
    """A path to read, or a row where neither its name nor its content is that of a picture."""

    def beginning(count: int) -> bytes:
        with Path(path).open("rb") as file:
            return file.read(count)

    try:
        return by_name_or_content(path, beginning)
    except OSError as error:
        return _unreadable(path, error)


def by_name_or_content(path: str, beginning: Callable[[int], bytes]) -> Document | str:
    """What a folder's file is to become; its ``beginning`` is only looked at where its name does not tell."""
    if PurePosixPath(path).suffix.lower() in READ_EXTENSIONS | OTHER_PICTURE_EXTENSIONS:
        return path
    head = beginning(HEAD)
    if sniff(head) is not None:
        return path
    return _skipped(path, "not-a-picture", "empty" if not head else "not a picture")


def left_behind(name: str) -> str | None:
    """Why a file or folder of this name is not looked at, if it is not."""
    if name.startswith("."):
        return "hidden"
    if name.lower() in _LEFTOVERS or name.startswith("~$"):
        return "left behind by the system, not a document"
    return None


def _skipped(path: str, code: str, reason: str) -> Document:
    return Document(None, path, "skipped", reason, code)


def _unreadable(path: str, error: OSError) -> Document:
    words = (error.strerror or type(error).__name__).lower()
    return Document(None, path, "refused", f"cannot be read ({words}); check its permissions", "unreadable")
