"""Gives the chunks of a corpus their vectors, a few at a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.corpus.store import CorpusStore
from engine.job import Job
from engine.retrieval.views import chunk_view
from engine.types import Progress
from engine.types_corpora import EMBEDDING

if TYPE_CHECKING:
    from engine.corpus.snapshot import StoredCollection
    from engine.models.encoder import Encoder

BATCH = 8
"""Chunks embedded in one step: about 0.1 s on a CPU, which is how long a search may wait."""

KEEP_SECONDS = 2.0
"""How much embedding a killed process may lose."""


def embed_rows(
    store: CorpusStore, collection: StoredCollection, rows: NDArray[np.int64], encoder: Encoder
) -> Job[None]:
    """Embed some rows of one generation, as long as it is the present one."""
    pending: list[int] = []
    vectors: list[NDArray[np.float32]] = []

    def keep() -> None:
        if pending and not store.closed:
            collection.put_vectors(encoder.fingerprint, pending, np.concatenate(vectors))
            pending.clear()
            vectors.clear()

    start = kept = time.monotonic()
    try:
        for first in range(0, len(rows), BATCH):
            if store.closed or store.generation != collection.table.generation:
                return  # there are newer chunks, and these may be gone
            part = rows[first : first + BATCH].tolist()
            views = [chunk_view(chunk) for chunk in collection.chunks(part)]
            vectors.append(encoder.encode(views, role="document"))
            pending += part
            now = time.monotonic()
            if now - kept > KEEP_SECONDS:
                keep()
                kept = now
            done = first + len(part)
            rate = done / max(now - start, 1e-6)
            yield Progress(EMBEDDING, done, len(rows), "", rate, (len(rows) - done) / rate)
    finally:
        keep()
