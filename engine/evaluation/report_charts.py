"""Charts as SVG, drawn without a library so that a report is one file that opens anywhere.

Colours come from the page's style sheet (`--c0` … for the runs), so that a chart follows the
reader's light or dark theme. Runs are told apart by dash and by word as well as by colour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

Curve = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 560, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 12, 44
DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 4")


class _Axes:
    """Maps values to places; a logarithmic x axis wants values above 0."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float], log_x: bool) -> None:
        self._log = log_x
        low, high = (min(xs), max(xs)) if xs else (0.0, 1.0)
        if log_x:
            low, high = math.log10(low), math.log10(high)
        pad = (high - low) * 0.06 or 0.5
        self._x = (low - pad, high + pad)
        bottom, top = (min(ys), max(ys)) if ys else (0.0, 1.0)
        pad = (top - bottom) * 0.1 or 0.05
        self._y = (bottom - pad, top + pad)

    def x(self, value: float) -> float:
        """Where a value lies across."""
        value = math.log10(value) if self._log else value
        share = (value - self._x[0]) / (self._x[1] - self._x[0])
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Where a value lies from the top."""
        share = (value - self._y[0]) / (self._y[1] - self._y[0])
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def y_ticks(self) -> list[float]:
        """Four to eight round values."""
        span = self._y[1] - self._y[0]
        step = 10 ** math.floor(math.log10(span / 4))
        step *= next(times for times in (1, 2, 5, 10) if span / (step * times) <= 8)
        first = math.ceil(self._y[0] / step)
        return [n * step for n in range(first, math.floor(self._y[1] / step) + 1)]


def quality_against_time(
    points: Sequence[tuple[str, float, tuple[float, float, float], int | None]], metric: str
) -> str:
    """Quality over milliseconds per query (logarithmic), the circles' area being model size.

    A point is (name, ms, (mean, low, high), parameters), as in figure 2 of CasCode.
    """
    axes = _Axes(
        [max(ms, 0.01) for _, ms, _, _ in points],
        [value for _, _, three, _ in points for value in three],
        log_x=True,
    )
    largest = max((size or 0 for _, _, _, size in points), default=0) or 1
    parts = []
    for number, (name, ms, (mean, low, high), size) in enumerate(points):
        x, y = axes.x(max(ms, 0.01)), axes.y(mean)
        radius = 4 + 18 * math.sqrt((size or 0) / largest)
        said = f"{name}: {metric} {mean:.4f} [{low:.4f}, {high:.4f}], {ms:,.1f} ms"
        said += f", {size / 1e6:,.0f} million parameters" if size else ", no model"
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{axes.y(low):.1f}" y2="{axes.y(high):.1f}" '
            f'stroke="var(--c{number % 8})"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="var(--c{number % 8})" '
            f'fill-opacity="0.45" stroke="var(--c{number % 8})"><title>{escape(said)}</title>'
            f'</circle><text x="{x + radius + 4:.1f}" y="{y + 4:.1f}">{escape(name)}</text>'
        )
    ticks = sorted({10.0 ** round(math.log10(max(ms, 0.01))) for _, ms, _, _ in points})
    return _frame(axes, parts, [(t, f"{t:g}") for t in ticks], "ms per query", metric)


def curves(named: Sequence[tuple[str, Curve]], y_label: str) -> str:
    """Lines over K (logarithmic), one for each run."""
    xs = [x for _, curve in named for x, _ in curve]
    axes = _Axes(xs, [y for _, curve in named for _, y in curve], log_x=True)
    parts = []
    for number, (name, curve) in enumerate(named):
        points = " ".join(f"{axes.x(x):.1f},{axes.y(y):.1f}" for x, y in curve)
        said = ", ".join(f"@{x:g} {y:.4f}" for x, y in curve)
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="var(--c{number % 8})" '
            f'stroke-width="2" stroke-dasharray="{DASHES[number % len(DASHES)]}">'
            f"<title>{escape(f'{name}: {said}')}</title></polyline>"
        )
    ticks = [(x, f"{x:g}") for x in sorted(set(xs)) if x in (1, 2, 5, 10, 20, 50, 100)]
    return _frame(axes, parts, ticks, "K", y_label) + _legend([name for name, _ in named])


def sorted_differences(values: Sequence[float], y_label: str) -> str:
    """One bar for each query, the losses at the left, the gains at the right."""
    ordered = sorted(values)
    axes = _Axes([0, max(len(ordered) - 1, 1)], [*ordered, 0.0], log_x=False)
    width = max(0.6, (WIDTH - LEFT - RIGHT) / max(len(ordered), 1) * 0.8)
    zero = axes.y(0.0)
    parts = [
        f'<rect x="{axes.x(place) - width / 2:.1f}" y="{min(zero, axes.y(value)):.1f}" '
        f'width="{width:.1f}" height="{abs(zero - axes.y(value)):.1f}" '
        f'fill="var(--{"gain" if value > 0 else "loss"})"/>'
        for place, value in enumerate(ordered)
        if value
    ]
    return _frame(axes, parts, [], f"{len(ordered):,} queries, sorted", y_label)


def _frame(
    axes: _Axes,
    parts: Sequence[str],
    x_ticks: Sequence[tuple[float, str]],
    x_label: str,
    y_label: str,
) -> str:
    grid = [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{axes.y(t):.1f}" '
        f'y2="{axes.y(t):.1f}"/><text text-anchor="end" x="{LEFT - 6}" '
        f'y="{axes.y(t) + 4:.1f}">{t:.3g}</text>'
        for t in axes.y_ticks()
    ]
    grid += [
        f'<text text-anchor="middle" x="{axes.x(value):.1f}" y="{HEIGHT - BOTTOM + 16}">'
        f"{escape(word)}</text>"
        for value, word in x_ticks
    ]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(y_label)} against {escape(x_label)}" '
        'xmlns="http://www.w3.org/2000/svg">'
        + "".join((*grid, *parts))
        + f'<text text-anchor="middle" x="{(LEFT + WIDTH) / 2:.0f}" y="{HEIGHT - 8}">'
        + f'{escape(x_label)}</text><text text-anchor="middle" transform="rotate(-90)" '
        + f'x="{-(HEIGHT - BOTTOM) / 2:.0f}" y="14">{escape(y_label)}</text></svg>'
    )


def _legend(names: Sequence[str]) -> str:
    rows = "".join(
        f'<span><svg class="key" viewBox="0 0 28 8"><line x1="0" x2="28" y1="4" y2="4" '
        f'stroke="var(--c{number % 8})" stroke-width="2" '
        f'stroke-dasharray="{DASHES[number % len(DASHES)]}"/></svg>{escape(name)}</span>'
        for number, name in enumerate(names)
    )
    return f'<p class="legend">{rows}</p>'
