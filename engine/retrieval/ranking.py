"""A ranking while it is being made, and the hits that show it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.code.normal import text_key
from engine.retrieval.candidates import Candidates, Ids, Scores
from engine.types import (
    Hit,
    Query,
    SearchStage,
    StageRanks,
    StageScores,
    Understanding,
)

if TYPE_CHECKING:
    from engine.corpus.collection import Collection


class Stopwatch:
    """Milliseconds per stage, and in total."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """Put the time since the last lap down to `stage`."""
        now = time.perf_counter()
        self._laps[stage] = self._laps.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now

    def timings_ms(self) -> dict[str, float]:
        """What was measured so far, with `total`."""
        total = (time.perf_counter() - self._start) * 1000
        return {**{name: round(ms, 3) for name, ms in self._laps.items()}, "total": round(total, 3)}


@dataclass(slots=True)
class Ranking:
    """The candidates, their order (positions among them, best first) and how it came about."""

    query: Query
    understanding: Understanding
    watch: Stopwatch
    stage: SearchStage = SearchStage.LEXICAL
    notes: list[str] = field(default_factory=list)
    candidates: Candidates = field(init=False)
    fused: Scores = field(init=False)  # (c,), in the order of the candidates
    judged: Scores = field(init=False)  # the cross-encoder's, NaN where it did not look
    combined: Scores = field(init=False)  # NaN likewise
    first_order: Ids = field(init=False)  # by `fused`
    order: Ids = field(init=False)

    def take(self, candidates: Candidates, fused: Scores, stage: SearchStage) -> None:
        """Rank these candidates by these scores; ties go to the row that comes first."""
        self.candidates = candidates
        self.fused = fused
        self.judged = np.full(len(fused), np.nan, dtype=np.float32)
        self.combined = self.judged.copy()
        self.first_order = np.lexsort((candidates.rows, -fused)).astype(np.int64)
        self.order = self.first_order
        self.stage = stage

    def take_judgement(self, head: Ids, order: Ids, judged: Scores, combined: Scores) -> None:
        """Reorder the `head` of the first order as the cross-encoder has it so far."""
        self.judged[head] = judged
        self.combined[head] = combined
        self.order = np.concatenate([head[order], self.first_order[len(head) :]])
        self.stage = SearchStage.RERANKING

    def final_score(self, position: int) -> float:
        """A score that falls along `order`."""
        combined = float(self.combined[position])
        return float(self.fused[position]) if np.isnan(combined) else 1.0 + combined


def hits_of(ranking: Ranking, collection: Collection, groups: Ids) -> tuple[Hit, ...]:
    """The first `query.k` results with their chunks, scores and ranks in every stage."""
    candidates = ranking.candidates
    positions = ranking.order[: ranking.query.k].tolist()
    rows = [int(candidates.rows[position]) for position in positions]
    own_key = text_key(ranking.query.text)
    hits = []
    for rank, (position, row, chunk) in enumerate(
        zip(positions, rows, collection.chunks(rows), strict=True), start=1
    ):
        hits.append(
            Hit(
                rank=rank,
                chunk=chunk,
                scores=_scores(ranking, position),
                ranks=_ranks(ranking, position),
                identical=_identical(collection, row),
                is_query=int(collection.table.text_keys[row]) == own_key,
            )
        )
    return tuple(hits)


def _identical(collection: Collection, row: int) -> tuple[str, ...]:
    keys = collection.table.text_keys
    return tuple(
        collection.table.ids[other] for other in np.flatnonzero(keys == keys[row]) if other != row
    )


def _scores(ranking: Ranking, position: int) -> StageScores:
    candidates = ranking.candidates
    return StageScores(
        bm25=_number(candidates.bm25[position]),
        dense=_number(candidates.dense[position]),
        fused=_number(ranking.fused[position]),
        rerank=_number(ranking.judged[position]),
    )


def _ranks(ranking: Ranking, position: int) -> StageRanks:
    candidates = ranking.candidates
    reranked = not np.isnan(ranking.judged[position])
    return StageRanks(
        bm25=int(candidates.bm25_rank[position]) or None,
        dense=int(candidates.dense_rank[position]) or None,
        fused=int(np.flatnonzero(ranking.first_order == position)[0]) + 1,
        rerank=int(np.flatnonzero(ranking.order == position)[0]) + 1 if reranked else None,
    )


def _number(value: np.float32) -> float | None:
    return None if np.isnan(value) else float(value)
