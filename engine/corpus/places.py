"""Finding chunks by what people call them: an id, a path with a line, a path, a name."""

from __future__ import annotations

from itertools import islice

from engine.corpus.snapshot import StoredCollection
from engine.errors import CorpusError
from engine.types import Chunk

MOST_TOLD = 3
"""Of several chunks with one name, how many an error lists."""


def chunk_id_of(collection: StoredCollection, place: str, corpus: str) -> str:
    """The id of the chunk that an id, `path:line` or a name of its own stands for.

    Raises `CorpusError` if there is none, or more than one.
    """
    if place in collection.table.row_of:
        return place
    around = _around(collection, place)
    if around:
        return min(around, key=lambda chunk: chunk.end_line - chunk.start_line).id
    named = [
        chunk
        for chunk in collection.chunks(collection.rows_named(place, 50))
        if chunk.name == place or chunk.name.endswith(f".{place}")
    ]
    if len(named) == 1:
        return named[0].id
    if named:
        named.sort(key=lambda chunk: (chunk.path, chunk.start_line))
        told = ", ".join(f"{chunk.path}:{chunk.start_line}" for chunk in named[:MOST_TOLD])
        more = ", …" if len(named) > MOST_TOLD else ""
        raise CorpusError(f"{corpus} has several chunks named {place}; say which: {told}{more}")
    raise CorpusError(
        f"{corpus} has no chunk {place}; give a name, an id or path:line, as search results have it"
    )


def chunks_called(collection: StoredCollection, text: str, limit: int = 20) -> list[Chunk]:
    """Chunks that somebody who types `text` may mean: by path and line, by name, by path."""
    text = text.strip()
    if not text:
        return []
    table = collection.table
    around = _around(collection, text)
    rows = [table.row_of[chunk.id] for chunk in around]
    rows += collection.rows_named(text, limit)
    wanted = text.casefold()
    inside = {path for path in set(table.paths) if wanted in path.casefold()}
    if inside:
        of_files = (row for row, d in enumerate(table.documents.tolist())
                    if table.paths[d] in inside)  # fmt: skip
        rows += islice(of_files, limit)
    return collection.chunks(list(dict.fromkeys(rows))[:limit])


def _around(collection: StoredCollection, place: str) -> list[Chunk]:
    """The chunks at `path:line`, none if it is nothing of that kind."""
    path, _, line = place.rpartition(":")
    table = collection.table
    if not path or not line.isdecimal() or path not in table.paths:
        return []
    rows = [row for row, d in enumerate(table.documents.tolist()) if table.paths[d] == path]
    chunks = collection.chunks(rows)
    return [chunk for chunk in chunks if chunk.start_line <= int(line) <= chunk.end_line]
