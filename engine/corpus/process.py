"""From files on disk to rows ready for the index: the part that worker processes do.

Imports nothing heavy: a worker is started afresh and must be at work in a fraction of a second.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

import numpy as np

from engine.code.normal import clean, text_key
from engine.corpus.chunk import chunk_text
from engine.corpus.read import decode
from engine.corpus.rows import ROWS_NAME, read_row, row_chunks
from engine.corpus.table import Interner, chunk_tokens, framework_mask
from engine.errors import DataError
from engine.types import Chunk

MAX_CHUNKS = 50_000
"""Chunks of one file that are kept; the numbering of chunks allows a million."""

ChunkRow = tuple[str, int, int, str, str, str, int | None, str, str]
"""id, start line, end line, kind, name, frameworks joined by commas, cell, description, text."""


@dataclass(frozen=True, slots=True)
class Task:
    """A file to process. `digest` is that of its content when it was processed last.

    With an `offset` it is a row of `size` bytes in the file of rows in the folder `root`.
    """

    number: int
    root: str
    path: str
    salt: str
    digest: bytes | None
    offset: int | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class FileColumns:
    """The table's columns for one file, one entry per chunk, as bytes in native order.

    `tokens` (int32) are all chunks' tokens one after the other, `counts` (int32) how many belong
    to each; `text_keys` and `vector_keys` are int64, `frameworks` uint16.
    """

    ids: str  # joined by newlines
    counts: bytes
    tokens: bytes
    text_keys: bytes
    vector_keys: bytes
    frameworks: bytes


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of a file.

    `columns` is None if the content is that of the last time, or if there is a `problem`: the
    reason, in words, why the file is left out. `seen_ns` is when it was read.
    """

    number: int
    size: int = 0
    mtime_ns: int = 0
    seen_ns: int = 0
    digest: bytes = b""
    problem: str = ""
    language: str = ""
    chunks: tuple[ChunkRow, ...] = ()
    columns: FileColumns | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Results for some files. Their tokens are numbers of the processor's own vocabulary.

    `words` are those that it has met since its last batch; it numbers them on from there.
    """

    words: tuple[str, ...]
    files: tuple[FileResult, ...]


class Processor:
    """Processes files one batch after the other, with a vocabulary that grows."""

    def __init__(self) -> None:
        self._vocabulary = Interner()
        self._handed_over = 0

    def process(self, tasks: Sequence[Task]) -> Batch:
        """Read, chunk and tokenise some files. Nothing about a single file makes it raise."""
        files = tuple(self._file(task) for task in tasks)
        words = tuple(self._vocabulary.strings[self._handed_over :])
        self._handed_over += len(words)
        return Batch(words, files)

    def _file(self, task: Task) -> FileResult:
        seen_ns = time.time_ns()
        try:
            data, status = _read(task)
        except OSError as error:
            return FileResult(task.number, problem=f"cannot be read: {error.strerror or error}")
        result = FileResult(
            number=task.number,
            size=status.st_size if task.offset is None else len(data),
            mtime_ns=status.st_mtime_ns,
            seen_ns=seen_ns,
            digest=blake2b(data, digest_size=16).digest(),
        )
        if result.digest == task.digest:
            return result
        return self._chunked(task, data, result)

    def _chunked(self, task: Task, data: bytes, result: FileResult) -> FileResult:
        problem, chunks = "", list[Chunk]()
        try:
            chunks = [_storable(chunk) for chunk in _chunks(task, data)[:MAX_CHUNKS]]
        except DataError as error:
            problem = str(error)
        except Exception as error:  # one odd file must not stop the indexing of all others
            problem = f"could not be processed ({type(error).__name__}: {error})"
        return FileResult(
            number=result.number,
            size=result.size,
            mtime_ns=result.mtime_ns,
            seen_ns=result.seen_ns,
            digest=result.digest,
            problem=problem,
            language=chunks[0].language if chunks else "",
            chunks=tuple(_row(chunk) for chunk in chunks),
            columns=self._columns(chunks),
        )

    def _columns(self, chunks: Sequence[Chunk]) -> FileColumns:
        tokens = [self._vocabulary.all(chunk_tokens(chunk)) for chunk in chunks]
        empty = np.zeros(0, dtype=np.int32)
        return FileColumns(
            ids="\n".join(chunk.id for chunk in chunks),
            counts=np.array([len(row) for row in tokens], dtype=np.int32).tobytes(),
            tokens=np.concatenate([empty, *tokens]).tobytes(),
            text_keys=np.array([text_key(c.text) for c in chunks], dtype=np.int64).tobytes(),
            vector_keys=np.array([vector_key(c) for c in chunks], dtype=np.int64).tobytes(),
            frameworks=np.array(
                [framework_mask(c.frameworks) for c in chunks], dtype=np.uint16
            ).tobytes(),
        )


def _read(task: Task) -> tuple[bytes, os.stat_result]:
    if task.offset is not None:
        return read_row(Path(task.root, ROWS_NAME), task.offset, task.size)
    with Path(task.root, task.path).open("rb") as file:
        return file.read(), os.fstat(file.fileno())


def _chunks(task: Task, data: bytes) -> list[Chunk]:
    if task.offset is not None:
        return row_chunks(data, task.root)
    return chunk_text(decode(data, task.path), path=task.path, root=task.root, salt=task.salt)


def _storable(chunk: Chunk) -> Chunk:
    """A chunk without lone surrogates, which a notebook's JSON can express and SQLite not keep."""
    said = (chunk.name, chunk.description, chunk.text)
    name, description, text = map(clean, said)
    if (name, description, text) == said:
        return chunk
    return replace(chunk, name=name, description=description, text=text)


def vector_key(chunk: Chunk) -> int:
    """A 63-bit hash of everything an encoder may read of a chunk: name, description and text.

    Vectors are kept under it, so that a chunk that only moved keeps its vector.
    """
    said = "\0".join((chunk.name, chunk.description, chunk.text))
    digest = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _row(chunk: Chunk) -> ChunkRow:
    return (
        chunk.id,
        chunk.start_line,
        chunk.end_line,
        chunk.kind,
        chunk.name,
        ",".join(chunk.frameworks),
        chunk.cell,
        chunk.description,
        chunk.text,
    )
