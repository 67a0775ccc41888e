"""One query through one pipeline, in small steps.

What is measured is `Searcher.search`, the product's own stages, filters, weights and depths. Only
the reading of pairs is taken apart: a cross-encoder that takes seconds for a query would keep the
window's engine from answering meanwhile. So the search is asked once to learn which pairs it wants
read, they are read batch by batch, and the search is asked again with the scores at hand.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from engine.code.understand import understand
from engine.errors import DataError
from engine.evaluation.pipelines import PipelineSpec
from engine.evaluation.prepared import Prepared, Question
from engine.job import JobContext
from engine.models.cross_encoder import CrossEncoder, Scored
from engine.models.encoder import Encoder
from engine.retrieval.filters import allowed_rows
from engine.retrieval.search import Pipeline, Searcher
from engine.retrieval.views import READ_TOGETHER, chunk_view, query_view
from engine.retrieval.weights import NOTHING, Weights, load_weights
from engine.types import Hit, Query, SearchResult, StageScores

DEPTH = 100
"""How many documents a ranking has: what recall@100 needs; the MRR looks no further either."""

MOST_SLOW = 2_000
"""Chunks that the cross-encoder may be asked to read for every query."""

Stages = Mapping[str, tuple[float | None, ...]]
Steps = Generator[None, None, "Answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A ranking: document numbers, best first, and for each its score and rank in every stage."""

    documents: tuple[int, ...]
    scores: Stages = field(default_factory=dict)
    ranks: Stages = field(default_factory=dict)
    ms: Mapping[str, float] = field(default_factory=dict)  # by stage, with `total`
    notes: tuple[str, ...] = ()


Ranker = Callable[[Question], Steps]


class StepwiseCrossEncoder:
    """Stands in for a cross-encoder: notes what is to be read, reads it in steps, then knows it."""

    def __init__(self, model: CrossEncoder) -> None:
        self._model = model
        self.name = model.name
        self.fingerprint = model.fingerprint
        self.device = model.device
        self._wanted: tuple[str, tuple[str, ...]] | None = None
        self._scores: np.ndarray[tuple[int], np.dtype[np.float32]] | None = None

    def stream(
        self, query: str, texts: Sequence[str], ctx: JobContext | None = None
    ) -> Iterator[Scored]:
        """The scores if these pairs have been read; else nothing, and they are noted."""
        wanted = (query, tuple(texts))
        if self._scores is not None and wanted == self._wanted:
            yield np.arange(len(texts), dtype=np.int64), self._scores
        else:
            self._wanted, self._scores = wanted, None

    def score(
        self, query: str, texts: Sequence[str], ctx: JobContext | None = None
    ) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """As the model has it, at once."""
        return self._model.score(query, texts, ctx)

    def forget(self) -> None:
        """Nothing is wanted."""
        self._wanted, self._scores = None, None

    def read(self) -> Generator[None, None, float | None]:
        """Read what was noted; the milliseconds that took, None if there is nothing to read."""
        if self._wanted is None:
            return None
        query, texts = self._wanted
        scores = np.zeros(len(texts), dtype=np.float32)
        spent, start = 0.0, time.perf_counter()
        for rows, values in self._model.stream(query, texts):
            scores[rows] = values
            spent += time.perf_counter() - start
            yield
            start = time.perf_counter()
        self._scores = scores
        return (spent + time.perf_counter() - start) * 1000


def make_ranker(
    prepared: Prepared,
    spec: PipelineSpec,
    encoder: Encoder | None,
    cross_encoder: CrossEncoder | None,
    weights: Weights | None = None,
    depth: int = DEPTH,
) -> Ranker:
    """What answers a question with `spec`; indexes are built here. Raises `DataError`."""
    if spec.kind == "published":
        return _Published(prepared, spec, cross_encoder, depth).rank
    if spec.kind == "slow":
        assert cross_encoder is not None
        return _Slow(prepared, cross_encoder, depth).rank
    if spec.kind == "rrf":
        return _ReciprocalRankFusion(prepared, spec, encoder, depth).rank
    return _Search(prepared, spec, encoder, cross_encoder, weights, depth).rank


