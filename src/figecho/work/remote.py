"""What lies at addresses such as ``s3://bucket/figures``: listed by the coordinator, copied by whoever works on it.

The protocols are fsspec's (extra ``[cluster]``; each may need a package of its own). What is copied can be read by its
owner alone, and everything after the copy is as for a file of this machine: what decodes it has no network. A
document's copy is removed when its task is done. Folders of files that never change, such as descriptor segments, stay
in a cache of `CACHE_BYTES`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar, runtime_checkable

from figecho.errors import FigechoError, InputError, StoreError, UnavailableError

Item = TypeVar("Item")
#: A protocol, or a chain of them as in ``zip://*.png::s3://bucket/figures.zip``.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(::|://)")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")
#: Bytes that the cache of folders may hold, and seconds since a folder's last use in which it stays anyway.
CACHE_BYTES, IN_USE = 20 * 1024**3, 3600.0
#: Bytes of the largest document that is copied, and of what is read at once.
MOST_BYTES, AT_ONCE = 8 * 1024**3, 4 * 1024**2


@dataclass(frozen=True)
class Need:
    """What a task needs from an address: a document, or the folder of the files that a ``manifest`` lists.

    A manifest is a JSON file of this machine, or of a shared disk: names, and the SHA-256 of each.
    """

    address: str
    manifest: Path | None = None


@runtime_checkable
class Remote(Protocol):
    """A task that may need something from addresses."""

    def needs(self) -> tuple[Need, ...]:
        """What is to be copied to where the task runs; nothing where everything lies there already."""

    def having(self, copies: tuple[Path, ...]) -> Self:
        """The same task with the copies, in the order of its needs."""


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
    """Copy what an item needs from addresses; tried again once, since networks fail."""
    needs = item.needs() if isinstance(item, Remote) else ()
    if not needs:
        return Staged(item, item)
    folder = Path(tempfile.mkdtemp(prefix="figecho-"))  # for its owner alone
    error: Exception | None = None
    for _ in range(2):
        try:
            copies = tuple(_copied(need, folder / str(number)) for number, need in enumerate(needs))
            return Staged(item, item.having(copies), folder)  # type: ignore[attr-defined]
        except (InputError, UnavailableError, StoreError) as raised:
            error = raised
    shutil.rmtree(folder, ignore_errors=True)
    return Staged(item, item, error=error)


def _copied(need: Need, stem: Path) -> Path:
    if need.manifest is not None:
        return cached(need.address, need.manifest)
    suffix = Path(need.address).suffix
    file = stem.with_suffix(suffix if _SUFFIX.fullmatch(suffix) else "")
    _copy(need.address, file)
    return file


def cached(address: str, manifest: Path) -> Path:
    """The folder of this machine's cache with the files of an address that the manifest lists, fetched where need be.

    Raises
    ------
    InputError, UnavailableError : it cannot be fetched.
    StoreError : what was fetched is not what the manifest says.
    """
    listed = manifest.read_bytes()
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "figecho" / "segments"
    target = root / hashlib.sha256(listed).hexdigest()[:32]
    if target.is_dir():
        os.utime(target)  # it was used
        return target
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".", dir=root))
    try:
        for name, wanted in json.loads(listed).items():
            _copy(f"{address}/{name}", draft / name)
            if checksum_of(draft / name) != wanted:
                raise StoreError(
                    f"{address}/{name}: this is not what was stored there; `figecho library verify` mends it"
                )
        draft.rename(target)
    except OSError:
        if not target.is_dir():  # else another process has fetched the same
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _make_room(root)
    return target


def _make_room(root: Path) -> None:
    """Remove what was used least recently, but nothing that a task may just have been given."""
    held = sorted((each for each in root.iterdir() if not each.name.startswith(".")), key=lambda each: -_used(each))
    total = 0
    for folder in held:
        total += sum(file.stat().st_size for file in folder.glob("*"))
        if total > CACHE_BYTES and time.time() - _used(folder) > IN_USE:
            shutil.rmtree(folder, ignore_errors=True)


def _used(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:  # another process has removed it
        return 0.0


def checksum_of(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def stands(address: str, sums: Mapping[str, str]) -> bool:
    """Whether the files at an address still have these SHA-256 sums, by name."""
    for name, wanted in sums.items():
        try:
            with _opened(f"{address}/{name}") as file:
                digest = hashlib.sha256()
                while part := file.read(AT_ONCE):
                    digest.update(part)
        except InputError:
            return False
        if digest.hexdigest() != wanted:
            return False
    return True


def publish(folder: Path, address: str) -> None:
    """Copy all files of a folder to an address.

    Raises
    ------
    InputError, UnavailableError : it cannot be written.
    """
    with _plain_errors(address, "written"):
        from fsspec.core import url_to_fs

        files, path = url_to_fs(address)
        files.makedirs(path, exist_ok=True)
        for file in sorted(folder.iterdir()):
            files.put_file(str(file), f"{path}/{file.name}")


def withdraw(address: str) -> None:
    """Remove the folder at an address; nothing where there is none.

    Raises
    ------
    InputError, UnavailableError : it cannot be removed.
    """
    with _plain_errors(address, "removed"):
        from fsspec.core import url_to_fs

        files, path = url_to_fs(address)
        if files.exists(path):
            files.rm(path, recursive=True)


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
def _plain_errors(address: str, done: str = "fetched") -> Iterator[None]:
    """Whatever a protocol raises becomes one line."""
    protocol = re.split("::|:", address, maxsplit=1)[0]
    try:
        yield
    except FigechoError:
        raise
    except ImportError as error:
        what = f"{address}: {protocol}:// addresses need a package that is not installed"
        raise UnavailableError(f'{what} ({error}); pip install "figecho[cluster]" and that package') from error
    except FileNotFoundError as error:
        raise InputError(address, "missing", "there is no such file or folder", "check the address") from error
    except Exception as error:  # the packages behind the protocols raise errors of their own kinds
        cause = f"it cannot be {done} ({type(error).__name__}: {' '.join(str(error).split())[:300]})"
        raise InputError(address, "unreadable", cause, "check the address and your access to it") from error
