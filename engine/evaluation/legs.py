"""What each stage says about each query's candidates, collected once so that weights can be tried.

The candidates are those of `Searcher`: both legs' top lists, united, each with its true score in
both legs. All queries of a set are encoded at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.code.understand import understand
from engine.corpus.collection import MemoryCollection
from engine.evaluation.prepared import Prepared, Question
from engine.evaluation.progress import Meter
from engine.evaluation.vector_cache import VectorCache, vector_key
from engine.job import JobContext
from engine.models.cross_encoder import CrossEncoder
from engine.models.encoder import Encoder
from engine.retrieval.bm25 import LexicalIndex
from engine.retrieval.candidates import (
    Candidates,
    DenseScores,
    Ids,
    LexicalScores,
    Mask,
    Scores,
    dense_legs,
    group_rows,
    lexical_leg,
    unite,
)
from engine.retrieval.dense import DenseIndex
from engine.retrieval.dialects import Dialects
from engine.retrieval.features import LanguageMix, QueryFeatures, query_features
from engine.retrieval.filters import allowed_rows
from engine.retrieval.fuse import fuse, fuse_levels
from engine.retrieval.hubs import without_hubs
from engine.retrieval.rerank import combine, order_by
from engine.retrieval.search import LEAST_DEPTH
from engine.retrieval.views import chunk_view, query_tokens, query_view
from engine.types import QueryKind, Understanding

ENCODED_TOGETHER = 64
"""Queries encoded, and then kept, at once."""

JUDGED_TOGETHER = 2_000
"""Pairs whose cross-encoder scores are kept on disk at once: what a stopped run may lose."""


@dataclass(frozen=True, slots=True)
class QueryLegs:
    """One query's candidates with their scores, in the order of their rows.

    `gains` (c,) are the candidates' grades, `ideal` the DCG@10 of the best ranking there could be;
    `bm25_ndcg` and `dense_ndcg` are nDCG@10 of each leg by itself, dialects disregarded.
    """

    kind: QueryKind
    text: str
    view: str
    features: QueryFeatures
    candidates: Candidates
    gains: Scores
    ideal: float
    bm25_ndcg: float
    dense_ndcg: float
    has_levels: bool

    def fused(self, dense: float, level: float = 0.0) -> Scores:
        """The scores (c,) under a dense share and one for the levels."""
        found = self.candidates
        fused = fuse(found.bm25, found.distinct, dense)
        if not (level and self.has_levels):
            return fused
        return fuse_levels(fused, fuse(found.bm25_level, found.dense_level, dense), level)

    def reranked(self, fused: Scores, judged: Scores, share: float, depth: int) -> Ids:
        """The order (c,) once the first `depth` are reranked; `judged` (c,) is NaN if unknown."""
        order = order_of(fused)
        if share == 0.0:
            return order
        head = order[:depth]
        combined = combine(fused[head], judged[head], share)
        return np.concatenate([head[order_by(fused[head], combined)], order[depth:]])

    def ndcg(self, order: Ids) -> float:
        """nDCG@10 of an order of the candidates."""
        return dcg(self.gains[order[:10]]) / self.ideal if self.ideal else 0.0


def order_of(scores: Scores) -> Ids:
    """Positions, best first; ties go to the row that comes first."""
    return np.argsort(-scores, kind="stable").astype(np.int64)


def dcg(gains: Scores) -> float:
    """Discounted cumulative gain with linear gains."""
    return float((gains / np.log2(np.arange(2, len(gains) + 2))).sum())


def collect(
    prepared: Prepared, encoder: Encoder, hubs: float, cache: Path, ctx: JobContext
) -> tuple[list[QueryLegs], DenseIndex]:
    """Both legs' scores for every query of a set whose documents have vectors, and their index.

    `hubs` is what of their hubness is taken off similarities. The vectors of the queries are kept
    in `cache`, and taken from there.
    """
    understandings = [understand(question.query.text) for question in prepared.questions]
    views = [
        query_view(question.query.text, understanding)
        for question, understanding in zip(prepared.questions, understandings, strict=True)
    ]
    vectors = _query_vectors(views, encoder, cache, ctx)
    legs = _Legs(prepared, encoder, hubs)
    meter = Meter(ctx, f"{prepared.name}: scoring", len(views))
    collected: list[QueryLegs] = []
    for row, question in enumerate(prepared.questions):
        collected.append(legs.of(question, understandings[row], views[row], vectors[row]))
        meter.advance()
    return collected, legs.dense


def _query_vectors(
    views: Sequence[str], encoder: Encoder, cache: Path, ctx: JobContext
) -> NDArray[np.float32]:
    store = VectorCache(cache / "queries" / encoder.fingerprint, encoder.dimension)
    distinct = list(dict.fromkeys(views))
    vectors, present = store.find([vector_key(view) for view in distinct])
    missing = sorted(np.flatnonzero(~present), key=lambda row: -len(distinct[row]))
    for first in range(0, len(missing), ENCODED_TOGETHER):
        ctx.check()
        part = missing[first : first + ENCODED_TOGETHER]
        vectors[part] = encoder.encode([distinct[row] for row in part], role="query", ctx=ctx)
        store.add([vector_key(distinct[row]) for row in part], vectors[part])
    place = {view: row for row, view in enumerate(distinct)}
    return vectors[[place[view] for view in views]]


class _Legs:
    """Both legs over a set, as a search has them."""

    def __init__(self, prepared: Prepared, encoder: Encoder, hubs: float) -> None:
        self._hubs = hubs
        self._table = prepared.collection.table
        self._languages = LanguageMix(self._table)
        self._dialects = Dialects(self._table)
        self._groups = group_rows(self._table, "document")
        # Groups are numbered in the order of the documents that have a chunk.
        self._owners = [prepared.ids[owner] for owner in np.unique(self._table.documents)]
        self._lexical = LexicalIndex.open(self._table)
        self.dense = DenseIndex(len(self._table), encoder.dimension)
        found = prepared.collection.vectors(encoder.fingerprint)
        if found is not None:
            self.dense.extend(*found)

    def of(
        self, question: Question, understanding: Understanding, view: str, vector: Scores
    ) -> QueryLegs:
        tokens = query_tokens(question.query.text, understanding)
        allowed: Mask | None = allowed_rows(self._table, question.query, question.excluded)
        bm25 = self._lexical.scores(tokens)
        levels = None
        asked = DenseScores(self.dense, vector)
        if understanding.kind is QueryKind.CODE and self._dialects.differ:
            levels = self._dialects.levels(bm25)
            own = self._dialects.of(understanding)
            neutral, _ = self.dense.neutral(vector, self._dialects, own)
            asked = DenseScores(self.dense, neutral, self.dense.levels(neutral, self._dialects))
        if allowed is not None:
            bm25[~allowed] = 0.0
        candidates = self._candidates(LexicalScores(bm25, levels), asked, allowed)
        best = sorted((max(grade, 0) for grade in question.qrels.values()), reverse=True)[:10]
        ideal = dcg(np.array(best, dtype=np.float32))

        plain = candidates
        if levels is not None:
            unlevelled = DenseScores(self.dense, vector)
            plain = self._candidates(LexicalScores(bm25), unlevelled, allowed)

        def alone(scores: Scores, ranks: Ids) -> float:
            listed = np.flatnonzero(ranks)
            first = plain.groups[listed[order_of(scores[listed])[:10]]]
            return dcg(self._gains(question, first)) / ideal if ideal else 0.0

        return QueryLegs(
            kind=understanding.kind,
            text=question.query.text,
            view=view,
            features=query_features(
                len(set(tokens)),
                self._lexical.bound(tokens),
                candidates,
                self._languages.same(understanding),
            ),
            candidates=candidates,
            gains=self._gains(question, candidates.groups),
            ideal=ideal,
            bm25_ndcg=alone(plain.bm25, plain.bm25_rank),
            dense_ndcg=alone(plain.dense, plain.dense_rank),
            has_levels=levels is not None,
        )

    def _gains(self, question: Question, groups: Ids) -> Scores:
        """The grades of some documents, as `group_rows` numbers them."""
        grades = [max(question.qrels.get(self._owners[group], 0), 0) for group in groups.tolist()]
        return np.array(grades, dtype=np.float32)

    def _candidates(
        self, bm25: LexicalScores, asked: DenseScores, allowed: Mask | None
    ) -> Candidates:
        lexical = lexical_leg(bm25.bm25, self._groups, LEAST_DEPTH)
        dense, level = dense_legs(asked, self._groups, allowed, LEAST_DEPTH)
        more = [level]
        if bm25.levels is not None:
            more.append(lexical_leg(bm25.compared, self._groups, LEAST_DEPTH))
        found = unite(lexical, dense, self._groups, allowed, bm25, asked, more)
        order = np.argsort(found.rows)
        columns = (getattr(found, column.name)[order] for column in fields(Candidates))
        return without_hubs(Candidates(*columns), asked, self._hubs)


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
