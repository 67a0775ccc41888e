"""Putting a generation's table together from the files' columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.corpus.index_file import IndexFile, read_words
from engine.corpus.schema import CHUNK_BITS, LIVE
from engine.corpus.table import ChunkTable, Interner, offsets


@dataclass(frozen=True)
class Assembled:
    """A table, and for each row the chunk's key in the index and the key of its vector.

    `roots` holds the root of each document.
    """

    table: ChunkTable
    roots: list[str]
    chunk_keys: NDArray[np.int64]
    vector_keys: NDArray[np.int64]


_COLUMNS = f"""
    SELECT f.id, f.root, f.path, f.language, f.chunks,
           c.ids, c.counts, c.tokens, c.text_keys, c.vector_keys, c.frameworks
    FROM files f JOIN columns c ON c.file = f.id
    WHERE f.state = {LIVE} ORDER BY f.path, f.root
"""


def assemble(index: IndexFile) -> Assembled:
    """The present generation: files in the order of their paths, chunks in that of their lines.

    Reads one row per file, not one per chunk. Raises `CorpusError` if the index is damaged.
    """
    with index.reading():
        generation = index.generation
        words = read_words(index)
        rows = index.rows(_COLUMNS)
    try:
        assembled = _assembled(generation, words, rows)
    except (ValueError, TypeError) as error:
        raise index.damaged() from error
    if not _is_consistent(assembled):
        raise index.damaged()
    return assembled


def _assembled(generation: int, words: list[str], rows: list[Any]) -> Assembled:
    columns = list(zip(*rows, strict=True)) or [()] * 11
    del rows
    ids, roots, paths, language, sizes, chunk_ids, *blobs = columns
    counts, tokens, text_keys, vector_keys, frameworks = blobs
    files = np.array(ids, dtype=np.int64)
    starts = offsets(np.array(sizes, dtype=np.int32))
    documents = np.repeat(np.arange(len(files), dtype=np.int32), np.diff(starts))
    languages = Interner()
    language_ids = languages.all(language).astype(np.int16)
    table = ChunkTable(
        generation=generation,
        ids="\n".join(chunk_ids).split("\n") if chunk_ids else [],
        documents=documents,
        paths=list(paths),
        path_ids=documents,
        languages=languages.strings,
        language_ids=language_ids[documents],
        frameworks=np.frombuffer(b"".join(frameworks), dtype=np.uint16),
        text_keys=np.frombuffer(b"".join(text_keys), dtype=np.int64),
        indptr=offsets(np.frombuffer(b"".join(counts), dtype=np.int32)),
        token_ids=np.frombuffer(b"".join(tokens), dtype=np.int32),
        vocab=words,
    )
    places = np.arange(starts[-1], dtype=np.int64) - starts[documents]
    return Assembled(
        table=table,
        roots=list(roots),
        chunk_keys=(files[documents] << CHUNK_BITS) + places,
        vector_keys=np.frombuffer(b"".join(vector_keys), dtype=np.int64),
    )


def _is_consistent(assembled: Assembled) -> bool:
    """Whether the columns fit together, and every token has a word."""
    table = assembled.table
    count = len(table.documents)
    columns = (table.ids, table.frameworks, table.text_keys, assembled.vector_keys)
    if any(len(column) != count for column in columns) or len(table.indptr) != count + 1:
        return False
    tokens = table.token_ids
    if table.indptr[-1] != len(tokens) or np.any(np.diff(table.indptr) < 0):
        return False
    return not len(tokens) or bool(tokens.min() >= 0 and tokens.max() < len(table.vocab))
