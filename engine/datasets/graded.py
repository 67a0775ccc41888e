"""The judgements of a data set, as the store keeps those of a person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import numpy as np

from engine.code.kind import detect_kind
from engine.corpus.snapshot import StoredCollection
from engine.judgements.imported import judge_of
from engine.types import Chunk, Grade, JudgementDraft, Query

QUESTIONS = 64
"""Questions whose documents are fetched from the index together."""

Qrels = Mapping[str, Mapping[str, int]]


def drafts_of(
    name: str, folder: Path, qrels: Qrels, collection: StoredCollection
) -> Iterator[list[JudgementDraft]]:
    """Batches of them, one for each chunk of each judged document.

    What is said of a document holds for its parts. Grades beyond those of CodeSearchNet become its
    lowest or highest. A document that has no chunk (none that can be searched) has no judgement.
    """
    chunks_of = _Chunks(collection)
    with (folder / "queries.jsonl").open(encoding="utf-8") as file:
        while batch := [json.loads(line) for line in islice(file, QUESTIONS)]:
            wanted = {document for row in batch for document in qrels[row["_id"]]}
            chunks = chunks_of.documents(wanted)
            drafts: list[JudgementDraft] = []
            for row in batch:
                query = Query(row["text"], name, detect_kind(row["text"]))
                drafts += (
                    JudgementDraft(query, chunk, _clip(grade), judge=judge_of(name))
                    for document, grade in qrels[row["_id"]].items()
                    for chunk in chunks.get(document, ())
                )
            yield drafts


class _Chunks:
    """Finds the chunks of documents by their ids."""

    def __init__(self, collection: StoredCollection) -> None:
        table = collection.table
        self._collection = collection
        self._number = {path: number for number, path in enumerate(table.paths)}
        self._rows = np.argsort(table.documents, kind="stable")
        self._documents = table.documents[self._rows]

    def documents(self, wanted: set[str]) -> dict[str, list[Chunk]]:
        numbers = [self._number[found] for found in wanted if found in self._number]
        first = np.searchsorted(self._documents, numbers, side="left")
        last = np.searchsorted(self._documents, numbers, side="right")
        rows = [int(row) for a, b in zip(first, last, strict=True) for row in self._rows[a:b]]
        found: dict[str, list[Chunk]] = {}
        for chunk in self._collection.chunks(rows):
            found.setdefault(chunk.path, []).append(chunk)
        return found


def _clip(grade: int) -> Grade:
    return Grade(min(max(grade, Grade.IRRELEVANT), Grade.EXACT))
