"""The vectors of a corpus: kept in batches as they were made, found by the chunk's vector key.

A key stands for what an encoder reads of a chunk (`engine.corpus.process.vector_key`), so a chunk
that moved, or a file that was renamed, keeps its vector; equal chunks share one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.corpus.index_file import IndexFile

READ_ROWS = 4096
"""Vectors converted at a time when many are read."""

Keys = NDArray[np.int64]


class VectorRows:
    """The vectors of one encoder for the rows of one table, filled in as they are made."""

    def __init__(self, index: IndexFile, encoder: int, dimension: int, keys: Keys) -> None:
        self._index = index
        self._encoder = encoder
        self._unique, self._inverse = np.unique(keys, return_inverse=True)
        self._last_batch = 0
        self.vectors = np.zeros((len(keys), dimension), dtype=np.float32)
        self.present = np.zeros(len(keys), dtype=np.bool_)

    def refresh(self) -> None:
        """Take in the batches that have been kept since the last time."""
        for last, keys, vectors in _batches(self._index, self._encoder, self._last_batch):
            self._fill(keys, vectors.reshape(len(keys), -1))
            self._last_batch = last

    def _fill(self, keys: Keys, vectors: NDArray[np.float16]) -> None:
        slots = np.minimum(np.searchsorted(self._unique, keys), max(len(self._unique) - 1, 0))
        known = self._unique[slots] == keys if len(self._unique) else np.zeros(len(keys), np.bool_)
        source = np.full(len(self._unique), -1, dtype=np.int64)
        source[slots[known]] = np.flatnonzero(known)
        of_row = source[self._inverse]
        rows = np.flatnonzero(of_row >= 0)
        self.vectors[rows] = vectors[of_row[rows]]
        self.present[rows] = True


def _batches(
    index: IndexFile, encoder: int, after: int
) -> Iterator[tuple[int, Keys, NDArray[np.float16]]]:
    """The last batch's id, the keys and the vectors of some batches at a time."""
    while True:
        ids, keys, blobs, size = [], [], [], 0
        with index.reading() as connection:
            found = connection.execute(
                "SELECT id, keys, vectors FROM vectors WHERE encoder = ? AND id > ? ORDER BY id",
                [encoder, after],
            )
            for batch, key_blob, blob in found:
                ids.append(batch)
                keys.append(key_blob)
                blobs.append(blob)
                size += len(key_blob) // 8
                if size >= READ_ROWS:
                    break
        if not ids:
            return
        after = ids[-1]
        yield (
            after,
            np.frombuffer(b"".join(keys), dtype=np.int64),
            np.frombuffer(b"".join(blobs), dtype=np.float16),
        )


def find_encoder(index: IndexFile, fingerprint: str) -> tuple[int, int] | None:
    """The number and dimension of an encoder that vectors were kept for."""
    found = index.rows("SELECT id, dimension FROM encoders WHERE fingerprint = ?", [fingerprint])
    return (found[0][0], found[0][1]) if found else None


def append_vectors(
    index: IndexFile, fingerprint: str, keys: Keys, vectors: NDArray[np.floating]
) -> None:
    """Keep the vectors (len(keys), d) of some keys as float16, in one transaction.

    Raises `ValueError` if the encoder's other vectors have another dimension.
    """
    with index.writing() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO encoders (fingerprint, dimension) VALUES (?, ?)",
            [fingerprint, vectors.shape[1]],
        )
        encoder, dimension = connection.execute(
            "SELECT id, dimension FROM encoders WHERE fingerprint = ?", [fingerprint]
        ).fetchone()
        if vectors.shape != (len(keys), dimension):
            raise ValueError(f"vectors are {vectors.shape}, not {(len(keys), dimension)}")
        connection.execute(
            "INSERT INTO vectors (encoder, keys, vectors) VALUES (?, ?, ?)",
            [encoder, keys.tobytes(), vectors.astype(np.float16).tobytes()],
        )


def kept_encoders(index: IndexFile) -> frozenset[str]:
    """The fingerprints of the encoders that have vectors here."""
    found = index.rows("SELECT fingerprint FROM encoders WHERE id IN (SELECT encoder FROM vectors)")
    return frozenset(fingerprint for (fingerprint,) in found)


def kept_keys(index: IndexFile, encoder: int) -> Keys:
    """The keys that an encoder's vectors are kept for, without reading the vectors."""
    blobs = index.rows("SELECT keys FROM vectors WHERE encoder = ?", [encoder])
    return np.frombuffer(b"".join(blob for (blob,) in blobs), dtype=np.int64)


def drop_vectors(index: IndexFile, fingerprint: str) -> int:
    """Delete an encoder's vectors; how many bytes they were.

    The encoder keeps its number: another process may have it at hand.
    """
    with index.writing() as connection:
        ((size,),) = connection.execute(
            "SELECT coalesce(sum(length(keys) + length(vectors)), 0) FROM vectors"
            " WHERE encoder IN (SELECT id FROM encoders WHERE fingerprint = ?)",
            [fingerprint],
        )
        connection.execute(
            "DELETE FROM vectors WHERE encoder IN (SELECT id FROM encoders WHERE fingerprint = ?)",
            [fingerprint],
        )
    return int(size)


def prune_vectors(index: IndexFile, live: Keys) -> None:
    """Drop vectors that no live chunk needs, once they are the larger part.

    Batch by batch, each in its own transaction.
    """
    batches = index.rows("SELECT id, keys FROM vectors")
    needed = {batch: np.isin(np.frombuffer(blob, dtype=np.int64), live) for batch, blob in batches}
    total = sum(len(mask) for mask in needed.values())
    if total <= 2 * sum(int(mask.sum()) for mask in needed.values()):
        return
    for batch, mask in needed.items():
        if not mask.all():
            _shrink(index, batch, mask)


def _shrink(index: IndexFile, batch: int, needed: NDArray[np.bool_]) -> None:
    with index.writing() as connection:
        if not needed.any():
            connection.execute("DELETE FROM vectors WHERE id = ?", [batch])
            return
        keys, vectors = connection.execute(
            "SELECT keys, vectors FROM vectors WHERE id = ?", [batch]
        ).fetchone()
        rows = np.frombuffer(vectors, dtype=np.float16).reshape(len(needed), -1)
        connection.execute(
            "UPDATE vectors SET keys = ?, vectors = ? WHERE id = ?",
            [
                np.frombuffer(keys, dtype=np.int64)[needed].tobytes(),
                rows[needed].tobytes(),
                batch,
            ],
        )
