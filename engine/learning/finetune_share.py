"""How much a fine-tuned cross-encoder counts: fitted on judged queries that it was not trained on.

One search a query gives the scores of both stages; every share is then tried on those. The queries
are few, and the larger a share, the more the gain it seems to give is chance: each gain is shrunk
towards none by how uncertain it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from engine.code.normal import text_key
from engine.evaluation import metrics
from engine.job import Job, JobContext
from engine.learning.finetune_evaluate import DEPTH, Asked
from engine.retrieval.rerank import combine, order_by
from engine.retrieval.search import Searcher
from engine.types import Hit, Progress

SHARES = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
LEAST = 3
"""Queries below which a share is not fitted."""

CAUTIOUS = 0.35
"""The share where there are too few queries to fit one."""

EXPECTED = 0.05
"""How large a gain in nDCG@10 is, give or take, where nothing is known yet."""

_SEEN = 60


def fit_share(asked: Sequence[Asked], searcher: Callable[[str], Searcher]) -> Job[float]:
    """The share that gains most over none, see `best_share`.

    The searchers must rerank whatever the share: with fixed weights.
    """
    if len(asked) < LEAST:
        return CAUTIOUS
    values = []
    for done, one in enumerate(asked):
        yield Progress("fitting the cross-encoder's share", done, len(asked))
        query = replace(one.query, k=_SEEN)
        hits = searcher(one.query.corpus).search(query, JobContext()).hits
        values.append([_ndcg(hits, one, share) for share in SHARES])
    return best_share(values)


def best_share(values: Sequence[Sequence[float]]) -> float:
    """The share with the largest gain, from the nDCG@10 of each query under each of `SHARES`.

    A mean gain g over no share, with standard error e, counts g / (1 + (e / EXPECTED)²): the
    posterior mean of a gain that is normal around 0. Of equal ones the smallest share.
    """
    gains = np.asarray(values, dtype=float)
    gains = gains - gains[:, :1]
    errors = gains.std(axis=0, ddof=1) / np.sqrt(len(gains))
    shrunk = gains.mean(axis=0) / (1.0 + (errors / EXPECTED) ** 2)
    return SHARES[int(np.argmax(np.round(shrunk, 6)))]


def _ndcg(hits: Sequence[Hit], asked: Asked, share: float) -> float:
    first = sorted(hits, key=lambda hit: hit.ranks.fused or _SEEN)
    fused = np.array([hit.scores.fused or 0.0 for hit in first], dtype=np.float32)
    judged = np.array(
        [np.nan if hit.scores.rerank is None else hit.scores.rerank for hit in first],
        dtype=np.float32,
    )
    order = order_by(fused, combine(fused, judged, share)) if share else range(len(first))
    keys = [text_key(first[place].chunk.text) for place in order if not first[place].is_query]
    ranking = [str(key) for key in keys if key not in asked.skipped][:DEPTH]
    return metrics.ndcg(ranking, {str(key): grade for key, grade in asked.grades.items()}, DEPTH)
