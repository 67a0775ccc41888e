"""How sure one can be of a mean, and of the difference of two, from the values per query.

Everything here is paired: the same queries in the same order. Random numbers are seeded, so that a
report says the same twice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from engine.evaluation import words

Values = NDArray[np.float64]

LEVEL = 0.95
SAMPLES = 10_000
ENUMERATED = 12
"""Up to so many queries that differ, all 2^n signs are tried instead of some."""

_BLOCK = 2_000_000
"""Random numbers held at once."""


@dataclass(frozen=True, slots=True)
class Test:
    """Two systems compared. The interval and the p-values are those of the mean of b − a.

    `queries_needed` is how many queries like these would tell such a difference apart four times in
    five at the 5 % level; None if there is no difference at all.
    """

    __test__ = False  # not one of pytest's

    queries: int
    difference: float
    low: float
    high: float
    p_randomisation: float
    p_t: float
    wins: int
    losses: int
    ties: int
    queries_needed: int | None


def bootstrap_interval(
    values: Sequence[float], level: float = LEVEL, samples: int = SAMPLES, seed: int = 0
) -> tuple[float, float]:
    """The percentile bootstrap interval of the mean (Efron, 1979); (0, 0) for no values."""
    (found,) = bootstrap_intervals([values], level, samples, seed)
    return found


def bootstrap_intervals(
    columns: Sequence[Sequence[float]],
    level: float = LEVEL,
    samples: int = SAMPLES,
    seed: int = 0,
) -> list[tuple[float, float]]:
    """The intervals of several metrics over the same queries, all from the same samples.

    A sample is how often each query was drawn, so that its means are one matrix product.
    """
    kept = np.asarray(columns, dtype=np.float64).T
    if not kept.size:
        return [(0.0, 0.0)] * len(columns)
    random = np.random.default_rng(seed)
    means: list[Values] = []
    queries = len(kept)
    rows = max(1, min(samples, _BLOCK // queries))
    for first in range(0, samples, rows):
        count = min(rows, samples - first)
        drawn = random.integers(0, queries, (count, queries))
        drawn += np.arange(count)[:, None] * queries
        times = np.bincount(drawn.ravel(), minlength=count * queries).reshape(count, queries)
        means.append(times @ kept / queries)
    tail = (1.0 - level) / 2.0
    ends = np.quantile(np.concatenate(means), [tail, 1.0 - tail], axis=0)
    return [(float(low), float(high)) for low, high in ends.T]


def paired_randomisation(
    a: Sequence[float], b: Sequence[float], samples: int = SAMPLES, seed: int = 0
) -> float:
    """The two-sided p-value of Fisher's randomisation test on the mean difference.

    If the two systems are the same, each query's difference is as likely with either sign; the
    p-value is the share of signs that give a difference at least as large (Smucker, Allan and
    Carterette, 2007). Drawn signs count the ones observed as one of them, so p is never 0.
    """
    differences = _differences(a, b)
    differences = differences[differences != 0.0]
    if not len(differences):
        return 1.0
    observed = abs(differences.sum()) - 1e-12
    if len(differences) <= ENUMERATED:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(differences))))
        return float((np.abs(signs @ differences) >= observed).mean())
    random = np.random.default_rng(seed)
    extreme, rows = 0, max(1, _BLOCK // len(differences))
    for first in range(0, samples, rows):
        size = (min(rows, samples - first), len(differences))
        sums = (random.integers(0, 2, size) * 2.0 - 1.0) @ differences
        extreme += int((np.abs(sums) >= observed).sum())
    return (extreme + 1) / (samples + 1)


def paired_t(a: Sequence[float], b: Sequence[float]) -> float:
    """The two-sided p-value of the paired t-test (Student, 1908); 1 where nothing differs."""
    from scipy.special import stdtr

    differences = _differences(a, b)
    if len(differences) < 2:
        return 1.0
    error = differences.std(ddof=1) / math.sqrt(len(differences))
    if error == 0.0:
        return 1.0 if differences[0] == 0.0 else 0.0
    t = abs(float(differences.mean())) / error
    return float(2.0 * stdtr(len(differences) - 1, -t))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for their number (Holm, 1979), in the order given."""
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def compare(a: Sequence[float], b: Sequence[float], seed: int = 0) -> Test:
    """Everything there is to say of b against a. Raises `ValueError` if they are not paired."""
    differences = _differences(a, b)
    low, high = bootstrap_interval(differences.tolist(), seed=seed)
    return Test(
        queries=len(differences),
        difference=float(differences.mean()) if len(differences) else 0.0,
        low=low,
        high=high,
        p_randomisation=paired_randomisation(a, b, seed=seed),
        p_t=paired_t(a, b),
        wins=int((differences > 0).sum()),
        losses=int((differences < 0).sum()),
        ties=int((differences == 0).sum()),
        queries_needed=_needed(differences),
    )


def verdict(test: Test, a: str, b: str, metric: str, p: float | None = None) -> str:
    """The comparison in a plain sentence; `p` is the p-value to go by, corrected if need be."""
    p = test.p_randomisation if p is None else p
    if p < 1.0 - LEVEL:
        better, worse = (b, a) if test.difference > 0 else (a, b)
        low, high = (test.low, test.high) if test.difference > 0 else (-test.high, -test.low)
        return (
            f"{better} is better than {worse} by {abs(test.difference):.4f} {metric} "
            f"(95 %: {low:.4f} to {high:.4f}; p = {p:.2g})"
        )
    sentence = f"{words.queries(test.queries)} cannot tell these two apart: {a} and {b}"
    if test.queries_needed is None:
        return f"{sentence}; they score the same on every query"
    sentence += f" ({test.difference:+.4f} {metric}; p = {p:.2g})"
    if test.queries < test.queries_needed < 1_000_000:
        sentence += f"; for such a difference it takes about {test.queries_needed:,} queries"
    return sentence


def _differences(a: Sequence[float], b: Sequence[float]) -> Values:
    if len(a) != len(b):
        raise ValueError(f"{len(a)} values cannot be paired with {len(b)}")
    return np.asarray(b, dtype=np.float64) - np.asarray(a, dtype=np.float64)


def _needed(differences: Values) -> int | None:
    """n = ((z for 5 % two-sided + z for power 0.8) · sd / mean)²."""
    if not differences.any():
        return None
    if len(differences) < 2:
        return 1_000_000
    mean, spread = abs(float(differences.mean())), float(differences.std(ddof=1))
    if mean < 1e-12:
        return 1_000_000
    return max(2, math.ceil(((1.959964 + 0.841621) * spread / mean) ** 2))
