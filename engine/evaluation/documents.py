"""The documents of a set as a collection that the product's own search can read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.code.normal import text_key
from engine.corpus.collection import MemoryCollection
from engine.corpus.document import document_chunks as corpus_chunks
from engine.corpus.table import ChunkTable, Interner, chunk_tokens, framework_mask, offsets
from engine.evaluation.beir import BeirDocument
from engine.evaluation.progress import Pace, run_under
from engine.evaluation.vector_cache import VectorCache, vector_key
from engine.job import Job, JobContext
from engine.models.encoder import Encoder
from engine.retrieval.views import chunk_view
from engine.types import Chunk

SHARD = 256
"""Texts that are kept at once: what a killed run may lose."""

STEP_SECONDS = 0.05
"""How long chunking goes on before it lets go."""

CPU_STEP = 16
"""Texts encoded before letting go, on a CPU: a few tenths of a second."""


@dataclass(frozen=True, slots=True)
class VectorReport:
    """Where the vectors of a collection came from, and the seconds that took."""

    encoded: int
    cached: int
    seconds: float


class BuiltCollection(MemoryCollection):
    """A collection in memory whose table was made elsewhere."""

    def __init__(self, chunks: Sequence[Chunk], table: ChunkTable) -> None:
        super().__init__(())
        self._chunks = list(chunks)
        self._table = table


def build_collection(documents: Sequence[BeirDocument], ctx: JobContext) -> MemoryCollection:
    """As `collection_of`, as a call. Raises `Cancelled`."""
    return run_under(collection_of(documents), ctx)


def collection_of(
    documents: Sequence[BeirDocument], chunks: Sequence[Sequence[Chunk]] | None = None
) -> Job[MemoryCollection]:
    """Chunk the documents as files are chunked. A document without text has no chunk.

    Every chunk carries the frameworks of its whole document, so that the search's own filter
    decides by document. `chunks` gives each document's where they are known already.
    """
    found: list[Chunk] = []
    owners: list[int] = []
    tokens: list[NDArray[np.int32]] = []
    keys: list[int] = []
    vocabulary = Interner()
    pace = Pace("chunking", len(documents))
    told, since = time.perf_counter(), 0
    for number, document in enumerate(documents):
        for chunk in document_chunks(document) if chunks is None else chunks[number]:
            found.append(chunk)
            owners.append(number)
            tokens.append(vocabulary.all(chunk_tokens(chunk)))
            keys.append(text_key(chunk.text))
        since += 1
        if time.perf_counter() - told > STEP_SECONDS or number == len(documents) - 1:
            yield pace.advance(since)
            told, since = time.perf_counter(), 0
    return BuiltCollection(found, _table(found, owners, tokens, keys, vocabulary))


def _table(
    chunks: Sequence[Chunk],
    owners: Sequence[int],
    tokens: Sequence[NDArray[np.int32]],
    keys: Sequence[int],
    vocabulary: Interner,
) -> ChunkTable:
    """As `engine.corpus.table.build_table` makes it, from tokens that are there already."""
    paths, languages = Interner(), Interner()
    return ChunkTable(
        generation=0,
        ids=[chunk.id for chunk in chunks],
        documents=np.asarray(owners, dtype=np.int32),
        paths=paths.strings,
        path_ids=paths.all(chunk.path for chunk in chunks),
        languages=languages.strings,
        language_ids=languages.all(chunk.language for chunk in chunks).astype(np.int16),
        frameworks=np.array([framework_mask(c.frameworks) for c in chunks], dtype=np.uint16),
        text_keys=np.array(keys, dtype=np.int64),
        indptr=offsets([len(row) for row in tokens]),
        token_ids=np.concatenate(tokens) if tokens else np.zeros(0, dtype=np.int32),
        vocab=vocabulary.strings,
    )


def document_chunks(document: BeirDocument) -> list[Chunk]:
    """The chunks of one document, as a search in an imported data set sees them."""
    return corpus_chunks(document.id, document.title, document.text, document.language)


def add_vectors(
    collection: MemoryCollection, encoder: Encoder, cache: Path, ctx: JobContext
) -> VectorReport:
    """As `vectors_of`, as a call. Raises `Cancelled` and `DiskError`."""
    return run_under(vectors_of(collection, encoder, cache), ctx)


def vectors_of(collection: MemoryCollection, encoder: Encoder, cache: Path) -> Job[VectorReport]:
    """Give every chunk its vector, from `cache` where it is there, else from the encoder.

    New vectors are kept in `cache` as they come, those before an interruption too. Raises
    `DiskError`.
    """
    start = time.perf_counter()
    rows = range(len(collection.table))
    views = [chunk_view(chunk) for chunk in collection.chunks(rows)]
    keys = [vector_key(view) for view in views]
    shards = VectorCache(cache / "vectors" / encoder.fingerprint, encoder.dimension)
    vectors, present = shards.find(keys)
    # Longest first: texts of one length go through the model together.
    missing = sorted(np.flatnonzero(~present).tolist(), key=lambda row: -len(views[row]))
    pace = Pace("encoding documents", len(missing), work=sum(len(views[row]) for row in missing))
    step = SHARD if encoder.device.is_gpu else CPU_STEP
    fresh: list[int] = []

    def keep() -> None:
        if fresh:
            shards.add([keys[row] for row in fresh], vectors[fresh])
            fresh.clear()

    try:
        for first in range(0, len(missing), step):
            part = missing[first : first + step]
            texts = [views[row] for row in part]
            vectors[part] = encoder.encode(texts, role="document")
            fresh += part
            if len(fresh) >= SHARD:
                keep()
            yield pace.advance(len(part), work=sum(map(len, texts)))
    finally:
        keep()
    if len(rows):
        collection.put_vectors(encoder.fingerprint, rows, vectors)
    return VectorReport(len(missing), len(rows) - len(missing), time.perf_counter() - start)
