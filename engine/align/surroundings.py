"""What is around two statements, given a first opinion on every pair: arrays (n, m)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from engine.align.features import Matrix
from engine.align.statements import Unit
from engine.align.traits import Traits

SECOND = (
    "first", "row_margin", "column_margin", "before", "after", "parents", "bodies", "names",
    "drift", "level", "top",
)  # fmt: skip
"""The features that look at what is around, given a first opinion."""


def second_features(
    first: Matrix,
    left: Sequence[Unit],
    right: Sequence[Unit],
    left_traits: Sequence[Traits],
    right_traits: Sequence[Traits],
) -> Matrix:
    """The features of `SECOND`, (len(SECOND), n, m), from the probabilities `first` (n, m)."""
    table = {
        "first": np.log(np.clip(first, 1e-4, 1 - 1e-4) / (1 - np.clip(first, 1e-4, 1 - 1e-4))),
        "row_margin": first - _best_other(first),
        "column_margin": first - _best_other(first.T).T,
        "before": _shifted(first, 1),
        "after": _shifted(first, -1),
        "parents": _parents(first, left, right),
        "bodies": _bodies(first, left, right),
        "names": _names(first, left_traits, right_traits),
        "drift": _expected_place(first),
        "level": _level(left, right),
        "top": _tops(left, right),
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


def _parents(values: Matrix, left: Sequence[Unit], right: Sequence[Unit]) -> Matrix:
    padded = np.full((len(left) + 1, len(right) + 1), 0.3, dtype=np.float32)
    padded[:-1, :-1] = values
    padded[-1, -1] = 0.5
    rows = np.array([unit.parent for unit in left], dtype=np.int64)
    columns = np.array([unit.parent for unit in right], dtype=np.int64)
    return padded[np.ix_(rows, columns)]


def _bodies(values: Matrix, left: Sequence[Unit], right: Sequence[Unit]) -> Matrix:
    """How well the bodies of two compound statements fit; 0 where one has none."""
    result = np.zeros_like(values)
    inside = [_descendants(side) for side in (left, right)]
    for row, (first, last) in enumerate(inside[0]):
        for column, (start, end) in enumerate(inside[1]):
            if last > first and end > start:
                part = values[first:last, start:end]
                result[row, column] = 0.5 * (part.max(1).mean() + part.max(0).mean())
    return result


def _descendants(units: Sequence[Unit]) -> list[tuple[int, int]]:
    """The range of statements inside each."""
    ends = list(range(1, len(units) + 1))
    for index in reversed(range(len(units))):
        parent = units[index].parent
        if parent >= 0:
            ends[parent] = max(ends[parent], ends[index])
    return [(index + 1, end) for index, end in enumerate(ends)]


def _names(values: Matrix, left: Sequence[Traits], right: Sequence[Traits]) -> Matrix:
    """How well the names of two statements correspond, by where else both occur together.

    A name of the left and one of the right correspond as far as they stand in statements that seem
    to be counterparts (Dice, weighted with the first opinion).
    """
    tables = [_occurrences(traits.names for traits in side) for side in (left, right)]
    one, other = tables
    if not one.shape[1] or not other.shape[1]:
        return np.zeros_like(values)
    strong = np.where(values > 0.3, values, 0.0)
    together = one.T @ strong @ other
    total = (one.T @ strong.sum(1))[:, None] + (other.T @ strong.sum(0))[None]
    dice = 2 * together / np.maximum(total, 1e-6) * (1 - np.exp(-together))
    forth = _best_partners(one, other, dice)
    back = _best_partners(other, one, dice.T).T
    return 0.5 * (forth + back)


def _occurrences(bags: Iterable[frozenset[str]]) -> Matrix:
    rows = list(bags)
    vocabulary = {name: index for index, name in enumerate(sorted(frozenset().union(*rows)))}
    table = np.zeros((len(rows), len(vocabulary)), dtype=np.float32)
    for row, names in enumerate(rows):
        for name in names:
            table[row, vocabulary[name]] = 1.0
    return table


def _best_partners(one: Matrix, other: Matrix, dice: Matrix) -> Matrix:
    """For each pair of statements: how well the names of the first are matched in the second."""
    result = np.zeros((len(one), len(other)), dtype=np.float32)
    for column, present in enumerate(other > 0):
        if present.any():
            best = dice[:, present].max(1)
            result[:, column] = one @ best / np.maximum(one.sum(1), 1.0)
    return result


def _expected_place(values: Matrix) -> Matrix:
    """How far a pair is from where its neighbours' opinions put it."""
    n, m = values.shape
    strong = np.where(values > 0.5, values, 0.0) ** 2
    columns = np.arange(m)
    weight = strong.sum(1)
    centre = np.where(weight > 0, (strong * columns).sum(1) / np.maximum(weight, 1e-6), 0.0)
    expected = np.zeros(n)
    for row in range(n):
        near = weight * np.exp(-np.abs(np.arange(n) - row) / 3.0) * (np.arange(n) != row)
        offset = centre - np.arange(n)
        total = near.sum()
        expected[row] = row + (near * offset).sum() / total if total > 1e-6 else row * m / n
    return np.minimum(np.abs(expected[:, None] - columns[None]) / 6.0, 2.0)


def _level(left: Sequence[Unit], right: Sequence[Unit]) -> Matrix:
    one, other = ([unit.parent >= 0 for unit in side] for side in (left, right))
    return np.asarray(np.array(one)[:, None] != np.array(other)[None], dtype=np.float32)


def _tops(left: Sequence[Unit], right: Sequence[Unit]) -> Matrix:
    return np.outer([u.parent < 0 for u in left], [u.parent < 0 for u in right]).astype(np.float32)
