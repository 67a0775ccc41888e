"""What is around two statements, given a first opinion on every pair: arrays (n, m)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.align.features import Matrix
from engine.align.statements import Unit
from engine.align.traits import Traits

SECOND = (
    "first", "row_margin", "column_margin", "before", "after", "parents", "bodies", "names",
    "drift", "level", "top",
)  # fmt: skip
"""The features that look at what is around, given a first opinion."""

_REACH = 60
"""Statements on either side that say where one is expected; farther ones weigh nothing."""

Indices = NDArray[np.int64]


class Body(NamedTuple):
    """A compound statement and the statements inside it: `first` to before `end`."""

    of: int
    first: int
    end: int


class Surroundings:
    """What two lists of statements have around them, whatever is thought of their pairs."""

    def __init__(
        self,
        left: Sequence[Unit],
        right: Sequence[Unit],
        left_traits: Sequence[Traits],
        right_traits: Sequence[Traits],
    ) -> None:
        self._parents = tuple(np.array([u.parent for u in s], dtype=int) for s in (left, right))
        self._bodies = _descendants(left), _descendants(right)
        self._names = tuple(_Names([t.names for t in s]) for s in (left_traits, right_traits))
        inside = [parents >= 0 for parents in self._parents]
        self._level = inside[0][:, None] != inside[1][None]
        self._top = ~inside[0][:, None] & ~inside[1][None]

    def features(self, first: Matrix) -> Matrix:
        """The features of `SECOND`, (len(SECOND), n, m), from the probabilities `first` (n, m)."""
        clipped = np.clip(first, 1e-4, 1 - 1e-4)
        table = {
            "first": np.log(clipped / (1 - clipped)),
            "row_margin": first - _best_other(first),
            "column_margin": first - _best_other(first.T).T,
            "before": _shifted(first, 1),
            "after": _shifted(first, -1),
            "parents": _of_parents(first, *self._parents),
            "bodies": _of_bodies(first, *self._bodies),
            "names": _of_names(first, *self._names),
            "drift": _drift(first),
            "level": self._level,
            "top": self._top,
        }
        return np.stack([table[name].astype(np.float32) for name in SECOND])


def _best_other(values: Matrix) -> Matrix:
    """For each place, the best value in its row apart from its own."""
    if values.shape[1] < 2:
        return np.zeros_like(values)
    two = np.partition(values, -2, axis=1)[:, -2:]
    best, second = two.max(1, keepdims=True), two.min(1, keepdims=True)
    return np.asarray(np.where(values >= best, second, best), dtype=np.float32)


def _shifted(values: Matrix, by: int) -> Matrix:
    """The opinion on the statements before (or after) both; at an edge, 0.5."""
    result = np.full_like(values, 0.5)
    if by > 0:
        result[1:, 1:] = np.maximum(values[:-1, :-1], _skipped(values)[:-1, :-1])
    else:
        skipped = _skipped(values[::-1, ::-1])[::-1, ::-1]
        result[:-1, :-1] = np.maximum(values[1:, 1:], skipped[1:, 1:])
    return result


def _skipped(values: Matrix) -> Matrix:
    """The same with one statement of either side left out, at a discount."""
    result = np.zeros_like(values)
    result[1:, :] = np.maximum(result[1:, :], 0.7 * values[:-1, :])
    result[:, 1:] = np.maximum(result[:, 1:], 0.7 * values[:, :-1])
    return result


def _of_parents(values: Matrix, rows: Indices, columns: Indices) -> Matrix:
    padded = np.full((len(rows) + 1, len(columns) + 1), 0.3, dtype=np.float32)
    padded[:-1, :-1] = values
    padded[-1, -1] = 0.5
    return padded[np.ix_(rows, columns)]


def _of_bodies(values: Matrix, left: Sequence[Body], right: Sequence[Body]) -> Matrix:
    """How well the bodies of two compound statements fit; 0 where one has none.

    That is the mean of what each statement of a body finds best in the other body.
    """
    result = np.zeros_like(values)
    forth, back = _best_in_bodies(values, left, right), _best_in_bodies(values.T, right, left).T
    rows, columns = [body.of for body in left], [body.of for body in right]
    result[np.ix_(rows, columns)] = 0.5 * (forth + back)
    return result


def _best_in_bodies(values: Matrix, left: Sequence[Body], right: Sequence[Body]) -> Matrix:
    """(bodies, bodies): the mean, over the left body, of the best value in the right one."""
    ends = np.array([body[1:] for body in left], dtype=int).reshape(-1, 2)
    means = np.zeros((len(left), len(right)), dtype=np.float32)
    for column, body in enumerate(right):
        sums = np.cumsum(values[:, body.first : body.end].max(1), dtype=np.float64)
        sums = np.concatenate([[0.0], sums])
        means[:, column] = (sums[ends[:, 1]] - sums[ends[:, 0]]) / (ends[:, 1] - ends[:, 0])
    return means


def _descendants(units: Sequence[Unit]) -> list[Body]:
    """The compound statements that have a body."""
    ends = list(range(1, len(units) + 1))
    for index in reversed(range(len(units))):
        parent = units[index].parent
        if parent >= 0:
            ends[parent] = max(ends[parent], ends[index])
    return [Body(i, i + 1, end) for i, end in enumerate(ends) if end > i + 1]


class _Names:
    """The names in each statement of a side."""

    def __init__(self, bags: Sequence[frozenset[str]]) -> None:
        vocabulary = {name: i for i, name in enumerate(sorted(frozenset().union(*bags)))}
        self.flat = [vocabulary[name] for bag in bags for name in bag]
        self.sizes = np.array([len(bag) for bag in bags], dtype=np.float32)
        self.having = np.flatnonzero(self.sizes)
        counts = self.sizes[self.having].astype(int)
        self.starts = np.cumsum(counts) - counts
        self.table = np.zeros((len(bags), len(vocabulary)), dtype=np.float32)
        self.table[np.repeat(self.having, counts), self.flat] = 1.0


def _of_names(values: Matrix, left: _Names, right: _Names) -> Matrix:
    """How well the names of two statements correspond, by where else both occur together.

    A name of the left and one of the right correspond as far as they stand in statements that seem
    to be counterparts (Dice, weighted with the first opinion).
    """
    if not left.flat or not right.flat:
        return np.zeros_like(values)
    strong = np.where(values > 0.3, values, 0.0)
    one, other = left.table, right.table
    together = one.T @ strong @ other
    total = (one.T @ strong.sum(1))[:, None] + (other.T @ strong.sum(0))[None]
    dice = 2 * together / np.maximum(total, 1e-6) * (1 - np.exp(-together))
    return 0.5 * (_best_partners(left, right, dice) + _best_partners(right, left, dice.T).T)


def _best_partners(one: _Names, other: _Names, dice: Matrix) -> Matrix:
    """For each pair of statements: how well the names of the first are matched in the second."""
    result = np.zeros((len(one.sizes), len(other.sizes)), dtype=np.float32)
    best = np.maximum.reduceat(dice[:, other.flat], other.starts, axis=1)
    result[:, other.having] = one.table @ best / np.maximum(one.sizes, 1.0)[:, None]
    return result


def _drift(values: Matrix) -> Matrix:
    """How far a pair is from where its neighbours' opinions put it."""
    n, m = values.shape
    rows, columns = np.arange(n), np.arange(m)
    strong = np.where(values > 0.5, values, 0.0) ** 2
    weight = strong.sum(1)
    centre = np.where(weight > 0, (strong * columns).sum(1) / np.maximum(weight, 1e-6), 0.0)
    reach = min(n, _REACH)
    near = np.exp(-np.abs(np.arange(-reach, reach + 1)) / 3.0)
    near[reach] = 0.0
    total, offset = (
        np.convolve(of, near)[reach : reach + n] for of in (weight, weight * (centre - rows))
    )
    sure = total > 1e-6
    expected = np.where(sure, rows + offset / np.where(sure, total, 1.0), rows * m / n)
    return np.minimum(np.abs(expected[:, None] - columns[None]) / 6.0, 2.0)
