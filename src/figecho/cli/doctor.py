"""`figecho doctor`: what is installed here and whether it works."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

import typer

from figecho._version import __version__
from figecho.cli import options, render

LIBRARIES = ("opencv-python-headless", "numpy", "scipy", "pillow", "tifffile", "imagecodecs", "pebble")
#: Extra of `pip install "figecho[extra]"`, the distribution it brings, and what it is for.
EXTRAS = (("formats", "pillow-heif", "HEIC and AVIF pictures"),)


def doctor(verbose: options.VerboseOption = False) -> None:
    """Show what is installed and whether it works."""
    works, isolation = _isolation()
    rows = [
        ("figecho", __version__),
        ("Python", f"{platform.python_version()} on {platform.platform()}"),
        *((name, _version(name) or "missing: reinstall figecho") for name in LIBRARIES),
        ("cores", str(_cores())),
        ("isolation", isolation),
    ]
    for extra, distribution, purpose in EXTRAS:
        found = _version(distribution)
        rows.append(
            (f"[{extra}]", f"{distribution} {found}" if found else f'no {purpose}: pip install "figecho[{extra}]"')
        )
    render.table(rows)
    if not works or not all(_version(name) for name in LIBRARIES):
        raise typer.Exit(2)


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _cores() -> int:
    """Cores that this process may use, which in a container can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _isolation() -> tuple[bool, str]:
    return True, "todo"
