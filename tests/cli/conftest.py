"""The command line over fakes: what it prints and how it exits, without any image in sight."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from fakes import run_of
from figecho.cli.app import app
from figecho.types import Run


@pytest.fixture
def figecho() -> Callable[..., Result]:
    """`figecho("scan", "figures")` as a user types it, in this process."""

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="figecho")

    return call


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A stand-in for `figecho.api`: set ``api.run`` to what `scan` and `load` shall return or raise."""
    module = ModuleType("figecho.api")
    module.run = run_of()
    module.calls = []

    def answer(*arguments: Any, **options: Any) -> Run:
        module.calls.append((arguments, options))
        if isinstance(module.run, BaseException):
            raise module.run
        return module.run

    module.scan = module.load = answer
    monkeypatch.setitem(sys.modules, "figecho.api", module)
    return module
