"""Measurements → recall at stated false-positive rates, intervals, calibration, false accusations; as Markdown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta
from sklearn.metrics import average_precision_score

from benchmarks.reuse.measure import Row, evidence_of
from benchmarks.reuse.positives import kinds
from figecho.match.plot_verdict import judge_marks
from figecho.match.verdict import VerdictModel, judge
from figecho.types import ACCUSING, Judgement

#: Kinds whose panels must be split out of their figures first: shown, but not part of the overall recall.
FIGURES = ("in-figure", "figure-figure")
#: Shares of unrelated pairs at which recall is read.
RATES = (0.0, 1e-4, 1e-3, 1e-2)
#: Edges of the reliability table.
BINS = (0.0, 0.001, 0.01, 0.1, 0.3, 0.7, 0.9, 0.99, 0.999, 1.0)
PEERS = ("founding", "akaze", "phash", "pdq")


@dataclass(frozen=True, eq=False)
class Measured:
    """Rows with what the verdict model says of them now."""

    rows: list[Row]
    judgements: list[Judgement]

    @classmethod
    def of(cls, rows: list[Row], model: VerdictModel | None = None) -> Measured:
        evidence = [evidence_of(row) for row in rows]
        return cls(rows, [judge_marks(each, judge(each, model)) for each in evidence])

    @cached_property
    def scores(self) -> NDArray[np.float64]:
        """One number per row that orders pairs: the score of those offered or refused on their merits, 0 for pairs
        set aside (annotation, too plain)."""
        return np.array([judgement.score for judgement in self.judgements])

    @cached_property
    def copies(self) -> NDArray[np.bool_]:
        return np.array([row["copy"] is True and row["kind"] not in FIGURES for row in self.rows])

    @cached_property
    def unrelated(self) -> NDArray[np.bool_]:
        return np.array([row["copy"] is False for row in self.rows])


def recall_at(
    scores: NDArray[np.float64], copies: NDArray[np.bool_], unrelated: NDArray[np.bool_], rate: float
) -> float:
    """Share of copies above the score that at most this share of the unrelated pairs exceeds."""
    return float((scores[copies] > limit_at(scores[unrelated], rate)).mean()) if copies.any() else float("nan")


def limit_at(unrelated: NDArray[np.float64], rate: float) -> float:
    """The lowest score that at most this share of the unrelated pairs exceeds."""
    ordered = np.sort(unrelated)[::-1]
    return float(ordered[min(len(ordered) - 1, int(rate * len(ordered)))])


def interval(found: int, count: int) -> tuple[float, float]:
    """Clopper and Pearson's 95 % interval of a share."""
    low = float(beta.ppf(0.025, found, count - found + 1)) if found else 0.0
    high = float(beta.ppf(0.975, found + 1, count - found)) if found < count else 1.0
    return low, high


