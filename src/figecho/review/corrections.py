"""Panels that were corrected in the review app: one file, which `figecho scan --panels` takes as well."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from figecho.figures import AS_FOUND, SCHEMA, Corrected, Corrections, corrected_picture, load_corrections
from figecho.types import Picture

FILE = "panels.json"


class CorrectionsFile:
    """All corrected panels under a root; they belong to documents, not to runs, and stand in every later scan."""

    def __init__(self, root: Path) -> None:
        self.path = root / FILE
        self._lock = threading.Lock()

    def load(self) -> Corrections:
        """What was corrected so far.

        Raises
        ------
        OptionError : somebody edited the file into something else.
        """
        return load_corrections(self.path) if self.path.exists() else AS_FOUND

    def set(self, picture: Picture, panels: Sequence[Corrected]) -> None:
        """The panels of one picture; none leaves it as found. A reader sees the file before or after, never between."""
        with self._lock:
            self.load()  # what cannot be used is not written over
            entries = self._entries()
            kept = [
                each for each in entries if (each["document"], each["picture"]) != (picture.document, picture.index)
            ]
            if panels:
                kept.append(corrected_picture(picture, panels))
            text = json.dumps({"schema": SCHEMA, "pictures": kept}, indent=2, ensure_ascii=True)
            draft = self.path.with_name(f".{FILE}")
            with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
                file.write(f"{text}\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)

    def _entries(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        entries: list[dict[str, Any]] = json.loads(self.path.read_text(encoding="utf-8"))["pictures"]
        return entries
