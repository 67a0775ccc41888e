"""Small corpora in memory, and vectors for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.corpus.collection import MemoryCollection
from engine.corpus.table import ChunkTable, build_table
from engine.models.encoder import Encoder
from engine.retrieval.views import chunk_view
from engine.types import Chunk, Framework, Query

FUNCTIONS = {
    "sort_rows": "def sort_rows(rows, key):\n    return sorted(rows, key=key)",
    "read_csv": "def read_csv(path):\n    with open(path) as f:\n        return f.readlines()",
    "softmax": "def softmax(x):\n    e = torch.exp(x - x.max())\n    return e / e.sum()",
    "batch_norm": "def batch_norm(x, mean, var):\n    return (x - mean) / tf.sqrt(var + 1e-5)",
    "fibonacci": "def fibonacci(n):\n    return fibonacci(n - 1) + fibonacci(n - 2)",
    "flatten": "def flatten(tree):\n    return [leaf for branch in tree for leaf in branch]",
    "word_count": "def word_count(text):\n    return Counter(text.split())",
    "clip": "def clip(gradient, limit):\n    return max(min(gradient, limit), -limit)",
}


def chunk(
    number: int,
    text: str,
    name: str = "",
    language: str = "Python",
    frameworks: tuple[Framework, ...] = (),
    path: str = "",
    description: str = "",
) -> Chunk:
    lines = text.count("\n") + 1
    return Chunk(
        id=f"c{number}",
        path=path or f"src/file{number}.py",
        root="/corpus",
        start_line=1,
        end_line=lines,
        kind="function",
        name=name,
        language=language,
        frameworks=frameworks,
        text=text,
        description=description,
    )


def functions() -> list[Chunk]:
    return [chunk(number, text, name) for number, (name, text) in enumerate(FUNCTIONS.items())]


def table_of(texts: Sequence[str]) -> ChunkTable:
    return build_table([chunk(number, text) for number, text in enumerate(texts)])


def embed(
    collection: MemoryCollection, encoder: Encoder, rows: Sequence[int] | None = None
) -> NDArray[np.float32]:
    """Give some rows (or all) their vectors."""
    chosen = list(range(len(collection.table))) if rows is None else list(rows)
    views = [chunk_view(found) for found in collection.chunks(chosen)]
    vectors = encoder.encode(views, role="document")
    collection.put_vectors(encoder.fingerprint, chosen, vectors)
    return vectors


def ask(text: str, **options: object) -> Query:
    return Query(text=text, corpus="test", **options)  # type: ignore[arg-type]
