"""How well pictures come out of PDFs: samples, places, names.

Two parts. *Generated*: PDFs drawn operator by operator, one picture each, of every kind that PDF knows, placed by
random matrices through random nestings of forms on pages turned at random, with a letter over a known pixel. *Real*:
the boxes of all pictures of the scientific PDFs against those of pdfplumber, an independent reader, and the names of
their figures against what a person reads.

    PYTHONPATH=tests python -m benchmarks.documents.extraction --data ../shared/data
"""

from __future__ import annotations

import argparse
import io
import itertools
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pdfplumber
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

from figecho.options import Limits
from figecho.sources.display import canonical, shown
from figecho.sources.open import read
from figecho.sources.pdf import _layout
from figecho.sources.pdf_geometry import IDENTITY, Affine, inverse, moved, then
from figecho.sources.pdf_open import open_pdf
from figecho.sources.request import Request
from pdf_files import Paper, draw, text
from picture_files import encode
from planted import scene

Pixels = np.ndarray[Any, Any]
#: A picture put into a paper under the name Im: gives what has to come out.
Maker = Callable[[Paper, np.random.Generator], Pixels]
#: Figures that a person reads in each scientific PDF; scanned pages have none.
NAMES: dict[str, list[str | None]] = {
    "PMC4391421": ["Fig 1"],
    "PMC5364420": ["Fig 1", "Fig 2", "Fig 3", "Fig 4"],
    "PMC5411863": ["Fig 1", "Fig 2", "Fig 3", "Fig 4"],
    "futoma2017": ["Fig 1", "Fig 2", "Fig 3", "Fig 4", "Fig 5"],
    "498bb0efad": ["Fig 1"],
    "PMC12099753": [],
    "sample_2": [],
}


def colour(rng: np.random.Generator) -> Pixels:
    seed = int(rng.integers(1 << 30))
    return np.dstack([scene(seed + channel, 200, 150) for channel in range(3)])


def gray(rng: np.random.Generator) -> Pixels:
    return scene(int(rng.integers(1 << 30)), 200, 150)


def jpeg(paper: Paper, rng: np.random.Generator) -> Pixels:
    data = paper.jpeg("Im", colour(rng), int(rng.integers(50, 96)))
    return decoded(data)


def gray_jpeg(paper: Paper, rng: np.random.Generator) -> Pixels:
    return decoded(paper.jpeg("Im", gray(rng)))


def decoded(data: bytes) -> Pixels:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB") if image.mode == "CMYK" else image)


def cmyk_jpeg(paper: Paper, rng: np.random.Generator) -> Pixels:
    data = encode(Image.fromarray(colour(rng)).convert("CMYK"), "JPEG", quality=90)
    size = {"Width": 200, "Height": 150, "BitsPerComponent": 8, "ColorSpace": Name.DeviceCMYK}
    paper.add("Im", data, Filter=Name.DCTDecode, Decode=Array([1, 0] * 4), **size)
    return decoded(data)


def flate(paper: Paper, rng: np.random.Generator) -> Pixels:
    pixels = colour(rng)
    paper.flate("Im", pixels)
    return pixels


def predicted(paper: Paper, rng: np.random.Generator) -> Pixels:
    """PNG's "up" predictor, which most producers use."""
    pixels = gray(rng)
    rows = np.vstack([pixels[:1], np.diff(pixels.astype(np.int16), axis=0).astype(np.uint8)])
    data = np.hstack([np.full((len(rows), 1), 2, np.uint8), rows]).tobytes()
    size = {"Width": 200, "Height": 150, "BitsPerComponent": 8, "ColorSpace": Name.DeviceGray}
    parameters = Dictionary(Predictor=15, Columns=200, Colors=1, BitsPerComponent=8)
    paper.add("Im", zlib.compress(data), Filter=Name.FlateDecode, DecodeParms=parameters, **size)
    return pixels


def deep(paper: Paper, rng: np.random.Generator) -> Pixels:
    pixels = gray(rng).astype(np.uint16) * 200 + rng.integers(0, 200, (150, 200)).astype(np.uint16)
    paper.flate("Im", pixels)
    return pixels


