"""What `figecho.scan` and `figecho.load` return: results that can be asked, drawn, reported, exported and shown."""

from __future__ import annotations

import base64
import html
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figecho.errors import UnavailableError
from figecho.scan.embeddings import SimilarityRun
from figecho.types import Finding, Run

if TYPE_CHECKING:
    from PIL.Image import Image

#: Findings that a notebook shows, and the longest sides of their thumbnails and of a heat map in pixels.
SHOWN_FINDINGS = 20
THUMBNAIL, HEAT_MAP = 120, 1000


class ScanResult(Run):
    """A run that can be reported, exported and shown. It is neither true nor false: ask for ``.findings``."""

    def __bool__(self) -> bool:
        raise TypeError("a scan has no truth value; ask for .findings or .counts")

    def report(
        self, path: str | os.PathLike[str], *, assets: str | os.PathLike[str] | None = None, redact: bool = False
    ) -> None:
        """Write the self-contained HTML report; parameters as for `figecho.report.html.write`."""
        from figecho.report.html import write

        write(self, path, assets=assets, redact=redact)

    def to_pandas(self) -> Any:
        """The findings as a `pandas.DataFrame`, a row each.

        Raises
        ------
        UnavailableError : pandas is not installed.
        """
        return _pandas().DataFrame([_row(finding) for finding in self.findings], columns=list(_COLUMNS))

    def _repr_html_(self) -> str:
        """A notebook's view: the counts and the first findings with thumbnails, of bounded size whatever the run."""
        counts = ", ".join(f"{number} {name}" for name, number in self.counts.items())
        more = len(self.findings) - SHOWN_FINDINGS
        rows = "".join(self._html_row(finding) for finding in self.findings[:SHOWN_FINDINGS])
        rest = f"<p>and {more} more</p>" if more > 0 else ""
        return f"<p><b>figecho run {html.escape(self.id)}</b>: {counts}</p><table>{rows}</table>{rest}"

    def _html_row(self, finding: Finding) -> str:
        what = finding.transform.text if finding.transform else ""
        cells = [
            f"<b>{finding.verdict}</b><br>{finding.score:.3f}",
            f"{self._thumbnail(finding.a.content)}<br>{html.escape(finding.a.name)}",
            f"{self._thumbnail(finding.b.content)}<br>{html.escape(finding.b.name)}",
            html.escape(what),
        ]
        return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"

    def _thumbnail(self, content: str) -> str:
        from PIL import Image

        return _img(Image.fromarray(self.pixels[content]), THUMBNAIL)


_COLUMNS: tuple[str, ...] = (
    *("id", "fingerprint", "kind", "verdict", "score"),
    *("a_path", "a_page", "a_label", "b_path", "b_page", "b_label"),
    *("transform", "rotation_deg", "scale", "mirrored", "inverted", "overlap_of_a", "overlap_of_b", "reasons"),
)


def _row(finding: Finding) -> tuple[Any, ...]:
    a, b, transform = finding.a, finding.b, finding.transform
    said: tuple[Any, ...] = (None,) * 5
    if transform is not None:
        said = (transform.text, transform.rotation_deg, transform.scale, transform.mirrored, transform.inverted)
    return (
        *(finding.id, finding.fingerprint, finding.kind, finding.verdict, finding.score),
        *(a.path, a.page, a.label, b.path, b.page, b.label),
        *said,
        *(finding.overlap.of_a, finding.overlap.of_b, "; ".join(finding.reasons)),
    )


class SimilarityResult(SimilarityRun):
    """Similarities that can be drawn, reported, exported and shown."""

    def __repr__(self) -> str:
        return f"<{self.method}: {len(self.pictures)} pictures>"

    def _repr_html_(self) -> str:
        """A notebook's view: the heat map, of bounded size whatever the folder."""
        return f"<p><b>{html.escape(repr(self))}</b></p>{_img(self.draw(), HEAT_MAP)}"

    def draw(self) -> Image:
        """The matrix as a heat map, similar pictures beside each other."""
        from figecho.report import similarity

        return similarity.draw(self)

    def report(self, path: str | os.PathLike[str]) -> None:
        """Write a self-contained HTML page: the heat map, the most similar pairs, the model's card."""
        from figecho.report import similarity

        Path(path).write_text(similarity.page(self), encoding="utf-8", errors="backslashreplace")

    def to_csv(self) -> str:
        """The matrix under the pictures' names."""
        from figecho.report import similarity

        return similarity.matrix_csv(self)

    def to_pandas(self) -> Any:
        """The matrix as a `pandas.DataFrame`, the pictures' names as its index and columns.

        Raises
        ------
        UnavailableError : pandas is not installed.
        """
        return _pandas().DataFrame(self.similarity, index=list(self.pictures), columns=list(self.pictures))


def _img(picture: Image, side: int) -> str:
    """The picture, shrunk in place to this longest side, as an element that holds it."""
    picture.thumbnail((side, side))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return f'<img src="data:image/png;base64,{base64.b64encode(file.getvalue()).decode("ascii")}">'


def _pandas() -> Any:
    try:
        import pandas  # type: ignore[import-untyped]
    except ImportError as error:
        raise UnavailableError("to_pandas needs pandas, which is not installed; pip install pandas") from error
    return pandas
