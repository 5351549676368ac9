"""The libraries of the extra ``[deep]``, imported when they are first needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from figecho import telemetry
from figecho.errors import UnavailableError


def needed(library: str) -> Any:
    """The module of this name.

    Raises
    ------
    UnavailableError : it is not installed, with the command that installs it.
    """
    try:
        return telemetry.onnxruntime() if library == "onnxruntime" else import_module(library)
    except ImportError as error:
        raise UnavailableError(
            f'deep features need {library}, which is not installed: pip install "figecho[deep]"'
        ) from error
