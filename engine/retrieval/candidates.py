"""From row scores to candidates: groups of rows that are one result.

What one result is depends on the question. A search folds chunks with identical text; an
evaluation folds all chunks of a document. Either way a group scores as its best row, and folding
happens before top-k, so that fifty copies of a licence header cannot fill the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from engine.retrieval.dense import DenseIndex
from engine.retrieval.dialects import Levels

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

    `rows` is the row that stands for the group. `dense` is NaN where no row has a vector, and
    `distinct` is what is left of it once hubs are looked at (`engine.retrieval.hubs`). A rank
    counts from 1 and is 0 where that leg's list does not hold the group. The levels are those of
    `bm25` and `distinct` (`engine.retrieval.dialects`), or where there are none, these themselves.
    """

    groups: Ids
    rows: Ids
    bm25: Scores
    dense: Scores
    distinct: Scores
    bm25_rank: Ids
    dense_rank: Ids
    bm25_level: Scores
    dense_level: Scores

    def __len__(self) -> int:
        return len(self.groups)


NO_CANDIDATES = Candidates(
    groups=NO_IDS,
    rows=NO_IDS,
    bm25=NO_SCORES,
    dense=NO_SCORES,
    distinct=NO_SCORES,
    bm25_rank=NO_IDS,
    dense_rank=NO_IDS,
    bm25_level=NO_SCORES,
    dense_level=NO_SCORES,
)


@dataclass(frozen=True)
class LexicalScores:
    """BM25 of all rows (n,), 0 where nothing matches or a filter holds; and their levels."""

    bm25: Scores
    levels: Levels | None = None

    @cached_property
    def compared(self) -> Scores:
        """The levels, the scores themselves where there are none."""
        return self.bm25 if self.levels is None else self.levels.of_matches(self.bm25)


@dataclass(frozen=True, slots=True)
class DenseScores:
    """A query's vector, what it is asked of, and the levels of the similarities."""

    index: DenseIndex
    vector: Scores
    levels: Levels | None = None
    taken: float = 0.0
    """Which part of what its own dialect has in common was taken off the vector."""
    whole: Scores | None = None
    """The vector before that, where it was."""

    def of(self, rows: Ids) -> tuple[Scores, Scores]:
        """The similarities of some rows, NaN without a vector, and their levels."""
        scores = self.index.scores(self.vector, rows)
        return scores, scores if self.levels is None else self.levels.of(scores, rows)

    def nearest(self, depth: int, groups: Ids, allowed: Mask | None) -> Ids:
        """Rows that hold the best `depth` groups by similarity and, with levels, by level.

        The latter are among the best of each dialect.
        """
        if self.levels is None:
            return self._nearest(depth, groups, allowed)
        found = []
        for dialect in range(len(self.levels.means)):
            member = self.levels.dialects == dialect
            member = member if allowed is None else member & allowed
            found.append(self._nearest(depth, groups, member))
        return np.concatenate(found)

    def _nearest(self, depth: int, groups: Ids, allowed: Mask | None) -> Ids:
        k = depth
        while True:
            rows, _ = self.index.nearest(self.vector, k, allowed)
            if len(np.unique(groups[rows])) >= depth or len(rows) < k:
                return rows
            k *= 4  # copies, or chunks of few documents, filled the list


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


def dense_legs(
    asked: DenseScores, groups: Ids, allowed: Mask | None, depth: int
) -> tuple[Leg, Leg]:
    """The `depth` best groups by inner product, and by the levels of the inner products."""
    rows = asked.nearest(depth, groups, allowed)
    scores, levels = asked.of(rows)
    first = _best_groups(rows, scores, groups, depth)
    return first, first if asked.levels is None else _best_groups(rows, levels, groups, depth)


def _best_groups(rows: Ids, scores: Scores, groups: Ids, depth: int) -> Leg:
    order = np.lexsort((rows, -scores))
    _, first = np.unique(groups[rows[order]], return_index=True)
    best = order[np.sort(first)[:depth]]
    return Leg(groups[rows[best]], scores[best])


def unite(
    lexical: Leg,
    dense: Leg,
    groups: Ids,
    allowed: Mask | None,
    lexical_scores: LexicalScores,
    dense_scores: DenseScores | None,
    more: Sequence[Leg] = (),
) -> Candidates:
    """All groups of both lists, and of `more`, each with its true score in both legs."""
    listed = [leg.groups for leg in (lexical, dense, *more)]
    united = np.unique(np.concatenate(listed)).astype(np.int64)
    slots = np.full(int(groups.max(initial=-1)) + 1, -1, dtype=np.int64)
    slots[united] = np.arange(len(united))
    member = slots[groups] >= 0
    rows = np.flatnonzero(member if allowed is None else member & allowed)
    slot = slots[groups[rows]]

    def best_of(scores: Scores, nothing: float) -> Scores:
        best = np.full(len(united), nothing, dtype=np.float32)
        np.fmax.at(best, slot, scores)
        return best

    bm25_rows, level_rows = lexical_scores.bm25[rows], lexical_scores.compared[rows]
    dense_rows = dense_levels = np.full(len(rows), np.nan, dtype=np.float32)
    if dense_scores is not None:
        dense_rows, dense_levels = dense_scores.of(rows)
    dense_best = best_of(dense_rows, np.nan)
    return Candidates(
        groups=united,
        rows=_standing_for(rows, slot, len(united), bm25_rows, dense_rows),
        bm25=best_of(bm25_rows, 0.0),
        dense=dense_best,
        distinct=dense_best,
        bm25_rank=_ranks(lexical, slots, len(united)),
        dense_rank=_ranks(dense, slots, len(united)),
        bm25_level=best_of(level_rows, 0.0),
        dense_level=best_of(dense_levels, np.nan),
    )


def _standing_for(rows: Ids, slot: Ids, count: int, bm25: Scores, dense: Scores) -> Ids:
    """The row of each group that is closest to the query: by vector if there is one, else BM25."""
    closeness = np.nan_to_num(dense, nan=-np.inf)
    order = np.lexsort((rows, -bm25, -closeness, slot))
    _, first = np.unique(slot[order], return_index=True)
    assert len(first) == count
    return rows[order[first]]


def _ranks(leg: Leg, slots: Ids, count: int) -> Ids:
    ranks = np.zeros(count, dtype=np.int64)
    ranks[slots[leg.groups]] = np.arange(1, len(leg.groups) + 1)
    return ranks
