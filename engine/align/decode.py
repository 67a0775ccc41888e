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

_WORST = -1e18


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


def monotone(gains: Gains, more: float) -> Pairs:
    """The links (row, column) of the best monotone alignment, both rising.

    Gaps cost nothing and gains may be negative. A row may be linked to consecutive columns, or a
    column to consecutive rows, at `more` for each after the first.

    The table is filled by antidiagonals, which depend on the two before them alone: (i, j) is at
    [i + j, i], so that the left neighbour is at [-1, i], the upper one at [-1, i - 1] and the one
    before both at [-2, i - 1]. If there are more rows than columns it is at [i + j, j] instead, as
    the table grows with the square of what it runs along.
    """
    n, m = gains.shape
    by_column = n > m
    short, long = (m, n) if by_column else (n, m)
    size = (n + m + 1, short + 1)
    skewed = np.zeros(size)
    i, j = np.indices((n, m)) + 1
    skewed[i + j, j if by_column else i] = gains
    best = np.zeros(size)
    came = np.zeros(size, dtype=np.int8)  # see `_trace`
    # Ends in a fresh link, goes on in a row, goes on in a column.
    fresh, along, down = (np.full(size, _WORST) for _ in range(3))
    from_fresh = np.zeros((2, *size), dtype=bool)
    for d in range(2, n + m + 1):
        low, high = max(1, d - long), min(short, d - 1)
        here, before = slice(low, high + 1), slice(low - 1, high)
        left, above = (before, here) if by_column else (here, before)
        gain = skewed[d, here]
        fresh[d, here] = best[d - 2, before] + gain
        from_fresh[0, d, here] = fresh[d - 1, left] >= along[d - 1, left]
        along[d, here] = np.maximum(fresh[d - 1, left], along[d - 1, left]) + (gain - more)
        from_fresh[1, d, here] = fresh[d - 1, above] >= down[d - 1, above]
        down[d, here] = np.maximum(fresh[d - 1, above], down[d - 1, above]) + (gain - more)
        ways = np.stack([best[d - 1, above], best[d - 1, left],
                         fresh[d, here], along[d, here], down[d, here]])  # fmt: skip
        came[d, here] = ways.argmax(0)
        best[d, here] = ways.max(0)
    return _trace(came, from_fresh, n, m)


def _trace(came: NDArray[np.int8], from_fresh: NDArray[np.bool_], n: int, m: int) -> Pairs:
    """`came` says how (i, j) is best reached: from above, from the left, or by one of the links."""
    i, j = n, m
    pairs: Pairs = []
    way = -1
    while i > 0 and j > 0:
        at = i + j, j if n > m else i
        way = int(came[at]) if way < 0 else way
        if way == 0:
            i, way = i - 1, -1
        elif way == 1:
            j, way = j - 1, -1
        else:
            pairs.append((i - 1, j - 1))
            if way == 2:
                i, j, way = i - 1, j - 1, -1
            elif way == 3:
                way = 2 if from_fresh[0, *at] else 3
                j -= 1
            else:
                way = 2 if from_fresh[1, *at] else 4
                i -= 1
    return pairs[::-1]


def best_block(gains: Gains, gap: float = 0.5) -> tuple[Pairs, float]:
    """The best local alignment of one-to-one links, and what it is worth (0: there is none)."""
    n, m = gains.shape
    scores = np.zeros((n + 1, m + 1))
    slope = gap * np.arange(m)
    for i in range(1, n + 1):
        above = scores[i - 1]
        here = np.maximum(np.maximum(above[:-1] + gains[i - 1], above[1:] - gap), 0.0)
        # A gap to the right costs the same for each place: the best of all that are before.
        scores[i, 1:] = np.maximum.accumulate(here + slope) - slope
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
