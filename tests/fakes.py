"""Runs made up for tests of what stands after a scan: printing, reports, exit statuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from figecho.types import Document, Evidence, Finding, Judgement, Occurrence, Overlap, Run, Transform, Verdict

HALF_TURN = Transform(((-1.08, 0.0, 800.0), (0.0, -1.08, 600.0)))


def occurrence(path: str, page: int | None = None) -> Occurrence:
    return Occurrence("d" * 64, path, page, 1, None, None, (0, 0, 80, 60), f"content of {path}")


def finding(
    verdict: Verdict = "strong",
    a: str = "fig5.png",
    b: str = "fig3.png",
    *,
    number: int = 1,
    score: float = 0.998,
    kind: Any = "between-panels",
    shares: tuple[float, float] = (0.62, 0.62),
) -> Finding:
    evidence = Evidence(400, 300, 90, transform=HALF_TURN, overlap=Overlap(*shares))
    judgement = Judgement(verdict, score, ("the fine grain agrees",))
    return Finding(f"F{number}", f"print{number}", kind, occurrence(a), occurrence(b), judgement, evidence)


def document(path: str, status: Any = "read", reason: str | None = None) -> Document:
    return Document("d" * 64, path, status, reason, pictures=int(status == "read"), panels=int(status == "read"))


class FakeRun(Run):
    """A run that remembers where its report was asked for."""

    def report(self, path: Path, **options: Any) -> None:
        Path(path).write_text("<html>the report</html>", encoding="utf-8")


def run_of(findings: tuple[Finding, ...] = (), documents: tuple[Document, ...] = ()) -> FakeRun:
    contents = {place.content for found in findings for place in (found.a, found.b)}
    pixels = {content: np.full((60, 80), 128, np.uint8) for content in contents}
    return FakeRun("20260102-030405-abcd", "0.1.0", "2026-01-02T03:04:05Z", {}, documents, findings, (), pixels=pixels)
