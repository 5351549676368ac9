"""`figecho doctor`: what is installed here and whether it works."""

from __future__ import annotations

import sys
from importlib.metadata import version

from figecho._version import __version__


def test_it_says_what_is_installed_and_exits_with_0(figecho) -> None:
    done = figecho("doctor")
    told = {line.split("  ")[0].strip(): line for line in done.stdout.splitlines()}
    assert done.exit_code == 0
    assert __version__ in told["figecho"]
    assert sys.version.split()[0] in told["Python"]
    assert version("numpy") in told["numpy"]
    assert "isolation" in told and "cores" in told


def test_a_missing_library_is_named_and_exits_with_2(figecho, monkeypatch) -> None:
    monkeypatch.setattr("figecho.cli.doctor.LIBRARIES", ("numpy", "no-such-library"))
    done = figecho("doctor")
    assert done.exit_code == 2
    assert "no-such-library  missing" in done.stdout
