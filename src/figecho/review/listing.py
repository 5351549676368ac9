"""Which findings a page shows, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from figecho.report.words import SHAPES, printable
from figecho.types import Finding

STATES = ("open", "follow-up", "dismissed", "undecided", "known")
#: How findings may be sorted: ``verdict`` has the most serious first, as runs do.
SORTS = ("verdict", "score", "document", "figure", "overlap")
PAGE = 50


@dataclass(frozen=True)
class Query:
    """A filter and an order; an empty value does not filter. ``document`` is a path, unprintable characters escaped."""

    verdict: str = ""
    kind: str = ""
    state: str = ""
    document: str = ""
    figure: str = ""
    group: str = ""
    text: str = ""
    sort: str = "verdict"

    def select(self, findings: Sequence[Finding], group_of: dict[str, int]) -> list[Finding]:
        """The findings that pass, sorted."""
        passed = [finding for finding in findings if self._passes(finding, group_of)]
        passed.sort(key=_ORDERS.get(self.sort, _ORDERS["verdict"]))
        return passed

    def address(self, **changes: object) -> str:
        """The query as it stands in an address, without what is empty; begins with ``?`` unless nothing is left."""
        values = {**asdict(self), **changes}
        given = {name: value for name, value in values.items() if value not in ("", None)}
        if given.get("sort") == "verdict":
            del given["sort"]
        return f"?{urlencode(given)}" if given else ""

    def _passes(self, finding: Finding, group_of: dict[str, int]) -> bool:
        places = (finding.a, finding.b)
        return (
            self.verdict in ("", finding.verdict)
            and self.kind in ("", finding.kind)
            and self.state in ("", finding.review.state)
            and (not self.document or any(printable(place.path) == self.document for place in places))
            and (not self.figure or any(place.figure == self.figure for place in places))
            and self.group in ("", str(group_of.get(finding.id, "")))
            and (not self.text or self.text.casefold() in _searched(finding))
        )


def choices(findings: Iterable[Finding]) -> dict[str, list[str]]:
    """What can be filtered by in a run, for the page's menus."""
    findings = list(findings)
    places = [place for finding in findings for place in (finding.a, finding.b)]
    verdicts = {finding.verdict for finding in findings}
    return {
        "verdict": [verdict for verdict in SHAPES if verdict in verdicts],
        "kind": sorted({finding.kind for finding in findings}),
        "state": list(STATES),
        "document": sorted(printable(path) for path in {place.path for place in places}),
        "figure": sorted({place.figure for place in places if place.figure}),
    }


def _searched(finding: Finding) -> str:
    words = (finding.id, finding.a.name, finding.b.name, finding.a.path, finding.b.path, *finding.reasons)
    return "\n".join(words).casefold()


_STRENGTH = {verdict: number for number, verdict in enumerate(SHAPES)}
_ORDERS: dict[str, Callable[[Finding], tuple[object, ...]]] = {
    "verdict": lambda finding: (_STRENGTH[finding.verdict],),  # within a verdict as the run has them
    "score": lambda finding: (-finding.score,),
    "document": lambda finding: (finding.a.path, finding.a.page or 0, finding.b.path, finding.b.page or 0),
    "figure": lambda finding: (finding.a.name, finding.b.name),
    "overlap": lambda finding: (-max(finding.overlap.of_a, finding.overlap.of_b),),
}
