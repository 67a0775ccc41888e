"""Fitting one share: a logistic regression for each kind of query, to what every share would score.

Each query has a curve, its nDCG@10 at some log-odds of the share. The fitted line gives each query
log-odds from its features; what is maximised is the mean of the curves there, every set counting
alike, less what sets miss of their floor. The curves are smoothed first, since nDCG moves in jumps,
and climbed from several shares, since they have more than one summit; the summits are compared on
the curves as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray

from engine.retrieval.weights import Line, Share
from engine.types import QueryKind

Values = NDArray[np.float64]

LOG_ODDS: Values = np.arange(-6.0, 7.01, 0.5)
"""Where the curves are known: shares of 0.0025 to 0.999."""

GRID: Values = 1.0 / (1.0 + np.exp(-LOG_ODDS))
"""The same, as shares."""

STEPS, RATE = 500, 0.08
STARTS = (0.0, -3.0, 2.0)
"""Log-odds that the fit begins at: half and half, little, most."""

RIDGE = 0.0005
"""What a standardised slope costs, squared, in nDCG."""

MISSED = 60.0
MARGIN = 0.003
"""A set is wanted this much above its floor; missing that costs `MISSED` times the gap."""

LEAST_GAIN = 0.001
"""A stage that gives less nDCG than this to a kind of query gets no share for it."""

WORTH_A_CHANGE = 0.0005
"""The line there is stays unless another one gives so much more."""

STRAY = 0.2
"""A kind that makes up no more of a set than this is not fitted on it."""

_SMOOTHING = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0


@dataclass(frozen=True, slots=True)
class Curves:
    """One set: `scores` (queries, shares of `GRID`), `without` (queries,) at a share of nothing,
    `legs` (queries, 2) of the legs alone, `features` (queries, features), `is_words` (queries,)."""

    scores: Values
    without: Values
    legs: Values
    features: Values
    is_words: NDArray[np.bool_]

    @property
    def floor(self) -> float:
        """What no share may take from the set: the mean of the better leg, and that without it."""
        return float(max(self.legs.mean(axis=0).max(), self.without.mean()))

    def only(self, kind: QueryKind) -> Curves:
        """The queries of one kind."""
        kept = self.is_words == (kind is QueryKind.WORDS)
        columns = (getattr(self, column.name)[kept] for column in fields(Curves))
        return Curves(*columns)

    def mean(self, line: Line | None) -> float:
        """The mean with that line for every query, between the points by interpolation."""
        if line is None:
            return float(self.without.mean())
        odds = line.intercept + self.features @ np.array(line.slopes)
        odds = np.clip(odds, LOG_ODDS[0], LOG_ODDS[-1])
        rows = [np.interp(at, LOG_ODDS, row) for at, row in zip(odds, self.scores, strict=True)]
        return float(np.mean(rows))


def fit_share(sets: Sequence[Curves], current: Share, may_be_off: bool) -> Share:
    """The share with the best mean over the sets.

    A kind of query that no set has keeps its part of `current`. `may_be_off` allows no share at all
    for a kind that gains nothing by it.
    """
    return Share(
        words=_fit_kind(sets, QueryKind.WORDS, current.words, may_be_off),
        code=_fit_kind(sets, QueryKind.CODE, current.code, may_be_off),
    )


def _fit_kind(
    sets: Sequence[Curves], kind: QueryKind, current: Line | None, may_be_off: bool
) -> Line | None:
    parts = [(found.only(kind), len(found.scores)) for found in sets]
    kept = [part for part, size in parts if len(part.scores) > STRAY * size]
    if not kept:
        return current
    best = max((_fitted(kept, start) for start in STARTS), key=lambda line: _merit(kept, line))
    if current is not None and _merit(kept, best) < _merit(kept, current) + WORTH_A_CHANGE:
        best = current
    if may_be_off and _merit(kept, best) < _merit(kept, None) + LEAST_GAIN:
        return None
    return best


def _merit(sets: Sequence[Curves], line: Line | None) -> float:
    means = np.array([found.mean(line) for found in sets])
    missed = np.maximum(np.array([found.floor for found in sets]) - means, 0.0)
    return float(means.mean() - MISSED * missed.mean())


def _fitted(sets: Sequence[Curves], start: float) -> Line:
    features = np.concatenate([found.features for found in sets])
    center, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 1e-6, spread, np.inf)  # what never differs has no slope
    design = torch.tensor((features - center) / spread)
    curves = torch.tensor(_smooth(np.concatenate([found.scores for found in sets])))
    sizes = torch.tensor([len(found.scores) for found in sets])
    owner = torch.repeat_interleave(torch.arange(len(sets)), sizes)
    floors = torch.tensor([found.floor + MARGIN for found in sets])
    intercept = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    slopes = torch.zeros(design.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([intercept, slopes], lr=RATE)
    for _ in range(STEPS):
        scores = _on_curves(curves, intercept + design @ slopes)
        means = torch.zeros(len(sets), dtype=torch.float64).index_add(0, owner, scores) / sizes
        loss = (MISSED * torch.relu(floors - means) - means).mean() + RIDGE * (slopes**2).sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    raw = slopes.detach().numpy() / spread
    return Line(intercept.item() - float(raw @ center), tuple(raw.tolist()))


def _on_curves(curves: torch.Tensor, odds: torch.Tensor) -> torch.Tensor:
    step = float(LOG_ODDS[1] - LOG_ODDS[0])
    place = ((odds - float(LOG_ODDS[0])) / step).clamp(0.0, len(LOG_ODDS) - 1.0)
    low = place.detach().floor().clamp(max=len(LOG_ODDS) - 2).long()
    rows = torch.arange(len(curves))
    part = place - low
    return curves[rows, low] * (1 - part) + curves[rows, low + 1] * part


def _smooth(scores: Values) -> Values:
    beyond = len(_SMOOTHING) // 2
    padded = np.pad(scores, ((0, 0), (beyond, beyond)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(_SMOOTHING), axis=1)
    smoothed: Values = windows @ _SMOOTHING
    return smoothed
