"""Documents → a panel store: what it knows already is taken from it, what it does not is read by workers."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from figecho.errors import InputError, StoreError
from figecho.figures import AS_FOUND, Corrections
from figecho.options import Limits, ReuseOptions
from figecho.scan.plan import Entry, seconds_for
from figecho.scan.prepare import (
    Prepared,
    PrepareTask,
    prepare,
    read_row,
    refused_row,
    stored_panels,
    stored_pictures,
    with_cost,
)
from figecho.scan.progress import Progress, stage
from figecho.sources.open import document_id, parse_address
from figecho.store.panels import PanelStore, StoredDocument
from figecho.types import Document, Occurrence
from figecho.work.isolate import Outcome, Runner
from figecho.work.remote import is_remote

#: Where a store keeps which bytes lay at an address.
ADDRESSES = "addresses"


@dataclass(frozen=True)
class Settled:
    """What became of one entry of the plan: its row of the ledger, and where its panels occur.

    ``known`` says that the store had it already.
    """

    entry: Entry
    row: Document
    places: tuple[Occurrence, ...] = ()
    known: bool = False


@dataclass(frozen=True)
class Reader:
    """How documents are read, into which store, and by whom; ``spool`` is an empty folder for what is on its way."""

    store: PanelStore
    runner: Runner
    options: ReuseOptions
    limits: Limits
    spool: Path
    progress: Progress
    corrections: Corrections = AS_FOUND

    def read(self, plan: Sequence[Entry]) -> Iterator[Settled]:
        """Settle every entry, each document stored whole before it is told of.

        Raises
        ------
        StoreError : the spool or the store cannot be written. A document that cannot be read raises nothing.
        """
        tasks: dict[PrepareTask, Entry] = {}
        at_once: list[Settled] = []

        def to_prepare() -> Iterator[PrepareTask]:
            for entry in plan:
                if settled := self._settled(entry):
                    at_once.append(settled)
                else:
                    spool = self.spool / str(entry.position)
                    task = PrepareTask(entry.path, spool, self.options, self.limits, self.corrections)
                    tasks[task] = entry
                    yield task

        with stage(self.progress, "reading", sum(entry.settled is None for entry in plan)):
            outcomes = self.runner.run(
                prepare, to_prepare(), timeout=lambda task: seconds_for(tasks[task], self.limits)
            )
            for outcome in outcomes:
                yield from self._told(at_once)
                yield self._stored(tasks.pop(outcome.item), outcome)
                self.progress.advance()
            yield from self._told(at_once)

    def _told(self, at_once: list[Settled]) -> Iterator[Settled]:
        for settled in at_once:
            self.progress.advance(settled.entry.settled is None)
            yield settled
        at_once.clear()

    def _settled(self, entry: Entry) -> Settled | None:
        """An entry that needs no reading: settled by the plan, or known to the store by the bytes of its file."""
        if entry.settled is not None:
            return Settled(entry, entry.settled)
        id = self._known_id(entry)
        if id is None:
            return None
        document = self.store.document(document_key(entry.path, id, self.corrections))
        return None if document is None else self._from_store(entry, document, known=True)

    def _known_id(self, entry: Entry) -> str | None:
        """The SHA-256 of an entry's file; of one at an address only where its storage says that it is as it was."""
        path = parse_address(entry.path).path
        if is_remote(path):
            return self.store.result(ADDRESSES, _version_of(entry)) if entry.version else None
        try:
            return document_id(path)
        except InputError:  # the worker will say what is wrong with it
            return None

    def _from_store(self, entry: Entry, document: StoredDocument, *, known: bool) -> Settled:
        path = parse_address(entry.path).path
        places = tuple(replace(place, path=path) for place in self.store.occurrences(document.key))
        row = read_row(entry.path, document.id, document.pictures, document.panels, places)
        return Settled(entry, row, places, known)

    def _stored(self, entry: Entry, outcome: Outcome[PrepareTask, Prepared]) -> Settled:
        spool = outcome.item.spool
        if isinstance(outcome.error, StoreError):
            raise outcome.error
        if outcome.error is not None:
            settled = Settled(entry, refused_row(entry.path, outcome.error))
        else:
            prepared = outcome.value
            key = document_key(entry.path, prepared.id, self.corrections)
            document = StoredDocument(key, prepared.id, entry.path, prepared.pictures, len(prepared.panels))
            self.store.add_document(document, stored_panels(prepared, spool), stored_pictures(prepared, spool))
            if entry.version:
                self.store.add_results(ADDRESSES, {_version_of(entry): prepared.id})
            settled = self._from_store(entry, document, known=False)
        shutil.rmtree(spool, ignore_errors=True)
        return replace(settled, row=with_cost(settled.row, outcome.cost))


def _version_of(entry: Entry) -> str:
    """Names a document at an address as its storage has it now."""
    what = json.dumps([parse_address(entry.path).path, entry.size, entry.version])
    return hashlib.sha256(what.encode("ascii")).hexdigest()


def document_key(path: str, id: str, corrections: Corrections = AS_FOUND) -> str:
    """Names a document, or the page or panel of it that the path's address picks, by the bytes of its file.

    A document whose panels a person corrected is another one; all others stay known.
    """
    address = parse_address(path)
    corrected = corrections.digest_of(id)
    return f"{id}{path[len(address.path) :]}" + (f" {corrected}" if corrected else "")
