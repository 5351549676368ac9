"""A library: figures that figecho remembers, to ask later whether a new picture shares content with any of them.

>>> library = figecho.Library("lab.figecho")  # doctest: +SKIP
>>> library.add(["papers/"])  # doctest: +SKIP
>>> hits = library.query("new.png")  # doctest: +SKIP
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from figecho.api import ScanResult, scan
from figecho.errors import StoreError
from figecho.options import Limits, similarity_options
from figecho.scan import shelving
from figecho.scan.plan import as_paths
from figecho.scan.progress import Progress
from figecho.scan.similar import Ranking, most_similar
from figecho.store import shelf
from figecho.store.panels import StoredDocument
from figecho.store.runs import DEFAULT_ROOT
from figecho.types import Document

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@dataclass(frozen=True)
class Added:
    """What became of documents that were to be added: the ledger, and how many of those read were new.

    It is neither true nor false: ask for ``.new`` or ``.documents``.
    """

    documents: tuple[Document, ...]
    new: int

    def __bool__(self) -> bool:
        raise TypeError("what was added has no truth value; ask for .new or .documents")

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": "figecho.library.added/1",
            "new": self.new,
            "documents": [document.to_dict() for document in self.documents],
        }


@dataclass(frozen=True)
class Stats:
    """How much a library holds. ``bytes`` is what it takes on the disk, segments included."""

    documents: int
    panels: int
    contents: int
    segments: int
    bytes: int
    profile: str
    version: str

    def to_dict(self) -> dict[str, Any]:
        return {"schema": "figecho.library.stats/1", **asdict(self)}


class Library:
    """A library in a folder of its own, which only its owner can read.

    Parameters
    ----------
    path : the folder; `add` makes it where there is none.
    profile : how a new library describes its panels: ``fast``, ``balanced`` (by default) or ``thorough``. An existing
        one keeps its own.
    segments : an address to keep a new library's descriptor segments at, such as ``s3://bucket/lab``, so that the
        workers of a cluster fetch those that they search; in the folder by default.
    """

    def __init__(self, path: str | os.PathLike[str], *, profile: str = "balanced", segments: str = "") -> None:
        self.path = Path(path)
        self._profile = profile
        self._segments = segments

    def __repr__(self) -> str:
        return f"Library({str(self.path)!r})"

    def create(self) -> Library:
        """Make the empty library.

        Raises
        ------
        OptionError : an unknown profile, or ``segments`` is no address.
        StoreError : there is something already, or it cannot be written.
        """
        shelving.create(self.path, self._profile, self._segments)
        return self

    def add(
        self,
        paths: Paths,
        *,
        jobs: int | None = None,
        progress: Progress | None = None,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        cluster: str | None = None,
    ) -> Added:
        """Add files and folders. What is there already stays as it is, so that the call can be repeated at any time.

        ``cluster`` is as for `figecho.scan`.

        Raises
        ------
        StoreError : the library cannot be written. Documents that cannot be read raise nothing: the ledger has them.
        """
        if not shelf.exists(self.path):
            self.create()
        settled = shelving.add(self.path, as_paths(paths), jobs=jobs, limits=limits, progress=progress, cluster=cluster)
        new = sum(each.row.status == "read" and not each.known for each in settled)
        return Added(tuple(each.row for each in settled), new)

    def query(
        self,
        paths: Paths,
        *,
        jobs: int | None = None,
        root: str | os.PathLike[str] = DEFAULT_ROOT,
        progress: Progress | None = None,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        cluster: str | None = None,
    ) -> ScanResult:
        """Compare new documents with the library and with nothing else; of a finding, ``b`` is the library's.

        The library's original files are not needed. The run is stored under ``root`` like that of every scan.

        Raises
        ------
        StoreError : there is no such library, or it or the run cannot be read or written.
        """
        return scan(
            paths,
            against=self.path,
            only_against=True,
            look_within=False,
            jobs=jobs,
            root=root,
            progress=progress,
            limits=limits,
            cluster=cluster,
        )

    def most_similar(
        self,
        paths: Paths,
        *,
        method: str = "phash",
        top: int = 10,
        weights: str | os.PathLike[str] | None = None,
        preprocess: Sequence[str] = (),
        jobs: int | None = None,
        root: str | os.PathLike[str] = DEFAULT_ROOT,
        progress: Progress | None = None,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> Ranking:
        """For each panel of new documents the ``top`` panels of the library that look most like it, as a whole.

        This ranks and never accuses. ``method`` is ``vgg16``, ``onnx:FILE``, ``phash`` or ``pdq``; ``weights`` and
        ``preprocess`` are as for `figecho.compare`. The first question with a model describes the whole library.

        Raises
        ------
        InputError, OptionError, UnavailableError : the model cannot be used, or ``top`` is less than 1.
        StoreError : there is no such library, or vectors cannot be kept in it.
        """
        options = similarity_options(method, weights, preprocess)
        return most_similar(paths, self.path, options, top=top, jobs=jobs, root=root, progress=progress, limits=limits)

    def list(self) -> tuple[StoredDocument, ...]:
        """What the library holds, in the order in which it was added."""
        with shelf.reading(self.path) as store:
            return tuple(store.documents())

    def remove(self, documents: Sequence[str] | str, *, purge: bool = False) -> int:
        """Remove documents, each named by its path as it was added or by (the beginning of) its SHA-256; how many.

        With ``purge``, none of their bytes stay in the library's files.

        Raises
        ------
        StoreError : a name fits no document, or the beginning of an id fits several.
        """
        names = [documents] if isinstance(documents, str) else list(documents)
        held = self.list()
        return shelving.remove(self.path, [self._id_of(name, held) for name in names], purge=purge)

    def _id_of(self, name: str, held: Sequence[StoredDocument]) -> str:
        ids = {document.id for document in held if document.path == name}
        if not ids and len(name) >= 6:
            ids = {document.id for document in held if document.id.startswith(name.lower())}
        if not ids:
            raise StoreError(f"{name}: the library holds no such document; `figecho library list` shows what it holds")
        if len(ids) > 1:
            raise StoreError(f"{name}: this fits {len(ids)} documents of the library; give more of the SHA-256")
        return ids.pop()

    def verify(self) -> tuple[str, ...]:
        """Read everything and name what has changed on the disk since it was stored; empty where all is well."""
        return shelving.rotten(self.path)

    def stats(self) -> Stats:
        """How much the library holds."""
        with shelf.reading(self.path) as store:
            meta = store.meta()
            documents = tuple(store.documents())
            return Stats(
                documents=len({document.id for document in documents}),
                panels=sum(document.panels for document in documents),
                contents=store.count_contents(),
                segments=len(store.segments()),
                bytes=shelf.bytes_of(self.path),
                profile=str(meta.get("profile")),
                version=str(meta.get("version")),
            )