class _Search:
    """The product's own search, with stages left out or their shares changed."""

    def __init__(
        self,
        prepared: Prepared,
        spec: PipelineSpec,
        encoder: Encoder | None,
        cross_encoder: CrossEncoder | None,
        weights: Weights | None,
        depth: int,
    ) -> None:
        self._prepared = prepared
        self._spec = spec
        self._depth = depth
        reads = spec.needs_cross_encoder and cross_encoder is not None
        self._reader = StepwiseCrossEncoder(cross_encoder) if reads and cross_encoder else None
        self._searcher = Searcher(
            prepared.collection,
            encoder if spec.needs_encoder else None,
            self._reader,
            _weights(spec, weights or load_weights()),
        )
        self._searcher.prepare()
        self._pipeline: Pipeline = {"bm25": "bm25", "dense": "dense", "hybrid": "hybrid"}.get(  # type: ignore[assignment]
            spec.kind, "rerank"
        )

    def rank(self, question: Question) -> Steps:
        """Ask, read the pairs if any are wanted, ask again."""
        top = question.query.rerank if self._spec.top is None else self._spec.top
        query = replace(
            question.query, k=self._depth, rerank=top, use_dense=self._spec.needs_encoder
        )
        if self._reader is not None:
            self._reader.forget()
        result = self._ask(query, question)
        ms = _stage_times(result)
        read_ms = None
        if self._reader is not None:
            yield
            read_ms = yield from self._reader.read()
        if read_ms is not None:
            result = self._ask(query, question)
            ms = {**ms, "rerank": round(read_ms, 3), "total": round(ms["total"] + read_ms, 3)}
        numbers = [self._prepared.document_of(hit.chunk.id) for hit in result.hits]
        return Answer(tuple(numbers), *_stages(result.hits), ms, result.notes)

    def _ask(self, query: Query, question: Question) -> SearchResult:
        return self._searcher.search(
            query, JobContext(), self._pipeline, "document", question.excluded
        )


class _ReciprocalRankFusion:
    """RRF (Cormack, Clarke and Büttcher, 2009): Σ 1 / (k + rank) over the lists of both legs.

    Ties go to the better rank in either list, then to the smaller id, as in NanoCoIR.
    """

    def __init__(
        self, prepared: Prepared, spec: PipelineSpec, encoder: Encoder | None, depth: int
    ) -> None:
        self._spec = spec
        self._depth = depth
        self._ids = prepared.ids
        legs = ("bm25", "dense")
        self._legs = {
            leg: _Search(prepared, PipelineSpec(leg), encoder, None, None, spec.depth).rank
            for leg in legs
        }

    def rank(self, question: Question) -> Steps:
        """Ask both legs, and add up."""
        ranks: dict[str, dict[int, int]] = {}
        scores: dict[str, dict[int, float | None]] = {}
        ms: dict[str, float] = {}
        for leg, ask in self._legs.items():
            answer = yield from ask(question)
            ranks[leg] = {number: place for place, number in enumerate(answer.documents, start=1)}
            found_scores = answer.scores.get(leg, ())  # a leg may find nothing at all
            scores[leg] = dict(zip(answer.documents, found_scores, strict=True))
            for stage, spent in answer.ms.items():
                ms[stage] = round(ms.get(stage, 0.0) + spent, 3)
        fused: dict[int, float] = {}
        best: dict[int, int] = {}
        for found in ranks.values():
            for number, rank in found.items():
                fused[number] = fused.get(number, 0.0) + 1.0 / (self._spec.k + rank)
                best[number] = min(rank, best.get(number, rank))
        order = sorted(fused, key=lambda n: (-fused[n], best[n], self._ids[n]))[: self._depth]
        guarded = self._safeguard(question, order) if self._spec.safeguard else None
        if guarded is not None:
            order.append(guarded)
        return Answer(
            tuple(order),
            {
                **{leg: tuple(scores[leg].get(n) for n in order) for leg in ranks},
                "fused": tuple(fused.get(n) for n in order),
            },
            {
                **{leg: tuple(ranks[leg].get(n) for n in order) for leg in ranks},
                "fused": tuple(range(1, len(order) + 1)),
            },
            ms,
            () if guarded is None else (f"a relevant document put on rank {len(order)}",),
        )

    def _safeguard(self, question: Question, order: Sequence[int]) -> int | None:
        """The relevant document to put after a list that has none."""
        there = {self._ids[number] for number in order}
        relevant = sorted(d for d, grade in question.qrels.items() if grade > 0)
        if not relevant or not there.isdisjoint(relevant):
            return None
        return self._ids.index(relevant[0])


class _Slow:
    """The cross-encoder's word on every document (the slow model of CasCode, alone)."""

    def __init__(self, prepared: Prepared, cross_encoder: CrossEncoder, depth: int) -> None:
        self._prepared = prepared
        self._depth = depth
        self._model = cross_encoder
        table = prepared.collection.table
        if len(table) > MOST_SLOW:
            raise DataError(
                f"slow would read all {len(table):,} pieces of {prepared.name} for every query; "
                f"it is for sets of up to {MOST_SLOW:,}; take rerank:top=100 instead"
            )
        self._views = [chunk_view(chunk) for chunk in prepared.collection.chunks(range(len(table)))]

    def rank(self, question: Question) -> Steps:
        """Read every pair that the filters let through."""
        table = self._prepared.collection.table
        allowed = allowed_rows(table, question.query, question.excluded)
        rows = np.arange(len(table)) if allowed is None else np.flatnonzero(allowed)
        start = time.perf_counter()
        view = _view(question)
        reader = StepwiseCrossEncoder(self._model)
        texts = [self._views[row] for row in rows.tolist()]
        list(reader.stream(view, texts))
        spent = (time.perf_counter() - start) * 1000
        spent += (yield from reader.read()) or 0.0
        scores = next(iter(reader.stream(view, texts)))[1] if len(texts) else np.zeros(0)
        best: dict[int, float] = {}
        for number, score in zip(table.documents[rows].tolist(), scores.tolist(), strict=True):
            best[number] = max(score, best.get(number, -1.0))
        order = sorted(best, key=lambda number: (-best[number], number))[: self._depth]
        return Answer(
            tuple(order),
            {"rerank": tuple(best[n] for n in order)},
            {"rerank": tuple(range(1, len(order) + 1))},
            {"rerank": round(spent, 3), "total": round(spent, 3)},
        )


