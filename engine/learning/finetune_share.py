"""How much a fine-tuned cross-encoder counts: fitted on judged queries that it was not trained on.

Each kind of query has a share of its own. It stays what it was for the model that the training
started from, unless another gains. The queries are few, and the more a share changes, the more the
gain that it seems to give is chance: each gain is shrunk towards none by how uncertain it is. One
search a query gives the scores of both stages; every share is then tried on those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from engine.code.normal import text_key
from engine.evaluation import metrics
from engine.job import Job, JobContext
from engine.learning.finetune_evaluate import DEPTH, Asked, values_of
from engine.retrieval.rerank import combine, order_by
from engine.retrieval.search import Searcher
from engine.types import Hit, Progress, QueryKind

SHARES = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
LEAST = 3
"""Queries of a kind below which its share is not fitted."""

ANY = 0.35
"""The share while the scores are asked for: it must not be 0."""

EXPECTED = 0.05
"""How large a gain in nDCG@10 is, give or take, where nothing is known yet."""

WORTH = 0.01
"""The gain, so shrunk, below which a share stays what it was."""

_SEEN = 60


def fit_shares(
    asked: Sequence[Asked],
    former: Callable[[str], Searcher],
    fixed: Callable[[str], Searcher],
) -> Job[dict[QueryKind, float]]:
    """The shares that gain over the former ones, by kind; see `best_share`.

    `former` ranks with the trained model and the shares as they were, `fixed` whatever they were.
    """
    values: dict[QueryKind, list[list[float]]] = defaultdict(list)
    for done, one in enumerate(asked):
        yield Progress("fitting the cross-encoder's share", done, len(asked))
        before = values_of(one, former(one.query.corpus))[0]
        kind, tried = try_shares(one, fixed(one.query.corpus))
        values[kind].append([before, *tried])
    best = {kind: best_share(rows) for kind, rows in values.items() if len(rows) >= LEAST}
    return {kind: share for kind, share in best.items() if share is not None}


def try_shares(asked: Asked, searcher: Searcher) -> tuple[QueryKind, list[float]]:
    """The kind of a query, and its nDCG@10 under each of `SHARES`; the searcher must rerank."""
    found = searcher.search(replace(asked.query, k=_SEEN), JobContext())
    return found.understanding.kind, [_ndcg(found.hits, asked, share) for share in SHARES]


def best_share(values: Sequence[Sequence[float]]) -> float | None:
    """The share with the largest gain, None if none gains enough.

    Each query has its nDCG@10 under the former share, then under each of `SHARES`. A mean gain g
    with standard error e counts g / (1 + (e / EXPECTED)²): the posterior mean of a gain that is
    normal around 0. Of equal ones the smallest share.
    """
    gains = np.asarray(values, dtype=float)
    gains = gains[:, 1:] - gains[:, :1]
    errors = gains.std(axis=0, ddof=1) / np.sqrt(len(gains))
    shrunk = np.round(gains.mean(axis=0) / (1.0 + (errors / EXPECTED) ** 2), 6)
    best = int(np.argmax(shrunk))
    return SHARES[best] if shrunk[best] > WORTH else None


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
