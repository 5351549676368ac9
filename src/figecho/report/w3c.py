"""Findings as W3C Web Annotations (Recommendation of 23 February 2017), which viewers of documents and images read."""

from __future__ import annotations

import json
from typing import Any

from figecho.report import words
from figecho.types import Finding, Occurrence, Run

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
MEDIA_FRAGMENTS = "http://www.w3.org/TR/media-frags/"
PDF_FRAGMENTS = "http://tools.ietf.org/rfc/rfc3778"


def dumps(run: Run) -> str:
    """The run as one annotation page; each finding links two places.

    A place is the document (``urn:sha256:…``), refined to its page where it has pages, to the panel's box and to the
    common region's outline, both in pixels of the picture.
    """
    page = {
        "@context": CONTEXT,
        "id": f"urn:figecho:run:{run.id}",
        "type": "AnnotationPage",
        "items": [_annotation(run, finding) for finding in run.findings],
    }
    return json.dumps(page, indent=2, ensure_ascii=False) + "\n"


def _annotation(run: Run, finding: Finding) -> dict[str, Any]:
    said = finding.to_dict()
    creator = {"creator": {"type": "Person", "name": finding.added.by}} if finding.added and finding.added.by else {}
    bodies = [("describing", words.sentence(finding)), ("classifying", finding.verdict)]
    if finding.review.state != "open":
        decided = (finding.review.state, finding.review.reason, finding.review.note)
        bodies.append(("assessing", ": ".join(words.printable(text) for text in decided if text)))
    return {
        "id": f"urn:figecho:finding:{finding.fingerprint}",
        "type": "Annotation",
        "motivation": "linking",
        "created": finding.added.time if finding.added else run.created,
        **creator,
        "generator": {"type": "Software", "name": f"figecho {run.version}"},
        "body": [{"type": "TextualBody", "purpose": purpose, "value": text} for purpose, text in bodies],
        "target": [_target(finding.a, said["a"]["polygon"]), _target(finding.b, said["b"]["polygon"])],
    }


def _target(place: Occurrence, polygon: list[list[float]]) -> dict[str, Any]:
    box: dict[str, Any] = {
        "type": "FragmentSelector",
        "conformsTo": MEDIA_FRAGMENTS,
        "value": "xywh=pixel:" + ",".join(map(str, place.bbox)),
    }
    if len(polygon) >= 3:
        points = " ".join(f"{x:g},{y:g}" for x, y in polygon)
        box["refinedBy"] = {"type": "SvgSelector", "value": f'<svg><polygon points="{points}"/></svg>'}
    selector = box
    if place.page is not None:
        page = {"type": "FragmentSelector", "conformsTo": PDF_FRAGMENTS, "value": f"page={place.page}"}
        selector = {**page, "refinedBy": box}
    return {
        "type": "SpecificResource",
        "source": {"id": f"urn:sha256:{place.document}", "type": "Image", "name": words.printable(place.path)},
        "selector": selector,
    }
