"""How time grows with the number of panels: the exponents of a power law, and a plot of what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT, MARGIN = 760, 460, 70
#: Height of a line of words, pixels.
LINE = 17
#: What is drawn, by name, and its colour (blue, green, red).
SERIES = {
    "founding loop": (60, 60, 200),
    "figecho scan": (160, 90, 20),
    "comparing": (200, 160, 60),
    "finding partners": (90, 160, 90),
    "floor: decode, detect once": (130, 130, 130),
}


def plot(out: Path) -> None:
    """Write ``growth.png``: CPU seconds over panels, both logarithmic, each line with its exponent."""
    rows = [json.loads(file.read_text(encoding="utf-8")) for file in out.glob("*.json")]
    if len(rows) < 2:
        return
    rows.sort(key=lambda row: row["panels"])
    panels = np.array([row["panels"] for row in rows], float)
    lines = {name: np.array([_seconds(row, name) for row in rows]) for name in SERIES}
    low = min(values.min() for values in lines.values())
    high = max(values.max() for values in lines.values())
    canvas = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)

    def place(x: float, y: float) -> tuple[int, int]:
        across = np.log(x / panels[0]) / np.log(panels[-1] / panels[0])
        up = np.log(y / low) / np.log(high / low)
        return round(MARGIN + across * (WIDTH - 270 - MARGIN)), round(HEIGHT - MARGIN - up * (HEIGHT - 2 * MARGIN))

    for power in range(int(np.ceil(np.log10(low))), int(np.floor(np.log10(high))) + 1):
        _, y = place(panels[0], 10.0**power)
        cv2.line(canvas, (MARGIN, y), (WIDTH - 270, y), (225, 225, 225), 1)
        _write(canvas, f"{10**power:,} s" if power >= 0 else f"{10.0**power:g} s", (8, y + 4))
    for count in panels:
        x, y = place(count, low)
        cv2.line(canvas, (x, MARGIN), (x, y), (225, 225, 225), 1)
        _write(canvas, f"{count:,.0f}", (x - 16, y + 22))
    _write(canvas, "CPU seconds over panels", (MARGIN, 40))
    free = 0
    for name, values in sorted(lines.items(), key=lambda line: -line[1][-1]):
        corners = np.array([place(count, value) for count, value in zip(panels, values, strict=True)])
        cv2.polylines(canvas, [corners], False, SERIES[name], 2, cv2.LINE_AA)
        x, y = corners[-1].tolist()
        free = max(free + LINE, y + 4)  # below the line and below the words before
        _write(canvas, f"{name}: n^{exponent(panels, values):.2f}", (x + 8, free), SERIES[name])
    cv2.imwrite(str(out / "growth.png"), canvas)


def exponent(panels: np.ndarray, seconds: np.ndarray) -> float:
    """The exponent of the power law that fits best in logarithms."""
    return float(np.polyfit(np.log(panels), np.log(seconds), 1)[0])


def _seconds(row: dict, name: str) -> float:
    whole = {
        "founding loop": row["founding_cpu_s"],
        "figecho scan": row["cpu_s"],
        "floor: decode, detect once": row["floor_cpu_s"],
    }
    return max(0.01, whole[name] if name in whole else row["stages"].get(name, {"cpu_s": 0.0})["cpu_s"])


def _write(canvas: np.ndarray, text: str, where: tuple[int, int], colour: tuple[int, int, int] = (40, 40, 40)) -> None:
    cv2.putText(canvas, text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)
