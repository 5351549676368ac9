"""What is said of a finding wherever it is shown: report, review app, exports, alternative text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from figecho.types import OFFERED, Finding, Verdict

#: What each verdict looks like beside its word: colour is never the only signal.
SHAPES: dict[Verdict, str] = {"strong": "●", "moderate": "◐", "weak": "○", "none": "□", "undecidable": "◇"}
MEANINGS: dict[Verdict, str] = {
    "strong": "the same content, fine grain included",
    "moderate": "very likely the same content; look at it",
    "weak": "worth a look; the evidence alone does not settle it",
    "none": "compared by a person, and nothing was found",
    "undecidable": "too plain, or data of a file are missing: nothing can be concluded",
}
#: What is said of two places that a person compared and in which nothing was found.
WITHOUT: dict[Verdict, str] = {
    "none": "no common content was found in them",
    "undecidable": "there is too little in them to judge",
}
KINDS = {
    "between-panels": "between panels",
    "within-panel": "inside one panel",
    "exact-copy": "exact copy, pixel for pixel",
}
#: What the verdicts aim at: the share of pairs that have nothing in common which is called this or stronger.
FALSE_ALARM_RATES: dict[Verdict, float] = {"strong": 1e-5, "moderate": 1e-4, "weak": 1e-3}


def tally(findings: Iterable[Finding]) -> dict[Verdict, int]:
    """How many findings there are of each verdict; the other verdicts only where there are some."""
    counts = Counter(finding.verdict for finding in findings)
    return {verdict: counts[verdict] for verdict in SHAPES if verdict in OFFERED or counts[verdict]}


def setting(value: object) -> str:
    """A setting of a run, or a group of them, as a person reads it: ``max_pixels 4000000, proposals 40``."""
    if isinstance(value, Mapping):
        return ", ".join(f"{printable(name)} {setting(each)}" for name, each in value.items())
    return "–" if value is None else printable(value)


def printable(text: object) -> str:
    """Text of a stranger (a file name) with control and direction characters made visible."""
    return "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in str(text))


def shares(finding: Finding) -> str:
    """How much of each panel the common region covers, in words."""
    of_a, of_b = round(100 * finding.overlap.of_a), round(100 * finding.overlap.of_b)
    return f"{of_a} % of both" if of_a == of_b else f"{of_a} % of the first and {of_b} % of the second"


def how(finding: Finding) -> str:
    """The transform in words, or what stands in its place."""
    if finding.kind == "exact-copy":
        return "pixel for pixel"
    return finding.transform.text if finding.transform else "no alignment found"


def sentence(finding: Finding) -> str:
    """The finding in one sentence, of similarity and nothing else."""
    a, b = printable(finding.a.name), printable(finding.b.name)
    if finding.a.damage or finding.b.damage:
        return f"{a} and {b} cannot be judged: {printable('; '.join(finding.reasons))}."
    if finding.same_figure:
        return f"{a} and {b} are the same figure ({how(finding)})."
    if finding.kind == "exact-copy":
        return f"{a} and {b} are the same picture, pixel for pixel."
    if finding.kind == "within-panel":
        return f"{a} shows the same content in two places ({how(finding)})."
    if finding.verdict in WITHOUT:
        return f"{a} and {b} were compared by hand: {WITHOUT[finding.verdict]}."
    likely = {"strong": "share content", "moderate": "very likely share content"}
    return f"{a} and {b} {likely.get(finding.verdict, 'may share content')} ({how(finding)}), {shares(finding)}."


def added(finding: Finding) -> str:
    """Who added a finding by hand, in words; empty for what the scan found."""
    if finding.added is None:
        return ""
    return f"added by hand by {printable(finding.added.by)}" if finding.added.by else "added by hand"


def expected_false_findings(pairs: int) -> dict[Verdict, float]:
    """How many findings of each verdict, or a stronger one, chance would bring among this many unrelated pairs."""
    return {verdict: pairs * rate for verdict, rate in FALSE_ALARM_RATES.items()}
