"""One generation of a corpus that is kept on disk, as retrieval reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.corpus.assemble import Assembled
from engine.corpus.collection import Vectors
from engine.corpus.index_file import IndexFile
from engine.corpus.table import ChunkTable
from engine.corpus.vectors import VectorRows, append_vectors, find_encoder
from engine.errors import CorpusError
from engine.types import Chunk, Framework

_MAX_PARAMETERS = 900
_COLUMNS = "key, id, start_line, end_line, kind, name, frameworks, cell, description, text"


class StoredCollection:
    """A `Collection` over an index. Its chunks are there until the corpus is indexed twice more."""

    def __init__(self, index: IndexFile, assembled: Assembled, sidecars: Path) -> None:
        self._index = index
        self._assembled = assembled
        self._sidecars = sidecars
        self._vectors: dict[str, VectorRows] = {}

    @property
    def table(self) -> ChunkTable:
        """The columns."""
        return self._assembled.table

    @property
    def sidecars(self) -> Path | None:
        """The folder for files derived from this generation."""
        self._sidecars.mkdir(parents=True, exist_ok=True)
        return self._sidecars

    @property
    def vector_keys(self) -> NDArray[np.int64]:
        """What each row's vector is kept under."""
        return self._assembled.vector_keys

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """The chunks of some rows, in that order. Raises `CorpusError` if they are gone."""
        found = self._read(_COLUMNS, rows)
        return [self._chunk(row, found[row]) for row in map(int, rows)]

    def texts(self, rows: Sequence[int]) -> list[str]:
        """The texts of some rows, in that order. Raises `CorpusError` if they are gone."""
        found = self._read("key, text", rows)
        return [found[row][1] for row in map(int, rows)]

    def _read(self, columns: str, rows: Sequence[int]) -> dict[int, Any]:
        """The index's rows for some of the table's rows."""
        keys = self._assembled.chunk_keys
        row_of = {int(keys[row]): int(row) for row in rows}
        wanted = list(row_of)
        found: dict[int, Any] = {}
        for start in range(0, len(wanted), _MAX_PARAMETERS):
            part = wanted[start : start + _MAX_PARAMETERS]
            marks = ",".join("?" * len(part))
            for record in self._index.rows(
                f"SELECT {columns} FROM chunks WHERE key IN ({marks})", part
            ):
                found[row_of[record[0]]] = record
        if len(found) < len(wanted):
            raise CorpusError(f"{self._index.what} has been indexed again meanwhile; search again")
        return found

    def _chunk(self, row: int, record: Any) -> Chunk:
        _, chunk_id, start, end, kind, name, frameworks, cell, description, text = record
        table = self.table
        document = int(table.documents[row])
        return Chunk(
            id=chunk_id,
            path=table.paths[document],
            root=self._assembled.roots[document],
            start_line=start,
            end_line=end,
            kind=kind,
            name=name,
            language=table.languages[table.language_ids[row]],
            frameworks=tuple(map(Framework, filter(None, frameworks.split(",")))),
            text=text,
            description=description,
            cell=cell,
        )

    def rows_named(self, part: str, limit: int) -> list[int]:
        """The rows of chunks with this in their name, whatever its case; the shortest first."""
        pattern = re.sub(r"([\\%_])", r"\\\1", part)
        found = self._index.rows(
            "SELECT key FROM chunks WHERE name LIKE ? ESCAPE '\\' "
            "ORDER BY length(name), key LIMIT ?",
            [f"%{pattern}%", 4 * limit],
        )
        row_of = {int(key): row for row, key in enumerate(self._assembled.chunk_keys)}
        return [row_of[key] for (key,) in found if key in row_of][:limit]

    def vectors(self, fingerprint: str) -> Vectors | None:
        """The vectors made by one encoder so far, None if there are none at all.

        The array is the same each time and fills up; which rows are present is a new array.
        """
        kept = self._vectors.get(fingerprint)
        if kept is None:
            encoder = find_encoder(self._index, fingerprint)
            if encoder is None:
                return None
            kept = VectorRows(self._index, *encoder, self._assembled.vector_keys)
            self._vectors[fingerprint] = kept
        kept.refresh()
        return kept.vectors, kept.present.copy()

    def forget_vectors(self, fingerprint: str) -> None:
        """Let go of an encoder's vectors that were read: they are not kept any more."""
        self._vectors.pop(fingerprint, None)

    def missing_vectors(self, fingerprint: str) -> NDArray[np.int64]:
        """The rows that need a vector, each distinct content once, in order."""
        found = self.vectors(fingerprint)
        count = len(self.table)
        missing = np.arange(count) if found is None else np.flatnonzero(~found[1])
        _, first = np.unique(self._assembled.vector_keys[missing], return_index=True)
        return missing[np.sort(first)]

    def put_vectors(
        self, fingerprint: str, rows: Sequence[int], vectors: NDArray[np.floating]
    ) -> None:
        """Keep the vectors (len(rows), d) of some rows, at once and for good."""
        keys = self._assembled.vector_keys[np.asarray(rows, dtype=np.int64)]
        append_vectors(self._index, fingerprint, keys, vectors)
