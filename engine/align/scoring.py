"""How likely two statements are counterparts: two logistic models, fitted on labelled pairs.

The first looks at the two statements alone, the second also at what is around them, given the
first one's opinion (and then again, given its own). Their weights are in `resources/alignment.json`
and come from `tests/benchmarks/fit_alignment.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.align.decode import Costs
from engine.align.features import FIRST, Matrix, first_features, with_vectors
from engine.align.statements import Unit
from engine.align.surroundings import SECOND, Surroundings
from engine.align.traits import traits_of
from engine.errors import DataError
from engine.paths import RESOURCES

ROUNDS = 2
"""How often the second model looks again, given what it said before."""

Anchors = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Model:
    """The weights of both models (the bias last) and what links cost."""

    first: NDArray[np.float64]
    second: NDArray[np.float64]
    costs: Costs


@lru_cache(maxsize=1)
def bundled_model() -> Model:
    """The model that ships with Counterpart."""
    return load_model(RESOURCES / "alignment.json")


def load_model(path: Path) -> Model:
    """Read the weights. Raises `DataError` if the file does not hold what this version needs."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        first = _weights(raw["first"], FIRST)
        second = _weights(raw["second"], (*SECOND, *FIRST))
        return Model(first, second, Costs(**{name: float(raw["costs"][name]) for name in _COSTS}))
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"{path} does not hold weights for alignment ({reason}); install Counterpart again"
        ) from None


_COSTS = ("link", "more", "moved")


def _weights(raw: Mapping[str, float], names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([float(raw[name]) for name in (*names, "bias")])


class Comparison:
    """Two lists of statements, compared in pairs: what is the same with vectors and without."""

    def __init__(self, left: Sequence[Unit], right: Sequence[Unit]) -> None:
        traits = traits_of(left), traits_of(right)
        self.alone = first_features(left, right, *traits)
        self.around = Surroundings(left, right, *traits)

    def likelihoods(
        self,
        vectors: tuple[Matrix, Matrix] | None,
        model: Model,
        anchors: Anchors = (),
        check: Callable[[], None] = lambda: None,
    ) -> NDArray[np.float64]:
        """The probability (n, m) that two statements are counterparts.

        `anchors` are pairs known to be: everything around follows from them. `check` is called
        between the steps and may raise.
        """
        alone = with_vectors(self.alone, vectors) if vectors is not None else self.alone
        opinion = _fixed(_sigmoid(_score(alone, model.first)), anchors)
        of_alone = _score(alone, model.second[len(SECOND) :])
        for _ in range(ROUNDS):
            check()
            around = self.around.features(opinion.astype(np.float32))
            scores = of_alone + np.tensordot(model.second[: len(SECOND)], around, axes=1)
            opinion = _fixed(_sigmoid(scores), anchors)
        return opinion


def _score(features: Matrix, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.tensordot(weights[:-1], features, axes=1) + weights[-1])


def _sigmoid(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30)))


def _fixed(opinion: NDArray[np.float64], anchors: Anchors) -> NDArray[np.float64]:
    """The opinion with what is known laid over it: an anchor holds, and excludes the rest."""
    for row, column in anchors:
        opinion[row, :] = 0.0
        opinion[:, column] = 0.0
    for row, column in anchors:
        opinion[row, column] = 1.0
    return opinion