def ink(paper: Paper, rng: np.random.Generator) -> Pixels:
    inks = np.asarray(Image.fromarray(colour(rng)).convert("CMYK"))
    paper.flate("Im", inks)
    return np.asarray(Image.fromarray(inks, "CMYK").convert("RGB"))


def palette(paper: Paper, rng: np.random.Generator) -> Pixels:
    colours = rng.integers(0, 256, (256, 3), dtype=np.uint8)
    pixels = gray(rng)
    paper.flate(
        "Im", pixels, ColorSpace=Array([Name.Indexed, Name.DeviceRGB, 255, Stream(paper.pdf, colours.tobytes())])
    )
    return colours[pixels]


def one_bit(paper: Paper, rng: np.random.Generator) -> Pixels:
    bits = gray(rng) > 120
    size = {"Width": 200, "Height": 150, "BitsPerComponent": 1, "ColorSpace": Name.DeviceGray}
    paper.add("Im", np.packbits(bits, axis=1).tobytes(), **size)
    return np.where(bits, 255, 0).astype(np.uint8)


def soft_mask(paper: Paper, rng: np.random.Generator) -> Pixels:
    pixels, alpha = colour(rng), np.where(gray(rng) > 120, 255, 0).astype(np.uint8)
    paper.flate("Mask", alpha)
    paper.flate("Im", pixels, SMask=paper.resources().XObject.Mask)
    return np.where(alpha[:, :, None] == 255, pixels, 255).astype(np.uint8)


def jpeg_2000(paper: Paper, rng: np.random.Generator) -> Pixels:
    pixels = colour(rng)
    paper.add("Im", encode(pixels, "JPEG2000", irreversible=False), Filter=Name.JPXDecode, Width=200, Height=150)
    return pixels


def inline(paper: Paper, rng: np.random.Generator) -> Pixels:
    pixels = gray(rng)
    data = pixels.tobytes().hex()
    paper.form("Im", f"BI /W 200 /H 150 /BPC 8 /CS /G /F /AHx ID {data}> EI", (0, 0, 1, 1))
    return pixels


def tiles(paper: Paper, rng: np.random.Generator) -> Pixels:
    pixels, operators = colour(rng), []
    rows, columns = int(rng.integers(1, 6)), int(rng.integers(1, 5))
    ys, xs = np.linspace(0, 150, rows + 1).astype(int), np.linspace(0, 200, columns + 1).astype(int)
    for top, bottom in itertools.pairwise(ys):
        for left, right in itertools.pairwise(xs):
            name = paper.flate(f"T{top}x{left}", pixels[top:bottom, left:right])
            operators.append(draw(name, left / 200, 1 - bottom / 150, (right - left) / 200, (bottom - top) / 150))
    paper.form("Im", "\n".join(operators), (0, 0, 1, 1))
    return pixels


MAKERS: tuple[Maker, ...] = (
    *(jpeg, gray_jpeg, cmyk_jpeg, flate, predicted, deep, ink, palette, one_bit, soft_mask, jpeg_2000, inline, tiles),
)


#: The letter I of Helvetica at 10 points begins so many points to the right of where it is placed.
BEARING = 0.91


def generated(maker: Maker, seed: int, folder: Path) -> tuple[bool, float | None]:
    """One paper: whether its samples came out equal, and by how many pixels its letter is off (None: not found)."""
    rng = np.random.default_rng(seed)
    paper = Paper()
    wanted = maker(paper, rng)
    width, height = rng.uniform(120, 400), rng.uniform(120, 300)
    placed: Affine = (width, 0, 0, height, rng.uniform(30, 100), rng.uniform(30, 300))
    inside: Affine = IDENTITY
    name = "Im"
    for level in range(int(rng.integers(0, 4))):
        scale = rng.uniform(0.5, 1.5)
        step = rounded((scale, 0.0, 0.0, scale, rng.uniform(-1, 1), rng.uniform(-1, 1)))
        name = paper.form(f"Level{level}", f"q {written(step)} cm /{name} Do Q", (-9, -9, 9, 9))
        inside = then(inside, step)
    back = inverse(inside)
    assert back is not None
    outside = rounded(then(back, placed))
    column, row = rng.uniform(40, 160), rng.uniform(40, 110)
    x, y = moved(then(inside, outside), column / 200, 1 - row / 150)
    turn = int(rng.integers(0, 4))
    paper.page(f"q {written(outside)} cm /{name} Do Q", text("I", x - BEARING, y, 10), rotate=90 * turn)
    path = folder / "paper.pdf"
    path.write_bytes(paper.bytes())
    pictures = list(read(str(path)))
    if len(pictures) != 1:
        return False, None
    found = pictures[0]
    same = np.array_equal(found.pixels, np.rot90(shown(canonical(wanted))[0], -turn))
    boxes = [word.bbox for word in found.texts if word.text == "I"]
    return bool(same), _distance(boxes[0], turn, column, row) if boxes else None


