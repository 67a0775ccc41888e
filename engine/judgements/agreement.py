"""Agreement between judges, as pure functions of tables of grades.

Weighted kappa: Cohen (1968), Weighted kappa: nominal scale agreement provision for scaled
disagreement or partial credit. Alpha: Krippendorff (2019), Content Analysis, 4th edition, chapter
12. Both are 1 minus observed over expected disagreement, so both are undefined (None) where no
disagreement can be expected: everything has one grade.

Intervals are percentile bootstraps over clusters (the queries): what was judged for one query is
not independent, and resampling single items would make the intervals too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.types_judging import Estimate

Counts = NDArray[np.float64]
Weights = Literal["linear", "quadratic"]
Level = Literal["nominal", "ordinal", "interval"]

GRADES = 4
RESAMPLES = 2000
_SEED = 20240607


def weighted_kappa(table: Counts, weights: Weights = "quadratic") -> float | None:
    """Cohen's weighted kappa of a contingency table (g, g): rows one judge, columns the other."""
    return _number(_kappas(table[None], weights)[0])


def krippendorff_alpha(coincidences: Counts, level: Level = "ordinal") -> float | None:
    """Krippendorff's alpha of a coincidence matrix (g, g), as `coincidence_matrix` makes it."""
    return _number(_alphas(coincidences[None], level)[0])


def contingency(first: Sequence[int], second: Sequence[int], grades: int = GRADES) -> Counts:
    """How often one judge gave the row's grade and the other the column's."""
    table = np.zeros((grades, grades))
    np.add.at(table, (np.asarray(first, dtype=int), np.asarray(second, dtype=int)), 1.0)
    return table


def coincidence_matrix(units: Sequence[Sequence[int]], grades: int = GRADES) -> Counts:
    """Sum over the units of the pairs of their values, each unit's weighing its values' number.

    Units with fewer than two values say nothing and are passed over.
    """
    matrix = np.zeros((grades, grades))
    for values in units:
        if len(values) < 2:
            continue
        counts = np.bincount(np.asarray(values, dtype=int), minlength=grades).astype(float)
        matrix += (np.outer(counts, counts) - np.diag(counts)) / (len(values) - 1)
    return matrix


def kappa_with_interval(
    clusters: Mapping[str, Sequence[tuple[int, int]]], weights: Weights = "quadratic"
) -> Estimate:
    """Weighted kappa of pairs of grades and its 95 % interval; the keys are what is resampled."""
    tables = np.stack(
        [
            contingency([first for first, _ in pairs], [second for _, second in pairs])
            for pairs in clusters.values()
        ]
        or [np.zeros((GRADES, GRADES))]
    )
    return _estimate(tables, lambda found: _kappas(found, weights))


def alpha_with_interval(
    clusters: Mapping[str, Sequence[Sequence[int]]], level: Level = "ordinal"
) -> Estimate:
    """Alpha of units of grades and its 95 % interval; the keys are what is resampled."""
    matrices = np.stack(
        [coincidence_matrix(units) for units in clusters.values()] or [np.zeros((GRADES, GRADES))]
    )
    return _estimate(matrices, lambda found: _alphas(found, level))


def _estimate(tables: Counts, statistic: Callable[[Counts], Counts]) -> Estimate:
    value = _number(statistic(tables.sum(0)[None])[0])
    if value is None or len(tables) < 2:
        return Estimate(value)
    count = len(tables)
    drawn = np.random.default_rng(_SEED).multinomial(
        count, np.full(count, 1 / count), size=RESAMPLES
    )
    shape = (RESAMPLES, *tables.shape[1:])
    found = statistic((drawn @ tables.reshape(count, -1)).reshape(shape))
    found = found[~np.isnan(found)]
    if not len(found):
        return Estimate(value)
    low, high = np.quantile(found, [0.025, 0.975])
    return Estimate(value, float(low), float(high))


def _kappas(tables: Counts, weights: Weights) -> Counts:
    """Of many tables (b, g, g) at once; NaN where undefined."""
    size = tables.shape[-1]
    distance = np.abs(np.subtract.outer(np.arange(size), np.arange(size))).astype(float)
    cost = distance if weights == "linear" else distance**2
    total = tables.sum((1, 2))
    rows, columns = tables.sum(2), tables.sum(1)
    observed = (tables * cost).sum((1, 2)) * total
    expected = np.einsum("bi,bj,ij->b", rows, columns, cost)
    return _one_minus(observed, expected)


def _alphas(matrices: Counts, level: Level) -> Counts:
    """Of many coincidence matrices (b, g, g) at once; NaN where undefined."""
    totals = matrices.sum(2)
    cost = _disagreement(totals, level)
    pairs = totals[:, :, None] * totals[:, None, :]
    observed = (matrices * cost).sum((1, 2)) * (totals.sum(1) - 1.0)
    expected = (pairs * cost).sum((1, 2))
    return _one_minus(observed, expected)


def _disagreement(totals: Counts, level: Level) -> Counts:
    """The squared distance between two grades (b, g, g), at a level of measurement."""
    size = totals.shape[1]
    grades = np.arange(size)
    if level == "nominal":
        return np.broadcast_to(1.0 - np.eye(size), (len(totals), size, size))
    if level == "interval":
        squared = np.subtract.outer(grades, grades).astype(float) ** 2
        return np.broadcast_to(squared, (len(totals), size, size))
    # Ordinal: how many values lie between the two, each end counting half.
    running = np.cumsum(totals, axis=1)
    low = np.minimum.outer(grades, grades)
    high = np.maximum.outer(grades, grades)
    between = running[:, high] - running[:, low] + totals[:, low]
    ends: Counts = (totals[:, low] + totals[:, high]) / 2.0
    return (between - ends) ** 2


def _one_minus(observed: Counts, expected: Counts) -> Counts:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0.0, 1.0 - observed / expected, np.nan)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
