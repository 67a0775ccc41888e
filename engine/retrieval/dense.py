"""The dense leg: exact inner product over the vectors there are, on FAISS."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import faiss


class DenseIndex:
    """Vectors of some of a table's rows. Rows without a vector cannot be found here.

    FAISS numbers vectors as they come; `_rows` says which row each one belongs to.
    """

    def __init__(self, count: int, dimension: int) -> None:
        self._faiss: Any = _import_faiss()
        self._index: faiss.IndexFlatIP = self._faiss.IndexFlatIP(dimension)
        self._rows = np.zeros(0, dtype=np.int64)
        self._positions = np.full(count, -1, dtype=np.int64)

    @property
    def coverage(self) -> float:
        """The share of rows that have a vector, in [0, 1]."""
        return len(self._rows) / max(len(self._positions), 1)

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self._index.d)

    def extend(self, vectors: NDArray[np.float32], present: NDArray[np.bool_]) -> int:
        """Take in the vectors (count, dimension) of rows that are present and not yet here.

        Returns how many there were.
        """
        fresh = np.flatnonzero(present & (self._positions < 0))
        if len(fresh):
            self._index.add(np.ascontiguousarray(vectors[fresh], dtype=np.float32))
            self._positions[fresh] = np.arange(len(self._rows), len(self._rows) + len(fresh))
            self._rows = np.concatenate([self._rows, fresh])
        return len(fresh)

    def nearest(
        self, vector: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The k best rows (among those `allowed`) and their inner products, best first."""
        parameters = None
        available = len(self._rows)
        if allowed is not None:
            passing = allowed[self._rows]
            available = int(passing.sum())
            bits = np.packbits(passing, bitorder="little")
            selector = self._faiss.IDSelectorBitmap(bits)
            parameters = self._faiss.SearchParameters(sel=selector)
        k = min(k, available)
        if k == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        scores, found = self._index.search(vector[None, :], k, params=parameters)
        return self._rows[found[0]], scores[0]

    def scores(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Inner products with the given rows (len(rows),); NaN for a row without a vector."""
        result = np.full(len(rows), np.nan, dtype=np.float32)
        positions = self._positions[rows]
        here = positions >= 0
        if here.any():
            result[here] = self._index.reconstruct_batch(positions[here]) @ vector
        return result


def _import_faiss() -> ModuleType:
    import faiss

    if sys.platform == "darwin":
        # torch brings an OpenMP of its own; two at once crash on macOS.
        faiss.omp_set_num_threads(1)
    module: ModuleType = faiss
    return module
