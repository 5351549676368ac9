"""Drawn and encoded pictures, kept in memory while they are looked at."""

from __future__ import annotations

import threading
from collections import OrderedDict


class PictureCache:
    """The most recently used pictures, up to a number of bytes; a picture is ``(kind, bytes)``."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._bytes = most_bytes, 0
        self._kept: OrderedDict[object, tuple[str, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object) -> tuple[str, bytes] | None:
        """The picture of this key, if it is still here."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: object, picture: tuple[str, bytes]) -> tuple[str, bytes]:
        """Keep a picture and forget old ones; returns it."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = picture
                self._bytes += len(picture[1])
            while self._bytes > self._most and len(self._kept) > 1:
                _, (_, data) = self._kept.popitem(last=False)
                self._bytes -= len(data)
        return picture
