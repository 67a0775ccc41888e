"""Fits the weights of the aligner on the labelled pairs with odd numbers.

    python -m tests.benchmarks.fit_alignment            # writes resources/alignment.json

Every pair counts twice, with the encoder's vectors and without, since the aligner runs both ways.
Prints precision, recall and F1 on the pairs fitted on and on those kept apart.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.align.decode import Costs, decode
from engine.align.features import FIRST, Matrix, with_vectors
from engine.align.scoring import Comparison, Model
from engine.align.statements import Unit, statements
from engine.align.surroundings import SECOND
from engine.align.vectors import statement_vectors
from engine.models.catalogue import BUNDLED, ModelChoice, load_encoder
from engine.models.device import choose_device
from engine.paths import RESOURCES
from tests.align.labelled import LabelledPair, labelled_pairs
from tests.align.scores import Score, score

OUT = RESOURCES / "alignment.json"


@dataclass
class Case:
    """A labelled pair as arrays."""

    pair: LabelledPair
    left: list[Unit]
    right: list[Unit]
    comparison: Comparison
    vectors: tuple[Matrix, Matrix] | None
    truth: NDArray[np.float64]  # (n, m): 1 where linked

    def alone(self) -> Matrix:
        """The features that look at two statements alone."""
        known = self.comparison.alone
        return known if self.vectors is None else with_vectors(known, self.vectors)


def cases(cache: Path | None) -> list[Case]:
    """Every pair, with vectors and without."""
    encoder = load_encoder(ModelChoice("encoder", BUNDLED, False), choose_device())
    stored = dict(np.load(cache)) if cache and cache.exists() else {}
    found = []
    for pair in labelled_pairs():
        sides = [(statements(s.text, s.language), s.language) for s in (pair.left, pair.right)]
        keys = [f"{pair.number}{end}" for end in "lr"]
        if keys[0] not in stored:
            stored.update(zip(keys, statement_vectors(encoder, sides) or (), strict=True))
        rows, columns = ({unit.first: i for i, unit in enumerate(side)} for side, _ in sides)
        truth = np.zeros((len(sides[0][0]), len(sides[1][0])))
        for a, b in pair.links():
            truth[rows[a], columns[b]] = 1.0
        comparison = Comparison(sides[0][0], sides[1][0])
        for vectors in ((stored[keys[0]], stored[keys[1]]), None):
            found += [Case(pair, sides[0][0], sides[1][0], comparison, vectors, truth)]
    if cache:
        np.savez(cache, **stored)
    return found


def logistic(
    features: Matrix, truth: NDArray[np.float64], weights: NDArray[np.float64], ridge: float
) -> NDArray[np.float64]:
    """Weighted logistic regression with an L2 penalty, by Newton's method; the bias is free."""
    x = np.concatenate([features.astype(np.float64), np.ones((1, features.shape[1]))]).T
    spread = np.maximum(x.std(0), 1e-3)
    spread[-1] = 1.0
    x = x / spread
    penalty = np.full(x.shape[1], ridge)
    penalty[-1] = 1e-6
    beta = np.zeros(x.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (weights * (p - truth)) + penalty * beta
        hessian = (x.T * (weights * p * (1 - p))) @ x + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-8:
            break
    return beta / spread


def fit(train: Sequence[Case], ridge: float) -> Model:
    """Both models; the second on opinions that the first has of pairs it was not fitted on."""
    none = Costs(0.0, 0.0, 0.0)
    alone = [case.alone() for case in train]
    first = _fit(alone, train, ridge)
    folds = [case.pair.number // 2 % 5 for case in train]
    held: list[NDArray[np.float64]] = [np.zeros(0)] * len(train)
    for fold in set(folds):
        kept = [i for i, f in enumerate(folds) if f != fold]
        part = _fit([alone[i] for i in kept], [train[i] for i in kept], ridge)
        for i in (i for i, f in enumerate(folds) if f == fold):
            held[i] = _apply(alone[i], part)
    second = np.zeros(len(SECOND) + len(FIRST) + 1)
    for _ in range(2):
        around = [
            np.concatenate([c.comparison.around.features(p.astype(np.float32)), a])
            for c, a, p in zip(train, alone, held, strict=True)
        ]
        second = _fit(around, train, ridge)
        fresh = []
        for fold in sorted(set(folds)):
            kept = [i for i, f in enumerate(folds) if f != fold]
            part = _fit([around[i] for i in kept], [train[i] for i in kept], ridge)
            fresh += [(i, _apply(around[i], part)) for i, f in enumerate(folds) if f == fold]
        for i, p in fresh:
            held[i] = p
    return Model(first, second, none)


def _apply(features: Matrix, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-(np.tensordot(weights[:-1], features, axes=1) + weights[-1])))


def _fit(features: Sequence[Matrix], train: Sequence[Case], ridge: float) -> NDArray[np.float64]:
    flat = np.concatenate([f.reshape(len(f), -1) for f in features], axis=1)
    truth = np.concatenate([case.truth.ravel() for case in train])
    # A pair of snippets counts by its statements, not by their product.
    weights = np.concatenate(
        [np.full(c.truth.size, sum(c.truth.shape) / c.truth.size * 4) for c in train]
    )
    return logistic(flat, truth, weights, ridge)


def odds_of(case: Case, model: Model) -> NDArray[np.float64]:
    """Log-odds (n, m) of being counterparts."""
    p = np.clip(case.comparison.likelihoods(case.vectors, model), 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def measure(odds: Sequence[NDArray[np.float64]], cases: Sequence[Case], costs: Costs) -> Score:
    """Over all cases together."""
    total = Score()
    for table, case in zip(odds, cases, strict=True):
        links = [link for part in decode(table, costs) for link in part]
        found = {(case.left[a].first, case.right[b].first) for a, b in links}
        total += score(found, case.pair.links())
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="an .npz that keeps the vectors")
    parser.add_argument("--ridge", type=float, default=4.0)
    parser.add_argument("--dry", action="store_true")
    arguments = parser.parse_args()
    everything = cases(arguments.cache)
    train = [case for case in everything if case.pair.for_tuning]
    model = fit(train, arguments.ridge)
    odds = [odds_of(case, model) for case in train]
    grid = itertools.product(
        (-1.3, -1.0, -0.7, -0.4, -0.1, 0.2),
        (-0.8, -0.4, 0.0, 0.4, 0.8, 1.5),
        (0.5, 1.0, 2.0, 3.0, 4.0),
    )
    best = max((Costs(*costs) for costs in grid), key=lambda c: measure(odds, train, c).f1)
    print("costs", best)
    for name, chosen in (("tuned on", True), ("kept apart", False)):
        for has_vectors in (True, False):
            part = [
                case
                for case in everything
                if case.pair.for_tuning == chosen and (case.vectors is not None) == has_vectors
            ]
            total = measure([odds_of(case, model) for case in part], part, best)
            print(f"{name:10} {'with' if has_vectors else 'no  '} vectors  {total}")
    names = {"first": (*FIRST, "bias"), "second": (*SECOND, *FIRST, "bias")}
    written = {
        part: {n: round(float(w), 5) for n, w in zip(names[part], weights, strict=True)}
        for part, weights in (("first", model.first), ("second", model.second))
    }
    about = "Weights of engine.align.scoring, from tests/benchmarks/fit_alignment.py"
    costs = {"link": best.link, "more": best.more, "moved": best.moved}
    if not arguments.dry:
        OUT.write_text(json.dumps({"about": about, **written, "costs": costs}, indent=2) + "\n")
    else:
        print(json.dumps(written))


if __name__ == "__main__":
    main()
