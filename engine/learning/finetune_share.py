"""How much a fine-tuned cross-encoder counts: fitted on judged queries that it was not trained on.

Each kind of query has a share of its own. It stays what it was for the model that the training
started from, unless another gains. The queries are few, and the largest of several gains on few
queries is mostly chance. So what is known beforehand counts as well: what each share gives with the
former model, on all queries of the training, which that model never saw. One search a query gives
the scores of both stages; every share is then tried on those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.code.normal import text_key
from engine.evaluation import metrics
from engine.job import Job, JobContext
from engine.learning.finetune_evaluate import DEPTH, Asked, values_of
from engine.retrieval.rerank import combine, order_by
from engine.retrieval.search import Searcher
from engine.types import Hit, Progress, QueryKind

Floats = NDArray[np.float64]

SHARES = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
LEAST = 8
"""Queries of a kind below which its share is not fitted: on a handful it was chance."""

ANY = 0.35
"""The share while the scores are asked for: it must not be 0."""

EXPECTED = 0.05
"""How large a gain in nDCG@10 is, give or take, where nothing is known yet."""

MOST = 0.5
"""The largest share that is chosen. Alone, a cross-encoder is worse than mixed with the first
stage; in 73 runs on twins the best share was 0.2, 0.35 or 0.5, and a larger one was chance."""

CHANGED = 0.01
"""How far training moves the gain of a share from what it was with the former model: measured on
runs on twins, 0.007 to 0.014."""

WORTH = 0.005
"""The gain, as far as can be told, below which a share stays what it was."""

MOST_KNOWN = 60
"""Queries that the shares of the former model are tried on, at most."""

_CHOSEN = SHARES.index(MOST) + 1
_SEEN = 60
_BEFORE = 2


Searchers = Callable[[str], Searcher]


@dataclass(frozen=True)
class Ranking:
    """A cross-encoder under the shares as they were (`former`), and under any (`fixed`)."""

    former: Searchers
    fixed: Searchers


def fit_shares(
    tuning: Sequence[Asked], trained: Ranking, known: Sequence[Asked], before: Ranking
) -> Job[dict[QueryKind, float]]:
    """The shares that gain over the former ones, by kind; see `best_share`.

    `tuning` are queries that the `trained` model never saw, `known` any that the model from
    `before` the training never saw.
    """
    rows = yield from _gains(tuning, trained)
    enough = {kind for kind, found in rows.items() if len(found) >= LEAST}
    prior = (yield from _gains(known, before)) if enough else {}
    best = {kind: best_share(rows[kind], prior.get(kind, ())) for kind in enough}
    return {kind: share for kind, share in best.items() if share is not None}


def _gains(asked: Sequence[Asked], ranking: Ranking) -> Job[dict[QueryKind, list[list[float]]]]:
    """Of each query its nDCG@10 under the former share, then under each of `SHARES`."""
    values: dict[QueryKind, list[list[float]]] = defaultdict(list)
    for done, one in enumerate(asked):
        yield Progress("fitting the cross-encoder's share", done, len(asked))
        was = values_of(one, ranking.former(one.query.corpus))[0]
        kind, tried = try_shares(one, ranking.fixed(one.query.corpus))
        values[kind].append([was, *tried])
    return values


def try_shares(asked: Asked, searcher: Searcher) -> tuple[QueryKind, list[float]]:
    """The kind of a query, and its nDCG@10 under each of `SHARES`; the searcher must rerank."""
    found = searcher.search(replace(asked.query, k=_SEEN), JobContext())
    return found.understanding.kind, [_ndcg(found.hits, asked, share) for share in SHARES]


def best_share(
    values: Sequence[Sequence[float]], known: Sequence[Sequence[float]] = ()
) -> float | None:
    """The share that gains most as far as can be told, None if none gains enough.

    Each query has its nDCG@10 under the former share, then under each of `SHARES`: `values` with
    the trained model, `known` with the former one. The gain of a share is the mean of its posterior
    where what is known of it beforehand is normal: around the former model's mean gain, with that
    one's standard error and `CHANGED`; around 0 with `EXPECTED` where nothing is known. A share
    below the former model's best one is not taken: what was trained on code like this deserves no
    less, and a few queries that say so are chance. Nor is one above `MOST`. Of equal ones the
    smallest share.
    """
    gains, errors = _mean_gains(values)
    least = 0
    if len(known) >= LEAST:
        expected, uncertain = _mean_gains(known)
        spread = np.hypot(uncertain, CHANGED)
        least = int(np.argmax(np.round(expected[:_CHOSEN], 6)))
    else:
        expected, spread = np.zeros(len(SHARES)), np.full(len(SHARES), EXPECTED)
    weight = spread**2 / (spread**2 + errors**2)  # of what was measured
    likely = np.round(weight * gains + (1.0 - weight) * expected, 6)
    best = least + int(np.argmax(likely[least:_CHOSEN]))
    return SHARES[best] if likely[best] > WORTH else None


def _mean_gains(values: Sequence[Sequence[float]]) -> tuple[Floats, Floats]:
    """The mean gain of each of `SHARES`, and its standard error.

    A few queries that agree say less than their spread pretends: it is taken together with
    `EXPECTED` as if two queries of that spread had been seen before.
    """
    rows = np.asarray(values, dtype=float)
    gains = rows[:, 1:] - rows[:, :1]
    count = len(gains)
    squares = (count - 1) * gains.var(axis=0, ddof=1) + _BEFORE * EXPECTED**2
    return gains.mean(axis=0), np.sqrt(squares / (count - 1 + _BEFORE) / count)


def _ndcg(hits: Sequence[Hit], asked: Asked, share: float) -> float:
    first = sorted(hits, key=lambda hit: hit.ranks.fused or _SEEN)
    fused = np.array([hit.scores.fused or 0.0 for hit in first], dtype=np.float32)
    judged = np.array(
        [np.nan if hit.scores.rerank is None else hit.scores.rerank for hit in first],
        dtype=np.float32,
    )
    combined = np.full(len(first), np.nan, dtype=np.float32)
    read = ~np.isnan(judged)  # as in a search, those alone are mixed
    if share:
        combined[read] = combine(fused[read], judged[read], share)
    order = order_by(fused, combined)
    keys = [text_key(first[place].chunk.text) for place in order if not first[place].is_query]
    ranking = [str(key) for key in keys if key not in asked.skipped][:DEPTH]
    return metrics.ndcg(ranking, {str(key): grade for key, grade in asked.grades.items()}, DEPTH)
