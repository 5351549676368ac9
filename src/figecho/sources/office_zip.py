"""The parts of a DOCX or PPTX file (a ZIP archive, ECMA-376 part 2), with limits on all that they may unpack to."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

from figecho.errors import InputError
from figecho.sources.request import Request

_CHUNK = 1 << 16
#: Parts that unpack to less than this may be as repetitive as they like.
_SMALL = 1 << 20
#: Bytes of a local file header before the name (APPNOTE 4.3.7).
_LOCAL_HEADER = 30
_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
#: XML of one part; a document of a thousand pages stays far below.
_MAX_XML = 64 << 20


class Container:
    """An open archive. Every byte that leaves it is counted."""

    def __init__(self, request: Request, archive: zipfile.ZipFile) -> None:
        self._request = request
        self._archive = archive
        self._unpacked = 0
        self._parts = {entry.filename.lstrip("/"): entry for entry in archive.infolist()}

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def xml(self, name: str) -> ElementTree.Element:
        """A part as an XML tree.

        Raises
        ------
        InputError : no such part, broken XML, or a document type, which these formats forbid and bombs need.
        """
        if name not in self._parts:
            raise self._request.damaged(f"its part {name} is missing")
        if self._parts[name].file_size > _MAX_XML:
            raise self._too_large(f"its part {name} is larger than {_MAX_XML >> 20} MB")
        data = b"".join(self.chunks(name))
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise self._request.damaged(f"its part {name} declares a document type")
        try:
            return ElementTree.fromstring(data)
        except ElementTree.ParseError as error:
            raise self._request.damaged(f"its part {name} is broken XML") from error

    def relations(self, part: str) -> dict[str, str]:
        """The relation ids of a part, and the names of the parts behind them; links out of the file are left out."""
        folder, name = posixpath.split(part)
        listed = posixpath.join(folder, "_rels", f"{name}.rels")
        if listed not in self._parts:
            return {}
        found = {}
        for relation in self.xml(listed).iter(_RELATIONS):
            if relation.get("TargetMode") != "External":
                target = relation.get("Target", "")
                path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
                found[relation.get("Id", "")] = path
        return found

    def head(self, name: str) -> bytes:
        """The beginning of a part, enough to tell its format."""
        return next(self.chunks(name), b"")

    def copy(self, name: str, file: BinaryIO) -> None:
        """Write a part's content to a file."""
        for chunk in self.chunks(name):
            file.write(chunk)

    def chunks(self, name: str) -> Iterator[bytes]:
        """A part's content, counted while it is unpacked and stopped where it exceeds a limit, whatever it claims."""
        entry, limits, size = self._parts[name], self._request.limits, 0
        try:
            with self._archive.open(entry) as part:
                while chunk := part.read(_CHUNK):
                    size += len(chunk)
                    self._unpacked += len(chunk)
                    if size > _SMALL and size > limits.max_ratio * max(entry.compress_size, 1):
                        raise self._too_large(f"its part {name} expands more than {limits.max_ratio} times")
                    if self._unpacked > limits.max_unpacked_bytes:
                        raise self._too_large(f"it unpacks to more than {limits.max_unpacked_bytes >> 20} MB")
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise self._request.damaged(f"its part {name} cannot be unpacked") from error

    def _too_large(self, cause: str) -> InputError:
        return InputError(self._request.path, "oversized", cause, "export its pictures as PNG and give those")


@contextmanager
def open_container(request: Request) -> Iterator[Container]:
    """Open the archive after checking its directory.

    Raises
    ------
    InputError : not a whole archive, too many parts, or parts that overlap each other.
    """
    try:
        archive = zipfile.ZipFile(Path(request.path))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise request.truncated("its table of contents is missing or broken") from error
    with archive:
        _check_directory(request, archive)
        yield Container(request, archive)


def _check_directory(request: Request, archive: zipfile.ZipFile) -> None:
    entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    if len(entries) > request.limits.max_parts:
        cause = f"{len(entries)} parts are more than the limit of {request.limits.max_parts}"
        raise InputError(request.path, "oversized", cause, "export its pictures as PNG and give those")
    end = 0
    for entry in entries:
        if entry.header_offset < end:
            raise request.damaged("parts of it overlap each other")
        end = entry.header_offset + _LOCAL_HEADER + len(entry.orig_filename.encode()) + entry.compress_size
    if len({entry.filename for entry in entries}) < len(entries):
        raise request.damaged("two of its parts have the same name")
