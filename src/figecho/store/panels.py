"""What is known of panels, kept between runs: ``panels.db`` of the cache and of a library.

A store holds documents, the places where panels occur in them, and per content the features, signatures and pixels.
One store has one version and one set of options: everything in it was made in the same way. A document is one
transaction. Every row and blob carries a checksum that is verified when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from figecho.errors import StoreError
from figecho.store import codec
from figecho.store.database import MANY, checksum, create, open_existing, original, purge, storable, transaction
from figecho.store.migrations import PANELS
from figecho.types import Evidence, Judgement, Occurrence

FILE = "panels.db"
Pair = tuple[str, str]
#: What to do where something in a store has rotted that does not say ``remedy`` itself.
CACHE_REMEDY = "it is only a cache: remove its folder and repeat the command"
#: The kinds of blobs.
FEATURES, SIGNATURE, PIXELS = "features", "signature", "pixels"


@dataclass(frozen=True)
class StoredPanel:
    """A panel on its way into the store. Blobs may be empty where the content is stored already.

    ``plain`` says that all pixels are the same; ``pixels`` is a PNG, or empty where the panel is to be cut from the
    picture ``occurrence.source``.
    """

    occurrence: Occurrence
    keypoints: int
    plain: bool
    features: bytes = b""
    signature: bytes = b""
    pixels: bytes = b""


@dataclass(frozen=True)
class StoredPicture:
    """A picture with several panels, as a PNG under its content key."""

    key: str
    pixels: bytes


@dataclass(frozen=True)
class Content:
    """A panel's content, in the order of first occurrence; ``plain`` where all its pixels are the same."""

    key: str
    keypoints: int
    plain: bool


@dataclass(frozen=True)
class StoredDocument:
    """A document that was read: ``key`` says which part of it, ``id`` is the SHA-256 of its file."""

    key: str
    id: str
    path: str
    pictures: int
    panels: int
    added: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class StoredSegment:
    """A descriptor segment of the store's panels.

    Attributes
    ----------
    name : of its folder.
    panels : how many it holds.
    sums : SHA-256 of its list of checksums, which names all of its files.
    address : where these lie; empty where they lie in the folder.
    """

    name: str
    panels: int
    sums: str
    address: str = ""


@dataclass(frozen=True)
class Examined:
    """One pair of contents: its evidence and judgement, or the ``failure`` that prevented them."""

    a: str
    b: str
    evidence: Evidence | None = None
    judgement: Judgement | None = None
    failure: str | None = None


