"""Vectors of evaluation documents, kept on disk so that a second run does not encode again.

One folder for each encoder (named by its fingerprint) holds shards: safetensors files with `keys`
(n, 16), the hash of each text as the encoder read it, and `vectors` (n, d). A shard is written
under another name and renamed, so a stopped run keeps what it has finished and nothing half-made.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from engine.errors import DiskError

KEY_BYTES = 16

Vectors = NDArray[np.float32]


def vector_key(text: str) -> bytes:
    """What a text's vector is kept under."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


class VectorCache:
    """The vectors of one encoder in `folder`, a folder of their own."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension

    def find(self, keys: Sequence[bytes]) -> tuple[Vectors, NDArray[np.bool_]]:
        """The vectors (n, d) of `keys`, and which of them are there; the others are zero."""
        vectors = np.zeros((len(keys), self._dimension), dtype=np.float32)
        present = np.zeros(len(keys), dtype=np.bool_)
        wanted: dict[bytes, list[int]] = {}
        for row, key in enumerate(keys):
            wanted.setdefault(key, []).append(row)
        for shard_keys, shard_vectors in self._shards():
            for key, vector in zip(shard_keys, shard_vectors, strict=True):
                for row in wanted.get(key, ()):
                    vectors[row] = vector
                    present[row] = True
        return vectors, present

    def add(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Keep some vectors (n, d). Raises `DiskError` if they cannot be written."""
        shard: dict[str, NDArray[Any]] = {
            "keys": np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), KEY_BYTES),
            "vectors": np.ascontiguousarray(vectors, dtype=np.float32),
        }
        path = self._folder / f"{vector_key(b''.join(keys).hex()).hex()}.safetensors"
        fresh = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            save_file(shard, fresh)
            fresh.replace(path)
        except (OSError, SafetensorError) as error:
            with suppress(OSError):  # of a folder that is a file
                fresh.unlink(missing_ok=True)
            raise DiskError(
                f"cannot keep vectors in {self._folder}: {error}; "
                "make room or choose another folder with --basedir"
            ) from error

    def _shards(self) -> Iterator[tuple[list[bytes], Vectors]]:
        for path in sorted(self._folder.glob("*.safetensors")):
            try:
                shard = load_file(path)
                keys, vectors = shard["keys"], shard["vectors"]
            except (OSError, SafetensorError, KeyError):
                path.unlink(missing_ok=True)  # it can be made again
                continue
            if keys.shape[1:] == (KEY_BYTES,) and vectors.shape == (len(keys), self._dimension):
                yield [key.tobytes() for key in keys], vectors