def calibration_error(scores: NDArray[np.float64], truth: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error over bins of equal width (Guo et al., ICML 2017)."""
    place = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = [
        (place == one).mean() * abs(scores[place == one].mean() - truth[place == one].mean())
        for one in range(bins)
        if (place == one).any()
    ]
    return float(sum(gaps))


def report(measured: Measured) -> str:
    """All tables, as Markdown."""
    parts = (_totals, _methods, _per_kind, _per_family, _false_accusations, _reliability, _neighbours)
    return "\n\n".join(part(measured) for part in parts) + "\n"


def _totals(measured: Measured) -> str:
    groups = {name for row in measured.rows for name in row["groups"]}
    seconds = np.median([row["seconds"] for row in measured.rows])
    return (
        f"{measured.copies.sum()} copies and {measured.unrelated.sum()} unrelated pairs of {len(groups)} groups of "
        f"sources; {seconds:.3f} s of CPU per pair without features (median)."
    )


def _methods(measured: Measured) -> str:
    """figecho beside its peers."""
    header = ["method", *(("recall at 0 false" if rate == 0 else f"at {rate:g}") for rate in RATES), "AP"]
    geometry = np.array([-row["log10_nfa"] for row in measured.rows])
    table = [
        _method_row("figecho", measured.scores, measured.copies, measured.unrelated),
        _method_row("geometry only (log10 NFA)", geometry, measured.copies, measured.unrelated),
    ]
    seen = np.array(["peers" in row for row in measured.rows])
    for peer in PEERS if seen.any() else ():
        values = np.array([row.get("peers", {}).get(peer, 0.0) for row in measured.rows])
        table.append(_method_row(f"{peer}*", values, measured.copies & seen, measured.unrelated & seen))
    note = f"* on {(measured.copies & seen).sum()} copies and {(measured.unrelated & seen).sum()} unrelated pairs"
    return _markdown(header, table) + (f"\n\n{note}" if seen.any() else "")


def _method_row(
    name: str, scores: NDArray[np.float64], copies: NDArray[np.bool_], unrelated: NDArray[np.bool_]
) -> list[str]:
    used = copies | unrelated
    recalls = [f"{recall_at(scores, copies, unrelated, rate):.3f}" for rate in RATES]
    return [name, *recalls, f"{average_precision_score(copies[used], scores[used]):.4f}"]


def _per_kind(measured: Measured) -> str:
    order = {name: index for index, name in enumerate(kinds())}
    groups = _indices(measured, lambda row: row["kind"] if row["copy"] else None)
    return _recall_table("kind", {name: groups[name] for name in sorted(groups, key=order.__getitem__)}, measured)


def _per_family(measured: Measured) -> str:
    """Over all kinds but the figures', by family of the base image."""
    groups = _indices(measured, lambda row: row["family"] if row["copy"] and row["kind"] not in FIGURES else None)
    everything = [index for members in groups.values() for index in members]
    real = [index for index in everything if measured.rows[index]["real"]]
    shown = dict(sorted(groups.items())) | {"all real": real, "all": everything}
    return _recall_table("family", shown, measured)


def _recall_table(title: str, groups: dict[str, list[int]], measured: Measured) -> str:
    limits = [limit_at(measured.scores[measured.unrelated], rate) for rate in RATES[:3]]
    header = [title, "copies", "strong or moderate", "at 0 false", "at 1e-4 (95 % interval)", "at 1e-3"]
    table = []
    for name, members in groups.items():
        scores = measured.scores[members]
        accused = np.mean([measured.judgements[index].verdict in ACCUSING for index in members])
        found = [int((scores > limit).sum()) for limit in limits]
        low, high = interval(found[1], len(members))
        shares = [count / len(members) for count in found]
        middle = f"{shares[1]:.3f} ({low:.2f}–{high:.2f})"
        table.append([name, str(len(members)), f"{accused:.3f}", f"{shares[0]:.3f}", middle, f"{shares[2]:.3f}"])
    return _markdown(header, table)


def _false_accusations(measured: Measured) -> str:
    """Unrelated pairs by kind and verdict."""
    groups = _indices(measured, lambda row: row["kind"] if row["copy"] is False else None)
    verdicts = ("strong", "moderate", "weak", "undecidable", "none")
    table = []
    for name, members in [*sorted(groups.items()), ("all", [i for part in groups.values() for i in part])]:
        counts = Counter(measured.judgements[index].verdict for index in members)
        table.append([name, str(len(members)), *(str(counts[verdict]) for verdict in verdicts)])
    accused = int(sum(measured.judgements[i].verdict in ACCUSING for part in groups.values() for i in part))
    low, high = interval(accused, int(measured.unrelated.sum()))
    note = f"False accusations: {accused} of {measured.unrelated.sum()}, 95 % interval {low:.1e}–{high:.1e}."
    return _markdown(["unrelated pairs", "count", *verdicts], table) + "\n\n" + note


def _reliability(measured: Measured) -> str:
    """Of the pairs with such a score, how many are copies."""
    used = measured.copies | measured.unrelated
    scores, truth = measured.scores[used], measured.copies[used]
    table = []
    for low, high in pairwise(BINS):
        inside = (scores >= low) & ((scores < high) | (high == BINS[-1]))
        if inside.any():
            shown = [f"{low:g}–{high:g}", str(inside.sum()), f"{scores[inside].mean():.4f}"]
            table.append([*shown, f"{truth[inside].mean():.4f}"])
    error = calibration_error(scores, truth)
    note = f"Expected calibration error {error:.4f} over 15 bins."
    return _markdown(["score", "pairs", "mean score", "copies among them"], table) + "\n\n" + note


def _neighbours(measured: Measured) -> str:
    """Frames of one specimen, and what is said of them."""
    groups = _indices(measured, lambda row: row["kind"] if row["copy"] is None else None)
    table = [
        [name, judgement.verdict, f"{judgement.score:.3f}", judgement.reasons[0]]
        for name, members in sorted(groups.items())
        for judgement in (measured.judgements[index] for index in members)
    ]
    return _markdown(["neighbouring frames", "verdict", "score", "reason"], table)


def _indices(measured: Measured, name: Callable[[Row], str | None]) -> dict[str, list[int]]:
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(measured.rows):
        if (of := name(row)) is not None:
            groups[of].append(index)
    return dict(groups)


def _markdown(header: Sequence[str], table: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *table]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
