"""An alignment as bands: what is painted, scrolled by, folded and copied. Pure, without Qt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from engine.types_alignment import Alignment, Link, Statement

NEUTRAL, ALONE = -2, -1
"""Instead of a band's number: a line without a statement, a statement without a counterpart."""

LEAST_FOLD = 5
"""Lines without a counterpart, in a row, from which they are worth folding away."""

Range = tuple[int, int]
"""The first and the last line, from 0."""


class Side(IntEnum):
    """Of an aligned pair: the query's or the result's."""

    LEFT = 0
    RIGHT = 1

    @property
    def other(self) -> Side:
        """The side across."""
        return Side(1 - self)


@dataclass(frozen=True, slots=True)
class Band:
    """Statements of both sides that stand for each other, as line ranges in order."""

    number: int
    lines: tuple[tuple[Range, ...], tuple[Range, ...]]
    confidence: float
    moved: bool
    by_hand: bool

    def extent(self, side: Side) -> Range:
        """The first and last line on a side."""
        ranges = self.lines[side]
        return ranges[0][0], ranges[-1][1]

    def spoken(self, side: Side, first_line: int = 1) -> str:
        """The lines on a side in words: `line 4`, `lines 4–6, 9`."""
        parts = [
            str(a + first_line) if a == b else f"{a + first_line}–{b + first_line}"
            for a, b in self.lines[side]
        ]
        several = len(parts) > 1 or "–" in parts[0]
        return ("lines " if several else "line ") + ", ".join(parts)


class Bands:
    """All bands of an alignment, by line."""

    def __init__(self, alignment: Alignment) -> None:
        texts = (alignment.request.left, alignment.request.right)
        statements = (alignment.left, alignment.right)
        self.counts = tuple(text.count("\n") + 1 for text in texts)
        self.bands = tuple(_bands(alignment))
        self._of_line = tuple([NEUTRAL] * count for count in self.counts)
        for side in Side:
            for statement in statements[side]:
                self._mark(side, (statement.first, statement.last), ALONE)
            for band in self.bands:
                for lines in band.lines[side]:
                    self._mark(side, lines, band.number)
        self._points = _points(self.bands, self.counts)

    def _mark(self, side: Side, lines: Range, number: int) -> None:
        of_line = self._of_line[side]
        first, end = lines[0], min(lines[1] + 1, len(of_line))
        of_line[first:end] = [number] * (end - first)

    def number_at(self, side: Side, line: int) -> int:
        """The number of the band on a line, `ALONE` or `NEUTRAL`."""
        of_line = self._of_line[side]
        return of_line[line] if 0 <= line < len(of_line) else NEUTRAL

    def at(self, side: Side, line: int) -> Band | None:
        """The band on a line."""
        number = self.number_at(side, line)
        return self.bands[number] if number >= 0 else None

    def across(self, side: Side, line: float) -> float:
        """The place on the other side that is level with a place on this one, both in lines."""
        ours, theirs = self._points[side], self._points[side.other]
        if line <= 0:
            return 0.0
        if line >= ours[-1]:
            return theirs[-1]
        after = min(max(bisect_right(ours, line), 1), len(ours) - 1)
        start, end = ours[after - 1], ours[after]
        share = (line - start) / (end - start) if end > start else 0.0
        share = min(max(share, 0.0), 1.0)
        return theirs[after - 1] + share * (theirs[after] - theirs[after - 1])

    def folds(self, side: Side) -> list[Range]:
        """The runs of lines without a counterpart that are long enough to be folded away."""
        runs: list[Range] = []
        start: int | None = None
        for line, number in enumerate([*self._of_line[side], 0]):
            if number < 0 and start is None:
                start = line
            elif number >= 0 and start is not None:
                if line - start >= LEAST_FOLD:
                    runs.append((start, line - 1))
                start = None
        return runs

    def share(self, side: Side) -> float:
        """How much of a side's statement lines has a counterpart, in [0, 1]."""
        counted = [number for number in self._of_line[side] if number != NEUTRAL]
        return sum(number >= 0 for number in counted) / max(len(counted), 1)


def _bands(alignment: Alignment) -> Iterator[Band]:
    groups = _connected(alignment.links)
    for number, links in enumerate(groups):
        left = sorted({link.left for link in links})
        right = sorted({link.right for link in links})
        yield Band(
            number=number,
            lines=(
                _ranges([alignment.left[i] for i in left]),
                _ranges([alignment.right[i] for i in right]),
            ),
            confidence=sum(link.confidence for link in links) / len(links),
            moved=any(link.moved for link in links),
            by_hand=any(link.by_hand for link in links),
        )


def _connected(links: Iterable[Link]) -> list[list[Link]]:
    """Links that share a statement, together; in the order of the left side."""
    groups: list[list[Link]] = []
    by_end: dict[tuple[Side, int], list[Link]] = {}
    for link in links:
        ends = ((Side.LEFT, link.left), (Side.RIGHT, link.right))
        found = [by_end[end] for end in ends if end in by_end]
        group = found[0] if found else []
        for other in found[1:]:
            if other is not group:
                group += other
                by_end.update({end: group for end, owner in by_end.items() if owner is other})
                groups = [kept for kept in groups if kept is not other]
        group.append(link)
        if not found:
            groups.append(group)
        by_end.update(dict.fromkeys(ends, group))
    return sorted(groups, key=lambda group: min(link.left for link in group))


def _ranges(statements: Sequence[Statement]) -> tuple[Range, ...]:
    ranges: list[Range] = []
    for statement in statements:
        if ranges and statement.first <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], statement.last))
        else:
            ranges.append((statement.first, statement.last))
    return tuple(ranges)


def _points(bands: Sequence[Band], counts: tuple[int, ...]) -> tuple[list[float], list[float]]:
    """Places that are level with each other, rising on both sides: the ends of bands in order."""
    left, right = [0.0], [0.0]
    for band in bands:
        if band.moved:
            continue
        (a, b), (c, d) = (band.extent(side) for side in Side)
        if a >= left[-1] and c >= right[-1]:
            left += [float(a), float(b + 1)]
            right += [float(c), float(d + 1)]
    left.append(float(max(counts[0], left[-1])))
    right.append(float(max(counts[1], right[-1])))
    return left, right
