"""Similarities without what a chunk is similar to anyway.

Among vectors of many dimensions some are near to far more queries than others: hubs, such as short
helpers that say little (Radovanović, Nanopoulos and Ivanović, "Hubs in Space: Popular Nearest
Neighbors in High-Dimensional Data", 2010). So what a chunk is close to in any case is taken off,

    distinct(c) = cos(q, c) - penalty * hubness(c)

with the mean similarity of c to its nearest neighbours in the corpus as its hubness
(`DenseIndex.hubness`). That is the document's half of cross-domain similarity local scaling
(Conneau, Lample, Ranzato, Denoyer and Jégou, "Word Translation Without Parallel Data", 2018),
which takes off half of it, of neighbours on the other side: those would be queries, which are not
at hand. The query's half is the same for all candidates. A level within a
dialect is that of the distinct similarity: less the hubness that is usual there. The penalty is in
`resources/fusion.json`: what the development sets gain as a whole is most at a quarter.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.retrieval.candidates import Candidates, DenseScores, Ids
from engine.retrieval.fuse import fuse

LOOKED_AT = 75
"""First candidates whose hubness is looked at, by scores and by levels; the others are taken for
what these are on average."""


def without_hubs(found: Candidates, asked: DenseScores | None, penalty: float) -> Candidates:
    """The candidates with their distinct similarities, and the levels of these."""
    if asked is None or not len(found) or penalty == 0.0:
        return found
    head = _first(found)
    looked = asked.index.hubness(found.rows[head])
    if np.isnan(looked).all():
        return found
    hubness = np.full(len(found), np.nanmean(looked), dtype=np.float32)
    hubness[head] = np.where(np.isnan(looked), hubness[head], looked)
    part = np.float32(penalty)
    distinct = np.asarray(found.dense - part * hubness, dtype=np.float32)
    if asked.levels is None:
        return replace(found, distinct=distinct, dense_level=distinct)
    dialects = asked.levels.dialects[found.rows]
    usual = asked.index.usual_hubness(asked.levels.dialects)[dialects]
    more = part * (hubness - usual) / asked.levels.deviations[dialects]
    level = np.asarray(found.dense_level - more, dtype=np.float32)
    return replace(found, distinct=distinct, dense_level=level)


def _first(found: Candidates) -> Ids:
    """The first candidates when both legs count alike, by scores and by levels."""
    plain = fuse(found.bm25, found.dense, 0.5)
    level = fuse(found.bm25_level, found.dense_level, 0.5)
    first = [np.argsort(-scores, kind="stable")[:LOOKED_AT] for scores in (plain, level)]
    return np.unique(np.concatenate(first)).astype(np.int64)
