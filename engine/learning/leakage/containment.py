"""Texts of which one holds a large part of the other, whatever their sizes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from engine.learning.leakage.tokens import digest

SHINGLE = 5
MIN_SHINGLES = 6
CONTAINMENT = 0.6


class ContainmentIndex:
    """Finds a text that shares `CONTAINMENT` of the smaller one's runs of `SHINGLE` tokens.

    Unlike an overlap measured over both texts, this sees a function inside a file.
    """

    def __init__(self) -> None:
        self._sizes: list[tuple[int, int]] = []  # number given, runs
        self._postings: dict[int, list[int]] = defaultdict(list)

    def add(self, number: int, tokens: Sequence[str]) -> None:
        """Remember a text under its number; texts too short to compare are left out."""
        runs = _runs(tokens)
        if len(runs) < MIN_SHINGLES:
            return
        for run in runs:
            self._postings[run].append(len(self._sizes))
        self._sizes.append((number, len(runs)))

    def find(self, tokens: Sequence[str]) -> tuple[int, float] | None:
        """The number of the text that shares the largest part, and that part; None if too small."""
        runs = _runs(tokens)
        if len(runs) < MIN_SHINGLES:
            return None
        shared = Counter(place for run in runs for place in self._postings.get(run, ()))
        best: tuple[int, float] | None = None
        for place, count in shared.items():
            number, size = self._sizes[place]
            part = count / min(size, len(runs))
            if part >= CONTAINMENT and (best is None or part > best[1]):
                best = number, part
        return best


def _runs(tokens: Sequence[str]) -> set[int]:
    return {digest(tokens[at : at + SHINGLE]) for at in range(len(tokens) - SHINGLE + 1)}
