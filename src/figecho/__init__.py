"""figecho compares images and finds reused image content, on your own machine.

>>> import figecho
>>> found = figecho.compare("fig3d.png", "fig5e.png")  # doctest: +SKIP
>>> run = figecho.scan(["figures", "stack.tif"])  # doctest: +SKIP

Nothing heavy is loaded before it is used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from figecho._version import __version__

if TYPE_CHECKING:
    from figecho import errors, types
    from figecho.api import compare, load, scan
    from figecho.library import Library

__all__ = ["Library", "__version__", "compare", "errors", "load", "scan", "types"]

_LAZY = {"Library": "library", "compare": "api", "load": "api", "scan": "api"}
#: Modules that come with the package. They load NumPy, which must find its settings when it is loaded: a worker process
#: makes them by importing a module of this package first.
_MODULES = ("errors", "types")


class _Package(ModuleType):
    """`figecho.compare` is the function, also once the module that holds it has been imported.

    Python puts every submodule that is imported into its package, in the place of a function of the same name.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _LAZY and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"figecho.{_LAZY[name]}"), name)
    if name in _MODULES:
        return import_module(f"figecho.{name}")
    raise AttributeError(f"module 'figecho' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
