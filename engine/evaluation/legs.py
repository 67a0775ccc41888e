"""What each stage says about each query's candidates, collected once so that weights can be tried.

The candidates are those of `Searcher`: both legs' top lists, united, each with its true score in
both legs. All queries of a set are encoded at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.code.understand import understand
from engine.corpus.collection import MemoryCollection
from engine.evaluation import metrics
from engine.evaluation.progress import Meter
from engine.evaluation.run import Prepared, Question
from engine.evaluation.vector_cache import VectorCache, vector_key
from engine.job import JobContext
from engine.models.cross_encoder import CrossEncoder
from engine.models.encoder import Encoder
from engine.retrieval.bm25 import LexicalIndex
from engine.retrieval.candidates import (
    Candidates,
    Ids,
    Mask,
    Scores,
    dense_leg,
    group_rows,
    lexical_leg,
    unite,
)
from engine.retrieval.dense import DenseIndex
from engine.retrieval.filters import allowed_rows
from engine.retrieval.fuse import fuse, lexical_confidence
from engine.retrieval.rerank import rerank
from engine.retrieval.search import LEAST_DEPTH
from engine.retrieval.views import chunk_view, query_tokens, query_view
from engine.retrieval.weights import StageWeights
from engine.types import QueryKind, Understanding

JUDGED_TOGETHER = 2_000
"""Pairs whose cross-encoder scores are kept on disk at once: what a stopped run may lose."""


@dataclass(frozen=True, slots=True)
class QueryLegs:
    """One query's candidates with their scores; documents by the set's ids."""

    kind: QueryKind
    view: str
    documents: tuple[str, ...]
    candidates: Candidates
    qrels: Mapping[str, int]
    bound: float  # the highest BM25 score possible for the query

    def bm25_ndcg(self) -> float:
        """nDCG@10 of BM25 alone."""
        return self._leg_ndcg(self.candidates.bm25, self.candidates.bm25_rank)

    def dense_ndcg(self) -> float:
        """nDCG@10 of the vectors alone."""
        return self._leg_ndcg(self.candidates.dense, self.candidates.dense_rank)

    def fused(self, dense_weight: float, trust: float) -> tuple[Ids, Scores]:
        """The order of the candidates under a dense share, and their scores (both (c,))."""
        best = float(self.candidates.bm25.max(initial=0.0))
        confidence = lexical_confidence(best, self.bound, trust)
        scores = fuse(self.candidates.bm25, self.candidates.dense, dense_weight, confidence)
        return np.lexsort((self.candidates.rows, -scores)).astype(np.int64), scores

    def fused_ndcg(self, dense_weight: float, trust: float) -> float:
        """nDCG@10 of the two legs mixed."""
        return self._ndcg(self.fused(dense_weight, trust)[0])

    def reranked_ndcg(self, weights: StageWeights, judged: Scores, share: float) -> float:
        """nDCG@10 with the first `len(judged)` reranked, the cross-encoder having that share."""
        order, scores = self.fused(weights.dense, weights.trust)
        head = order[: len(judged)]
        if share == 0.0 or not len(head):
            return self._ndcg(order)
        ((moved, _, _),) = rerank(scores[head], [(np.arange(len(head)), judged)], share)
        return self._ndcg(np.concatenate([head[moved], order[len(head) :]]))

    def _leg_ndcg(self, scores: Scores, ranks: Ids) -> float:
        listed = np.flatnonzero(ranks)
        order = np.lexsort((self.candidates.rows[listed], -scores[listed]))
        return self._ndcg(listed[order])

    def _ndcg(self, order: Ids) -> float:
        return metrics.ndcg([self.documents[place] for place in order[:10]], self.qrels, 10)


def collect(prepared: Prepared, encoder: Encoder, ctx: JobContext) -> list[QueryLegs]:
    """Both legs' scores for every query of a set whose documents have vectors."""
    table = prepared.collection.table
    understandings = [understand(question.query.text) for question in prepared.questions]
    views = [
        query_view(question.query.text, understanding)
        for question, understanding in zip(prepared.questions, understandings, strict=True)
    ]
    ctx.check()
    vectors = encoder.encode(views, role="query", ctx=ctx)
    legs = _Legs(prepared.collection, encoder)
    meter = Meter(ctx, f"{prepared.name}: scoring", len(views))
    collected: list[QueryLegs] = []
    for row, question in enumerate(prepared.questions):
        candidates = legs.candidates(question, understandings[row], vectors[row])
        owners = table.documents[candidates.rows]
        documents = tuple(prepared.ids[owner] for owner in owners)
        bound = legs.bound(question, understandings[row])
        kind = understandings[row].kind
        collected.append(QueryLegs(kind, views[row], documents, candidates, question.qrels, bound))
        meter.advance()
    return collected


