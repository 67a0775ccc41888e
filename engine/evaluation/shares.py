"""Fitting one share: a logistic regression, to what every share would score on every query.

Each query has a curve, its nDCG@10 at some log-odds of the share. The fitted line gives each query
log-odds from its features; what is maximised is the mean of the curves there, every set counting
alike, less what sets miss of their floor. The curves are smoothed first, since nDCG moves in jumps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray

from engine.retrieval.weights import NOTHING, Share
from engine.types import QueryKind

Values = NDArray[np.float64]

LOG_ODDS: Values = np.arange(-6.0, 7.01, 0.5)
"""Where the curves are known: shares of 0.0025 to 0.999."""

GRID: Values = 1.0 / (1.0 + np.exp(-LOG_ODDS))
"""The same, as shares."""

STEPS, RATE = 250, 0.08
RIDGE = 0.003
"""What a standardised slope costs, squared, in nDCG."""

MISSED = 16.0
MARGIN = 0.002
"""A set is wanted this much above its floor; missing that costs `MISSED` times the gap."""

LEAST_GAIN = 0.001
"""A stage that gives less nDCG than this to a kind of query gets no share for it."""

_SMOOTHING = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0


@dataclass(frozen=True, slots=True)
class Curves:
    """One set: `scores` (queries, shares of `GRID`), `without` (queries,) at a share of nothing,
    `features` (queries, features), `is_words` (queries,), and the mean it must not fall below."""

    scores: Values
    without: Values
    features: Values
    is_words: NDArray[np.bool_]
    floor: float

    def mean(self, share: Share) -> float:
        """The set's mean with that share."""
        return float(self.at(share).mean()) if len(self.scores) else 0.0

    def at(self, share: Share) -> Values:
        """Each query's score with that share, between the points of the grid by interpolation."""
        intercepts = np.where(self.is_words, _value(share.words), _value(share.code))
        odds = intercepts + self.features @ np.array(share.slopes)
        odds = np.clip(odds, LOG_ODDS[0], LOG_ODDS[-1])
        rows = [np.interp(at, LOG_ODDS, row) for at, row in zip(odds, self.scores, strict=True)]
        off = np.where(self.is_words, share.words is None, share.code is None)
        return np.where(off, self.without, np.array(rows))


def fit_share(sets: Sequence[Curves], current: Share, may_be_off: bool) -> Share:
    """The share with the best mean over the sets.

    A kind of query that no set has keeps its part of `current`. `may_be_off` allows no share at all
    for a kind that gains nothing by it.
    """
    sets = [found for found in sets if len(found.scores)]
    present = {
        QueryKind.WORDS: any(found.is_words.any() for found in sets),
        QueryKind.CODE: any((~found.is_words).any() for found in sets),
    }
    if not any(present.values()):
        return current
    fitted = _fitted(sets)
    choices = [fitted]
    if may_be_off:
        parts = product((fitted.words, None), (fitted.code, None))
        choices = [replace(fitted, words=words, code=code) for words, code in parts]
    best = max(choices, key=lambda share: _merit(sets, share))
    if not present[QueryKind.WORDS]:
        best = replace(best, words=current.words)
    if not present[QueryKind.CODE]:
        best = replace(best, code=current.code)
    return NOTHING if best.words is None and best.code is None else best


def _merit(sets: Sequence[Curves], share: Share) -> float:
    means = np.array([found.mean(share) for found in sets])
    missed = np.maximum(np.array([found.floor for found in sets]) - means, 0.0)
    used = (share.words is not None) + (share.code is not None)
    return float(means.mean() - MISSED * missed.mean() - LEAST_GAIN * used)


def _fitted(sets: Sequence[Curves]) -> Share:
    features = np.concatenate([found.features for found in sets])
    center, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 1e-6, spread, np.inf)  # what never differs has no slope
    is_words = torch.tensor(np.concatenate([found.is_words for found in sets]))
    design = torch.tensor((features - center) / spread)
    design = torch.cat([is_words[:, None], ~is_words[:, None], design], dim=1)
    curves = torch.tensor(_smooth(np.concatenate([found.scores for found in sets])))
    sizes = torch.tensor([len(found.scores) for found in sets])
    owner = torch.repeat_interleave(torch.arange(len(sets)), sizes)
    floors = torch.tensor([found.floor + MARGIN for found in sets])
    line = torch.zeros(design.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([line], lr=RATE)
    for _ in range(STEPS):
        scores = _on_curves(curves, design @ line)
        means = torch.zeros(len(sets), dtype=torch.float64).index_add(0, owner, scores) / sizes
        loss = (MISSED * torch.relu(floors - means) - means).mean() + RIDGE * (line[2:] ** 2).sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    words, code, *slopes = line.detach().tolist()
    raw = np.array(slopes) / spread
    offset = float(raw @ center)
    return Share(words - offset, code - offset, tuple(raw.tolist()))


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


def _value(intercept: float | None) -> float:
    return 0.0 if intercept is None else intercept
