"""Uploaded files on their way to the disk: streamed, under names that cannot lead anywhere."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Self, TypeVar

from fastapi import UploadFile

from figecho.errors import OptionError
from figecho.types import Document, Occurrence, Run

FOLDER = "incoming"
Named = TypeVar("Named", Document, Occurrence)
MOST_FILES = 500
PIECE = 1 << 20
#: Control and separator characters, and what makes a name hidden or an option.
UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:#]|^[.\-]+")
LONGEST_NAME = 120


@dataclass(frozen=True)
class Stored:
    """Uploaded files on the disk: their folder, the files in the order they came, and a title for them.

    At the end of a ``with`` block they are removed.
    """

    folder: Path
    files: tuple[Path, ...]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def title(self) -> str:
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        return f"{self.files[0].name}{more}"


async def store(files: Sequence[UploadFile], root: Path) -> Stored:
    """Write the files into a new folder under ``root``, for nobody else to read.

    Raises
    ------
    OptionError : no file, or too many.
    """
    named = [file for file in files if file.filename]
    if not named:
        raise OptionError("no file was sent; choose at least one")
    if len(named) > MOST_FILES:
        raise OptionError(f"at most {MOST_FILES} files are taken at once; put them into a folder and scan that")
    folder = root / FOLDER / secrets.token_urlsafe(9)
    folder.mkdir(mode=0o700, parents=True)
    written = []
    try:
        for file in named:
            written.append(_free(folder, safe_name(file.filename or "")))
            await _write(file, written[-1])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Stored(folder, tuple(written))


def safe_name(name: str) -> str:
    """A file's own name without folders and without characters that a path or an address would act upon."""
    name = PureWindowsPath(PurePosixPath(name).name).name
    name = UNSAFE.sub("_", "".join(character for character in name if character.isprintable()))
    stem, dot, suffix = name.rpartition(".")
    if dot and len(suffix) <= 10:
        return f"{stem[:LONGEST_NAME] or 'file'}.{suffix}"
    return name[:LONGEST_NAME] or "file"


def _free(folder: Path, name: str) -> Path:
    """The name, with a number where it is taken."""
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem} ({number}){Path(name).suffix}"
    return path


async def _write(file: UploadFile, path: Path) -> None:
    with path.open("xb") as target:
        while piece := await file.read(PIECE):
            target.write(piece)


def without_folders(run: Run) -> Run:
    """Uploaded files under the names that they were uploaded with."""
    paths = [document.path for document in run.documents]
    paths += [place.path for finding in run.findings for place in (finding.a, finding.b)]
    if not any(f"/{FOLDER}/" in path for path in paths):
        return run
    return replace(
        run,
        documents=tuple(unfoldered(document) for document in run.documents),
        findings=tuple(replace(each, a=unfoldered(each.a), b=unfoldered(each.b)) for each in run.findings),
    )


def unfoldered(named: Named) -> Named:
    """The same with ``.figecho/incoming/ID/fig.png`` as ``fig.png``."""
    _, found, rest = named.path.rpartition(f"/{FOLDER}/")
    return replace(named, path=rest.partition("/")[2]) if found else named
