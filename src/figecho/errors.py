"""Every error figecho raises on purpose.

FigechoError
├── InputError          a document that cannot be used: which file, what is wrong, what to do
├── OptionError         an option or combination of options that makes no sense
├── UnavailableError    a method whose optional extra or model file is not installed
├── StoreError          a run or library that cannot be opened, read or written
└── TaskError           a unit of work that died, hung or ran out of memory

Anything else that escapes is a bug in figecho.
"""

from __future__ import annotations

import os


class FigechoError(Exception):
    """Base of every deliberate error; its text is one line a user can act on."""


class InputError(FigechoError):
    """A document (or a page of one) that cannot be used.

    Parameters
    ----------
    path : the document's path, as the user gave it.
    code : a stable word for programs: ``missing``, ``empty``, ``truncated``, ``damaged``, ``oversized``,
        ``not-an-image``, ``unsupported``, ``unreadable``, ``directory``, ``no-such-page``, ``not-a-file``,
        ``crashed``, ``timeout``, ``encrypted``, ``no-pictures``, ``no-such-panel``.
    cause : what is wrong, in a few words.
    remedy : what the user can do about it, as an imperative sentence without its full stop.
    """

    def __init__(self, path: str | os.PathLike[str], code: str, cause: str, remedy: str) -> None:
        self.path = os.fspath(path)
        self.code = code
        self.cause = cause
        self.remedy = remedy
        super().__init__(f"{self.path}: {self.reason}")

    @property
    def reason(self) -> str:
        """Cause and remedy without the path, for a ledger row that already names the file."""
        return f"{self.cause}; {self.remedy}"

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str, str]]:
        return type(self), (self.path, self.code, self.cause, self.remedy)


class OptionError(FigechoError):
    """An option, or a combination of options, that makes no sense."""


class UnavailableError(FigechoError):
    """A method that needs an optional extra or a model file that is not there."""


class StoreError(FigechoError):
    """A run or library that cannot be opened, read or written."""


class TaskError(FigechoError):
    """A unit of work that died, hung or exceeded its limits; the rest of the work goes on.

    ``code`` is ``crashed``, ``timeout`` or ``memory``.
    """

    def __init__(self, message: str, code: str = "crashed") -> None:
        self.code = code
        super().__init__(message)
