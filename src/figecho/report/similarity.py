"""How alike pictures are, for people and for spreadsheets: a self-contained page, and the matrix as CSV."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from jinja2 import Environment, PackageLoader
from numpy.typing import NDArray
from PIL import Image

from figecho.report.csv import PLACE, place_cells, safe_cell
from figecho.report.heatmap import MOST_PICTURES, heat_map
from figecho.report.words import printable
from figecho.types import Document, Occurrence

#: Pairs that the page lists, each with both thumbnails.
SHOWN_PAIRS = 30


class Ranked(Protocol):
    """A pair of pictures by their addresses."""

    @property
    def a(self) -> str: ...

    @property
    def b(self) -> str: ...

    @property
    def similarity(self) -> float: ...


class Similarities(Protocol):
    """What is reported: `figecho.scan.embeddings.SimilarityRun`."""

    @property
    def method(self) -> str: ...

    @property
    def model(self) -> Mapping[str, Any]: ...

    @property
    def documents(self) -> Sequence[Document]: ...

    @property
    def pictures(self) -> Sequence[str]: ...

    @property
    def similarity(self) -> NDArray[np.float64]: ...

    @property
    def thumbnails(self) -> Sequence[NDArray[np.uint8]]: ...

    def matrix(self, count: int) -> NDArray[np.float64]: ...

    def pairs(self, most: int | None = None) -> Sequence[Ranked]: ...


class RankedPanels(Protocol):
    """A pair of panels by their places."""

    @property
    def a(self) -> Occurrence: ...

    @property
    def b(self) -> Occurrence: ...

    @property
    def similarity(self) -> float: ...


def draw(done: Similarities) -> Image.Image:
    """The heat map of a scan; of many pictures, that of the first `MOST_PICTURES`."""
    title, count = f"{done.method}: {done.model['name']}", len(done.pictures)
    if count > MOST_PICTURES:
        title, count = f"{title}; the first {MOST_PICTURES} of {count} pictures", MOST_PICTURES
    return heat_map(done.pictures[:count], done.matrix(count), done.thumbnails[:count], title)


def matrix_csv(done: Similarities) -> str:
    """The matrix with the pictures' addresses as first row and column; no cell is run as a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    names = [safe_cell(name) for name in done.pictures]
    writer.writerow([safe_cell(done.method), *names])
    for name, row in zip(names, done.similarity, strict=True):
        writer.writerow([name, *(round(float(value), 6) for value in row)])
    return text.getvalue()


def pairs_csv(method: str, pairs: Iterable[RankedPanels]) -> str:
    """A row for every pair of panels: where they are, and how alike; no cell is run as a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["method", "similarity", *(f"{side}_{column}" for side in "ab" for column in PLACE)])
    writer.writerows((safe_cell(method), pair.similarity, *place_cells(pair.a), *place_cells(pair.b)) for pair in pairs)
    return text.getvalue()


def page(done: Similarities) -> str:
    """One self-contained HTML page: the heat map, the most similar pairs, the model's card, what was not read."""
    environment = Environment(
        loader=PackageLoader("figecho.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["printable"] = printable
    thumbnails = dict(zip(done.pictures, done.thumbnails, strict=True))  # the names of a scan are all different
    listed = [
        (pair, *(_address(Image.fromarray(thumbnails[name])) for name in (pair.a, pair.b)))
        for pair in done.pairs(SHOWN_PAIRS)
    ]
    return environment.get_template("similarity.html").render(
        done=done,
        heat_map=_address(draw(done)),
        pairs=listed,
        unread=[document for document in done.documents if document.standing in ("refused", "damaged")],
    )


def _address(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
