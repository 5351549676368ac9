"""Values to text and bytes and back without loss and without pickle: JSON for what was measured, PNG for pixels."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figecho.types import Added, Evidence, Finding, Judgement, Occurrence, Overlap, Point, Review, Transform

#: PNG effort: a preview is written once and read a few times, and writing happens while a person waits. Looking for
#: runs alone takes a fifth less time than looking for repeats, and pictures of specimens become a tenth smaller. One
#: filter for all rows, the mean of the two neighbours, takes 40 % less time than choosing the best for each row, and
#: they become a twentieth larger.
PNG_LEVEL = 1
_NOTHING = Evidence(0, 0)
#: What is long about a piece of evidence.
DETAILS = ("inliers_a", "inliers_b", "region_a", "region_b", "measurements")
_NO_DETAILS = {name: getattr(_NOTHING, name) for name in DETAILS}


def pixels_to_png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode (H, W) gray or (H, W, 3) RGB uint8."""
    import cv2

    shown = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    effort = {
        cv2.IMWRITE_PNG_COMPRESSION: PNG_LEVEL,
        cv2.IMWRITE_PNG_STRATEGY: cv2.IMWRITE_PNG_STRATEGY_RLE,
        cv2.IMWRITE_PNG_FILTER: cv2.IMWRITE_PNG_FILTER_AVG,
    }
    done, data = cv2.imencode(".png", shown, [number for option in effort.items() for number in option])
    if not done:
        raise ValueError(f"pixels of shape {pixels.shape} cannot be written as PNG")
    return data.tobytes()


def png_to_pixels(data: bytes) -> NDArray[np.uint8]:
    """Decode what `pixels_to_png` wrote."""
    import cv2

    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if shown is None:
        raise ValueError("the stored pixels are damaged")
    return np.asarray(shown if shown.ndim == 2 else cv2.cvtColor(shown, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def occurrence_to_json(occurrence: Occurrence) -> str:
    return json.dumps(asdict(occurrence))


def occurrence_from_json(text: str) -> Occurrence:
    return _occurrence(json.loads(text))


def judgement_to_json(judgement: Judgement) -> str:
    return json.dumps(asdict(judgement))


def judgement_from_json(text: str) -> Judgement:
    return _judgement(json.loads(text))


def evidence_to_json(evidence: Evidence) -> str:
    return json.dumps(_plain_evidence(evidence))


def evidence_from_json(text: str) -> Evidence:
    return _evidence(json.loads(text))


def examined_to_json(evidence: Evidence, judgement: Judgement) -> str:
    return json.dumps({"evidence": _plain_evidence(evidence), "judgement": asdict(judgement)})


def examined_from_json(text: str) -> tuple[Evidence, Judgement]:
    data = json.loads(text)
    return _evidence(data["evidence"]), _judgement(data["judgement"])


def finding_to_json(finding: Finding) -> tuple[str, str]:
    """The finding, and the details of its evidence: nine tenths of it, which only a look at this finding needs."""
    evidence = _plain_evidence(finding.evidence)
    details = {name: evidence.pop(name) for name in DETAILS}
    # Every inlier would be copied twice, slowly, if asdict met the evidence.
    said = {**asdict(replace(finding, evidence=_NOTHING)), "evidence": evidence}
    return json.dumps(said), json.dumps(details)


def finding_from_json(text: str, details: str | None = None) -> Finding:
    """The finding; its evidence lacks inliers, outlines and measurements without ``details``."""
    data = json.loads(text)
    evidence = {**data["evidence"], **(json.loads(details) if details is not None else _NO_DETAILS)}
    return Finding(
        data["id"],
        data["fingerprint"],
        data["kind"],
        _occurrence(data["a"]),
        _occurrence(data["b"]),
        _judgement(data["judgement"]),
        _evidence(evidence),
        Review(**data["review"]),
        Added(**added) if (added := data.get("added")) else None,
    )


def _plain_evidence(evidence: Evidence) -> dict[str, Any]:
    transform = evidence.transform
    return {
        **vars(evidence),
        "transform": transform and {"matrix": transform.matrix, "inverted": transform.inverted},
        "overlap": [evidence.overlap.of_a, evidence.overlap.of_b],
        "measurements": dict(evidence.measurements),
    }


def _evidence(data: dict[str, Any]) -> Evidence:
    points = {name: _points(data[name]) for name in ("inliers_a", "inliers_b", "region_a", "region_b")}
    transform = Transform.from_dict(data["transform"]) if data["transform"] else None
    return Evidence(**{**data, **points, "transform": transform, "overlap": Overlap(*data["overlap"])})


def _points(rows: list[list[float]]) -> tuple[Point, ...]:
    return tuple((x, y) for x, y in rows)


def _judgement(data: dict[str, Any]) -> Judgement:
    return Judgement(data["verdict"], data["score"], tuple(data["reasons"]))


def _occurrence(data: dict[str, Any]) -> Occurrence:
    x, y, width, height = data["bbox"]
    return Occurrence(**{**data, "bbox": (x, y, width, height)})
