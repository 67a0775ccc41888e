"""The search for weights: pure arithmetic over what every weight scores on every query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trial:
    """What each weight of the grid scores on each query of one set.

    `scores` is (queries, weights), `is_words` (queries,). `floor` is the mean that the set must not
    fall below.
    """

    scores: Values
    is_words: NDArray[np.bool_]
    floor: float

    def means(self) -> Values:
        """The mean over the set for each pair of weights (words weight, code weight)."""
        words = self.scores[self.is_words].sum(axis=0)
        code = self.scores[~self.is_words].sum(axis=0)
        mean: Values = (words[:, None] + code[None, :]) / max(len(self.scores), 1)
        return mean


@dataclass(frozen=True, slots=True)
class Choice:
    """The places in the grid that were chosen, and how far the worst set is below its floor."""

    words: int
    code: int
    shortfall: float


def choose(trials: Sequence[Trial], fallback: tuple[int, int]) -> Choice:
    """The pair of weights with the best mean over the sets, none of which falls below its floor.

    If no pair keeps every set at its floor, the one that falls short least is taken. A kind of
    query that does not occur keeps the place given in `fallback` (words, code).
    """
    means = np.stack([trial.means() for trial in trials])  # (sets, words, code)
    floors = np.array([trial.floor for trial in trials])
    below = np.maximum(floors[:, None, None] - means, 0.0).max(axis=0)
    below[below < 1e-9] = 0.0
    merit = np.where(below <= below.min() + 1e-12, means.mean(axis=0), -np.inf)
    words, code = np.unravel_index(int(merit.argmax()), merit.shape)
    has_words = any(trial.is_words.any() for trial in trials)
    has_code = any((~trial.is_words).any() for trial in trials)
    return Choice(
        words=int(words) if has_words else fallback[0],
        code=int(code) if has_code else fallback[1],
        shortfall=float(below.min()),
    )
