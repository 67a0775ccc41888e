"""Measure the product's own search on an evaluation set.

Each document is one result, however it is chunked inside: the ranking that is measured is
`Searcher.rank`, the same stages, filters, weights and depths as a search in the window.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.code.frameworks import parse_framework
from engine.corpus.collection import MemoryCollection
from engine.errors import DataError, ModelError
from engine.evaluation import metrics
from engine.evaluation.beir import BeirSet, load_beir
from engine.evaluation.documents import VectorReport, add_vectors, build_collection
from engine.evaluation.progress import Meter
from engine.job import JobContext
from engine.models.cross_encoder import CrossEncoder
from engine.models.encoder import Encoder
from engine.retrieval.search import Pipeline, Searcher
from engine.retrieval.weights import Weights
from engine.types import Framework, Query

DEPTH = 100
"""How many documents a ranking has: what recall@100 needs; the MRR looks no further either."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query of the set as it is asked, what it should find and what it must not."""

    query: Query
    qrels: Mapping[str, int]
    excluded: frozenset[int]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A set that is ready to be searched."""

    name: str
    ids: tuple[str, ...]  # of the documents, by their number in the collection
    questions: tuple[Question, ...]
    collection: MemoryCollection
    vectors: VectorReport | None  # None when no pipeline needs them
    seconds: float  # for chunking and tokenising


def evaluate(
    folder: Path,
    pipelines: Sequence[Pipeline],
    *,
    rerank: int | None = None,
    use_target: bool = False,
    limit: int | None = None,
    encoder: Encoder | None,
    cross_encoder: CrossEncoder | None,
    cache: Path,
    ctx: JobContext,
    weights: Weights | None = None,
) -> dict[str, Any]:
    """Measure `pipelines` on the set in `folder`; the result is ready to be printed as JSON.

    `rerank` is how many candidates the cross-encoder sees (None: the device's default);
    `use_target` limits each query's results to the framework in its `target`; `limit` keeps the
    first queries only. `index_s` is the time really spent on making the documents searchable, with
    the vectors that `cache` already held counted under `vectors.cached`.

    Raises `DataError` for a wrong set, `ModelError` for a missing model, `Cancelled`.
    """
    _check_models(pipelines, rerank, encoder, cross_encoder)
    data = load_beir(folder)
    needs_vectors = any(pipeline != "bm25" for pipeline in pipelines)
    prepared = prepare(
        data,
        encoder=encoder if needs_vectors else None,
        rerank=rerank,
        use_target=use_target,
        limit=limit,
        cache=cache,
        ctx=ctx,
    )
    report: dict[str, Any] = {
        "dataset": prepared.name,
        "queries": len(prepared.questions),
        "docs": len(prepared.ids),
        "pipelines": {
            pipeline: _measure(prepared, pipeline, encoder, cross_encoder, weights, ctx)
            for pipeline in pipelines
        },
        "gain": "linear",
        "use_target": use_target,
        "rerank": rerank,
    }
    if prepared.vectors is not None:
        found = prepared.vectors
        report["vectors"] = {"encoded": found.encoded, "cached": found.cached}
    used = {"encoder": encoder, "cross-encoder": cross_encoder}
    report["models"] = {
        role: {"name": model.name, "fingerprint": model.fingerprint}
        for role, model in used.items()
        if model is not None
    }
    return report


def prepare(
    data: BeirSet,
    *,
    encoder: Encoder | None,
    rerank: int | None,
    use_target: bool,
    limit: int | None,
    cache: Path,
    ctx: JobContext,
) -> Prepared:
    """Chunk the documents, embed them if there is an `encoder`, and put the questions."""
    ids = tuple(document.id for document in data.documents)
    questions = _questions(data, ids, rerank, use_target, limit)
    start = time.perf_counter()
    collection = build_collection(data.documents, ctx)
    seconds = time.perf_counter() - start
    vectors = add_vectors(collection, encoder, cache, ctx) if encoder is not None else None
    return Prepared(data.name, ids, questions, collection, vectors, seconds)


def _questions(
    data: BeirSet, ids: Sequence[str], rerank: int | None, use_target: bool, limit: int | None
) -> tuple[Question, ...]:
    if use_target and not any(query.target for query in data.queries):
        raise DataError(f"no query of {data.name} has a target; leave out --use-target")
    number_of = {document: number for number, document in enumerate(ids)}
    return tuple(
        Question(
            query=Query(
                text=query.text,
                corpus=data.name,
                framework=_target(query.id, query.target) if use_target else None,
                rerank=rerank,
            ),
            qrels=data.qrels[query.id],
            excluded=frozenset(number_of[found] for found in data.excluded.get(query.id, ())),
        )
        for query in data.queries[:limit]
    )


def _target(query: str, name: str) -> Framework | None:
    if not name:
        return None
    try:
        return parse_framework(name)
    except DataError as error:
        raise DataError(f"queries.jsonl, query {query!r}: {error}") from None


def _measure(
    prepared: Prepared,
    pipeline: Pipeline,
    encoder: Encoder | None,
    cross_encoder: CrossEncoder | None,
    weights: Weights | None,
    ctx: JobContext,
) -> dict[str, Any]:
    encoder = None if pipeline == "bm25" else encoder
    cross_encoder = cross_encoder if pipeline == "rerank" else None
    start = time.perf_counter()
    searcher = Searcher(prepared.collection, encoder, cross_encoder, weights)
    searcher.prepare()
    index_s = prepared.seconds + time.perf_counter() - start
    if pipeline != "bm25" and prepared.vectors is not None:
        index_s += prepared.vectors.seconds
    rankings: list[list[str]] = []
    times: list[float] = []
    _warm_up(searcher, prepared.questions, pipeline, ctx)
    meter = Meter(ctx, f"{pipeline}: searching", len(prepared.questions))
    for question in prepared.questions:
        start = time.perf_counter()
        found = searcher.rank(
            question.query, ctx, pipeline, depth=DEPTH, exclude_documents=question.excluded
        )
        times.append((time.perf_counter() - start) * 1000)
        rankings.append([prepared.ids[number] for number, _ in found])
        meter.advance()
    return {
        **_scores(zip(rankings, prepared.questions, strict=True)),
        "index_s": round(index_s, 3),
        "query_ms": {
            "p50": round(metrics.percentile(times, 0.50), 3),
            "p95": round(metrics.percentile(times, 0.95), 3),
        },
    }


def _warm_up(
    searcher: Searcher, questions: Sequence[Question], pipeline: Pipeline, ctx: JobContext
) -> None:
    """Ask the first question once unmeasured: imports and first allocations are no query time."""
    for question in questions[:1]:
        searcher.rank(replace(question.query, rerank=1), ctx, pipeline)


def _scores(answered: Iterable[tuple[list[str], Question]]) -> dict[str, float]:
    pairs = [(ranking, question.qrels) for ranking, question in answered]
    values = {
        "ndcg@10": [metrics.ndcg(ranking, qrels, 10) for ranking, qrels in pairs],
        "mrr": [metrics.reciprocal_rank(ranking, qrels) for ranking, qrels in pairs],
        "hit@10": [metrics.hit(ranking, qrels, 10) for ranking, qrels in pairs],
        "recall@100": [metrics.recall(ranking, qrels, 100) for ranking, qrels in pairs],
    }
    return {name: round(metrics.mean(found), 6) for name, found in values.items()}


def _check_models(
    pipelines: Sequence[Pipeline],
    rerank: int | None,
    encoder: Encoder | None,
    cross_encoder: CrossEncoder | None,
) -> None:
    """Say what is missing before any work is done."""
    if encoder is None and any(pipeline != "bm25" for pipeline in pipelines):
        raise ModelError(
            "the encoder is not loaded; run counterpart doctor, or use --pipeline bm25"
        )
    if cross_encoder is None and "rerank" in pipelines and rerank != 0:
        raise ModelError(
            "the cross-encoder is not loaded; run counterpart doctor, or use --pipeline hybrid"
        )
