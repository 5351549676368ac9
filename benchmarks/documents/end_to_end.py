"""From a paper's PDF to "Fig 3D ~ Fig 5E": planted reuse that is reported under both labels, and false findings.

    PYTHONPATH=tests python -m benchmarks.documents.end_to_end --papers 50 [--first 1000]
    PYTHONPATH=tests python -m benchmarks.documents.end_to_end --time

A planted pair is right when a strong or moderate finding names both panels. Any other strong or moderate finding is
false, or wrongly labelled where it lies between the figures of a planted pair that is not reported otherwise.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from benchmarks.documents.papers import WAYS, Written, write
from figecho.scan.scan import scan
from figecho.types import ACCUSING, Finding


def outcome(written: Written, findings: tuple[Finding, ...]) -> tuple[Counter[str], list[str]]:
    """Counts of right, mislabelled, missed and false, and a line for each that is not right."""
    accused = [finding for finding in findings if finding.verdict in ACCUSING]
    counts: Counter[str] = Counter(planted=len(written.reused))
    lines, explained = [], set()
    for reused in written.reused:
        exact = [f for f in accused if {f.a.label, f.b.label} == {reused.a, reused.b}]
        near = [f for f in accused if {f.a.figure, f.b.figure} == {reused.a[:-1], reused.b[:-1]}]
        explained |= {f.id for f in exact or near}
        word = "right" if exact else "mislabelled" if near else "missed"
        counts[word] += 1
        if not exact:
            lines.append(f"{word}: {reused.a} ~ {reused.b}, {reused.done}: {[(f.a.label, f.b.label) for f in near]}")
    for finding in accused:
        if finding.id not in explained:
            counts["false"] += 1
            lines.append(f"false: {finding.a.label} ~ {finding.b.label} {finding.verdict} {finding.reasons}")
    return counts, lines


def time_manuscripts(first: int) -> None:
    """Seconds for a manuscript of 12 pages and 8 figures, first time, on two cores, embedded each way."""
    for seed in range(first, first + len(WAYS)):
        written = write(seed, count=8, zoom=1.6, prose_pages=4)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "manuscript.pdf"
            path.write_bytes(written.pdf)
            start = time.perf_counter()
            run = scan(path, jobs=2, root=Path(folder) / "runs")
            seconds = time.perf_counter() - start
        print(f"{written.way}: {written.panels} panels, {run.counts['pairs']} pairs, {seconds:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=50, help="how many papers")
    parser.add_argument(
        "--first", type=int, default=1000, help="the first seed; the method was made looking below 1000"
    )
    parser.add_argument("--minutes", type=float, default=60, help="begin no more papers after this long")
    parser.add_argument("--time", action="store_true", help="time three manuscripts of 12 pages and 8 figures instead")
    wanted = parser.parse_args()
    if wanted.time:
        time_manuscripts(wanted.first)
        return
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    start, panels = time.perf_counter(), 0
    for seed in range(wanted.first, wanted.first + wanted.papers):
        if time.perf_counter() - start > 60 * wanted.minutes:
            break
        written = write(seed)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"paper{seed}.pdf"
            path.write_bytes(written.pdf)
            run = scan(path, jobs=1, root=Path(folder) / "runs")
        counts, lines = outcome(written, run.findings)
        for name in (written.way, "all"):
            totals[name] += counts + Counter(papers=1)
        panels += written.panels
        for line in lines:
            print(f"{seed} ({written.way}) {line}", flush=True)
    print("\n| embedded as | papers | planted | both labels right | mislabelled | missed | false findings |")
    print("|---|---|---|---|---|---|---|")
    for name, counts in sorted(totals.items()):
        share = counts["right"] / counts["planted"]
        cells = (counts[key] for key in ("mislabelled", "missed", "false"))
        row = (name, counts["papers"], counts["planted"], f"{counts['right']} ({share:.3f})", *cells)
        print(f"| {' | '.join(map(str, row))} |")
    papers = totals["all"]["papers"]
    print(f"\n{panels / papers:.0f} panels and {(time.perf_counter() - start) / papers:.0f} s per paper, on one core")


if __name__ == "__main__":
    main()
