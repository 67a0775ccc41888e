"""The second stage: the cross-encoder's word on the first stage's best.

    combined = (1 - w) * f + w * (mean(f) + std(f) * z)

with f the fused scores of the candidates, w the cross-encoder's share, and z the cross-encoder's
log-odds, standardised over the candidates that it has seen. A cross-encoder's probabilities are
not on the scale of the fused scores, nor on that of another cross-encoder: for one query they all
lie near 0, for the next near 1. Standardised, what counts is how it tells the candidates of *this*
query apart, whichever model it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Order = NDArray[np.int64]

LEAST_ODDS = 1e-7
"""Probabilities nearer to 0 or 1 than this are taken for this: float32 tells no more apart."""


def combine(fused: Scores, judged: Scores, weight: float) -> Scores:
    """The formula above; NaN where not judged yet.

    `fused` (c,) lie in [0, 1], `judged` (c,) are probabilities; `weight` is w, in [0, 1].
    """
    seen = ~np.isnan(judged)
    combined = np.full(len(fused), np.nan, dtype=np.float32)
    if not seen.any():
        return combined
    told = standardised(fused, judged[seen])
    combined[seen] = (1.0 - weight) * fused[seen] + weight * told
    return combined


def standardised(fused: Scores, judged: Scores) -> NDArray[np.float64]:
    """The probabilities (s,) of what was seen, on the scale of the fused scores (c,) of all."""
    likely = np.clip(judged.astype(np.float64), LEAST_ODDS, 1.0 - LEAST_ODDS)
    odds = np.log(likely / (1.0 - likely))
    spread = odds.std()
    z = (odds - odds.mean()) / spread if spread > 0.0 else np.zeros_like(odds)
    return np.asarray(fused.mean(dtype=np.float64) + fused.std(dtype=np.float64) * z)


def order_by(fused: Scores, combined: Scores) -> Order:
    """Positions, best first: what the cross-encoder has seen, then the rest as it was.

    The two scales differ, so nothing unseen is ever placed above something seen. Ties keep the
    first stage's order.
    """
    seen = ~np.isnan(combined)
    position = np.arange(len(fused))
    return np.lexsort((position, -np.where(seen, combined, fused), ~seen))


def rerank(
    fused: Scores, batches: Iterable[tuple[NDArray[np.int64], Scores]], weight: float
) -> Iterator[tuple[Order, Scores, Scores]]:
    """Orders that get better: after every batch the order, the judged and the combined scores.

    `fused` are the candidates' scores (c,), best first; the batches score some of their positions.
    Only positions that come in the batches are ever moved.
    """
    judged = np.full(len(fused), np.nan, dtype=np.float32)
    for positions, scores in batches:
        judged[positions] = scores
        combined = combine(fused, judged, weight)
        yield order_by(fused, combined), judged.copy(), combined