class PanelStore:
    """The file of one store; use it in a ``with`` block.

    Parameters
    ----------
    path : the file; a writable store makes it, for nobody else to read.
    writable : several processes may write at the same time, each waiting for its turn.
    durable : whether what was stored must survive a power cut (a library) or only a killed process (a cache).

    Raises
    ------
    StoreError : not a store, from a newer figecho, rotten or not to be read. SQLite's own errors come through where
        the disk is full or the file cannot be written: callers know what was being done.
    """

    def __init__(self, path: Path, *, writable: bool = False, durable: bool = False) -> None:
        self.path = path
        self._connection = create(path, PANELS, durable=durable) if writable else open_existing(path, PANELS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    def close(self) -> None:
        self._connection.close()

    # ---- what is known of the store -------------------------------------------------------------------------

    def meta(self) -> dict[str, Any]:
        return {key: json.loads(value) for key, value in self._connection.execute("SELECT key, value FROM meta")}

    def set_meta(self, **values: Any) -> None:
        with transaction(self._connection):
            rows = [(key, json.dumps(value)) for key, value in values.items()]
            self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

    # ---- documents ------------------------------------------------------------------------------------------

    def add_document(
        self, document: StoredDocument, panels: Iterable[StoredPanel], pictures: Iterable[StoredPicture] = ()
    ) -> None:
        """A document with all its panels, or nothing of it; one with this key that is there already stays."""
        added = document.added or datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        values = (document.key, document.id, storable(document.path), document.pictures, document.panels, added)
        with transaction(self._connection):
            cursor = self._connection.execute(
                "INSERT OR IGNORE INTO document (key, id, path, pictures, panels, added, checksum)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*values, checksum(*values)),
            )
            if cursor.rowcount == 0:
                return
            row = cursor.lastrowid
            for number, panel in enumerate(panels):
                self._add_content(panel)
                place = codec.occurrence_to_json(panel.occurrence)
                content = panel.occurrence.content
                self._connection.execute(
                    "INSERT INTO occurrence VALUES (?, ?, ?, ?, ?)",
                    (row, number, content, place, checksum(content, place)),
                )
            for picture in pictures:
                self._add_blob(PIXELS, picture.key, picture.pixels)
                self._connection.execute("INSERT OR IGNORE INTO picture VALUES (?, ?)", (row, picture.key))

    def _add_content(self, panel: StoredPanel) -> None:
        key = panel.occurrence.content
        values = (key, panel.keypoints, int(panel.plain))
        self._connection.execute(
            "INSERT OR IGNORE INTO content (key, keypoints, plain, checksum) VALUES (?, ?, ?, ?)",
            (*values, checksum(*values)),
        )
        for kind, data in ((FEATURES, panel.features), (SIGNATURE, panel.signature), (PIXELS, panel.pixels)):
            if data:
                self._add_blob(kind, key, data)

    def _add_blob(self, kind: str, key: str, data: bytes) -> None:
        self._connection.execute(
            "INSERT OR IGNORE INTO blob VALUES (?, ?, ?, ?)", (kind, key, data, checksum(kind, key, data))
        )

    def document(self, key: str) -> StoredDocument | None:
        rows = self._connection.execute(f"{_DOCUMENTS} WHERE key = ?", (key,)).fetchall()
        return self._document(rows[0]) if rows else None

    def documents(self) -> Iterator[StoredDocument]:
        """All documents, in the order in which they were added."""
        return (self._document(row) for row in self._connection.execute(f"{_DOCUMENTS} ORDER BY number"))

    def _document(self, row: tuple[Any, ...]) -> StoredDocument:
        *values, kept = row
        self._verify(f"document {values[2]}", checksum(*values), kept)
        key, id, path, pictures, panels, added = values
        return StoredDocument(key, id, original(path), pictures, panels, added)

    def occurrences(self, document_key: str | None = None) -> Iterator[Occurrence]:
        """The places of one document, or of all, in the order of the documents."""
        where, values = ("WHERE document.key = ? ", (document_key,)) if document_key is not None else ("", ())
        rows = self._connection.execute(
            "SELECT content, value, occurrence.checksum FROM occurrence JOIN document"
            f" ON document.number = occurrence.document {where}ORDER BY document.number, occurrence.number",
            values,
        )
        return (self._occurrence(*row) for row in rows)

    def places(self, content: str) -> list[Occurrence]:
        """Where a content occurs."""
        rows = self._connection.execute(
            "SELECT content, value, checksum FROM occurrence WHERE content = ? ORDER BY document, number", (content,)
        )
        return [self._occurrence(*row) for row in rows.fetchall()]

    def places_beside(self, content: str) -> list[Occurrence]:
        """All places of the documents in which a content occurs."""
        rows = self._connection.execute(
            "SELECT content, value, checksum FROM occurrence WHERE document IN"
            " (SELECT document FROM occurrence WHERE content = ?) ORDER BY document, number",
            (content,),
        )
        return [self._occurrence(*row) for row in rows.fetchall()]

    def _occurrence(self, content: str, value: str, kept: bytes) -> Occurrence:
        self._verify(f"a place of content {content}", checksum(content, value), kept)
        return codec.occurrence_from_json(value)

    def remove(self, id: str) -> int:
        """Remove the documents of this file, and every content, picture and pair that occurs in no other; how many."""
        with transaction(self._connection):
            removed = self._connection.execute("DELETE FROM document WHERE id = ?", (id,)).rowcount
            self._connection.execute("DELETE FROM content WHERE key NOT IN (SELECT content FROM occurrence)")
            self._connection.execute(
                "DELETE FROM blob WHERE key NOT IN (SELECT key FROM content) AND key NOT IN (SELECT key FROM picture)"
            )
            self._connection.execute("DELETE FROM result WHERE key NOT IN (SELECT key FROM content)")
            self._connection.execute(
                "DELETE FROM pair WHERE a NOT IN (SELECT key FROM content) OR b NOT IN (SELECT key FROM content)"
            )
        return removed

    def purge(self) -> None:
        """Overwrite what removed documents left in the file: no bytes of theirs stay."""
        purge(self._connection)

    # ---- contents -------------------------------------------------------------------------------------------

    def contents(self, keys: Sequence[str] | None = None) -> Iterator[Content]:
        """These contents, or all in the order in which they were added."""
        if keys is None:
            yield from map(self._content, self._connection.execute(f"{_CONTENTS} ORDER BY number").fetchall())
            return
        for key in keys:
            rows = self._connection.execute(f"{_CONTENTS} WHERE key = ?", (key,)).fetchall()
            if rows:
                yield self._content(rows[0])

    def _content(self, row: tuple[str, int, int, bytes]) -> Content:
        key, keypoints, plain, kept = row
        self._verify(f"content {key}", checksum(key, keypoints, plain), kept)
        return Content(key, keypoints, bool(plain))

    def count_contents(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM content").fetchone()[0])

    def blob(self, kind: str, key: str) -> bytes | None:
        """Features, signature or pixels of a content, or the pixels of a picture; None where there are none."""
        row = self._connection.execute(
            "SELECT data, checksum FROM blob WHERE kind = ? AND key = ?", (kind, key)
        ).fetchone()
        if row is None:
            return None
        data, kept = row
        self._verify(f"the {kind} of {key}", checksum(kind, key, data), kept)
        return bytes(data)

    def png(self, key: str) -> bytes | None:
        """Pixels of a content or picture as PNG, cut from the whole picture where that is what is stored."""
        data = self.blob(PIXELS, key)
        place = next((place for place in self.places(key) if place.source is not None), None) if data is None else None
        if place is None or place.source is None:
            return data
        whole = self.blob(PIXELS, place.source)
        if whole is None:
            return None
        x, y, width, height = place.bbox
        return codec.pixels_to_png(codec.png_to_pixels(whole)[y : y + height, x : x + width])

    # ---- pairs ----------------------------------------------------------------------------------------------

    def add_pairs(self, examined: Iterable[Examined]) -> None:
        """Results of pairs, in one transaction; failures are not kept, so that they are tried again."""
        rows = []
        for pair in examined:
            if pair.judgement is not None and pair.evidence is not None:
                value = codec.examined_to_json(pair.evidence, pair.judgement)
                values = (pair.a, pair.b, pair.judgement.verdict, value)
                rows.append((*values, checksum(*values)))
        with transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO pair VALUES (?, ?, ?, ?, ?)", rows)

    def verdicts(self, pairs: Sequence[Pair]) -> dict[Pair, str]:
        """The verdicts of those of ``pairs`` that are examined."""
        found: dict[Pair, str] = {}
        for start in range(0, len(pairs), MANY // 2):
            some = pairs[start : start + MANY // 2]
            marks = ", ".join(["(?, ?)"] * len(some))
            rows = self._connection.execute(
                f"SELECT a, b, verdict FROM pair WHERE (a, b) IN (VALUES {marks})",
                [key for pair in some for key in pair],
            )
            found.update({(a, b): verdict for a, b, verdict in rows})
        return found

    def examined(self, pair: Pair) -> Examined:
        """The result for one examined pair."""
        a, b, verdict, value, kept = self._connection.execute(
            "SELECT * FROM pair WHERE a = ? AND b = ?", pair
        ).fetchone()
        self._verify(f"the comparison of {a} with {b}", checksum(a, b, verdict, value), kept)
        return Examined(a, b, *codec.examined_from_json(value))

    # ---- other results per content --------------------------------------------------------------------------

    def add_results(self, stage: str, values: Mapping[str, str]) -> None:
        """What a stage found in some contents (JSON by content key), in one transaction."""
        rows = [(stage, key, value, checksum(stage, key, value)) for key, value in values.items()]
        with transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO result VALUES (?, ?, ?, ?)", rows)

    def result(self, stage: str, key: str) -> str | None:
        """What a stage found in a content; None where it has not looked yet."""
        row = self._connection.execute(
            "SELECT value, checksum FROM result WHERE stage = ? AND key = ?", (stage, key)
        ).fetchone()
        if row is None:
            return None
        self._verify(f"the result of {stage} for {key}", checksum(stage, key, row[0]), row[1])
        return str(row[0])

    # ---- descriptor segments --------------------------------------------------------------------------------

    def segments(self) -> tuple[StoredSegment, ...]:
        """The segments, by name."""
        rows = self._connection.execute("SELECT name, panels, sums, address, checksum FROM segment ORDER BY name")
        return tuple(self._segment(*row) for row in rows.fetchall())

    def _segment(self, name: str, panels: int, sums: str, address: str, kept: bytes) -> StoredSegment:
        self._verify(f"segment {name}", checksum(name, panels, sums, address), kept)
        return StoredSegment(name, panels, sums, original(address))

    def change_segments(self, removed: Iterable[str], added: Iterable[StoredSegment]) -> None:
        """Forget some segments by name and list others, in one transaction."""
        values = [(each.name, each.panels, each.sums, storable(each.address)) for each in added]
        with transaction(self._connection):
            self._connection.executemany("DELETE FROM segment WHERE name = ?", [(name,) for name in removed])
            self._connection.executemany(
                "INSERT OR REPLACE INTO segment VALUES (?, ?, ?, ?, ?)", [(*row, checksum(*row)) for row in values]
            )

    # ---- health ---------------------------------------------------------------------------------------------

    def rotten(self) -> Iterator[str]:
        """What has changed on the disk since it was stored, in words; nothing where all is well."""
        for (found,) in self._connection.execute("PRAGMA integrity_check"):
            if found != "ok":
                yield f"the database: {found}"
        for table, columns in _CHECKED.items():
            rows = self._connection.execute(f"SELECT {', '.join(columns)}, checksum FROM {table}")
            for *values, kept in rows:
                if checksum(*values) != kept:
                    yield f"{table} {' '.join(str(value) for value in values if isinstance(value, str))[:120]}"
        missing = "SELECT key FROM content WHERE key NOT IN (SELECT key FROM blob WHERE kind = ?)"
        for kind in (FEATURES, SIGNATURE):
            for (key,) in self._connection.execute(missing, (kind,)):
                yield f"content {key} has no {kind}"

    def _verify(self, what: str, found: bytes, kept: bytes) -> None:
        if found != kept:
            raise StoreError(f"{self.path}: {what} has changed on the disk; {self.meta().get('remedy', CACHE_REMEDY)}")


_DOCUMENTS = "SELECT key, id, path, pictures, panels, added, checksum FROM document"
_CONTENTS = "SELECT key, keypoints, plain, checksum FROM content"
#: The columns that each table's checksums cover.
_CHECKED = {
    "document": ("key", "id", "path", "pictures", "panels", "added"),
    "occurrence": ("content", "value"),
    "content": ("key", "keypoints", "plain"),
    "blob": ("kind", "key", "data"),
    "pair": ("a", "b", "verdict", "value"),
    "result": ("stage", "key", "value"),
    "segment": ("name", "panels", "sums", "address"),
}


def first_blob(stores: Sequence[PanelStore], kind: str, key: str) -> bytes:
    """Features or signature of a content, from the first store that has them.

    Raises
    ------
    StoreError : none has, or what is stored has changed.
    """
    for store in stores:
        data = store.blob(kind, key)
        if data is not None:
            return data
    raise StoreError(f"{stores[0].path}: the {kind} of {key} are missing; repeat the command")
