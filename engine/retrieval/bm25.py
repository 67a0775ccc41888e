"""The lexical leg: BM25 over a `ChunkTable`'s tokens, on bm25s.

bm25s scores at index time and keeps a sparse matrix (tokens × chunks) as three CSC arrays. Its own
builder walks the documents in Python (3.4 s for 50,000 chunks and 5 million tokens); the table
already holds the tokens as numbers, so the same arrays are made here by sorting them (0.5 s).
"""

from __future__ import annotations

import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bm25s import BM25

    from engine.corpus.table import ChunkTable

K1 = 1.2
B = 0.9
FORMAT = 1


class LexicalIndex:
    """BM25 scores of every chunk for a bag of tokens."""

    def __init__(self, index: BM25, vocabulary: dict[str, int]) -> None:
        self._index = index
        self._vocabulary = vocabulary

    @classmethod
    def open(cls, table: ChunkTable, sidecar: Path | None = None) -> LexicalIndex:
        """The index of `table`: from the file `sidecar` if that belongs to it, else built.

        A built index is written to `sidecar` for next time; a file that cannot be written or read
        costs half a second, never the search.
        """
        mark = _mark(table)
        arrays = _load(sidecar, mark) if sidecar is not None else None
        if arrays is None:
            arrays = score_arrays(table)
            if sidecar is not None:
                _save(sidecar, mark, arrays)
        vocabulary = {token: number for number, token in enumerate(table.vocab)}
        return cls(_bm25s_index(arrays, len(table.indptr) - 1), vocabulary)

    def scores(self, tokens: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of every chunk (n,), 0 where no token occurs.

        A token that the query repeats counts 1 + ln(times), not as often as it is said.
        """
        numbers = [self._vocabulary[token] for token in tokens if token in self._vocabulary]
        ids, times = np.unique(np.array(numbers, dtype=np.int64), return_counts=True)
        scores = np.zeros(self._index.scores["num_docs"], dtype=np.float32)
        for count in np.unique(times):
            weight = np.float32(1.0 + np.log(count))
            scores += weight * self._index.get_scores_from_ids(ids[times == count])
        return scores

    def contributions(self, tokens: Sequence[str], row: int) -> list[tuple[str, float]]:
        """What each distinct token of a query adds to one chunk's score, where it adds anything."""
        arrays, found = self._index.scores, []
        for token, times in Counter(tokens).items():
            number = self._vocabulary.get(token)
            if number is None:
                continue
            start, end = int(arrays["indptr"][number]), int(arrays["indptr"][number + 1])
            place = start + int(np.searchsorted(arrays["indices"][start:end], row))
            if place < end and int(arrays["indices"][place]) == row:
                weight = np.float32(1.0 + np.log(times))
                found.append((token, float(weight * arrays["data"][place])))
        return found

    def bound(self, tokens: Sequence[str]) -> float:
        """What no text's score for these tokens reaches: the sum of their IDFs (lucene's BM25).

        A token that the corpus does not hold counts as one of half a chunk.
        """
        known = [self._vocabulary[token] for token in set(tokens) if token in self._vocabulary]
        unknown = len(set(tokens)) - len(known)
        ends, count = self._index.scores["indptr"], self._index.scores["num_docs"]
        numbers = np.array(known, dtype=np.int64)
        found_in = np.append(ends[numbers + 1] - ends[numbers], np.full(unknown, 0.5))
        return float(np.log(1.0 + (count - found_in + 0.5) / (found_in + 0.5)).sum())

    def knows(self, tokens: Sequence[str]) -> bool:
        """Whether any of the tokens occurs in the corpus."""
        return any(token in self._vocabulary for token in tokens)


def score_arrays(table: ChunkTable) -> dict[str, NDArray[np.generic]]:
    """bm25s' `data`, `indices` and `indptr` for a table (method `lucene`, tokens × chunks).

    Equal to what `bm25s.BM25(k1=K1, b=B).index` makes of the same tokens.
    """
    lengths = np.diff(table.indptr)
    count = len(lengths)
    rows = np.repeat(np.arange(count, dtype=np.int64), lengths)
    # One number per occurrence, token first, so that sorting gives CSC order.
    occurrences = (table.token_ids.astype(np.int64) << 32) | rows
    occurrences.sort()
    starts = np.flatnonzero(np.diff(occurrences, prepend=-1))
    frequency = np.diff(starts, append=len(occurrences))
    token = occurrences[starts] >> 32
    row = (occurrences[starts] & 0xFFFF_FFFF).astype(np.int32)
    found_in = np.bincount(token, minlength=len(table.vocab))
    idf = np.log(1.0 + (count - found_in + 0.5) / (found_in + 0.5))
    norm = K1 * (1.0 - B + B * lengths / max(lengths.mean() if count else 0.0, 1e-9))
    return {
        "data": (idf[token] * frequency / (frequency + norm[row])).astype(np.float32),
        "indices": row,
        "indptr": np.concatenate([[0], np.cumsum(found_in)]).astype(np.int64),
    }


def _bm25s_index(arrays: dict[str, NDArray[np.generic]], count: int) -> BM25:
    with _without("numba", "jax"):
        import bm25s

    index = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy")
    index.scores = {**arrays, "num_docs": count}
    index.nonoccurrence_array = None
    return index


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """Keep optional packages from being imported.

    bm25s imports numba for a backend that does not pay here: for 50,000 chunks it saves 2 ms a
    query, after 0.25 s of import and 0.6 s of compilation.
    """
    blocked = [name for name in names if name not in sys.modules]
    for name in blocked:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in blocked:
            del sys.modules[name]


def _mark(table: ChunkTable) -> str:
    content = zlib.crc32(table.token_ids.tobytes(), zlib.crc32(table.indptr.tobytes()))
    return f"{FORMAT} {K1} {B} {len(table.vocab)} {len(table.token_ids)} {content:08x}"


def _load(path: Path, mark: str) -> dict[str, NDArray[np.generic]] | None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            if (file.metadata() or {}).get("mark") != mark:
                return None
            return {name: file.get_tensor(name) for name in ("data", "indices", "indptr")}
    except (OSError, SafetensorError):
        return None


def _save(path: Path, mark: str, arrays: dict[str, NDArray[np.generic]]) -> None:
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    fresh = path.with_name(path.name + ".new")
    try:
        save_file(arrays, fresh, metadata={"mark": mark})
        fresh.replace(path)
    except (OSError, SafetensorError):
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
