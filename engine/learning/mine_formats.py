"""Mined negatives as the rows that sentence-transformers trains on.

`triplet`: anchor, positive, negative. `n-tuple`: anchor, positive, negative_1 … negative_n, for
queries that have so many. `labeled-pair`: anchor, text, label. `labeled-list`: anchor, texts,
labels. With `output_scores` a column `score` (or `scores`) holds the cross-encoder's, as far as it
was asked. Such a file is read by `datasets.load_dataset("json", data_files=…)`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.errors import DiskError
from engine.judgements.chunk_json import chunk_to_json
from engine.judgements.exchange.files import open_new
from engine.types_training import MinedQuery, MiningOptions, Negative, Positive

Row = dict[str, Any]


def rows_of(queries: Sequence[MinedQuery], options: MiningOptions) -> Iterator[Row]:
    """The rows in the format asked for."""
    make = {
        "triplet": _triplets,
        "n-tuple": _tuples,
        "labeled-pair": _pairs,
        "labeled-list": _lists,
    }[options.output_format]
    for query in queries:
        yield from make(query, options)


def check_place(path: Path) -> None:
    """Raise `DiskError` if rows cannot be written there: mining for nothing takes minutes."""
    try:
        if not path.name or path.is_dir():
            raise DiskError(f"{path} is a folder; name a file in it")
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            _origins_beside(path).with_suffix(".jsonl.partial").lstat()  # the longest name of all
    except OSError as error:
        raise DiskError(f"cannot write {path}: {error.strerror or error}") from error


def _origins_beside(path: Path) -> Path:
    return path.with_name(f"{path.stem}.origins.jsonl")


def write(path: Path, queries: Sequence[MinedQuery], options: MiningOptions) -> int:
    """Write the rows, and beside them where each negative is from; how many rows there are.

    Raises `DiskError`.
    """
    count = 0
    with open_new(path) as file:
        for row in rows_of(queries, options):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    if path.is_file():  # nothing has its place beside a pipe or a device
        with open_new(_origins_beside(path)) as file:
            for query in queries:
                file.write(json.dumps(_origins(query), ensure_ascii=False) + "\n")
    return count


def _triplets(query: MinedQuery, options: MiningOptions) -> Iterator[Row]:
    for positive in query.positives:
        for negative in query.negatives:
            row: Row = {
                "anchor": query.query.text,
                "positive": positive.chunk.text,
                "negative": negative.chunk.text,
            }
            if options.output_scores:
                row |= {"scores": [positive.score, negative.score]}
            yield row


def _tuples(query: MinedQuery, options: MiningOptions) -> Iterator[Row]:
    if len(query.negatives) < options.num_negatives:
        return  # every row of the file has the same columns
    for positive in query.positives:
        row: Row = {"anchor": query.query.text, "positive": positive.chunk.text}
        for number, negative in enumerate(query.negatives, 1):
            row[f"negative_{number}"] = negative.chunk.text
        if options.output_scores:
            row["scores"] = [positive.score, *(negative.score for negative in query.negatives)]
        yield row


def _pairs(query: MinedQuery, options: MiningOptions) -> Iterator[Row]:
    for found, label in _labelled(query):
        row = {"anchor": query.query.text, "text": found.chunk.text, "label": label}
        if options.output_scores:
            row["score"] = found.score
        yield row


def _lists(query: MinedQuery, options: MiningOptions) -> Iterator[Row]:
    found = list(_labelled(query))
    row = {
        "anchor": query.query.text,
        "texts": [one.chunk.text for one, _ in found],
        "labels": [label for _, label in found],
    }
    if options.output_scores:
        row["scores"] = [one.score for one, _ in found]
    yield row


def _labelled(query: MinedQuery) -> Iterator[tuple[Positive | Negative, int]]:
    yield from ((positive, 1) for positive in query.positives)
    yield from ((negative, 0) for negative in query.negatives)


def _origins(query: MinedQuery) -> Row:
    def described(negative: Negative) -> Row:
        return {
            "origin": negative.origin.value,
            "weight": negative.weight,
            "rank": negative.rank,
            "score": negative.score,
            "chunk": chunk_to_json(negative.chunk),
        }

    return {
        "query": query.query.text,
        "corpus": query.query.corpus,
        "positives": [
            {"grade": p.grade, "score": p.score, "chunk": chunk_to_json(p.chunk)}
            for p in query.positives
        ],
        "negatives": [described(negative) for negative in query.negatives],
    }
