"""The documents of a set as a collection that the product's own search can read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.corpus.collection import MemoryCollection
from engine.corpus.document import document_chunks as corpus_chunks
from engine.evaluation.beir import BeirDocument
from engine.evaluation.progress import Meter
from engine.evaluation.vector_cache import VectorCache, vector_key
from engine.job import JobContext
from engine.models.encoder import Encoder
from engine.retrieval.views import chunk_view
from engine.types import Chunk

SHARD = 256
"""Texts encoded, and then kept, at once: what a stopped run may lose."""


@dataclass(frozen=True, slots=True)
class VectorReport:
    """Where the vectors of a collection came from, and the seconds that took."""

    encoded: int
    cached: int
    seconds: float


def build_collection(documents: Sequence[BeirDocument], ctx: JobContext) -> MemoryCollection:
    """Chunk the documents as files are chunked. A document without text has no chunk.

    Every chunk carries the frameworks of its whole document, so that the search's own filter
    decides by document. Raises `Cancelled`.
    """
    chunks: list[Chunk] = []
    owners: list[int] = []
    meter = Meter(ctx, "chunking", len(documents))
    for number, document in enumerate(documents):
        found = document_chunks(document)
        chunks.extend(found)
        owners.extend([number] * len(found))
        meter.advance()
    return MemoryCollection(chunks, owners)


def document_chunks(document: BeirDocument) -> list[Chunk]:
    """The chunks of one document, as a search in an imported data set sees them."""
    return corpus_chunks(document.id, document.title, document.text, document.language)


def add_vectors(
    collection: MemoryCollection, encoder: Encoder, cache: Path, ctx: JobContext
) -> VectorReport:
    """Give every chunk its vector, from `cache` where it is there, else from the encoder.

    New vectors are kept in `cache` as they come. Raises `Cancelled` and `DiskError`.
    """
    start = time.perf_counter()
    rows = range(len(collection.table))
    views = [chunk_view(chunk) for chunk in collection.chunks(rows)]
    keys = [vector_key(view) for view in views]
    shards = VectorCache(cache / "vectors" / encoder.fingerprint, encoder.dimension)
    vectors, present = shards.find(keys)
    # Longest first: texts of one length go through the model together.
    missing = sorted(np.flatnonzero(~present), key=lambda row: -len(views[row]))
    size = sum(len(views[row]) for row in missing)
    meter = Meter(ctx, "encoding documents", len(missing), work=size)
    for first in range(0, len(missing), SHARD):
        part = missing[first : first + SHARD]
        texts = [views[row] for row in part]
        vectors[part] = encoder.encode(texts, role="document", ctx=ctx)
        shards.add([keys[row] for row in part], vectors[part])
        meter.advance(len(part), work=sum(map(len, texts)))
    if len(rows):
        collection.put_vectors(encoder.fingerprint, rows, vectors)
    return VectorReport(len(missing), len(rows) - len(missing), time.perf_counter() - start)
