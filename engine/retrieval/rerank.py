"""The second stage: the cross-encoder's word on the first stage's best."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Order = NDArray[np.int64]


def combine(fused: Scores, judged: Scores, weight: float) -> Scores:
    """(1 - weight) * fused + weight * judged, both in [0, 1]; NaN where not judged yet."""
    return ((1.0 - weight) * fused + weight * judged).astype(np.float32)


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
