"""What the shares of the stages depend on: a few numbers, known once both legs have answered."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.types import QueryKind, Understanding

if TYPE_CHECKING:
    from engine.corpus.table import ChunkTable
    from engine.retrieval.candidates import Candidates

LEAST_EXPLAINED = 1e-3
FIRST = 10


class QueryFeatures(NamedTuple):
    """How a query and the two legs' answers to it look."""

    length: float
    """ln(1 + distinct tokens of the query)."""

    explained: float
    """ln(best / bound): how much of the query's identifiers or words the best lexical match holds,
    weighed by how rare they are. 0 is all of them."""

    agreement: float
    """The part of the two legs' first ten that both name, in [0, 1]."""

    same_language: float
    """The part of the corpus that is in the query's language; for words, in its most frequent
    one: 1 is a corpus of one language, asked in it."""

    closest: float
    """The highest similarity of a candidate's vector and the query's, as the dense leg asks it, in
    a search on the scale of the bundled encoder (`engine.models.own_closeness`); 0 where there is
    none."""

    witnessed: float = 0.0
    """What the witnesses say of the candidate that is first without them, as a share of the best
    that they say of any (`engine.retrieval.witnesses`); 0 for all shares but their own."""


class Closest(NamedTuple):
    """How close the closest vector is to a query."""

    similarity: float
    """See `QueryFeatures.closest`."""

    kind: QueryKind
    taken: float
    """See `DenseScores.taken`."""


FEATURES = QueryFeatures._fields
NO_FEATURES = QueryFeatures(0.0, 0.0, 0.0, 0.0, 0.0)


def query_features(
    tokens: int, bound: float, candidates: Candidates, same_language: float
) -> QueryFeatures:
    """The features of a query of so many distinct tokens.

    `bound` is the score that no text reaches (`LexicalIndex.bound`).
    """
    best = float(candidates.bm25.max(initial=0.0))
    explained = min(best / bound, 1.0) if bound > 0.0 else 1.0
    first = [
        (ranks > 0) & (ranks <= FIRST) for ranks in (candidates.bm25_rank, candidates.dense_rank)
    ]
    return QueryFeatures(
        length=math.log1p(tokens),
        explained=math.log(max(explained, LEAST_EXPLAINED)),
        agreement=int(np.count_nonzero(first[0] & first[1])) / FIRST,
        same_language=same_language,
        closest=float(np.nan_to_num(candidates.dense, nan=0.0).max(initial=0.0)),
    )


class LanguageMix:
    """How the languages of a corpus are distributed."""

    def __init__(self, table: ChunkTable) -> None:
        counts = np.bincount(table.language_ids, minlength=len(table.languages))
        parts = (counts / max(len(table), 1)).tolist()
        self._parts = dict(zip(table.languages, parts, strict=True))

    def same(self, understanding: Understanding) -> float:
        """The part of the corpus in the query's language, the largest one for words."""
        if understanding.language is None:
            return float(max(self._parts.values(), default=0.0))
        return float(self._parts.get(understanding.language, 0.0))
