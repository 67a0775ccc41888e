"""What can be measured on, by what the user calls it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine.code.normal import text_key
from engine.errors import DataError
from engine.evaluation.beir import BeirDocument, BeirQuery, BeirSet
from engine.judgements.records import content_key
from engine.types import Chunk, Grade, Judgement

if TYPE_CHECKING:
    from engine.corpus.collection import Collection

JUDGEMENTS = "judgements:"
"""What stands before the name of a corpus whose grades are meant."""


def own_judgements(
    corpus: str, collection: Collection, judged: Iterable[tuple[Judgement, Grade]]
) -> BeirSet:
    """One's own grades in a corpus as a set: its queries, and every different text as a document.

    `judged` has each result with the grade that its judges come to. A grade belongs to a text,
    wherever that is now. Raises `DataError` if nothing that is graded is in the corpus.
    """
    table = collection.table
    documents: list[BeirDocument] = []
    chunks: list[tuple[Chunk, ...]] = []
    first: dict[int, str] = {}
    for row, chunk in enumerate(collection.chunks(range(len(table)))):
        key = int(table.text_keys[row])
        if key not in first:
            first[key] = chunk.id
            documents.append(BeirDocument(chunk.id, chunk.name, chunk.text, chunk.language))
            chunks.append((chunk,))
    asked: dict[str, str] = {}  # of queries laid out in several ways the first
    grades: dict[str, dict[str, int]] = {}
    for judgement, grade in judged:
        document = first.get(text_key(judgement.chunk_text))
        if document is not None:
            query = asked.setdefault(content_key(judgement.query_text), judgement.query_text)
            grades.setdefault(query, {})[document] = int(grade)
    if not grades:
        raise DataError(
            f"nothing in {corpus} is graded; grade some results first, or import a data set"
        )
    queries = tuple(BeirQuery(f"q{n}", text) for n, text in enumerate(grades, start=1))
    return BeirSet(
        name=f"{JUDGEMENTS}{corpus}",
        documents=tuple(documents),
        queries=queries,
        qrels={query.id: grades[query.text] for query in queries},
        chunks=tuple(chunks),
    )


def texts_of(data: BeirSet) -> dict[str, tuple[str, str]]:
    """Text and language of each document."""
    if data.chunks is not None:
        return {document.id: (document.text, document.language) for document in data.documents}
    return {
        document.id: (document.text or document.title, document.language)
        for document in data.documents
    }
