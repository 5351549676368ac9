"""Which figures share content, as a drawing: figures on a circle, a line for each two that share something."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from figecho.report.words import printable
from figecho.types import OFFERED, Finding, Occurrence, Verdict

#: Figures that a circle has room for; those with the most findings are drawn.
MOST_FIGURES = 36
RADIUS, CENTRE = 210.0, (500.0, 270.0)
#: A label stands so far outside the circle; a character is about so wide, and longer labels are shortened.
LABEL_GAP, CHARACTER, MOST_CHARACTERS = 14.0, 7.6, 34


@dataclass(frozen=True)
class Node:
    """A figure: its name, its label and its place, and where the label begins."""

    name: str
    label: str
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str


@dataclass(frozen=True)
class Edge:
    """Two figures that share content: how often, and the strongest verdict; ``path`` is an SVG path."""

    first: str
    second: str
    findings: tuple[str, ...]
    verdict: Verdict
    path: str


@dataclass(frozen=True)
class Graph:
    """All that is drawn, and how many figures are not."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: int

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """What is drawn on, as an SVG view box: no wider than the labels need, so that small screens can show it."""
        longest = max((len(node.label) for node in self.nodes), default=0)
        half = RADIUS + LABEL_GAP + CHARACTER * longest
        return CENTRE[0] - half, 0.0, 2 * half, 2 * CENTRE[1]


def graph(findings: Sequence[Finding]) -> Graph:
    """The figures that share content; copies inside one figure are loops and are left to the list."""
    shared: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    alone = len({place.path for finding in findings for place in (finding.a, finding.b)}) == 1
    for finding in findings:
        if finding.verdict not in OFFERED:
            continue
        first, second = sorted(figure_name(place, alone=alone) for place in (finding.a, finding.b))
        if first != second:
            shared[first, second].append(finding)
    weight: dict[str, int] = defaultdict(int)
    for pair, between in shared.items():
        for name in pair:
            weight[name] += len(between)
    chosen = sorted(weight, key=lambda name: (-weight[name], name))[:MOST_FIGURES]
    nodes = {name: _node(name, number, len(chosen)) for number, name in enumerate(sorted(chosen))}
    edges = tuple(
        _edge(nodes[first], nodes[second], between)
        for (first, second), between in sorted(shared.items())
        if first in nodes and second in nodes
    )
    return Graph(tuple(nodes.values()), edges, len(weight) - len(chosen))


def figure_name(place: Occurrence, *, alone: bool = False) -> str:
    """What a panel is a part of: the figure, where it is known, else the file; ``alone`` where there is one file."""
    if place.figure:
        return place.figure if alone else f"{place.figure} · {place.path}"
    return f"{place.path}, page {place.page}" if place.page else place.path


def _node(name: str, number: int, count: int) -> Node:
    angle = 2 * math.pi * number / count - math.pi / 2
    cosine, sine = math.cos(angle), math.sin(angle)
    x, y = CENTRE[0] + RADIUS * cosine, CENTRE[1] + RADIUS * sine
    anchor = "middle" if abs(cosine) < 0.1 else "start" if cosine > 0 else "end"
    label_x, label_y = x + LABEL_GAP * cosine, y + LABEL_GAP * sine + 5 * (1 + sine if anchor == "middle" else 1)
    shown = printable(name)
    cut = MOST_CHARACTERS // 2 - 2
    label = shown if len(shown) <= MOST_CHARACTERS else f"{shown[:cut]}…{shown[-cut - 3 :]}"
    return Node(name, label, round(x, 1), round(y, 1), round(label_x, 1), round(label_y, 1), anchor)


def _edge(first: Node, second: Node, between: Sequence[Finding]) -> Edge:
    """A curve that bends towards the centre, so that neighbours' lines do not hide the circle."""
    bend_x, bend_y = ((first.x + second.x) / 2 + CENTRE[0]) / 2, ((first.y + second.y) / 2 + CENTRE[1]) / 2
    path = f"M{first.x} {first.y} Q{bend_x:.1f} {bend_y:.1f} {second.x} {second.y}"
    strongest = min((finding.verdict for finding in between), key=OFFERED.index)
    return Edge(first.name, second.name, tuple(finding.id for finding in between), strongest, path)
