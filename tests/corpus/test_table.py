"""The table says the same as the chunks it was made of."""

from __future__ import annotations

import numpy as np

from engine.code.normal import text_key
from engine.corpus.chunk import chunk_text
from engine.corpus.collection import Collection, MemoryCollection
from engine.corpus.table import build_table, chunk_tokens, frameworks_of
from engine.types import Chunk

TEXTS = {
    "a/one.py": "import torch\n\ndef join(xs):\n    return torch.cat(xs, dim=0)\n",
    "b/two.js": "function add(a, b) {\n  return a + b;\n}\n",
    "b/three.py": "import torch\n\n\ndef join(xs):\n\n    return torch.cat(xs, dim=0)\n",
}


def some_chunks() -> list[Chunk]:
    return [chunk for path, text in TEXTS.items() for chunk in chunk_text(text, path=path)]


def test_every_column_matches_the_chunks() -> None:
    chunks = some_chunks()
    table = build_table(chunks)
    assert len(table) == 3
    assert table.ids == [chunk.id for chunk in chunks]
    assert [table.paths[number] for number in table.path_ids] == list(TEXTS)
    assert [table.languages[number] for number in table.language_ids] == [
        "Python",
        "JavaScript",
        "Python",
    ]
    assert [frameworks_of(int(mask)) for mask in table.frameworks] == [
        chunk.frameworks for chunk in chunks
    ]
    for row, chunk in enumerate(chunks):
        numbers = table.token_ids[table.indptr[row] : table.indptr[row + 1]]
        assert [table.vocab[number] for number in numbers] == chunk_tokens(chunk)
        assert table.text_keys[row] == text_key(chunk.text)
        assert table.row_of[chunk.id] == row
    assert table.text_keys[0] == table.text_keys[2]
    assert list(table.documents) == [0, 1, 2]
    dtypes = (table.documents, table.path_ids, table.language_ids, table.frameworks)
    assert [column.dtype for column in dtypes] == [np.int32, np.int32, np.int16, np.uint16]
    assert [column.dtype for column in (table.text_keys, table.indptr, table.token_ids)] == [
        np.int64,
        np.int64,
        np.int32,
    ]


def test_an_empty_table_is_a_table() -> None:
    table = build_table([])
    assert len(table) == 0
    assert list(table.indptr) == [0]
    assert table.token_ids.dtype == np.int32


def test_a_collection_in_memory() -> None:
    chunks = some_chunks()
    memory = MemoryCollection(chunks, documents=[5, 5, 6])
    collection: Collection = memory
    assert list(collection.table.documents) == [5, 5, 6]
    assert collection.chunks([2, 0]) == [chunks[2], chunks[0]]
    assert collection.texts([1]) == [chunks[1].text]
    assert collection.vectors("encoder") is None
    memory.put_vectors("encoder", [1], np.ones((1, 4), dtype=np.float32))
    vectors, present = collection.vectors("encoder") or (None, None)
    assert present is not None and vectors is not None
    assert list(present) == [False, True, False]
    assert vectors[1].sum() == 4 and vectors[0].sum() == 0
    assert collection.vectors("another") is None
