"""From how well statements fit to which of them are linked.

A monotone alignment with gaps first (Needleman and Wunsch, 1970), in which a statement may stand
for several consecutive ones of the other side; then blocks that have moved: the best local
alignments (Smith and Waterman, 1981) among what is left, as long as they are sure enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Gains = NDArray[np.float64]
Pairs = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Costs:
    """What has to be paid, in log-odds. `link` is what a first link must be worth to be made,
    `more` what every further statement of a one-to-many link costs on top of it, `moved` what a
    block out of order must be worth in all."""

    link: float
    more: float
    moved: float


def decode(odds: Gains, costs: Costs) -> tuple[Pairs, Pairs]:
    """The links in order and the moved ones; `odds` (n, m) are log-odds of being counterparts."""
    gains = np.asarray(odds, dtype=np.float64) - costs.link
    in_order = monotone(gains, costs.more)
    moved: Pairs = []
    left = np.ones(gains.shape[0], dtype=bool)
    right = np.ones(gains.shape[1], dtype=bool)
    for row, column in in_order:
        left[row] = right[column] = False
    while left.any() and right.any():
        rows, columns = np.flatnonzero(left), np.flatnonzero(right)
        block, worth = best_block(gains[np.ix_(rows, columns)])
        if worth < costs.moved:
            break
        found = [(int(rows[row]), int(columns[column])) for row, column in block]
        moved += found
        for row, column in found:
            left[row] = right[column] = False
    return in_order, moved


_GAP, _FRESH, _ROW, _COLUMN = range(4)


def monotone(gains: Gains, more: float) -> Pairs:
    """The links (row, column) of the best monotone alignment, both rising.

    Gaps cost nothing and gains may be negative. A row may be linked to consecutive columns, or a
    column to consecutive rows, at `more` for each after the first.
    """
    n, m = gains.shape
    worst = -1e18
    best = np.zeros((n + 1, m + 1))
    came = np.zeros((n + 1, m + 1), dtype=np.int8)  # 0: from above, 1: from the left, else linked
    states = np.full((3, n + 1, m + 1), worst)  # ends in a fresh link, goes on in a row, a column
    from_fresh = np.zeros((2, n + 1, m + 1), dtype=bool)
    rows = gains.tolist()
    for i in range(1, n + 1):
        above, here = best[i - 1].tolist(), best[i]
        fresh, along, down = (states[state][i] for state in range(3))
        fresh_above, down_above = states[0][i - 1].tolist(), states[2][i - 1].tolist()
        before = 0.0
        last_fresh = last_along = worst
        for j in range(1, m + 1):
            gain = rows[i - 1][j - 1]
            new = above[j - 1] + gain
            wide = max(last_fresh, last_along)
            if wide > worst:
                from_fresh[0, i, j] = last_fresh >= last_along
                wide += gain - more
            tall = max(fresh_above[j], down_above[j])
            if tall > worst:
                from_fresh[1, i, j] = fresh_above[j] >= down_above[j]
                tall += gain - more
            fresh[j], along[j], down[j] = new, wide, tall
            value, way = (above[j], 0) if above[j] >= before else (before, 1)
            for state, score in enumerate((new, wide, tall)):
                if score > value:
                    value, way = score, state + 2
            here[j], came[i, j] = value, way
            before, last_fresh, last_along = value, new, wide
    return _trace(came, from_fresh)


def _trace(came: NDArray[np.int8], from_fresh: NDArray[np.bool_]) -> Pairs:
    i, j = came.shape[0] - 1, came.shape[1] - 1
    pairs: Pairs = []
    way = -1
    while i > 0 and j > 0:
        way = int(came[i, j]) if way < 0 else way
        if way == 0:
            i, way = i - 1, -1
        elif way == 1:
            j, way = j - 1, -1
        else:
            pairs.append((i - 1, j - 1))
            if way == 2:
                i, j, way = i - 1, j - 1, -1
            elif way == 3:
                way = 2 if from_fresh[0, i, j] else 3
                j -= 1
            else:
                way = 2 if from_fresh[1, i, j] else 4
                i -= 1
    return pairs[::-1]


def best_block(gains: Gains, gap: float = 0.5) -> tuple[Pairs, float]:
    """The best local alignment of one-to-one links, and what it is worth (0: there is none)."""
    n, m = gains.shape
    scores = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        above = scores[i - 1]
        here = np.maximum(np.maximum(above[:-1] + gains[i - 1], above[1:] - gap), 0.0)
        value = 0.0
        for j in range(m):  # gaps to the right depend on what was just found
            value = max(here[j], value - gap)
            here[j] = value
        scores[i, 1:] = here
    i, j = divmod(int(scores.argmax()), m + 1)
    worth = float(scores[i, j])
    pairs: Pairs = []
    while i > 0 and j > 0 and scores[i, j] > 0:
        if np.isclose(scores[i, j], scores[i - 1, j - 1] + gains[i - 1, j - 1]):
            if gains[i - 1, j - 1] > 0:
                pairs.append((i - 1, j - 1))
            i, j = i - 1, j - 1
        elif np.isclose(scores[i, j], scores[i - 1, j] - gap):
            i -= 1
        else:
            j -= 1
    return pairs[::-1], worth