class _Legs:
    def __init__(self, collection: MemoryCollection, encoder: Encoder) -> None:
        self._table = collection.table
        self._groups = group_rows(self._table, "document")
        self._lexical = LexicalIndex.open(self._table)
        self._dense = DenseIndex(len(self._table), encoder.dimension)
        found = collection.vectors(encoder.fingerprint)
        if found is not None:
            self._dense.extend(*found)

    def bound(self, question: Question, understanding: Understanding) -> float:
        return self._lexical.bound(query_tokens(question.query.text, understanding))

    def candidates(
        self, question: Question, understanding: Understanding, vector: Scores
    ) -> Candidates:
        allowed: Mask | None = allowed_rows(self._table, question.query, question.excluded)
        bm25 = self._lexical.scores(query_tokens(question.query.text, understanding))
        if allowed is not None:
            bm25[~allowed] = 0.0
        lexical = lexical_leg(bm25, self._groups, LEAST_DEPTH)
        dense = dense_leg(self._dense, vector, self._groups, allowed, LEAST_DEPTH)
        return unite(lexical, dense, self._groups, allowed, bm25, self._dense, vector)


def judge_heads(
    collection: MemoryCollection,
    heads: Sequence[tuple[str, NDArray[np.int64]]],
    cross_encoder: CrossEncoder,
    cache: Path,
    ctx: JobContext,
    stage: str,
) -> list[Scores]:
    """The cross-encoder's scores for each query view and the rows at the head of its list.

    Scores are kept in `cache` and taken from there, one for each pair of texts.
    """
    store = VectorCache(cache / "scores" / cross_encoder.fingerprint, 1)
    texts = [[chunk_view(chunk) for chunk in collection.chunks(rows.tolist())] for _, rows in heads]
    keys = [
        [vector_key(f"{view}\0{text}") for text in row]
        for (view, _), row in zip(heads, texts, strict=True)
    ]
    known, present = store.find([key for row in keys for key in row])
    ends = np.cumsum([len(row) for row in keys])[:-1]
    scores: list[Scores] = [part[:, 0] for part in np.split(known, ends)]
    missing = [np.flatnonzero(~part) for part in np.split(present, ends)]
    meter = Meter(ctx, stage, sum(map(len, missing)))
    fresh: list[tuple[bytes, np.float32]] = []
    for query, places in enumerate(missing):
        if not len(places):
            continue
        asked = [texts[query][place] for place in places]
        scores[query][places] = cross_encoder.score(heads[query][0], asked, ctx)
        fresh += [(keys[query][place], scores[query][place]) for place in places]
        if len(fresh) >= JUDGED_TOGETHER:
            _keep(store, fresh)
        meter.advance(len(places))
    _keep(store, fresh)
    return scores


def _keep(store: VectorCache, fresh: list[tuple[bytes, np.float32]]) -> None:
    if fresh:
        values = np.array([value for _, value in fresh], dtype=np.float32)
        store.add([key for key, _ in fresh], values[:, None])
        fresh.clear()
