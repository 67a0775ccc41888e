"""A development set while shares are fitted on it: what its stages score, at any share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.beir import load_beir
from engine.evaluation.legs import QueryLegs, collect, judge_heads, order_of
from engine.evaluation.metrics import mean
from engine.evaluation.prepared import Prepared, prepare
from engine.evaluation.progress import Meter
from engine.evaluation.shares import GRID, Curves, Values
from engine.job import JobContext
from engine.models.cross_encoder import CrossEncoder
from engine.models.encoder import Encoder
from engine.retrieval.candidates import Ids, Scores
from engine.retrieval.dense import DenseIndex
from engine.retrieval.dialects import Dialects
from engine.retrieval.features import FEATURES
from engine.retrieval.fuse import mix_in
from engine.retrieval.shape import COMPARED, shape_similarity
from engine.retrieval.weights import Share, Weights
from engine.retrieval.witnesses import HEARD, are_asked, hear
from engine.types import QueryKind


@dataclass(eq=False, slots=True)
class FittedSet:
    """The set, its queries' legs, and (later) by query how alike the shapes of the candidates are,
    what their witnesses and what the cross-encoder says, NaN where none of them looked."""

    name: str
    folder: Path
    prepared: Prepared
    legs: list[QueryLegs]
    index: DenseIndex
    alike: list[Scores] = field(default_factory=list)
    support: list[Scores] = field(default_factory=list)
    witnessed: list[float] = field(default_factory=list)
    judged: list[Scores] = field(default_factory=list)
    depth: int = 0

    def compare_shapes(self, weights: Weights, ctx: JobContext) -> None:
        """Compare the shapes of what a search would compare."""
        meter = Meter(ctx, f"{self.name}: comparing shapes", len(self.legs))
        self.alike = []
        for legs in self.legs:
            alike = np.full(len(legs.candidates), np.nan, dtype=np.float32)
            if legs.kind is QueryKind.CODE:
                head = order_of(self._mixed(legs, weights))[:COMPARED]
                texts = self.prepared.collection.texts(legs.candidates.rows[head].tolist())
                alike[head] = shape_similarity(legs.text, texts)
            self.alike.append(alike)
            meter.advance()

    def hear_witnesses(self, weights: Weights, ctx: JobContext) -> None:
        """Hear the witnesses that a search would hear."""
        meter = Meter(ctx, f"{self.name}: hearing witnesses", len(self.legs))
        dialects = Dialects(self.prepared.collection.table)
        self.support, self.witnessed = [], []
        for query, (legs, question) in enumerate(
            zip(self.legs, self.prepared.questions, strict=True)
        ):
            support = np.full(len(legs.candidates), np.nan, dtype=np.float32)
            found = None
            if dialects.differ and are_asked(question.query):
                scores = self._shaped(query, weights)
                head = order_of(scores)[:HEARD]
                rows = legs.candidates.rows[head]
                vectors = self.index.without_dialects(rows, dialects)
                found = hear(vectors, dialects.rows[rows], scores[head])
                support[head] = np.nan if found is None else found
            self.support.append(support)
            self.witnessed.append(0.0 if found is None else float(found[0]))
            meter.advance()

    def judge(
        self,
        weights: Weights,
        cross_encoder: CrossEncoder,
        depth: int,
        cache: Path,
        ctx: JobContext,
    ) -> None:
        """Let the cross-encoder read the first `depth` of every query."""
        heads = [order_of(self._fused(query, weights))[:depth] for query in range(len(self.legs))]
        asked = [
            (legs.view, legs.candidates.rows[head])
            for legs, head in zip(self.legs, heads, strict=True)
        ]
        stage = f"{self.name}: reranking"
        scores = judge_heads(self.prepared.collection, asked, cross_encoder, cache, ctx, stage)
        self.depth = depth
        self.judged = []
        for legs, head, found in zip(self.legs, heads, scores, strict=True):
            judged = np.full(len(legs.candidates), np.nan, dtype=np.float32)
            judged[head] = found
            self.judged.append(judged)

    def dense_curves(self, weights: Weights) -> Curves:
        """What every dense share gives, the share of the levels being as it is."""

        def score(query: int, share: float) -> float:
            legs = self.legs[query]
            return legs.ndcg(order_of(legs.fused(share, self._share(legs, weights.level))))

        return self._curves(score)

    def level_curves(self, weights: Weights) -> Curves:
        """What every share of the levels gives, the dense share being as it is."""

        def score(query: int, share: float) -> float:
            legs = self.legs[query]
            return legs.ndcg(order_of(legs.fused(self._share(legs, weights.dense), share)))

        return self._curves(score)

    def shape_curves(self, weights: Weights) -> Curves:
        """What every share of the shapes gives, those before being as they are."""
        mixed = [self._mixed(legs, weights) for legs in self.legs]

        def score(query: int, share: float) -> float:
            return self.legs[query].ndcg(order_of(mix_in(mixed[query], self.alike[query], share)))

        return self._curves(score)

    @property
    def has_witnesses(self) -> bool:
        """Whether any query has some: from a set where nothing changes nothing can be learnt."""
        return any(self.witnessed)

    def witness_curves(self, weights: Weights) -> Curves:
        """What every share of the witnesses gives, those before being as they are."""
        shaped = [self._shaped(query, weights) for query in range(len(self.legs))]

        def score(query: int, share: float) -> float:
            return self.legs[query].ndcg(
                order_of(mix_in(shaped[query], self.support[query], share))
            )

        curves = self._curves(score)
        curves.features[:, FEATURES.index("witnessed")] = self.witnessed
        return curves

    def rerank_curves(self, weights: Weights) -> Curves:
        """What every share of the cross-encoder gives, the others being as they are."""
        fused = [self._fused(query, weights) for query in range(len(self.legs))]

        def score(query: int, share: float) -> float:
            legs = self.legs[query]
            return legs.ndcg(legs.reranked(fused[query], self.judged[query], share, self.depth))

        return self._curves(score)

    def row(
        self, weights: Weights, left_out: Weights | None, fitted: bool
    ) -> dict[str, float | bool]:
        """The means of the stages; `left_out` are the shares fitted without this set."""
        hybrid, final = self._orders(weights)
        row: dict[str, float | bool] = {
            "queries": len(self.legs),
            "words": int(self._is_words().sum()),
            "bm25": mean(legs.bm25_ndcg for legs in self.legs),
            "dense": mean(legs.dense_ndcg for legs in self.legs),
            "hybrid": self._ndcg(hybrid),
        }
        if self.judged:
            row["rerank"] = self._ndcg(final)
        row["hit@1"] = mean(
            float(legs.gains[order[:1]].any()) for legs, order in zip(self.legs, final, strict=True)
        )
        if left_out is not None:
            row["left_out"] = self._ndcg(self._orders(left_out)[1])
        if not fitted:
            row["measured_only"] = True
        return {name: value if value is True else round(value, 4) for name, value in row.items()}

    def _orders(self, weights: Weights) -> tuple[list[Ids], list[Ids]]:
        """Every query's candidates in order, before and after reranking."""
        fused = [self._fused(query, weights) for query in range(len(self.legs))]
        hybrid = [order_of(scores) for scores in fused]
        if not self.judged:
            return hybrid, hybrid
        return hybrid, [
            legs.reranked(scores, judged, self._share(legs, weights.rerank), self.depth)
            for legs, scores, judged in zip(self.legs, fused, self.judged, strict=True)
        ]

    def _ndcg(self, orders: list[Ids]) -> float:
        return mean(legs.ndcg(order) for legs, order in zip(self.legs, orders, strict=True))

    def _fused(self, query: int, weights: Weights) -> Scores:
        shaped = self._shaped(query, weights)
        if not self.support:
            return shaped
        legs = self.legs[query]
        features = legs.features._replace(witnessed=self.witnessed[query])
        return mix_in(shaped, self.support[query], weights.witness.of(legs.kind, features))

    def _shaped(self, query: int, weights: Weights) -> Scores:
        """The legs' scores and levels with the shapes, before the witnesses are heard."""
        legs = self.legs[query]
        mixed = self._mixed(legs, weights)
        if not self.alike:
            return mixed
        return mix_in(mixed, self.alike[query], self._share(legs, weights.shape))

    def _mixed(self, legs: QueryLegs, weights: Weights) -> Scores:
        """The legs' scores and levels, without the shapes."""
        return legs.fused(self._share(legs, weights.dense), self._share(legs, weights.level))

    def _share(self, legs: QueryLegs, share: Share) -> float:
        return share.of(legs.kind, legs.features)

    def _is_words(self) -> NDArray[np.bool_]:
        return np.array([legs.kind is QueryKind.WORDS for legs in self.legs], dtype=np.bool_)

    def _curves(self, score: Callable[[int, float], float]) -> Curves:
        queries = range(len(self.legs))
        scores: Values = np.array([[score(query, share) for share in GRID] for query in queries])
        return Curves(
            scores=scores,
            without=np.array([score(query, 0.0) for query in queries]),
            features=np.array([legs.features for legs in self.legs], dtype=np.float64),
            is_words=self._is_words(),
            legs=np.array([(legs.bm25_ndcg, legs.dense_ndcg) for legs in self.legs]),
        )


def collect_set(
    folder: Path,
    name: str,
    encoder: Encoder,
    hubs: float,
    limit: int | None,
    cache: Path,
    ctx: JobContext,
) -> FittedSet:
    """Read and embed a set, and ask both legs. Queries that name a framework are limited to it."""
    data = load_beir(folder)
    prepared = prepare(
        data,
        encoder=encoder,
        rerank=None,
        use_target=any(query.target for query in data.queries),
        limit=limit,
        cache=cache,
        ctx=ctx,
    )
    legs, index = collect(prepared, encoder, hubs, cache, ctx)
    return FittedSet(name, folder, prepared, legs, index)
