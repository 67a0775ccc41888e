"""Two models small enough for tests: what they score follows from the words alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from engine.job import JobContext
from engine.models.cross_encoder import Scored
from engine.models.device import Device, Precision
from engine.models.encoder import Role
from engine.models.own_closeness import AS_IT_IS

CPU = Device("cpu", Precision.FP32)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


class WordEncoder:
    """Counts words, hashed into 256 places. Remembers what it was given."""

    name = "words"
    dimension = 256
    device = CPU
    closeness = AS_IT_IS

    def __init__(
        self, fingerprint: str = "words-1", on_encode: Callable[[], None] = lambda: None
    ) -> None:
        self.fingerprint = fingerprint
        self.documents: list[str] = []
        self._on_encode = on_encode

    def encode(
        self, texts: Sequence[str], *, role: Role, ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        if ctx is not None:
            ctx.check()
        if role == "document":
            self.documents.extend(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in words(text):
                vectors[row, crc32(word.encode()) % self.dimension] += 1.0
        self._on_encode()
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.maximum(norms, 1e-9)


class FirstWordCrossEncoder:
    """Scores 1 where the text holds the first word of the query, else 0."""

    name = "first word"
    fingerprint = "first-word"
    device = CPU

    def stream(
        self, query: str, texts: Sequence[str], ctx: JobContext | None = None
    ) -> Iterator[Scored]:
        yield np.arange(len(texts), dtype=np.int64), self.score(query, texts, ctx)

    def score(
        self, query: str, texts: Sequence[str], ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        first = words(query)[0]
        return np.array([first in words(text) for text in texts], dtype=np.float32)
