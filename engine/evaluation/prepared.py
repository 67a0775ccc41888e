"""A set made ready to be searched: chunked, embedded, and its queries put as they are asked."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.code.frameworks import parse_framework
from engine.code.normal import text_key
from engine.corpus.collection import MemoryCollection
from engine.errors import DataError
from engine.evaluation import words
from engine.evaluation.beir import BeirQuery, BeirSet
from engine.evaluation.documents import VectorReport, collection_of, vectors_of
from engine.evaluation.progress import run_under
from engine.job import Job, JobContext
from engine.models.encoder import Encoder
from engine.retrieval.search import MOST_CHARACTERS
from engine.types import Framework, Query


@dataclass(frozen=True, slots=True)
class Question:
    """A query of the set as it is asked, what it should find and what it must not."""

    query: Query
    qrels: Mapping[str, int]
    excluded: frozenset[int]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A set that is ready to be searched."""

    name: str
    ids: tuple[str, ...]  # of the documents, by their number in the collection
    questions: tuple[Question, ...]
    collection: MemoryCollection
    vectors: VectorReport | None  # None when no pipeline needs them
    seconds: float  # for chunking and tokenising
    data: BeirSet
    notes: tuple[str, ...] = field(default=())

    def document_of(self, chunk_id: str) -> int:
        """The number of the document that a chunk is of."""
        table = self.collection.table
        return int(table.documents[table.row_of[chunk_id]])


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
    """As `preparing`, as a call. Raises `Cancelled`."""
    encoders = [encoder] if encoder is not None else []
    return run_under(
        preparing(data, encoders, rerank=rerank, use_target=use_target, limit=limit, cache=cache),
        ctx,
    )


def preparing(
    data: BeirSet,
    encoders: Collection[Encoder],
    *,
    rerank: int | None = None,
    use_target: bool = False,
    drop_identical: bool = False,
    limit: int | None = None,
    cache: Path,
) -> Job[Prepared]:
    """Chunk the documents, embed them with every encoder, and put the questions.

    `use_target` limits each query's results to the framework in its `target`; `drop_identical`
    leaves out documents whose text is the query's own, unless they are labelled relevant.

    Raises `DataError` for a target that is wrong, `DiskError`.
    """
    ids = tuple(document.id for document in data.documents)
    questions = _questions(data, ids, rerank, use_target, drop_identical, limit)
    start = time.perf_counter()
    collection = yield from collection_of(data.documents, data.chunks)
    seconds = time.perf_counter() - start
    reports: list[VectorReport] = []
    for encoder in encoders:
        report = yield from vectors_of(collection, encoder, cache)
        reports.append(report)
    return Prepared(
        name=data.name,
        ids=ids,
        questions=questions,
        collection=collection,
        vectors=_sum(reports),
        seconds=seconds,
        data=data,
        notes=tuple(_notes(data, questions, collection)),
    )


def _questions(
    data: BeirSet,
    ids: Sequence[str],
    rerank: int | None,
    use_target: bool,
    drop_identical: bool,
    limit: int | None,
) -> tuple[Question, ...]:
    if use_target and not any(query.target for query in data.queries):
        raise DataError(f"no query of {data.name} has a target; leave out --use-target")
    number_of = {document: number for number, document in enumerate(ids)}
    by_text: dict[int, list[str]] = {}
    if drop_identical:
        for document in data.documents:
            by_text.setdefault(text_key(document.text), []).append(document.id)

    def left_out(query: BeirQuery) -> frozenset[int]:
        found = set(data.excluded.get(query.id, ()))
        if drop_identical:
            grades = data.qrels[query.id]
            same = by_text.get(text_key(query.text), ())
            found.update(document for document in same if grades.get(document, 0) <= 0)
        return frozenset(number_of[document] for document in found)

    return tuple(
        Question(
            query=Query(
                text=query.text,
                corpus=data.name,
                framework=_target(query.id, query.target) if use_target else None,
                rerank=rerank,
            ),
            qrels=data.qrels[query.id],
            excluded=left_out(query),
            id=query.id,
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


def _notes(data: BeirSet, questions: Sequence[Question], collection: MemoryCollection) -> list[str]:
    """What a reader of the figures should know of the set."""
    notes = []
    if len(data.documents) == 1:
        notes.append("the corpus has one document: whatever finds it is perfect")
    empty = len(data.documents) - len(set(collection.table.documents.tolist()))
    if empty:
        notes.append(f"{words.documents(empty)}: no text, so never found")
    unanswerable = sum(not any(grade > 0 for grade in q.qrels.values()) for q in questions)
    if unanswerable:
        notes.append(f"{words.queries(unanswerable)}: no relevant document, so counted with 0")
    long = sum(len(question.query.text) > MOST_CHARACTERS for question in questions)
    if long:
        limit = f"longer than {MOST_CHARACTERS:,} characters, so read up to there"
        notes.append(f"{words.queries(long)}: {limit}")
    return notes


def _sum(reports: Sequence[VectorReport]) -> VectorReport | None:
    if not reports:
        return None
    return VectorReport(
        encoded=sum(report.encoded for report in reports),
        cached=sum(report.cached for report in reports),
        seconds=sum(report.seconds for report in reports),
    )
