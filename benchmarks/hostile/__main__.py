"""Broken, hostile and mutated files, each read in an isolated worker as a scan does.

    python -m benchmarks.hostile [--mutants 5000] [--data FOLDER]

Counts what became of each (read, refused, crashed, out of time or memory), the main process's growth, and the truncated
files among the mutants that were taken for whole ones.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from benchmarks.hostile.bombs import BOMBS
from benchmarks.hostile.tasks import LIMITS, Read, read_document, read_or_die
from figecho.errors import InputError
from figecho.work.isolate import Outcome, Workers

DATA = Path(os.environ.get("FIGECHO_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")).resolve()
#: Seconds for a mutant: they are made of small files.
PATIENCE = 20.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mutants", type=int, default=5_000)
    arguments = parser.parse_args()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as scratch, Workers(memory_bytes=LIMITS.memory_bytes) as workers:
        if DATA.is_dir():
            for part in ("badinput", "pdf"):
                files = sorted(str(file) for file in (DATA / part).rglob("*") if file.is_file())
                report(part, workers.run(read_document, files, timeout=allowed))
        bombs = Path(scratch) / "bombs"
        bombs.mkdir()
        for name, make in BOMBS.items():
            (bombs / name).write_bytes(make())
        report("bombs", workers.run(read_document, sorted(map(str, bombs.iterdir())), timeout=allowed), every=True)
        mutated = list(mutants(Path(scratch) / "mutants", arguments.mutants))
        outcomes = list(workers.run(read_document, mutated, timeout=lambda _: PATIENCE))
        report("mutants", outcomes)
        cut = [outcome for outcome in outcomes if "-cut" in outcome.item]
        accepted = [Path(outcome.item).name for outcome in cut if outcome.error is None]
        print(f"  truncated files accepted: {len(accepted)} of {len(cut)} {accepted[:8]}")
        few = mutated[: arguments.mutants // 10]
        report("with 1 % of workers killed, stopped or hung", workers.run(read_or_die, few, timeout=lambda _: 5.0))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"main process: grew by {grown / 1024:.0f} MB, the bombs it made included")


def allowed(path: str) -> float:
    pages = min(LIMITS.max_pages, Path(path).stat().st_size // (256 * 1024))
    return LIMITS.seconds_per_document + LIMITS.seconds_per_page * pages


def report(name: str, outcomes: Iterable[Outcome[str, Read]], *, every: bool = False) -> None:
    """A line of counts, and a line for everything that is neither a picture nor a clear refusal."""
    tally: Counter[str] = Counter()
    slowest = 0.0
    for outcome in outcomes:
        error = outcome.error
        code = "read" if error is None else str(getattr(error, "code", f"BUG {type(error).__name__}"))
        tally[code] += 1
        slowest = max(slowest, outcome.result.seconds if outcome.result else 0.0)
        if every or not isinstance(error, InputError | None):
            print(f"  {Path(outcome.item).name}: {code}: {error or outcome.result}")
    print(f"{name}: {sum(tally.values())} files: {dict(tally.most_common())}; slowest read {slowest:.1f} s")


def mutants(folder: Path, count: int) -> Iterator[str]:
    """Valid files of every format, cut off, with a byte flipped, or with a damaged header."""
    folder.mkdir()
    originals = list(valid_files().items())
    rng = np.random.default_rng(0)
    for number in range(count):
        kind, data = originals[number % len(originals)]
        how = ("cut", "flip", "head")[number // len(originals) % 3]
        changed = bytearray(data)
        if how == "cut":
            changed = changed[: int(rng.integers(len(data) // 10, len(data) - len(data) // 50))]
        else:
            reach = len(data) if how == "flip" else min(64, len(data))
            for _ in range(int(rng.integers(1, 6))):
                changed[int(rng.integers(0, reach))] ^= 1 << int(rng.integers(0, 8))
        path = folder / f"{number:05d}-{how}.{kind}"
        path.write_bytes(changed)
        yield str(path)


def valid_files() -> dict[str, bytes]:
    """A small textured picture in every format that can tell whether it is whole."""
    y, x = np.mgrid[:120, :160]
    waves = 128 + 100 * np.sin(x / 7) * np.cos(y / 9)
    noise = np.random.default_rng(1).normal(0, 6, (120, 160, 3))
    pixels = np.clip(waves[..., None] + noise, 0, 255).astype(np.uint8)
    kinds = {"png": {}, "jpg": {"quality": 85}, "gif": {}, "bmp": {}, "webp": {"quality": 90}}
    files = {}
    for kind, options in kinds.items():
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG" if kind == "jpg" else kind.upper(), **options)
        files[kind] = buffer.getvalue()
    for kind, compression in (("tif", None), ("tiff", "zlib")):
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, pixels, photometric="rgb", compression=compression)
        files[kind] = buffer.getvalue()
    return files


if __name__ == "__main__":
    main()