def rounded(matrix: Affine) -> Affine:
    a, b, c, d, e, f = (float(f"{value:.9f}") for value in matrix)
    return (a, b, c, d, e, f)


def written(matrix: Affine) -> str:
    return " ".join(f"{value:.9f}" for value in matrix)


def _distance(box: tuple[float, float, float, float], turn: int, column: float, row: float) -> float:
    """Pixels between a letter's lower left corner and where it was placed, on a page turned by quarter turns."""
    left, top, width, height = box
    corner = [(left, top + height), (left, top), (left + width, top), (left + width, top + height)][turn]
    wanted = [(column, row), (150 - row, column), (200 - column, 150 - row), (row, 200 - column)][turn]
    return float(np.hypot(corner[0] - wanted[0], corner[1] - wanted[1]))


def compared(file: Path) -> tuple[int, int, float]:
    """Pictures that pdfplumber sees, those of them that figecho has, and the largest distance of their edges."""
    with pdfplumber.open(file) as document:
        theirs = [
            (page.page_number, (image["x0"], image["top"], image["x1"], image["bottom"]))
            for page in document.pages
            for image in page.images
        ]
    with open_pdf(Request(str(file), "", limits=Limits())) as pdf:
        layouts = [_layout(Request(str(file), ""), pdf, number) for number in range(1, len(pdf) + 1)]
    ours = [(layout.number, tuple(image.box)) for layout in layouts for image in layout.content.images]
    matched, worst = 0, 0.0
    for page, box in theirs:
        distances = [max(abs(a - b) for a, b in zip(box, other, strict=True)) for at, other in ours if at == page]
        nearest = min(distances, default=99.0)
        matched += nearest < 2
        worst = max(worst, nearest) if nearest < 2 else worst
    return len(theirs), matched, worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trials", type=int, default=50, help="generated papers of each kind")
    parser.add_argument("--data", type=Path, help="folder of real images; without it only generated papers")
    options = parser.parse_args()
    print(
        "| kind | papers | samples equal | letter found | largest error of its place (pixels) |\n|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder:
        for maker in MAKERS:
            done = [generated(maker, seed, Path(folder)) for seed in range(options.trials)]
            errors = [error for _, error in done if error is not None]
            equal = sum(same for same, _ in done)
            name = maker.__name__.replace("_", " ")
            print(f"| {name} | {len(done)} | {equal} | {len(errors)} | {max(errors, default=0):.2f} |")
    if options.data is not None:
        print("\n| document | pages | seconds | pictures by pdfplumber | found | edges (points) | figures | right |")
        print("|---|---|---|---|---|---|---|---|")
        for line in real(options.data / "pdf" / "scientific"):
            print(line)


def real(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob("*.pdf")):
        theirs, matched, worst = compared(file)
        started = time.perf_counter()
        found = list(read(str(file)))
        seconds = time.perf_counter() - started
        key = next(key for key in NAMES if key in file.name)
        names = [picture.figure for picture in found if picture.figure]
        right = sum(name in names for name in NAMES[key])
        with pdfplumber.open(file) as document:
            pages = len(document.pages)
        yield (
            f"| {key} | {pages} | {seconds:.1f} | {theirs} | {matched} | {worst:.2f} "
            f"| {len(NAMES[key])} | {right}, {len(names) - right} wrong |"
        )


if __name__ == "__main__":
    main()
