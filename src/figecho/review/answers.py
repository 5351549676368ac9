"""Encoded answers (drawn pictures, findings as JSON), kept in memory while they are asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict

#: An answer's bytes, and one word about them: a picture's kind, a finding's ETag.
Answer = tuple[str, bytes]


class Answers:
    """The most recently used answers, up to a number of bytes; safe to use from several threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._bytes = most_bytes, 0
        self._kept: OrderedDict[object, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object) -> Answer | None:
        """The answer of this key, if it is still here."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: object, answer: Answer) -> Answer:
        """Keep an answer and forget old ones; returns it."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = answer
                self._bytes += len(answer[1])
            while self._bytes > self._most and len(self._kept) > 1:
                _, (_, data) = self._kept.popitem(last=False)
                self._bytes -= len(data)
        return answer
