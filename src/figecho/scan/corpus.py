"""The panels of one scan: those of its documents, and those of the library that they are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from figecho.features.signatures import Signature, loads
from figecho.scan.segments import Place
from figecho.store.panels import SIGNATURE, Content, PanelStore, first_blob
from figecho.types import Occurrence


@dataclass(frozen=True)
class Reference:
    """A library to compare with: the file of its panel store, its descriptor segments, if they are there already,
    and whether the new panels meet ``only`` the library's."""

    store: Path
    segments: tuple[Place, ...] = ()
    only: bool = False


class Corpus:
    """Contents to compare, and where what is known of them lies; use it in a ``with`` block.

    Parameters
    ----------
    new : content keys of the scanned documents, in the order of first occurrence.
    cache : the open store that holds them and takes the results.
    reference : a library to compare with.

    Attributes
    ----------
    known : content keys of the library; where the new ones are compared with each other, without those that occur
        among them.
    """

    def __init__(self, new: Sequence[str], cache: PanelStore, reference: Reference | None = None) -> None:
        self.new = tuple(new)
        self.cache = cache
        self.reference = reference
        self.known: tuple[str, ...] = ()
        self._opened = ExitStack()
        self._library: PanelStore | None = None

    def __enter__(self) -> Self:
        if self.reference is not None:
            self._library = self._opened.enter_context(PanelStore(self.reference.store))
            met = set(self.new) if self.among_new else set()
            self.known = tuple(content.key for content in self._library.contents() if content.key not in met)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._opened.close()

    @property
    def among_new(self) -> bool:
        """Whether the new panels are compared among themselves."""
        return self.reference is None or not self.reference.only

    @property
    def stores(self) -> tuple[PanelStore, ...]:
        """The open stores, in the order in which a content is looked up."""
        return (self.cache,) if self._library is None else (self.cache, self._library)

    @property
    def files(self) -> tuple[Path, ...]:
        """The stores' files, for workers."""
        return tuple(store.path for store in self.stores)

    def contents(self) -> Iterator[Content]:
        """What is known of the new contents."""
        return self.cache.contents(self.new)

    def earlier_places(self, key: str) -> list[Occurrence]:
        """Where the library has a content."""
        return [] if self._library is None else self._library.places(key)

    def earlier_beside(self, key: str) -> list[Occurrence]:
        """All that the library's documents show in which a content occurs."""
        return [] if self._library is None else self._library.places_beside(key)

    def signatures(self, keys: Sequence[str]) -> Iterator[Signature]:
        """The signatures of some contents, one at a time."""
        return read_signatures(self.stores, keys)

    def png(self, key: str) -> bytes | None:
        """Pixels of a content or picture as PNG."""
        return next((data for store in self.stores if (data := store.png(key)) is not None), None)


def read_signatures(stores: Sequence[PanelStore], keys: Sequence[str]) -> Iterator[Signature]:
    """The signatures of some contents, one at a time, each from the first store that has it.

    Raises
    ------
    StoreError : none has it, or what is stored has changed.
    """
    return (loads(first_blob(stores, SIGNATURE, key)) for key in keys)
