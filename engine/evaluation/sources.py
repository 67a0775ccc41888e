"""What can be measured on, by what the user calls it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine.code.normal import text_key
from engine.errors import DataError
from engine.evaluation.beir import BeirDocument, BeirQuery, BeirSet
from engine.evaluation.metrics import mean
from engine.types import Chunk, Judgement

if TYPE_CHECKING:
    from engine.corpus.collection import Collection

JUDGEMENTS = "judgements:"
"""What stands before the name of a corpus whose grades are meant."""


def own_judgements(corpus: str, collection: Collection, judgements: Iterable[Judgement]) -> BeirSet:
    """One's own grades in a corpus as a set: its queries, and every different text as a document.

    A grade belongs to a text, wherever that is now; the rounded mean counts where several people
    graded it. Raises `DataError` if nothing that is graded is in the corpus.
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
    grades: dict[str, dict[str, list[int]]] = {}
    for judgement in judgements:
        document = first.get(text_key(judgement.chunk_text))
        if document is not None:
            found = grades.setdefault(judgement.query_text, {})
            found.setdefault(document, []).append(int(judgement.grade))
    if not grades:
        raise DataError(
            f"nothing in {corpus} is graded; grade some results first, or import a data set"
        )
    queries = tuple(BeirQuery(f"q{n}", text) for n, text in enumerate(grades, start=1))
    return BeirSet(
        name=f"{JUDGEMENTS}{corpus}",
        documents=tuple(documents),
        queries=queries,
        qrels={
            query.id: {found: int(mean(given) + 0.5) for found, given in grades[query.text].items()}
            for query in queries
        },
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
