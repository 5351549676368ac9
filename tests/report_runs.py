"""A small run with real panels: one copied and turned, one exact copy, one refused file, hostile names."""

from __future__ import annotations

import numpy as np
import pytest

from figecho.types import Document, Evidence, Finding, Judgement, Occurrence, Overlap, Run, Transform
from planted import scene

HOSTILE = "<script>alert(1)</script>\u202egnp.png"
#: B = A turned by 180°, in a picture of the same size.
HALF_TURN = Transform(((-1.0, 0.0, 419.0), (0.0, -1.0, 319.0)))
REGION = ((0.0, 0.0), (419.0, 0.0), (419.0, 319.0), (0.0, 319.0))


def place(path: str, content: str, **more: object) -> Occurrence:
    values = {"page": None, "picture": 1, "figure": None, "panel": None, "bbox": (0, 0, 420, 320), **more}
    return Occurrence(document=f"{len(path):064x}", path=path, content=content, **values)


def evidence(transform: Transform = HALF_TURN) -> Evidence:
    points = ((50.0, 60.0), (200.0, 100.0), (300.0, 250.0))
    moved = tuple((419 - x, 319 - y) for x, y in points)
    return Evidence(
        *(400, 390, 120, points, moved, transform, REGION, REGION, Overlap(1.0, 1.0), -80.0, 0.99, 0.97),
        measurements={"inliers": 3.0},
    )


def make_run() -> Run:
    """F1 turned by half a turn, F2 an exact copy with a hostile name, F3 a panel of a larger figure."""
    whole = np.full((400, 900, 3), 255, np.uint8)
    whole[40:360, 460:880] = scene(1)[..., None]
    pixels = {"one": scene(1), "turned": scene(1)[::-1, ::-1].copy(), "two": scene(2), "whole": whole}
    panel = place("paper.pdf", "one", page=4, figure="Fig 3", panel="D", bbox=(460, 40, 420, 320), source="whole")
    findings = (
        Finding("F1", "f1", "between-panels", place("a.png", "one"), place("b.png", "turned"),
                Judgement("strong", 0.999, ("the fine grain agrees",)), evidence()),
        Finding("F2", "f2", "exact-copy", place(HOSTILE, "two"), place("=cmd.png", "two"),
                Judgement("strong", 1.0, ("the decoded pixels are identical",)),
                Evidence(9, 9, transform=Transform(((1, 0, 0), (0, 1, 0))), overlap=Overlap(1.0, 1.0))),
        Finding("F3", "f3", "between-panels", panel, place("b.png", "turned"),
                Judgement("weak", 0.4, ("look at it",)), evidence()),
    )  # fmt: skip
    documents = (
        Document("1" * 64, "a.png", "read", pictures=1, panels=1),
        Document("2" * 64, HOSTILE, "read", pictures=1, panels=1),
        Document("3" * 64, "secret/paper.pdf", "read", pictures=1, panels=2),
        Document(
            None, "secret/broken.png", "refused", "secret/broken.png ends early; get a complete copy", "truncated"
        ),
    )
    settings = {"method": "reuse", "profile": "balanced"}
    groups = (("F1", "F3"), ("F2",))
    created = "2026-01-02T03:04:05Z"
    return Run("r1", "0.1.0", created, settings, documents, findings, groups, pairs=1000, verified=1000, pixels=pixels)


@pytest.fixture
def run() -> Run:
    """A run of one's own for a test."""
    return make_run()
