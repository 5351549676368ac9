"""Documents at addresses such as ``s3://bucket/figures``: listed by the coordinator, copied by whoever works on them.

The protocols are fsspec's (extra ``[cluster]``; each may need a package of its own). A document's bytes are copied to a
temporary folder that only its owner can read, next to the process that works on them and for as long as that takes:
what decodes them has no network. Everything after the copy is as for a file of this machine.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar, runtime_checkable

from figecho.errors import InputError, UnavailableError

Item = TypeVar("Item")
#: A protocol, or a chain of them as in ``zip://*.png::s3://bucket/figures.zip``.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(::|://)")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")
#: Bytes of the largest document that is copied, and of what is read at once.
MOST_BYTES, AT_ONCE = 8 * 1024**3, 4 * 1024**2


@runtime_checkable
class Remote(Protocol):
    """A task whose document may lie at an address."""

    @property
    def address(self) -> str:
        """Where the document lies; a path of this machine, or an address."""

    def reading(self, file: Path) -> Self:
        """The same task with the document's bytes in a file of this machine."""


@dataclass(frozen=True)
class Listed:
    """A document at an address.

    Attributes
    ----------
    below : its path below the address that was given; empty where that is its own.
    size : in bytes, -1 where unknown.
    version : what tells it from an earlier or later one, as far as its storage says.
    """

    address: str
    below: str
    size: int
    version: str

    def beginning(self, count: int) -> bytes:
        """Its first bytes.

        Raises
        ------
        InputError : it cannot be read.
        """
        with _opened(self.address) as file:
            return bytes(file.read(count))


def is_remote(path: str) -> bool:
    """Whether a path is an address that a protocol is to open."""
    return _ADDRESS.match(path) is not None


def find_remote(address: str) -> list[Listed]:
    """The document at an address, or everything below it, ordered by name.

    Raises
    ------
    InputError : there is nothing, or it cannot be listed.
    UnavailableError : the protocol needs a package that is not installed.
    """
    with _plain_errors(address):
        from fsspec.core import url_to_fs

        files, path = url_to_fs(address)
        if not files.exists(path):
            raise FileNotFoundError
        if files.isfile(path):
            return [Listed(address, "", *_version(files, path))]
        chain = address.removeprefix(address.partition("::")[0])  # a file in an archive keeps the archive's address
        return [
            Listed(
                f"{files.unstrip_protocol(each)}{chain}",
                each.removeprefix(path).lstrip("/"),
                *_version(files, each),
            )
            for each in sorted(files.find(path))
        ]


def _version(files: Any, path: str) -> tuple[int, str]:
    info = files.info(path)
    known = [
        str(info[name]) for name in ("ETag", "etag", "md5Hash", "mtime", "LastModified", "created") if name in info
    ]
    return int(info.get("size") or -1), " ".join(known)


@dataclass(frozen=True)
class Staged(Generic[Item]):
    """An item, and the same one as it is worked on here; or the ``error`` that prevents that."""

    item: Item
    here: Item
    folder: Path | None = None
    error: Exception | None = None

    def release(self) -> None:
        """Remove the copy, where there is one."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def stage(item: Item) -> Staged[Item]:
    """Copy what an item needs from its address, where it has one; tried again once, since networks fail."""
    if not isinstance(item, Remote) or not is_remote(item.address):
        return Staged(item, item)
    folder = Path(tempfile.mkdtemp(prefix="figecho-"))  # for its owner alone
    suffix = Path(item.address).suffix
    file = folder / f"document{suffix if _SUFFIX.fullmatch(suffix) else ''}"
    error: Exception | None = None
    for _ in range(2):
        try:
            _copy(item.address, file)
            return Staged(item, item.reading(file), folder)
        except (InputError, UnavailableError) as raised:
            error = raised
    shutil.rmtree(folder, ignore_errors=True)
    return Staged(item, item, error=error)


def _copy(address: str, file: Path) -> None:
    with _opened(address) as source, file.open("wb") as target:
        copied = 0
        while part := source.read(AT_ONCE):
            copied += len(part)
            if copied > MOST_BYTES:
                cause = f"it has more than {MOST_BYTES >> 30} GiB"
                raise InputError(address, "oversized", cause, "split it, or export its figures")
            target.write(part)


@contextmanager
def _opened(address: str) -> Iterator[Any]:
    with _plain_errors(address):
        from fsspec.core import open as open_address

        with open_address(address, "rb") as file:
            yield file


@contextmanager
def _plain_errors(address: str) -> Iterator[None]:
    """Whatever a protocol raises becomes one line."""
    protocol = re.split("::|:", address, maxsplit=1)[0]
    try:
        yield
    except (InputError, UnavailableError):
        raise
    except ImportError as error:
        what = f"{address}: {protocol}:// addresses need a package that is not installed"
        raise UnavailableError(f'{what} ({error}); pip install "figecho[cluster]" and that package') from error
    except FileNotFoundError as error:
        raise InputError(address, "missing", "there is no such file or folder", "check the address") from error
    except Exception as error:  # the packages behind the protocols raise errors of their own kinds
        cause = f"it cannot be fetched ({type(error).__name__}: {' '.join(str(error).split())[:300]})"
        raise InputError(address, "unreadable", cause, "check the address and your access to it") from error