class _Published:
    """A ranking that came with the set, as it is or with its head read by the cross-encoder."""

    def __init__(
        self,
        prepared: Prepared,
        spec: PipelineSpec,
        cross_encoder: CrossEncoder | None,
        depth: int,
    ) -> None:
        there = prepared.data.candidates
        if spec.ranker not in there:
            known = ", ".join(there) or "none"
            raise DataError(
                f"{prepared.name} has no published ranking {spec.ranker!r}; it has: {known}"
            )
        self._prepared = prepared
        self._ranked = there[spec.ranker]
        self._number = {document: number for number, document in enumerate(prepared.ids)}
        self._top = spec.top or 0
        self._depth = depth
        self._reader = StepwiseCrossEncoder(cross_encoder) if self._top and cross_encoder else None
        table = prepared.collection.table
        self._rows: dict[int, list[int]] = {}
        for row, number in enumerate(table.documents.tolist()):
            self._rows.setdefault(number, []).append(row)

    def rank(self, question: Question) -> Steps:
        """Look it up; read the head if that is wanted."""
        numbers = [self._number[found] for found in self._ranked.get(question.id, ())]
        kept = [number for number in numbers if number not in question.excluded]
        place = {number: rank for rank, number in enumerate(kept, start=1)}
        scores: dict[int, float] = {}
        ms = {"total": 0.0}
        if self._reader is not None:
            head = kept[: self._top]
            rows = [row for number in head for row in self._rows.get(number, ())]
            view = _view(question)
            texts = [chunk_view(chunk) for chunk in self._prepared.collection.chunks(rows)]
            list(self._reader.stream(view, texts))
            spent = (yield from self._reader.read()) or 0.0
            read = list(self._reader.stream(view, texts))
            documents = self._prepared.collection.table.documents
            for row, score in zip(rows, read[0][1].tolist() if read else (), strict=True):
                number = int(documents[row])
                scores[number] = max(float(score), scores.get(number, -1.0))
            head.sort(key=lambda number: (-scores.get(number, -1.0), place[number]))
            kept = head + kept[self._top :]
            ms = {"rerank": round(spent, 3), "total": round(spent, 3)}
        kept = kept[: self._depth]
        yield
        reranked = {n: rank for rank, n in enumerate(kept, start=1) if n in scores}
        return Answer(
            tuple(kept),
            {"rerank": tuple(scores.get(n) for n in kept)} if scores else {},
            {
                "published": tuple(place[n] for n in kept),
                **({"rerank": tuple(reranked.get(n) for n in kept)} if scores else {}),
            },
            ms,
        )


def _view(question: Question) -> str:
    text = question.query.text
    return query_view(text, understand(text, question.query.kind))[:READ_TOGETHER]


def _weights(spec: PipelineSpec, weights: Weights) -> Weights:
    """The product's shares, but for what `spec` says otherwise."""
    if spec.kind == "no-shape":
        weights = replace(weights, shape=NOTHING)
    if spec.kind == "no-levels":
        weights = replace(weights, level=NOTHING)
    if spec.kind == "no-hubs":
        weights = replace(weights, hubs=0.0)
    if spec.kind == "no-witnesses":
        weights = replace(weights, witness=NOTHING)
    return weights.changed(dense=1.0 if spec.kind == "no-bm25" else None, rerank=spec.share)


def _stage_times(result: SearchResult) -> dict[str, float]:
    """Milliseconds by stage; showing the list is the window's work, not the search's."""
    ms = {stage: spent for stage, spent in result.timings_ms.items() if stage != "show"}
    ms["total"] = round(sum(spent for stage, spent in ms.items() if stage != "total"), 3)
    return ms


def _stages(hits: Sequence[Hit]) -> tuple[Stages, Stages]:
    """The scores and ranks by stage, of the stages that said anything."""
    names = [field.name for field in fields(StageScores)]
    scores = {name: tuple(getattr(hit.scores, name) for hit in hits) for name in names}
    ranks = {name: tuple(getattr(hit.ranks, name) for hit in hits) for name in names}
    said = [name for name in names if any(value is not None for value in ranks[name])]
    return {name: scores[name] for name in said}, {name: ranks[name] for name in said}
