"""The pictures that `scan --draw DIR` leaves: one per finding."""

from __future__ import annotations

import re
from pathlib import Path

from figecho.types import Finding, Run


def draw_findings(run: Run, folder: Path, view: str = "side") -> list[Path]:
    """Draw every finding of a run into ``folder`` (made if need be) and return the files, in the findings' order."""
    from figecho.report import pictures
    from figecho.report.within import draw_within

    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for finding in run.findings:
        a, b = finding.a, finding.b
        if finding.kind == "within-panel" and view == "side":
            drawing = draw_within(run.pixels[a.content], [finding.evidence], a.name)
        else:
            drawing = pictures.draw(
                view, run.pixels[a.content], run.pixels[b.content], finding.evidence, name_a=a.name, name_b=b.name
            )
        file = folder / file_name(finding)
        drawing.save(file)
        files.append(file)
    return files


def file_name(finding: Finding) -> str:
    """``F1_fig5_fig3.png``: sorts with the findings and says which pictures it shows."""
    return f"{finding.id}_{_stem(finding.a.path)}_{_stem(finding.b.path)}.png"


def _stem(path: str) -> str:
    """The file's name without folder, suffix and anything that a file system or shell dislikes."""
    return re.sub(r"[^\w.-]+", "-", Path(path).stem)[:40] or "picture"
