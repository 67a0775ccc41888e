"""What retrieval sees of a corpus, wherever it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.corpus.table import ChunkTable, build_table
from engine.types import Chunk

Vectors = tuple[NDArray[np.float32], NDArray[np.bool_]]
"""Vectors (n, d), and which of the n rows have one; the others are zero."""


class Collection(Protocol):
    """A snapshot of a corpus. Rows are those of `table`."""

    @property
    def table(self) -> ChunkTable:
        """The columns."""

    @property
    def sidecars(self) -> Path | None:
        """A folder for files derived from exactly this snapshot, None if there is no such place.

        It is deleted when the corpus changes. Write a file under another name and rename it.
        """

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """The chunks of some rows, in that order."""

    def texts(self, rows: Sequence[int]) -> list[str]:
        """The texts of some rows, in that order."""

    def vectors(self, fingerprint: str) -> Vectors | None:
        """The vectors made by one encoder, None if there are none at all."""


class MemoryCollection:
    """A collection that is held in memory, for evaluation and tests."""

    def __init__(self, chunks: Sequence[Chunk], documents: Sequence[int] | None = None) -> None:
        self._chunks = list(chunks)
        self._table = build_table(self._chunks, documents)
        self._vectors: dict[str, Vectors] = {}

    @property
    def table(self) -> ChunkTable:
        """The columns."""
        return self._table

    @property
    def sidecars(self) -> Path | None:
        """Nowhere: nothing of this is kept."""
        return None

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """The chunks of some rows, in that order."""
        return [self._chunks[row] for row in rows]

    def texts(self, rows: Sequence[int]) -> list[str]:
        """The texts of some rows, in that order."""
        return [self._chunks[row].text for row in rows]

    def vectors(self, fingerprint: str) -> Vectors | None:
        """The vectors that were put in for one encoder."""
        return self._vectors.get(fingerprint)

    def put_vectors(
        self, fingerprint: str, rows: Sequence[int], vectors: NDArray[np.float32]
    ) -> None:
        """Keep the vectors (len(rows), d) of some rows."""
        kept = self._vectors.get(fingerprint)
        if kept is None:
            shape = (len(self._chunks), vectors.shape[1])
            kept = (np.zeros(shape, dtype=np.float32), np.zeros(len(self._chunks), dtype=np.bool_))
            self._vectors[fingerprint] = kept
        kept[0][rows] = vectors
        kept[1][rows] = True
