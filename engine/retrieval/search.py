"""One search, from the question to the ranked list.

Understand → BM25 and dense candidates under the same filters, for a snippet by how they stand out
in their own dialect → take off what hubs are close to anyway → fuse them, then mix in the shapes of
the best snippets, and what the best of each dialect say of the others → rerank the best. A better
list replaces the one before as soon as there is one, through `JobContext.partial`.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from engine.code.understand import understand
from engine.errors import CorpusError, DataError
from engine.job import JobContext
from engine.models.device import default_rerank_depth
from engine.models.own_share import own_share
from engine.retrieval.bm25 import LexicalIndex
from engine.retrieval.candidates import (
    NO_LEG,
    Candidates,
    Collapse,
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
from engine.retrieval.features import Closest, LanguageMix, QueryFeatures, query_features
from engine.retrieval.filters import allowed_rows
from engine.retrieval.fuse import fuse, fuse_levels, normalised_bm25, normalised_dense
from engine.retrieval.hubs import without_hubs
from engine.retrieval.notes import coverage_notes, why_nothing
from engine.retrieval.ranking import Ranking, Stopwatch, hits_of
from engine.retrieval.rerank import rerank
from engine.retrieval.shape import mix_in_shapes
from engine.retrieval.views import READ_TOGETHER, chunk_view, query_tokens, query_view
from engine.retrieval.weights import Weights, load_weights
from engine.retrieval.witnesses import hear_witnesses
from engine.types import Query, QueryKind, SearchResult, SearchStage, Understanding
from engine.types_alignment import Receipt

if TYPE_CHECKING:
    from engine.corpus.collection import Collection
    from engine.models.cross_encoder import CrossEncoder
    from engine.models.encoder import Encoder

Pipeline = Literal["bm25", "dense", "hybrid", "rerank"]

SIDECAR = "bm25.safetensors"
"""The file beside a corpus that spares building the BM25 index again."""

LEAST_DEPTH = 200
"""How many results each leg lists at least before fusion."""


MOST_CHARACTERS = 100_000
"""Of a query; what comes after is not read."""


class Searcher:
    """Searches one snapshot of a corpus. Not for two threads at once.

    Nothing is built or loaded before the first search asks for it; `use` moves on to a newer
    snapshot, or to models that have loaded meanwhile, and keeps what is still valid.
    """

    def __init__(
        self,
        collection: Collection,
        encoder: Encoder | None = None,
        cross_encoder: CrossEncoder | None = None,
        weights: Weights | None = None,
    ) -> None:
        self._collection = collection
        self._encoder = encoder
        self._cross_encoder = cross_encoder
        self._weights = weights or load_weights()
        self._lexical: LexicalIndex | None = None
        self._dense: DenseIndex | None = None
        self._languages: LanguageMix | None = None
        self._dialects: Dialects | None = None
        self._groups: dict[Collapse, Ids] = {}
        self._last: Ranking | None = None  # what was searched last, for receipts

    def use(
        self,
        collection: Collection,
        encoder: Encoder | None,
        cross_encoder: CrossEncoder | None,
    ) -> None:
        """Search this snapshot with these models from now on."""
        same_rows = collection.table is self._collection.table
        same_encoder = _fingerprint(encoder) == _fingerprint(self._encoder)
        if not same_rows:
            self._lexical = None
            self._languages = self._dialects = None
            self._groups.clear()
        if not (same_rows and same_encoder):
            self._dense = None
        if not same_rows or (encoder, cross_encoder) != (self._encoder, self._cross_encoder):
            self._last = None
        self._collection = collection
        self._encoder = encoder
        self._cross_encoder = cross_encoder

    def prepare(self) -> None:
        """Build or load what the first search would otherwise wait for."""
        self._lexical_index()
        self._dense_index()
        self._grouping("chunk")

    def search(
        self,
        query: Query,
        ctx: JobContext,
        pipeline: Pipeline = "rerank",
        collapse: Collapse = "chunk",
        exclude_documents: Set[int] = frozenset(),
    ) -> SearchResult:
        """The best `query.k` results; the lists before the last go to `ctx.partial`.

        Raises `Cancelled` between two stages or two batches of the cross-encoder.
        """

        def show(ranking: Ranking) -> SearchResult:
            hits = hits_of(ranking, self._collection)
            ranking.watch.lap("show")
            return SearchResult(
                query=query,
                understanding=ranking.understanding,
                hits=hits,
                stage=ranking.stage,
                timings_ms=ranking.watch.timings_ms(),
                notes=tuple(ranking.notes),
            )

        def emit(ranking: Ranking) -> None:
            ctx.partial(show(ranking))

        self._last = None
        ranking = self._ranking(query, ctx, pipeline, collapse, exclude_documents, emit)
        if (pipeline, collapse) == ("rerank", "chunk") and not exclude_documents:
            self._last = ranking
        return show(ranking)

    def explain(self, query: Query, chunk_id: str, ctx: JobContext) -> Receipt:
        """How a chunk came by its place for a query, or where it was lost.

        The search is made anew unless it was the last one. Raises `CorpusError` for a chunk that
        is not in this snapshot, `DataError` for an empty query, and `Cancelled`.
        """
        from engine.retrieval.explain import Explainer

        table = self._collection.table
        if chunk_id not in table.ids:
            raise CorpusError(f"{query.corpus} has no chunk {chunk_id}; see counterpart search")
        if not query.text.strip():
            raise DataError("an empty query finds nothing; give some code or words")
        if self._last is None or self._last.query != query:
            self._last = self._ranking(query, ctx, "rerank", "chunk", frozenset(), lambda _: None)
        explainer = Explainer(self._last, table, self._grouping("chunk"), self._lexical_index())
        return explainer.receipt(table.ids.index(chunk_id))

    def rank(
        self,
        query: Query,
        ctx: JobContext,
        pipeline: Pipeline = "rerank",
        depth: int = 100,
        exclude_documents: Set[int] = frozenset(),
    ) -> list[tuple[int, float]]:
        """The best `depth` documents with falling scores, for evaluation.

        A document scores as its best chunk. What was reranked scores above 1, the rest up to 1.
        """

        def ignore(_: Ranking) -> None:
            return None

        deep = replace(query, k=depth)
        ranking = self._ranking(deep, ctx, pipeline, "document", exclude_documents, ignore)
        documents = self._collection.table.documents
        return [
            (int(documents[ranking.candidates.rows[position]]), ranking.final_score(position))
            for position in ranking.order[:depth].tolist()
        ]

    def closest(
        self, query: Query, ctx: JobContext, exclude_documents: Set[int] = frozenset()
    ) -> Closest:
        """How close the closest candidate is to a query."""
        found = self._ranking(query, ctx, "hybrid", "chunk", exclude_documents, lambda _: None)
        return found.closest()

    # The stages, in order.

    def _ranking(
        self,
        query: Query,
        ctx: JobContext,
        pipeline: Pipeline,
        collapse: Collapse,
        exclude_documents: Set[int],
        emit: Callable[[Ranking], None],
    ) -> Ranking:
        watch = Stopwatch()
        if len(query.text) > MOST_CHARACTERS:
            query = replace(query, text=query.text[:MOST_CHARACTERS])
        understanding = understand(query.text, query.kind)
        watch.lap("understand")
        ranking = Ranking(query, understanding, watch)
        if not query.text.strip():
            return ranking.without_results("the query is empty")
        ranking.allowed = allowed = allowed_rows(self._collection.table, query, exclude_documents)
        watch.lap("filter")
        groups = self._grouping(collapse)
        depth = max(LEAST_DEPTH, 2 * query.k, query.rerank or 0)
        tokens = query_tokens(query.text, understanding)
        ranking.tokens, ranking.shares.depth = tokens, depth
        dialects = self._compared_dialects(understanding, pipeline)
        bm25 = self._bm25_scores(tokens, allowed, dialects)
        lexical = lexical_leg(bm25.bm25, groups, depth) if pipeline != "dense" else NO_LEG
        watch.lap("bm25")
        ctx.check()
        index = self._dense_index() if pipeline != "bm25" and query.use_dense else None
        if pipeline != "bm25" and query.use_dense:
            ranking.notes += coverage_notes(self._encoder is not None, index, pipeline == "dense")
        if index is not None and pipeline != "dense":
            united = unite(lexical, NO_LEG, groups, allowed, bm25, None)
            ranking.take(united, normalised_bm25(united.bm25), SearchStage.LEXICAL)
            emit(ranking)
            ctx.check()
        more = [lexical_leg(bm25.compared, groups, depth)] if dialects is not None else []
        asked, dense = self._asked(ranking, index, dialects, ctx), NO_LEG
        if asked is not None:
            dense, level = dense_legs(asked, groups, allowed, depth)
            more.append(level)
        watch.lap("dense")
        ranking.dialects, ranking.bm25, ranking.asked = dialects, bm25, asked
        candidates = unite(lexical, dense, groups, allowed, bm25, asked, more)
        if pipeline != "dense":
            ranking.shares.hubs = self._weights.hubs
            candidates = without_hubs(candidates, asked, ranking.shares.hubs)
        ranking.features = self._features(tokens, candidates, ranking)
        fused = np.nan_to_num(normalised_dense(candidates.dense), nan=0.0)
        if pipeline != "dense":
            fused = self._fused(ranking, candidates, index)
        ranking.shares.mixed = fused
        ranking.take(candidates, fused, SearchStage.FUSED)
        if index is not None and pipeline != "dense":
            mix_in_shapes(ranking, self._collection, index.coverage, self._weights.shape)
            hear_witnesses(ranking, self._told_apart(), index, self._weights.witness)
        watch.lap("fuse")
        if pipeline == "rerank":
            self._rerank(ranking, ctx, emit)
        ctx.check()
        if not len(candidates):
            return ranking.without_results(why_nothing(self._collection.table, allowed))
        ranking.stage = SearchStage.DONE
        return ranking

    def _compared_dialects(
        self, understanding: Understanding, pipeline: Pipeline
    ) -> Dialects | None:
        """The dialects, if scores are to be held against those of their own dialect."""
        alone = pipeline in ("bm25", "dense")  # a leg by itself is what the field knows by its name
        if alone or understanding.kind is QueryKind.WORDS or self._weights.level.code is None:
            return None
        return self._told_apart()

    def _bm25_scores(
        self, tokens: list[str], allowed: Mask | None, dialects: Dialects | None
    ) -> LexicalScores:
        scores = self._lexical_index().scores(tokens)
        levels = dialects.levels(scores) if dialects is not None else None
        if allowed is not None:
            scores[~allowed] = 0.0
        return LexicalScores(scores, levels)

    def _asked(
        self,
        ranking: Ranking,
        index: DenseIndex | None,
        dialects: Dialects | None,
        ctx: JobContext,
    ) -> DenseScores | None:
        """The query as the dense leg asks it."""
        if index is None or self._encoder is None:
            return None
        view = query_view(ranking.query.text, ranking.understanding)
        vector = self._encoder.encode([view], role="query", ctx=ctx)[0]
        ranking.watch.lap("encode")
        ctx.check()
        if dialects is None:
            return DenseScores(index, vector)
        own = dialects.of(ranking.understanding)
        left, taken = index.neutral(vector, dialects, own)
        return DenseScores(index, left, index.levels(left, dialects), taken, vector)

    def _fused(self, ranking: Ranking, candidates: Candidates, index: DenseIndex | None) -> Scores:
        kind, shares = ranking.understanding.kind, ranking.shares
        # The few chunks that have vectors first are no better for it.
        shares.coverage = index.coverage if index is not None else 0.0
        shares.dense = self._weights.dense.of(kind, ranking.features) * shares.coverage
        plain = fuse(candidates.bm25, candidates.distinct, shares.dense)
        if ranking.dialects is None:
            return plain
        # Fitted with vectors, and not to be trusted without them: closeness tells when it may.
        shares.level = self._weights.level.of(kind, ranking.features) * shares.coverage
        levels = fuse(candidates.bm25_level, candidates.dense_level, shares.dense)
        return fuse_levels(plain, levels, shares.level)

    def _features(
        self, tokens: list[str], candidates: Candidates, ranking: Ranking
    ) -> QueryFeatures:
        if self._languages is None:
            self._languages = LanguageMix(self._collection.table)
        bound = self._lexical_index().bound(tokens)
        same = self._languages.same(ranking.understanding)
        found = query_features(len(set(tokens)), bound, candidates, same)
        scale = self._encoder.closeness if self._encoder is not None else None
        if scale is None or ranking.asked is None or not found.closest:
            return found
        return found._replace(closest=ranking.on_scale(scale, found.closest, candidates))

    def _rerank(self, ranking: Ranking, ctx: JobContext, emit: Callable[[Ranking], None]) -> None:
        model, wanted = self._cross_encoder, ranking.query.rerank
        if wanted == 0 or not len(ranking.candidates):
            return
        if model is None:
            ranking.notes.append("the cross-encoder is not loaded: not reranked")
            return
        kind, own = ranking.understanding.kind, own_share(model.name, model.fingerprint)
        fitted = self._weights.reranking(kind, ranking.features, own.start or model.fingerprint)
        is_set = self._weights.cross_encoder is None  # for any model: nothing overrules that
        weight = fitted if is_set else own.shares.get(kind, fitted)
        if weight == 0.0:
            if wanted is not None:
                ranking.notes.append("not reranked: it does not help queries of this kind")
            return
        ranking.shares.rerank = weight
        emit(ranking)
        ctx.check()
        depth = default_rerank_depth(model.device) if wanted is None else wanted
        head = ranking.order[:depth]
        chunks = ranking.chunks_of(head, self._collection)
        view = query_view(ranking.query.text, ranking.understanding)[:READ_TOGETHER]
        batches = model.stream(view, [chunk_view(chunk) for chunk in chunks], ctx)
        for order, judged, combined in rerank(ranking.fused[head], batches, weight):
            ranking.take_judgement(head, order, judged, combined)
            ranking.watch.lap("rerank")
            if np.isnan(judged).any():
                emit(ranking)
                ctx.check()

    # What is built once.

    def _told_apart(self) -> Dialects | None:
        """The dialects of the corpus, if there are several."""
        if self._dialects is None:
            self._dialects = Dialects(self._collection.table)
        return self._dialects if self._dialects.differ else None

    def _lexical_index(self) -> LexicalIndex:
        if self._lexical is None:
            folder = self._collection.sidecars
            sidecar = folder / SIDECAR if folder is not None else None
            self._lexical = LexicalIndex.open(self._collection.table, sidecar)
        return self._lexical

    def _dense_index(self) -> DenseIndex | None:
        """The index over the vectors there are now; None without a model or without vectors."""
        if self._encoder is None:
            return None
        found = self._collection.vectors(self._encoder.fingerprint)
        if found is not None and found[1].any():
            if self._dense is None:
                self._dense = DenseIndex(len(found[1]), self._encoder.dimension)
            self._dense.extend(*found)
        return self._dense

    def _grouping(self, collapse: Collapse) -> Ids:
        if collapse not in self._groups:
            self._groups[collapse] = group_rows(self._collection.table, collapse)
        return self._groups[collapse]


def _fingerprint(encoder: Encoder | None) -> str | None:
    return encoder.fingerprint if encoder is not None else None
