"""The dense leg: exact inner product over the vectors there are, on FAISS."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.retrieval.dialects import ENOUGH, Dialects, Levels

if TYPE_CHECKING:
    import faiss

SAMPLE = 500
"""Vectors of each dialect from which the levels of a query's similarities are taken."""

NEIGHBOURS = 10
"""Nearest neighbours whose mean similarity is the hubness of a vector."""

COPY = 0.999
"""A vector as close as this is the same text or a copy of it, and no neighbour."""

SPARE = 6
"""How many copies are left out before there may be too few neighbours."""

COMPARED = 32_768
"""Vectors that neighbours are looked for among; of more, so many spread evenly, and as many fewer
neighbours."""

LEAST_COMPARED = 0.25
"""The part of the vectors that must be compared: with a sixth of them CoSQA gains a third of what
it gains by all, with a twelfth it loses."""

OUTGROWN = 1.1
"""How many times as many vectors there may be before what was looked at is looked at again."""

AT_ONCE = 64
"""Vectors whose similarities to all those are held at once."""

LEAST = 100
"""Vectors from which on there are hubs: among fewer, all are neighbours of all."""

USUAL = 32
"""Vectors of each dialect from which its usual hubness is taken."""


class DenseIndex:
    """Vectors of some of a table's rows. Rows without a vector cannot be found here.

    FAISS numbers vectors as they come; `_rows` says which row each one belongs to.
    """

    def __init__(self, count: int, dimension: int) -> None:
        self._faiss: Any = _import_faiss()
        self._index: faiss.IndexFlatIP = self._faiss.IndexFlatIP(dimension)
        self._rows = np.zeros(0, dtype=np.int64)
        self._positions = np.full(count, -1, dtype=np.int64)
        self._sample: tuple[NDArray[np.int64], NDArray[np.float32]] | None = None
        self._common: NDArray[np.float32] | None = None
        self._hubness: NDArray[np.float32] | None = None  # by position, NaN where not looked at
        self._compared: tuple[NDArray[np.float32], int] | None = None
        self._looked_among = 0

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
            self._sample = self._common = None
            self._keep_hubness(len(fresh))
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

    def hubness(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The mean similarity (len(rows),) of some rows' vectors to their nearest neighbours.

        NaN for a row without a vector or with nothing but copies nearby, and for all in an index
        of fewer than `LEAST` vectors, or of so many that too few of them would be compared. What
        was looked at once is remembered.
        """
        result = np.full(len(rows), np.nan, dtype=np.float32)
        if not LEAST <= len(self._rows) <= COMPARED / LEAST_COMPARED:
            return result
        if self._hubness is None:
            self._hubness = np.full(len(self._rows), np.nan, dtype=np.float32)
        positions = self._positions[rows]
        here = positions[positions >= 0]
        fresh = np.unique(here[np.isnan(self._hubness[here])])
        if len(fresh):
            for start in range(0, len(fresh), AT_ONCE):
                part = fresh[start : start + AT_ONCE]
                self._hubness[part] = self._to_neighbours(part)
        result[positions >= 0] = self._hubness[here]
        return result

    def usual_hubness(self, dialects: NDArray[np.int64]) -> NDArray[np.float32]:
        """The mean hubness (dialects,) of each dialect, from some of its vectors; `dialects` (n,)
        are those of the rows. That of a dialect with few vectors is nearer to that of all."""
        number = int(dialects.max(initial=0)) + 1
        known = np.bincount(dialects[self._rows], minlength=number)
        sums, looked = np.zeros(number), np.zeros(number)
        for dialect in np.flatnonzero(known):
            there = self._rows[dialects[self._rows] == dialect]
            found = self.hubness(there[:: max(-(-len(there) // USUAL), 1)])
            found = found[~np.isnan(found)]
            sums[dialect], looked[dialect] = found.sum(), len(found)
        means = sums / np.maximum(looked, 1)
        overall = float(known @ means) / max(int(known[looked > 0].sum()), 1)
        trust = np.where(looked > 0, known / (known + ENOUGH), 0.0)
        return np.asarray(trust * means + (1.0 - trust) * overall, dtype=np.float32)

    def _keep_hubness(self, fresh: int) -> None:
        """A few more vectors change little of what is known; many, all of it."""
        if self._hubness is None or len(self._rows) > OUTGROWN * self._looked_among:
            self._hubness = self._compared = None
        else:
            unknown = np.full(fresh, np.nan, dtype=np.float32)
            self._hubness = np.concatenate([self._hubness, unknown])

    def _to_neighbours(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        if self._compared is None:
            self._compared, self._looked_among = self._spread(), len(self._rows)
        others, wanted = self._compared
        # A product of matrices and a partition: five times as fast as a search of so many queries.
        near = self._index.reconstruct_batch(positions) @ others.T
        most = min(wanted + SPARE, near.shape[1])
        near = -np.sort(np.partition(-near, most - 1, axis=1)[:, :most], axis=1)
        known = near < COPY
        known &= np.cumsum(known, axis=1) <= wanted
        numbers = known.sum(axis=1)
        means = np.where(known, near, 0.0).sum(axis=1) / np.maximum(numbers, 1)
        return np.where(numbers > 0, means, np.nan).astype(np.float32)

    def _spread(self) -> tuple[NDArray[np.float32], int]:
        """The vectors that neighbours are looked for among, and how many of these."""
        count = len(self._rows)
        if count <= COMPARED:
            return self._index.reconstruct_n(0, count), NEIGHBOURS
        chosen = np.linspace(0, count - 1, COMPARED).astype(np.int64)
        vectors: NDArray[np.float32] = self._index.reconstruct_batch(chosen)
        return vectors, max(round(NEIGHBOURS * COMPARED / count), 1)

    def neutral(
        self, vector: NDArray[np.float32], dialects: Dialects, own: int | None
    ) -> tuple[NDArray[np.float32], float]:
        """A query's vector without what the vectors of its `own` dialect have in common.

        Their mean is taken off, the more so the less of the corpus they are: if all of it is in
        one dialect, nothing is. Which part of it was, in [0, 1], comes second.
        """
        rows, vectors = self._sampled(dialects)
        mine = vectors[dialects.rows[rows] == own]
        if own is None or not len(mine):
            return vector, 0.0
        known = int(np.count_nonzero(dialects.rows[self._rows] == own))
        others = 1.0 - int(dialects.counts[own]) / len(dialects.rows)
        taken = known / (known + ENOUGH) * others
        left = vector - np.float32(taken) * mine.mean(axis=0)
        return np.asarray(left / max(float(np.linalg.norm(left)), 1e-9), dtype=np.float32), taken

    def without_dialects(self, rows: NDArray[np.int64], dialects: Dialects) -> NDArray[np.float32]:
        """The vectors (len(rows), d) of some rows less the means of their dialects, of length 1;
        NaN for a row without a vector. The mean of a dialect with few vectors counts less."""
        result = np.full((len(rows), self.dimension), np.nan, dtype=np.float32)
        positions = self._positions[rows]
        here = positions >= 0
        if here.any():
            left = self._index.reconstruct_batch(positions[here])
            left = left - self._means(dialects)[dialects.rows[rows[here]]]
            result[here] = left / np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-9)
        return result

    def levels(self, vector: NDArray[np.float32], dialects: Dialects) -> Levels:
        """What a query's similarities are in each dialect."""
        rows, vectors = self._sampled(dialects)
        return dialects.levels(vectors @ vector, rows)

    def _means(self, dialects: Dialects) -> NDArray[np.float32]:
        """What the vectors of each dialect have in common (dialects, d)."""
        if self._common is None:
            rows, vectors = self._sampled(dialects)
            owners = dialects.rows[rows]
            known = np.bincount(dialects.rows[self._rows], minlength=len(dialects.counts))
            self._common = np.zeros((len(known), self.dimension), dtype=np.float32)
            for dialect in np.unique(owners):
                weight = known[dialect] / (known[dialect] + ENOUGH)
                self._common[dialect] = weight * vectors[owners == dialect].mean(axis=0)
        return self._common

    def _sampled(self, dialects: Dialects) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows spread evenly over each dialect, and their vectors."""
        if self._sample is None:
            chosen = []
            for dialect in range(len(dialects.counts)):
                there = self._rows[dialects.rows[self._rows] == dialect]
                chosen.append(there[:: max(-(-len(there) // SAMPLE), 1)])
            rows = np.concatenate(chosen)
            self._sample = rows, self._index.reconstruct_batch(self._positions[rows])
        return self._sample


def _import_faiss() -> ModuleType:
    import faiss

    if sys.platform == "darwin":
        # torch brings an OpenMP of its own; two at once crash on macOS.
        faiss.omp_set_num_threads(1)
    module: ModuleType = faiss
    return module
