"""How alike pictures are, for people and for spreadsheets: a self-contained page, and the matrix as CSV."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from jinja2 import Environment, PackageLoader
from numpy.typing import NDArray
from PIL import Image

from figecho.report.csv import FORMULA
from figecho.report.heatmap import heat_map
from figecho.report.words import printable
from figecho.types import Document

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

    def pairs(self, most: int | None = None) -> Sequence[Ranked]: ...


def draw(done: Similarities) -> Image.Image:
    """The heat map of a scan."""
    title = f"{done.method}: {done.model['name']}"
    return heat_map(done.pictures, done.similarity, done.thumbnails, title)


def matrix_csv(done: Similarities) -> str:
    """The matrix with the pictures' addresses as first row and column; no cell is run as a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    names = [_cell(name) for name in done.pictures]
    writer.writerow([done.method, *names])
    for name, row in zip(names, done.similarity, strict=True):
        writer.writerow([name, *(round(float(value), 6) for value in row)])
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
        unread=[document for document in done.documents if document.status == "refused"],
    )


def _address(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"


def _cell(name: str) -> str:
    text = printable(name)
    return f"'{text}" if text.startswith(FORMULA) else text
