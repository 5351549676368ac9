"""`figecho doctor`: what is installed here and whether it works."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

import typer

from figecho._version import __version__
from figecho.cli import options, render
from figecho.errors import TaskError

LIBRARIES = ("opencv-python-headless", "numpy", "scipy", "pillow", "tifffile", "imagecodecs", "pebble")
#: Extra of `pip install "figecho[extra]"`, the distribution it brings, and what it is for.
EXTRAS = (
    ("ocr", "rapidocr", "letters read from figures without a text layer"),
    ("formats", "pillow-heif", "HEIC and AVIF pictures"),
    ("deep", "onnxruntime", "deep features (--method vgg16, onnx:FILE)"),
    ("pdq", "pdqhash", "PDQ hashes (--method pdq)"),
)


def doctor(verbose: options.VerboseOption = False) -> None:
    """Show what is installed and whether it works."""
    works, isolation = _isolation()
    rows = [
        ("figecho", __version__),
        ("Python", f"{platform.python_version()} on {platform.platform()}"),
        *((name, _version(name) or "missing: reinstall figecho") for name in LIBRARIES),
        *isolation,
    ]
    for extra, distribution, purpose in EXTRAS:
        found = _version(distribution)
        rows.append(
            (f"[{extra}]", f"{distribution} {found}" if found else f'no {purpose}: pip install "figecho[{extra}]"')
        )
    render.table([*rows, *_models()])
    if not works or not all(_version(name) for name in LIBRARIES):
        raise typer.Exit(2)


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _models() -> list[tuple[str, str]]:
    """Which models are here, by their checksums, and what runs them; nothing is fetched."""
    from figecho.models import fetch, inventory

    rows = inventory.hashes()
    if (providers := inventory.providers()) is not None:
        rows += [("onnxruntime", ", ".join(providers)), ("vgg16", inventory.weights(fetch.VGG16_NOTOP))]
    return rows


def _isolation() -> tuple[bool, tuple[tuple[str, str], ...]]:
    """Try it: a worker that dies must fail its own task and nothing else."""
    try:
        from figecho.work.isolate import Workers, available_cores
        from figecho.work.launch import network_namespace
    except ImportError as error:
        return False, (("isolation", f"{error}: reinstall figecho"),)
    here = network_namespace()
    with Workers(jobs=1) as workers:
        outcomes = {
            done.item: done for done in workers.run(_visit, [None, here or ""], timeout=lambda _: 20.0, retries=0)
        }
    there = outcomes[here or ""].result
    works = isinstance(outcomes[None].error, TaskError) and there is not None
    said = "works: a crash costs one task, not the scan" if works else "does not work on this system"
    cut_off = here is not None and there not in (None, here)
    reach = (
        "workers are cut off from it" if cut_off else "workers are not cut off from it: the kernel does not allow it"
    )
    return works, (("cores", str(available_cores())), ("isolation", said), ("network", reach))


def _visit(namespace: str | None) -> str:
    """A worker's task: die as a crashing decoder would, or come back with the name of its network namespace."""
    if namespace is None:
        os._exit(1)
    from figecho.work.launch import network_namespace

    return network_namespace() or ""
