"""The learning curves of `simulated_judge` as a Markdown table and as an SVG, with intervals."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from engine.evaluation.significance import bootstrap_interval

COLOURS = {"verified": "#2a57c5", "guessed": "#b35c00", "random": "#6b7480"}
STAGE_WORDS = {"cross-encoder": "cross-encoder only", "both": "both stages"}
CELLS = "*-*-*-*.json"
WIDTH, HEIGHT, LEFT, TOP, GAP = 340.0, 240.0, 56.0, 36.0, 64.0


@dataclass(frozen=True)
class Point:
    """A count of judged queries: nDCG@10 of each held-out query, the mean over the runs."""

    runs: int
    values: list[float]
    shares: list[str]
    first: float  # nDCG@10 of the first stage
    alone: float  # where the cross-encoder decides alone

    def gain(self, other: list[float]) -> tuple[float, float, float]:
        """The mean difference to `other`, with its 95 % bootstrap interval over the queries."""
        differences = [a - b for a, b in zip(self.values, other, strict=True)]
        return (mean(differences), *bootstrap_interval(differences))


DIGITS = 5
"""Of an nDCG in a file of cells."""


def spread(cells: Path, out: Path) -> None:
    """Put each cell of a file (JSON lines) into one of its own, if it has none yet."""
    out.mkdir(parents=True, exist_ok=True)
    for line in cells.read_text("utf-8").splitlines():
        raw = json.loads(line)
        place = out / "{arm}-{stages}-{queries}-{seed}.json".format_map(raw)
        if not place.exists():
            place.write_text(line + "\n", "utf-8")


def gather(out: Path, cells: Path) -> None:
    """Write all cells there are into one file, in the order of their names."""
    lines = []
    for place in sorted(out.glob(CELLS)):
        raw = json.loads(place.read_text("utf-8"))
        lines.append(json.dumps(_rounded(raw), separators=(",", ":")) + "\n")
    cells.write_text("".join(lines), "utf-8")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return round(value, DIGITS) if isinstance(value, float) else value


Curves = dict[tuple[str, str], dict[int, Point]]
"""By stages and arm, then by the number of judged queries."""
Gains = dict[tuple[str, str], dict[int, tuple[float, float, float]]]


def read(out: Path) -> tuple[Point | None, Curves]:
    """The values without training (None if not measured yet), and what there is of the curves."""
    found: dict[tuple[str, str, int], list[dict[str, Any]]] = defaultdict(list)
    for place in sorted(out.glob(CELLS)):
        raw = json.loads(place.read_text("utf-8"))
        found[raw["stages"], raw["arm"], raw["queries"]].append(raw)
    curves: Curves = defaultdict(dict)
    base: Point | None = None
    for (stages, arm, count), raws in sorted(found.items()):
        values = [mean(column) for column in zip(*(raw["values"] for raw in raws), strict=True)]
        ends = [(row[0], row[-1]) for raw in raws for row in raw["under_shares"]]
        first, alone = (mean(column) for column in zip(*ends, strict=True))
        if arm == "none":
            base = Point(1, values, [], first, alone)
        else:
            shares = [", ".join(f"{v:g}" for v in (raw["shares"] or {}).values()) for raw in raws]
            curves[stages, arm][count] = Point(len(raws), values, shares, first, alone)
    return base, curves


def table(out: Path) -> list[str]:
    """One row for each stage, count and arm."""
    base, curves = read(out)
    if base is None:
        return ["the start is not measured yet"]
    lines = [
        "| trained | judged queries | negatives | runs | nDCG@10 | gain (95 %) "
        "| over guessed (95 %) | shares | first stage | cross-encoder alone |",
        "|---|---:|---|---:|---:|---|---|---|---:|---:|",
        f"| nothing | 0 | | | {mean(base.values):.4f} | | | "
        f"| {base.first:.4f} | {base.alone:.4f} |",
    ]
    for stages in STAGE_WORDS:
        counts = sorted({n for (s, _), line in curves.items() if s == stages for n in line})
        for count in counts:
            guessed = curves.get((stages, "guessed"), {}).get(count)
            for arm in COLOURS:
                point = curves.get((stages, arm), {}).get(count)
                if point is None:
                    continue
                against = signed(point.gain(guessed.values)) if guessed and arm != "guessed" else ""
                shares = "; ".join(share or "as before" for share in point.shares)
                lines.append(
                    f"| {STAGE_WORDS[stages]} | {count} | {arm} | {point.runs} "
                    f"| {mean(point.values):.4f} | {signed(point.gain(base.values))} | {against} "
                    f"| {shares} | {point.first:.4f} | {point.alone:.4f} |"
                )
    return lines


def signed(found: tuple[float, float, float]) -> str:
    """`+0.012 (-0.003 to +0.027)`."""
    value, low, high = found
    return f"{value:+.3f} ({low:+.3f} to {high:+.3f})".replace("-", "−")


def plot(out: Path, file: Path) -> None:
    """Write the gains as an SVG: a panel for each choice of stages, a line for each arm."""
    base, curves = read(out)
    if base is None:
        return
    stages = [name for name in STAGE_WORDS if any(found == name for found, _ in curves)]
    gains: Gains = {
        key: {count: point.gain(base.values) for count, point in line.items()}
        for key, line in curves.items()
    }
    ends = [end for line in gains.values() for value in line.values() for end in value[1:]]
    step = 0.02 if max(map(abs, ends), default=0.0) > 0.04 else 0.01
    low = step * (min(0.0, *ends) // step)
    high = step * (max(0.0, *ends) // step + 1)
    most = max((count for line in gains.values() for count in line), default=1)
    wide = LEFT + max(len(stages) * (WIDTH + GAP), 160.0 * len(COLOURS))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {HEIGHT + 100:.0f}" '
        'font-family="sans-serif" font-size="12" fill="#333">'
        f'<rect width="100%" height="100%" fill="white"/>'
    ]
    for place, name in enumerate(stages):
        panel = _Panel(LEFT + place * (WIDTH + GAP), low, high, most)
        parts += panel.frame(STAGE_WORDS[name], step, sorted({0, *_counts(gains, name)}))
        for turn, arm in enumerate(COLOURS):
            parts += panel.line(gains.get((name, arm), {}), COLOURS[arm], 4.0 * (turn - 1))
    for turn, (arm, colour) in enumerate(COLOURS.items()):
        x, y = LEFT + 150 * turn, HEIGHT + TOP + 52
        parts.append(f'<path d="M{x} {y}h24" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{x + 30}" y="{y + 4}">{arm} negatives</text>')
    file.write_text("\n".join((*parts, "</svg>\n")), "utf-8")


def _counts(
    gains: dict[tuple[str, str], dict[int, tuple[float, float, float]]], name: str
) -> set[int]:
    return {count for (stages, _), line in gains.items() if stages == name for count in line}


@dataclass(frozen=True)
class _Panel:
    """One set of axes: judged queries across, the gain upwards."""

    left: float
    low: float
    high: float
    most: int

    def at(self, count: float, value: float) -> tuple[float, float]:
        x = self.left + WIDTH * count / self.most
        return x, TOP + HEIGHT * (self.high - value) / (self.high - self.low)

    def frame(self, title: str, step: float, counts: list[int]) -> list[str]:
        parts = [f'<text x="{self.left}" y="20" font-weight="bold">{title}</text>']
        for number in range(round((self.high - self.low) / step) + 1):
            value = self.low + number * step
            x, y = self.at(0, value)
            edge = "#999" if abs(value) < step / 2 else "#ddd"
            parts.append(f'<path d="M{x:.1f} {y:.1f}h{WIDTH}" stroke="{edge}"/>')
            words = f"{value:+.2f}".replace("-", "−") if abs(value) >= step / 2 else "0"
            parts.append(f'<text x="{x - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{words}</text>')
        for count in counts:
            x, _ = self.at(count, 0.0)
            y = TOP + HEIGHT + 18
            parts.append(f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{count}</text>')
        words = "judged queries; gain in nDCG@10, 95 % intervals"
        parts.append(f'<text x="{self.left}" y="{TOP + HEIGHT + 36}" fill="#666">{words}</text>')
        return parts

    def line(
        self, points: dict[int, tuple[float, float, float]], colour: str, aside: float
    ) -> list[str]:
        """`aside` keeps the intervals of several lines apart."""
        if not points:
            return []
        parts = []
        path = [self.at(0, 0.0)]
        for count, (value, low, high) in sorted(points.items()):
            x, y = self.at(count, value)
            path.append((x + aside, y))
            bottom, top = self.at(count, low)[1], self.at(count, high)[1]
            parts.append(
                f'<path d="M{x + aside:.1f} {bottom:.1f}V{top:.1f}" stroke="{colour}" '
                f'opacity="0.5"/><circle cx="{x + aside:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
            )
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in path)
        line = f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>'
        return [line, *parts]
