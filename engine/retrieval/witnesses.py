"""What the best candidate of each dialect says of the candidates in the others.

A routine that stands in a corpus in several languages or frameworks has twins that resemble each
other as well as the query, and strangers resemble them less. So the best candidate of each dialect
(`engine.retrieval.dialects`) is heard as a witness for those of the other dialects,

    support(c) = sum of score(k) * max(0, cos(c, k)) over the witnesses k of other dialects than c's

with vectors less what their dialects have in common. (The cluster hypothesis: Jardine and van
Rijsbergen, "The Use of Hierarchic Clustering in Information Retrieval", 1971. Scores smoothed over
similar documents: Diaz, "Regularizing Ad Hoc Retrieval Scores", 2005.) The first candidates are no
proof of anything: where the witnesses do not support the candidate that is first, they may speak of
something else, and count for less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.retrieval.fuse import mix_in
from engine.types import Query, SearchStage

if TYPE_CHECKING:
    from engine.retrieval.dense import DenseIndex
    from engine.retrieval.dialects import Dialects
    from engine.retrieval.ranking import Ranking
    from engine.retrieval.weights import Share

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]
Vectors = NDArray[np.float32]

HEARD = 50
"""Candidates, best first, that witnesses are taken from and speak of."""


def hear(vectors: Vectors, dialects: Ids, scores: Scores) -> Scores | None:
    """The support (c,) of each candidate, best first, as a share of the best supported, in [0, 1].

    `vectors` (c, d) are of length 1, without what their dialects have in common, and NaN where
    there is none: nobody knows such a candidate, and it gets the mean support. `scores` (c,) are at
    least 0. None where fewer than two dialects have a witness, or none supports anybody.
    """
    known = np.flatnonzero(~np.isnan(vectors).any(axis=1))
    _, first = np.unique(dialects[known], return_index=True)
    if len(first) < 2:
        return None
    witnesses = known[first]
    others = dialects[known][:, None] != dialects[witnesses][None, :]
    likeness = np.maximum(vectors[known] @ vectors[witnesses].T, 0.0)
    found = (likeness * others) @ np.maximum(scores[witnesses], 0.0)
    best = float(found.max())
    if best <= 0.0:
        return None
    support = np.full(len(scores), found.mean() / best, dtype=np.float32)
    support[known] = found / best
    return support


def are_asked(query: Query) -> bool:
    """Whether a query wants witnesses: of a language or framework that is named there are none."""
    return query.framework is None and query.language is None


def hear_witnesses(
    ranking: Ranking, dialects: Dialects | None, index: DenseIndex, witness: Share
) -> None:
    """Mix what the witnesses say into the scores of a ranking, if there are dialects."""
    shares, kind = ranking.shares, ranking.understanding.kind
    shares.shaped = ranking.fused
    if dialects is None or witness.line(kind) is None or not are_asked(ranking.query):
        return
    head = ranking.order[:HEARD]
    rows = ranking.candidates.rows[head]
    vectors = index.without_dialects(rows, dialects)
    found = hear(vectors, dialects.rows[rows], ranking.fused[head])
    if found is None:
        return
    features = ranking.features._replace(witnessed=float(found[0]))
    support = np.full(len(ranking.candidates), np.nan, dtype=np.float32)
    support[head] = found
    shares.witness, shares.support = witness.of(kind, features) * index.coverage, support
    mixed = mix_in(ranking.fused, support, shares.witness)
    ranking.take(ranking.candidates, mixed, SearchStage.FUSED)
