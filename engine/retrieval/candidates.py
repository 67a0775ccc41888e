"""From row scores to candidates: groups of rows that are one result.

What one result is depends on the question. A search folds chunks with identical text; an
evaluation folds all chunks of a document. Either way a group scores as its best row, and folding
happens before top-k, so that fifty copies of a licence header cannot fill the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from engine.retrieval.dense import DenseIndex

if TYPE_CHECKING:
    from engine.corpus.table import ChunkTable

Collapse = Literal["chunk", "document"]
Ids = NDArray[np.int64]
Scores = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg's top list: groups and their scores, best first."""

    groups: Ids
    scores: Scores


NO_IDS: Ids = np.zeros(0, dtype=np.int64)
NO_SCORES: Scores = np.zeros(0, dtype=np.float32)
NO_LEG = Leg(NO_IDS, NO_SCORES)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The union of the legs' top lists, one entry a group, all arrays (c,).

    `rows` is the row that stands for the group. `dense` is NaN where no row has a vector. A rank
    counts from 1 and is 0 where that leg's list does not hold the group.
    """

    groups: Ids
    rows: Ids
    bm25: Scores
    dense: Scores
    bm25_rank: Ids
    dense_rank: Ids

    def __len__(self) -> int:
        return len(self.groups)


NO_CANDIDATES = Candidates(NO_IDS, NO_IDS, NO_SCORES, NO_SCORES, NO_IDS, NO_IDS)


def group_rows(table: ChunkTable, collapse: Collapse) -> Ids:
    """The group of every row (n,), numbered from 0."""
    keys = table.text_keys if collapse == "chunk" else table.documents
    return np.unique(keys, return_inverse=True)[1].astype(np.int64).reshape(-1)


def lexical_leg(scores: Scores, groups: Ids, depth: int) -> Leg:
    """The `depth` best groups by BM25. Rows that score 0 are no candidates."""
    rows = np.flatnonzero(scores > 0)
    if not len(rows):
        return NO_LEG
    best = np.zeros(int(groups.max()) + 1, dtype=np.float32)
    np.maximum.at(best, groups[rows], scores[rows])
    depth = min(depth, int(np.count_nonzero(best)))
    top = np.argpartition(-best, depth - 1)[:depth]
    order = np.lexsort((top, -best[top]))
    return Leg(top[order].astype(np.int64), best[top[order]])


def dense_leg(
    index: DenseIndex, vector: Scores, groups: Ids, allowed: Mask | None, depth: int
) -> Leg:
    """The `depth` best groups by inner product."""
    asked = depth
    while True:
        rows, scores = index.nearest(vector, asked, allowed)
        found, first = np.unique(groups[rows], return_index=True)
        if len(found) >= depth or len(rows) < asked:
            break
        asked *= 4  # copies, or chunks of few documents, filled the list
    order = np.sort(first)[:depth]
    return Leg(groups[rows[order]], scores[order])


def unite(
    lexical: Leg,
    dense: Leg,
    groups: Ids,
    allowed: Mask | None,
    bm25_rows: Scores,
    index: DenseIndex | None,
    vector: Scores | None,
) -> Candidates:
    """All groups of both lists, each with its true score in both legs."""
    united = np.union1d(lexical.groups, dense.groups).astype(np.int64)
    slots = np.full(int(groups.max(initial=-1)) + 1, -1, dtype=np.int64)
    slots[united] = np.arange(len(united))
    member = slots[groups] >= 0
    rows = np.flatnonzero(member if allowed is None else member & allowed)
    slot = slots[groups[rows]]
    bm25 = np.zeros(len(united), dtype=np.float32)
    np.maximum.at(bm25, slot, bm25_rows[rows])
    dense_rows = np.full(len(rows), np.nan, dtype=np.float32)
    if index is not None and vector is not None:
        dense_rows = index.scores(vector, rows)
    best = np.full(len(united), np.nan, dtype=np.float32)
    np.fmax.at(best, slot, dense_rows)
    return Candidates(
        groups=united,
        rows=_standing_for(rows, slot, len(united), bm25_rows[rows], dense_rows),
        bm25=bm25,
        dense=best,
        bm25_rank=_ranks(lexical, slots, len(united)),
        dense_rank=_ranks(dense, slots, len(united)),
    )


def _standing_for(rows: Ids, slot: Ids, count: int, bm25: Scores, dense: Scores) -> Ids:
    """The row of each group that is closest to the query: by vector if there is one, else BM25."""
    closeness = np.nan_to_num(dense, nan=-2.0)
    order = np.lexsort((rows, -bm25, -closeness, slot))
    _, first = np.unique(slot[order], return_index=True)
    assert len(first) == count
    return rows[order[first]]


def _ranks(leg: Leg, slots: Ids, count: int) -> Ids:
    ranks = np.zeros(count, dtype=np.int64)
    ranks[slots[leg.groups]] = np.arange(1, len(leg.groups) + 1)
    return ranks
