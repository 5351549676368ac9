"""Examined pairs and identical contents → findings in order, and the groups that they form."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from figecho.match.verdict import unless_damaged
from figecho.scan.same_figure import tell_figures_once
from figecho.scan.within import Inside
from figecho.store.panels import Content, Examined
from figecho.types import LISTED, Evidence, Finding, Judgement, Kind, Occurrence, Overlap, Point, Transform

IDENTITY = Transform(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
#: Side of the grid on which copies inside a panel are told apart, pixels.
GRID = 24
IDENTICAL = Judgement("strong", 1.0, ("the decoded pixels are identical",))
HELD_ALREADY = Judgement("strong", 1.0, (*IDENTICAL.reasons, "the library holds this very file"))


def make_findings(
    occurrences: Iterable[Occurrence],
    contents: Iterable[Content],
    examined: Iterable[Examined],
    earlier: Iterable[Occurrence] = (),
    *,
    among_new: bool = True,
    insides: Iterable[Inside] = (),
    beside: Iterable[Occurrence] = (),
) -> tuple[Finding, ...]:
    """All findings, the most serious first, numbered F1, F2, …

    Exact copies are pairs of places: for n places of one content, the first with each of the other n - 1. All other
    findings are pairs of contents, each shown at its first place; the exact copies lead to the other places. Two
    pictures that are the same figure are one finding (`tell_figures_once`).

    Parameters
    ----------
    occurrences : the places in the scanned documents.
    contents : what is known of the contents at these places.
    examined : the pairs to be offered.
    earlier : places in a library; they come after the scanned ones, and are no findings among themselves.
    among_new : whether two places in the scanned documents can be a finding.
    insides : what was found inside single contents; each copy is a finding that has its panel on both sides.
    beside : what else the documents of ``earlier`` show.
    """
    new, known = _by_content(occurrences), _by_content(earlier)
    first = {key: places[0] for key, places in [*known.items(), *new.items()]}
    other = first if among_new else {**first, **{key: places[0] for key, places in known.items()}}
    found = [
        finding
        for content in contents
        for finding in _copies(content, new.get(content.key, []), known.get(content.key, []), among_new)
    ]
    found += [
        _finding("between-panels", first[pair.a], other[pair.b], pair.judgement, pair.evidence)
        for pair in examined
        if pair.judgement is not None and pair.evidence is not None
    ]
    found += [
        _finding("within-panel", first[inside.key], first[inside.key], judgement, evidence)
        for inside in insides
        for evidence, judgement in inside.copies
    ]
    order = {key: number for number, key in enumerate([*new, *(key for key in known if key not in new)])}
    found.sort(key=lambda f: (LISTED.index(f.verdict), -f.score, order[f.a.content], order[f.b.content]))
    everywhere = [place for places in (*known.values(), *new.values()) for place in places]
    told = tell_figures_once(found, [*everywhere, *beside])
    return _numbered(_named(finding) if finding.same_figure else finding for finding in told)


def _by_content(occurrences: Iterable[Occurrence]) -> dict[str, list[Occurrence]]:
    places: dict[str, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        places[occurrence.content].append(occurrence)
    # Of several places, one whose file is whole stands for the content: it can be judged.
    return {key: sorted(found, key=lambda place: place.damage is not None) for key, found in places.items()}


def _copies(content: Content, new: Sequence[Occurrence], known: Sequence[Occurrence], among_new: bool) -> list[Finding]:
    """An even colour is equal to itself wherever it occurs, which says nothing."""
    if content.plain or not new:
        return []
    pairs = [(new[0], place) for place in known]
    if among_new:
        pairs = [(new[0], place) for place in new[1:]] + pairs
    elif known:
        pairs += [(place, known[0]) for place in new[1:]]
    evidence = _evidence_of_identity(content.keypoints, new[0])
    held = {place.document for place in known}
    return [
        _finding("exact-copy", a, b, HELD_ALREADY if a.document == b.document in held else IDENTICAL, evidence)
        for a, b in pairs
    ]


def _evidence_of_identity(keypoints: int, place: Occurrence) -> Evidence:
    """All of one is all of the other."""
    _, _, width, height = place.bbox
    right, bottom = width - 1.0, height - 1.0
    outline = ((0.0, 0.0), (right, 0.0), (right, bottom), (0.0, bottom))
    return Evidence(
        keypoints_a=keypoints,
        keypoints_b=keypoints,
        transform=IDENTITY,
        region_a=outline,
        region_b=outline,
        overlap=Overlap(1.0, 1.0),
        ncc=1.0,
        grain=1.0,
    )


def _named(finding: Finding) -> Finding:
    """A finding about whole figures under a fingerprint of its own."""
    return replace(finding, fingerprint=fingerprint(finding.kind, finding.a, finding.b, finding.evidence))


def _finding(kind: Kind, a: Occurrence, b: Occurrence, judgement: Judgement, evidence: Evidence) -> Finding:
    judgement = unless_damaged(judgement, (a.name, a.damage), (b.name, b.damage))
    return Finding("", fingerprint(kind, a, b, evidence), kind, a, b, judgement, evidence)


def fingerprint(kind: Kind, a: Occurrence, b: Occurrence, evidence: Evidence) -> str:
    """A name for the finding that no file name has a part in, so that decisions on it survive renaming and rescans.

    Two contents name a finding between them. An exact copy has one content, so its places in the documents name it;
    a copy inside a panel is named by where its two places are, to within some pixels.
    """
    parts = sorted([a.content, b.content])
    if kind == "exact-copy":
        parts += sorted(f"{place.document} {place.page} {place.picture} {place.bbox}" for place in (a, b))
    if kind == "within-panel":
        parts += sorted(_whereabouts(region) for region in (evidence.region_a, evidence.region_b))
    return hashlib.sha256("\n".join([kind, *parts]).encode()).hexdigest()[:32]


def _whereabouts(region: Sequence[Point]) -> str:
    """A region's centre on a coarse grid: another version's outline is a little different."""
    x, y = (round(sum(values) / max(1, len(region)) / GRID) for values in zip(*region, strict=True))
    return f"{x} {y}"


def _numbered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Give the ids; copies of one file at several paths would share a fingerprint, so they are counted as well."""
    seen: dict[str, int] = defaultdict(int)
    numbered = []
    for number, finding in enumerate(findings, 1):
        count = seen[finding.fingerprint]
        seen[finding.fingerprint] += 1
        fingerprint = f"{finding.fingerprint}-{count + 1}" if count else finding.fingerprint
        numbered.append(replace(finding, id=f"F{number}", fingerprint=fingerprint))
    return tuple(numbered)


def make_groups(findings: Sequence[Finding]) -> tuple[tuple[str, ...], ...]:
    """Ids of findings that hang together through the contents they share; every finding is in exactly one group."""
    root: dict[str, str] = {}

    def top(key: str) -> str:
        while root.setdefault(key, key) != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    for finding in findings:
        root[top(finding.b.content)] = top(finding.a.content)
    groups: Mapping[str, list[str]] = defaultdict(list)
    for finding in findings:
        groups[top(finding.a.content)].append(finding.id)
    return tuple(tuple(group) for group in groups.values())
