"""How much a fine-tuned cross-encoder counts: fitted on judged queries that it was not trained on.

One search a query gives the scores of both stages; every share is then tried on those.
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

SHARES = (0.0, 0.2, 0.35, 0.5, 0.75, 1.0)
LEAST = 3
"""Queries below which a share is not fitted."""

CAUTIOUS = 0.35
"""The share where there are too few queries to fit one."""

_SEEN = 60


def fit_share(asked: Sequence[Asked], searcher: Callable[[str], Searcher]) -> Job[float]:
    """The share with the best mean nDCG@10; of equal ones the smallest.

    The searchers must rerank whatever the share: with fixed weights.
    """
    if len(asked) < LEAST:
        return CAUTIOUS
    totals = np.zeros(len(SHARES))
    for done, one in enumerate(asked):
        yield Progress("fitting the cross-encoder's share", done, len(asked))
        query = replace(one.query, k=_SEEN)
        hits = searcher(one.query.corpus).search(query, JobContext()).hits
        totals += [_ndcg(hits, one, share) for share in SHARES]
    return SHARES[int(np.argmax(np.round(totals / len(asked), 6)))]


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
