"""What the best candidate of each dialect says of the candidates in the others.

A routine that stands in a corpus in several languages or frameworks has twins that resemble each
other as well as the query, and strangers resemble them less. So the best candidate of each dialect
(`engine.retrieval.dialects`) is heard as a witness for those of the other dialects,

    support(c) = sum of score(k) * max(0, cos(c, k)) over the witnesses k of other dialects than c's

with vectors less what their dialects have in common. (The cluster hypothesis: Jardine and van
Rijsbergen, "The Use of Hierarchic Clustering in Information Retrieval", 1971. Scores smoothed over
similar documents: Diaz, "Regularizing Ad Hoc Retrieval Scores", 2005.) The first candidates are no
proof: where the witnesses do not resemble each other (`cohesion`), they speak of different things.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.retrieval.fuse import mix_in
from engine.types import Query, SearchStage

if TYPE_CHECKING:
    from engine.retrieval.dense import DenseIndex
    from engine.retrieval.ranking import Ranking
    from engine.retrieval.weights import Share

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]
Vectors = NDArray[np.float32]

HEARD = 50
"""Candidates, best first, that witnesses are taken from and speak of."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """The support (c,) of each candidate as a share of the best one's, in [0, 1], and how much the
    witnesses resemble each other: the mean cosine of two, weighed by their scores."""

    support: Scores
    cohesion: float


def hear(vectors: Vectors, dialects: Ids, scores: Scores) -> Testimony | None:
    """What the witnesses among some candidates, best first, say of all of them.

    `vectors` (c, d) are of length 1, without what their dialects have in common, and NaN where
    there is none: nobody knows such a candidate, and it gets the mean support. `scores` (c,) are at
    least 0. None where fewer than two dialects have a witness.
    """
    known = np.flatnonzero(~np.isnan(vectors).any(axis=1))
    _, first = np.unique(dialects[known], return_index=True)
    if len(first) < 2:
        return None
    witnesses = known[first]
    trust = np.maximum(scores[witnesses], 0.0)
    others = dialects[known][:, None] != dialects[witnesses][None, :]
    likeness = vectors[known] @ vectors[witnesses].T
    found = (np.maximum(likeness, 0.0) * others) @ trust
    support = np.full(len(scores), found.mean(), dtype=np.float32)
    support[known] = found
    best = float(found.max())
    if best <= 0.0:
        return None
    among = likeness[first]
    weight = np.outer(trust, trust)
    np.fill_diagonal(weight, 0.0)
    total = float(weight.sum())
    cohesion = float((among * weight).sum()) / total if total > 0.0 else 0.0
    return Testimony((support / np.float32(best)).astype(np.float32), cohesion)


def are_asked(query: Query) -> bool:
    """Whether a query wants witnesses: of a language or framework that is named there are none."""
    return query.framework is None and query.language is None


def hear_witnesses(ranking: Ranking, index: DenseIndex, witness: Share) -> None:
    """Mix what the witnesses say into the scores of a ranking whose dialects are compared."""
    shares = ranking.shares
    shares.shaped = ranking.fused
    if ranking.dialects is None or not are_asked(ranking.query):
        return
    head = ranking.order[:HEARD]
    rows = ranking.candidates.rows[head]
    vectors = index.without_dialects(rows, ranking.dialects)
    found = hear(vectors, ranking.dialects.rows[rows], ranking.fused[head])
    if found is None:
        return
    features = ranking.features._replace(cohesion=found.cohesion)
    share = witness.of(ranking.understanding.kind, features) * index.coverage
    if share == 0.0:
        return
    support = np.full(len(ranking.candidates), np.nan, dtype=np.float32)
    support[head] = found.support
    shares.witness, shares.support = share, support
    ranking.take(ranking.candidates, mix_in(ranking.fused, support, share), SearchStage.FUSED)
