"""The public Python interface: one call per question, and results that can be asked, drawn, exported and shown."""

from __future__ import annotations

import base64
import html
import io
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from figecho.compare import compare
from figecho.errors import OptionError, UnavailableError
from figecho.figures import AS_FOUND, load_corrections
from figecho.options import Limits
from figecho.scan.corpus import Reference
from figecho.scan.progress import Progress
from figecho.scan.scan import Paths
from figecho.scan.scan import scan as scan_documents
from figecho.scan.shelving import reference
from figecho.store.runs import DEFAULT_ROOT, load_run
from figecho.types import Finding, Run

__all__ = ["ScanResult", "compare", "load", "scan"]

#: Findings that a notebook shows, and the longest side of their thumbnails in pixels.
SHOWN_FINDINGS = 20
THUMBNAIL = 120


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
        try:
            import pandas as pd  # type: ignore[import-untyped]
        except ImportError as error:
            raise UnavailableError("to_pandas needs pandas, which is not installed; pip install pandas") from error
        return pd.DataFrame([_row(finding) for finding in self.findings], columns=list(_COLUMNS))

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

        picture = Image.fromarray(self.pixels[content])
        picture.thumbnail((THUMBNAIL, THUMBNAIL))
        file = io.BytesIO()
        picture.save(file, "PNG")
        return f'<img src="data:image/png;base64,{base64.b64encode(file.getvalue()).decode("ascii")}">'


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


def scan(
    paths: Paths,
    *,
    profile: str | None = None,
    jobs: int | None = None,
    root: str | os.PathLike[str] = DEFAULT_ROOT,
    progress: Progress | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    cluster: str | None = None,
    look_within: bool = True,
    against: str | os.PathLike[str] | None = None,
    only_against: bool = False,
    panels: str | os.PathLike[str] | None = None,
) -> ScanResult:
    """Compare all pictures in files and folders with each other; parameters as for `figecho.scan.scan.scan`.

    With ``against``, the folder of a library, they are compared with its panels as well, in the library's profile; with
    ``only_against``, with nothing else. ``panels`` is a file of corrected panels, see
    `figecho panels --format json`.

    Raises
    ------
    OptionError : ``only_against`` without ``against``, another profile than the library's, or a file of panels that
        cannot be used.
    """
    if only_against and against is None:
        raise OptionError("--only-against needs --against")
    library: Reference | None = None
    if against is not None:
        profile, library = reference(Path(against), profile, only=only_against)
    return _result(
        scan_documents(
            paths,
            profile=profile or "balanced",
            against=library,
            jobs=jobs,
            root=root,
            progress=progress,
            limits=limits,
            cluster=cluster,
            look_within=look_within,
            corrections=AS_FOUND if panels is None else load_corrections(panels),
        )
    )


def load(id_or_path: str | os.PathLike[str], *, root: str | os.PathLike[str] = DEFAULT_ROOT) -> ScanResult:
    """An earlier scan by its id, its folder or its file.

    Raises
    ------
    StoreError : there is no such run, or it cannot be read.
    """
    return _result(load_run(id_or_path, root))


def _result(run: Run) -> ScanResult:
    return ScanResult(**{field.name: getattr(run, field.name) for field in fields(Run)})
