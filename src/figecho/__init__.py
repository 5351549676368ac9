"""figecho compares images and finds reused image content, on your own machine.

>>> import figecho
>>> found = figecho.compare("fig3d.png", "fig5e.png")  # doctest: +SKIP
>>> run = figecho.scan(["figures", "stack.tif"])  # doctest: +SKIP

Nothing heavy is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from figecho import errors, types
from figecho._version import __version__

if TYPE_CHECKING:
    from figecho.api import compare, load, scan

__all__ = ["__version__", "compare", "errors", "load", "scan", "types"]

_LAZY = ("compare", "load", "scan")


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module("figecho.api"), name)
    raise AttributeError(f"module 'figecho' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
