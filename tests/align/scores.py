"""Precision, recall and F1 of links, and three ways to align that know nothing of code."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from tests.align.labelled import LabelledPair, Side

Links = set[tuple[int, int]]


@dataclass(frozen=True)
class Score:
    """Counts of links; they add up over pairs."""

    right: int = 0
    found: int = 0
    wanted: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.right + other.right, self.found + other.found, self.wanted + other.wanted)

    @property
    def precision(self) -> float:
        return self.right / max(self.found, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.wanted, 1)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(self.found + self.wanted, 1)

    def __str__(self) -> str:
        return f"precision {self.precision:.3f}  recall {self.recall:.3f}  F1 {self.f1:.3f}"


def score(found: Collection[tuple[int, int]], wanted: Collection[tuple[int, int]]) -> Score:
    return Score(len(set(found) & set(wanted)), len(set(found)), len(set(wanted)))


def _lines(side: Side) -> list[tuple[int, str]]:
    """The lines on which statements begin: the baselines are told where those are."""
    lines = side.text.split("\n")
    return [(number, lines[number].strip()) for number, tag in enumerate(side.tags) if tag != ":"]


def by_difflib(pair: LabelledPair) -> Links:
    """Lines as difflib has them: equal ones, and replaced ones in their order."""
    left, right = _lines(pair.left), _lines(pair.right)
    matcher = difflib.SequenceMatcher(
        None, [text for _, text in left], [text for _, text in right], autojunk=False
    )
    links: Links = set()
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind in ("equal", "replace"):
            links |= {
                (left[row][0], right[column][0])
                for row, column in zip(range(a, b), range(c, d), strict=False)
            }
    return links


def by_tokens(pair: LabelledPair) -> Links:
    """Each line with the line that shares most of its tokens, if each is the other's best."""
    left, right = _lines(pair.left), _lines(pair.right)
    bags = [[Counter(re.findall(r"\w+", text)) for _, text in side] for side in (left, right)]
    alike = [
        [sum((a & b).values()) / max(sum((a | b).values()), 1) for b in bags[1]] for a in bags[0]
    ]
    links: Links = set()
    for row, values in enumerate(alike):
        column = max(range(len(values)), key=values.__getitem__)
        if values[column] > 0 and values[column] == max(line[column] for line in alike):
            links.add((left[row][0], right[column][0]))
    return links


def by_position(pair: LabelledPair) -> Links:
    """Each line with the one that is as far down, in proportion."""
    left, right = _lines(pair.left), _lines(pair.right)
    n, m = len(left), len(right)
    if n < m:
        places = [(round(c * (n - 1) / max(m - 1, 1)), c) for c in range(m)]
    else:
        places = [(r, round(r * (m - 1) / max(n - 1, 1))) for r in range(n)]
    return {(left[row][0], right[column][0]) for row, column in places}


BASELINES = {
    "difflib on lines": by_difflib,
    "identical tokens": by_tokens,
    "position": by_position,
}
