"""A neutral text for a query to the authors: what was seen and where, and a question; nothing about why."""

from __future__ import annotations

from figecho.report import words
from figecho.types import Finding, Occurrence, Run

#: Findings in these states are asked about.
ASKED = "follow-up"


def dumps(run: Run) -> str:
    """The text; it names the findings that a reviewer marked for follow-up, or says that there are none."""
    asked = [finding for finding in run.findings if finding.review.state == ASKED]
    if not asked:
        return "No finding is marked “needs follow-up”; mark those that the authors should be asked about.\n"
    points = "\n\n".join(f"{number}. {_point(finding)}" for number, finding in enumerate(asked, 1))
    return (
        "Dear authors,\n\n"
        "while checking the figures of your manuscript we noticed that the following images appear to show the same"
        " content. There can be many reasons for this, such as intended reuse, a shared control or a mix-up while"
        " the figures were assembled.\n\n"
        f"{points}\n\n"
        "Could you please tell us how these images relate to each other and, where they show different experiments,"
        " send us the original image data?\n\n"
        f"(Images compared with figecho {run.version}; run {run.id}.)\n"
    )


def _point(finding: Finding) -> str:
    places = f"{_place(finding.a)} and {_place(finding.b)}"
    if finding.same_figure:
        return f"{places}: the two are the same figure ({words.how(finding)})."
    if finding.kind == "exact-copy":
        return f"{places}: the two are the same, pixel for pixel."
    if finding.kind == "within-panel":
        return f"{_place(finding.a)}: two areas of this image show the same content ({words.how(finding)})."
    if finding.verdict in words.WITHOUT:
        return f"{places}: the two look alike."
    return f"{places}: common content, {words.how(finding)}, {words.shares(finding)}."


def _place(place: Occurrence) -> str:
    page = f" (page {place.page})" if place.page and place.figure else ""
    return words.printable(place.name) + page
