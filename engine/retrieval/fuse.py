"""Mixing the two legs: pure functions over the scores of one query's candidates.

    fused = (1 - w) * b + w * d

with b = bm25 / max(bm25), d = (dense - min) / (max - min), both over the candidates, and w the
dense share for the query (`engine.retrieval.weights`). A convex combination of normalised scores
keeps what a rank-based fusion throws away, how far apart two candidates are (Bruch, Gai and Ingber,
"An Analysis of Fusion Functions for Hybrid Retrieval", 2023). Dividing by the maximum makes the
best of poor matches look like a perfect one, so w depends on how much of the query the best lexical
match explains, among other things. Candidates are the union of both legs' top lists, each with its
true score in both legs: a chunk that one leg did not list is not taken for one it scores zero.

For a query in code there is a second such mix, of the levels of both scores within their dialects
(`engine.retrieval.dialects`), and the fused score is a part of each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

ENOUGH = 5
"""Candidates with both scores from which the dense score of another can be estimated."""


def normalised_bm25(scores: Scores) -> Scores:
    """BM25 scores (≥ 0) as shares of the best one, in [0, 1]."""
    best = np.float32(scores.max(initial=0.0))
    return np.divide(scores, best) if best > 0 else np.zeros_like(scores)


def normalised_dense(scores: Scores) -> Scores:
    """Inner products stretched to [0, 1]; NaN (no vector) stays NaN."""
    known = scores[~np.isnan(scores)]
    if not len(known):
        return scores.copy()
    low, high = known.min(), known.max()
    if high - low < 1e-9:
        return np.where(np.isnan(scores), scores, np.float32(1.0))
    return np.asarray((scores - low) / (high - low), dtype=np.float32)


def estimate_missing(dense: Scores, bm25: Scores) -> Scores:
    """Fill in the dense scores (normalised) of candidates that have no vector yet.

    A chunk that is not embedded yet is neither as bad as the worst candidate nor as good as the
    best: it gets what its lexical score predicts, by least squares over the candidates of this
    query that have both, never falling as BM25 rises. With fewer than `ENOUGH` of those the lexical
    score itself stands in.
    """
    missing = np.isnan(dense)
    if not missing.any():
        return dense
    filled = dense.copy()
    x, y = bm25[~missing], dense[~missing]
    if len(x) < ENOUGH:
        filled[missing] = bm25[missing]
        return filled
    spread = float(((x - x.mean()) ** 2).sum())
    slope = float(((x - x.mean()) * (y - y.mean())).sum()) / spread if spread > 1e-9 else 0.0
    line = y.mean() + max(slope, 0.0) * (bm25[missing] - x.mean())
    filled[missing] = np.clip(line, 0.0, 1.0)
    return filled


def fuse(bm25: Scores, dense: Scores, dense_weight: float) -> Scores:
    """Fused scores in [0, 1] of one query's candidates.

    `bm25` and `dense` are the legs' own scores (c,), `dense` with NaN where there is no vector.
    Without any dense score the result is BM25's order; without any lexical match, the dense one.
    """
    lexical = normalised_bm25(bm25)
    semantic = normalised_dense(dense)
    if np.isnan(semantic).all():
        return lexical
    if not lexical.any():
        return np.nan_to_num(semantic, nan=0.0)
    filled = estimate_missing(semantic, lexical)
    weight = np.float32(dense_weight)
    return ((1 - weight) * lexical + weight * filled).astype(np.float32)


def fuse_levels(plain: Scores, levels: Scores, share: float) -> Scores:
    """The fused scores (c,) with a share for what was fused of the levels."""
    if share == 0.0:
        return plain
    part = np.float32(share)
    return ((1 - part) * plain + part * levels).astype(np.float32)


def mix_in(fused: Scores, alike: Scores, share: float) -> Scores:
    """The fused scores (c,) with a share for a third score in [0, 1], NaN where it is not known.

    Where the best candidates have it, no other can overtake one of them.
    """
    seen = ~np.isnan(alike)
    if share == 0.0 or not seen.any():
        return fused
    mixed = (1 - np.float32(share)) * fused
    mixed[seen] += np.float32(share) * alike[seen]
    return mixed.astype(np.float32)
