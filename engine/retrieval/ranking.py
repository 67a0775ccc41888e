"""A ranking while it is being made, and the hits that show it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.code.normal import text_key
from engine.retrieval.candidates import (
    NO_CANDIDATES,
    NO_IDS,
    NO_SCORES,
    Candidates,
    DenseScores,
    Ids,
    LexicalScores,
    Mask,
    Scores,
)
from engine.retrieval.dialects import Dialects
from engine.retrieval.features import NO_FEATURES, Closest, QueryFeatures
from engine.types import Chunk, Hit, Query, SearchStage, StageRanks, StageScores, Understanding

if TYPE_CHECKING:
    from engine.corpus.collection import Collection
    from engine.corpus.table import ChunkTable
    from engine.models.own_closeness import Closeness


RERANKED = 100.0
"""Added to the scores of what was reranked: more than `combined` can be below the fused scores."""


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
class Shares:
    """How much each stage counted, kept for the receipt.

    `hubs` is what was taken off of hubness. `mixed` are the fused scores before shapes were mixed
    in, `alike` the shapes' (NaN where not compared), `shaped` the scores before the witnesses were
    heard and `support` what they say (NaN where they say nothing); `depth` is how many results each
    leg listed.
    """

    hubs: float = 0.0
    dense: float = 0.0
    level: float = 0.0
    coverage: float = 0.0
    shape: float = 0.0
    witness: float = 0.0
    rerank: float = 0.0
    depth: int = 0
    mixed: Scores = field(default_factory=lambda: NO_SCORES)
    alike: Scores | None = None
    shaped: Scores = field(default_factory=lambda: NO_SCORES)
    support: Scores | None = None


@dataclass(slots=True)
class Ranking:
    """The candidates, their order (positions among them, best first) and how it came about."""

    query: Query
    understanding: Understanding
    watch: Stopwatch
    stage: SearchStage = SearchStage.LEXICAL
    notes: list[str] = field(default_factory=list)
    allowed: Mask | None = None
    candidates: Candidates = NO_CANDIDATES
    features: QueryFeatures = NO_FEATURES
    tokens: list[str] = field(default_factory=list)  # the query as BM25 reads it
    dialects: Dialects | None = None  # where scores are held against those of their dialect
    bm25: LexicalScores | None = None
    asked: DenseScores | None = None  # the query as the dense leg reads it
    shares: Shares = field(default_factory=lambda: Shares())
    fused: Scores = field(default_factory=lambda: NO_SCORES)  # (c,), in the order of the candidates
    judged: Scores = field(
        default_factory=lambda: NO_SCORES
    )  # the cross-encoder's, NaN where it did not look
    combined: Scores = field(default_factory=lambda: NO_SCORES)  # NaN likewise
    first_order: Ids = field(default_factory=lambda: NO_IDS)  # by `fused`
    order: Ids = field(default_factory=lambda: NO_IDS)
    _chunks: dict[int, Chunk] = field(default_factory=dict)  # by row, as far as read

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

    def without_results(self, why: str) -> Ranking:
        """The end of a search that found nothing."""
        self.notes.append(why)
        self.stage = SearchStage.DONE
        return self

    def closest(self) -> Closest:
        """How close the closest candidate is to the query."""
        taken = self.asked.taken if self.asked is not None else 0.0
        return Closest(self.features.closest, self.understanding.kind, taken)

    def on_scale(self, scale: Closeness, closest: float, candidates: Candidates) -> float:
        """How close the closest of the candidates counts, by the scale of the encoder."""
        asked = self.asked
        assert asked is not None  # else nothing is close
        if scale.whole:
            whole = asked.vector if asked.whole is None else asked.whole
            cosines = asked.index.scores(whole, candidates.rows)
            closest = float(np.nan_to_num(cosines, nan=0.0).max())
        return scale.of(closest, self.understanding.kind, asked.taken)

    def chunks_of(self, positions: Ids, collection: Collection) -> list[Chunk]:
        """The chunks of some candidates. Each is read once, however many lists show it."""
        rows = self.candidates.rows[positions].tolist()
        missing = [row for row in rows if row not in self._chunks]
        self._chunks.update(zip(missing, collection.chunks(missing), strict=True))
        return [self._chunks[row] for row in rows]

    def final_score(self, position: int) -> float:
        """A score that falls along `order`."""
        combined = float(self.combined[position])
        return float(self.fused[position]) if np.isnan(combined) else RERANKED + combined


def hits_of(ranking: Ranking, collection: Collection) -> tuple[Hit, ...]:
    """The first `query.k` results with their chunks, scores and ranks in every stage."""
    table = collection.table
    positions = ranking.order[: ranking.query.k]
    own_key = text_key(ranking.query.text)
    hits = []
    for rank, (position, chunk) in enumerate(
        zip(positions.tolist(), ranking.chunks_of(positions, collection), strict=True), start=1
    ):
        row = int(ranking.candidates.rows[position])
        hits.append(
            Hit(
                rank=rank,
                chunk=chunk,
                scores=_scores(ranking, position),
                ranks=_ranks(ranking, position),
                identical=_identical(table, row, ranking.allowed),
                is_query=int(table.text_keys[row]) == own_key,
            )
        )
    return tuple(hits)


def _identical(table: ChunkTable, row: int, allowed: Mask | None) -> tuple[str, ...]:
    same = table.text_keys == table.text_keys[row]
    if allowed is not None:
        same &= allowed
    return tuple(table.ids[other] for other in np.flatnonzero(same) if other != row)


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
