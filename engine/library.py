"""The corpora of one installation: found by name, opened when first needed, searched, embedded."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.corpus.spec_file import corpus_folder, corpus_folders, read_spec
from engine.corpus.store import CorpusStore
from engine.errors import CorpusError, ModelError
from engine.job import Job
from engine.models.pair import ModelPair
from engine.paths import RESOURCES, Paths
from engine.retrieval.search import Searcher
from engine.retrieval.views import chunk_view
from engine.types import Chunk, CorpusInfo, CorpusSpec, IndexReport, Progress

if TYPE_CHECKING:
    from engine.corpus.snapshot import StoredCollection
    from engine.models.encoder import Encoder

SAMPLE = "sample"
SAMPLE_SPEC = CorpusSpec(SAMPLE, (str(RESOURCES / "sample" / "code"),))

BATCH = 8
"""Chunks embedded in one step: about 0.1 s on a CPU, which is how long a search may wait."""

KEEP_SECONDS = 2.0
"""How much embedding a killed process may lose."""


class Library:
    """Opens each corpus once. Used by one thread at a time."""

    def __init__(self, paths: Paths, models: ModelPair) -> None:
        self._paths = paths
        self._models = models
        self._stores: dict[str, CorpusStore] = {}
        self._searchers: dict[str, Searcher] = {}

    def infos(self) -> list[CorpusInfo]:
        """Every corpus, the sample first. One that cannot be opened says why in `problem`."""
        return [self._info(name) for name in self._names()]

    def prepare(self, name: str) -> Job[CorpusInfo]:
        """Open a corpus and build what its first search would wait for."""
        if name == SAMPLE:
            yield from self._create(SAMPLE_SPEC).update(SAMPLE_SPEC)
        yield Progress("opening", 0, None, name)
        self.searcher(name).prepare()
        return self._info(name)

    def index(self, spec: CorpusSpec) -> Job[IndexReport]:
        """Make a corpus, or bring the one of that name up to date."""
        if spec.name == SAMPLE:
            raise CorpusError(f"{SAMPLE} is the built-in corpus; choose another name")
        if not spec.name.strip():
            raise CorpusError("a corpus needs a name; give one")
        report = yield from self._create(spec).update(spec)
        yield Progress("building the BM25 index", 0, None, spec.name)
        self.searcher(spec.name).prepare()
        return report

    def embed(self, name: str) -> Job[CorpusInfo]:
        """Give the chunks that have none a vector, in steps of about 0.1 s.

        What is done is kept when the job is closed. Raises `ModelError` without an encoder.
        """
        yield from self._models.load()
        encoder = self._models.encoder
        if encoder is None:
            raise ModelError("the encoder is not loaded, so there are no vectors; run doctor")
        store = self._store(name)
        while True:
            collection = store.collection()
            missing = collection.missing_vectors(encoder.fingerprint)
            if not len(missing):
                return self._info(name)
            yield from _embed(collection, missing, encoder)

    def searcher(self, name: str) -> Searcher:
        """A searcher over the corpus and the models as they are now. Raises `CorpusError`."""
        collection = self._store(name).collection()
        encoder, cross_encoder = self._models.encoder, self._models.cross_encoder
        searcher = self._searchers.get(name)
        if searcher is None:
            searcher = self._searchers[name] = Searcher(collection, encoder, cross_encoder)
        else:
            searcher.use(collection, encoder, cross_encoder)
        return searcher

    def collection(self, name: str) -> StoredCollection:
        """The present generation of a corpus. Raises `CorpusError`."""
        return self._store(name).collection()

    def chunk(self, name: str, chunk_id: str) -> Chunk:
        """One chunk. Raises `CorpusError` if the corpus does not hold it."""
        return self._store(name).chunk(chunk_id)

    def remove(self, name: str) -> None:
        """Delete a corpus's index. Raises `CorpusError` if there is none of that name."""
        if name == SAMPLE:
            raise CorpusError(f"{SAMPLE} is the built-in corpus; it cannot be removed")
        self._store(name).remove()
        del self._stores[name]
        self._searchers.pop(name, None)

    def close(self) -> None:
        """Close every corpus."""
        self._searchers.clear()
        for store in self._stores.values():
            store.close()
        self._stores.clear()

    def _names(self) -> list[str]:
        own = {_name_in(folder) for folder in corpus_folders(self._paths.corpora)} - {SAMPLE}
        return [SAMPLE, *sorted(own, key=str.casefold)]

    def _folder(self, name: str) -> Path:
        for folder in corpus_folders(self._paths.corpora):
            if _name_in(folder) == name:
                return folder
        known = ", ".join(self._names())
        raise CorpusError(f"there is no corpus named {name}; known are: {known}")

    def _store(self, name: str) -> CorpusStore:
        store = self._stores.get(name)
        if store is None:
            if name == SAMPLE:
                return self._create(SAMPLE_SPEC)
            self._folder(name)
            store = CorpusStore.open(corpus_folder(self._paths.corpora, name))
            self._stores[name] = store
        return store

    def _create(self, spec: CorpusSpec) -> CorpusStore:
        store = self._stores.get(spec.name)
        if store is None:
            store = self._stores[spec.name] = CorpusStore.create(self._paths.corpora, spec)
        return store

    def _info(self, name: str) -> CorpusInfo:
        fingerprint = self._models.encoder.fingerprint if self._models.encoder else None
        try:
            return self._store(name).info(fingerprint, builtin=name == SAMPLE)
        except CorpusError as error:
            return CorpusInfo(name, (), 0, 0, 0, {}, {}, 0, None, problem=str(error))


def _name_in(folder: Path) -> str:
    """The name of the corpus in a folder, or the folder's if that cannot be read."""
    try:
        return read_spec(folder).name
    except CorpusError:
        return folder.name


def _embed(collection: StoredCollection, rows: NDArray[np.int64], encoder: Encoder) -> Job[None]:
    """Embed some rows of one generation."""
    pending: list[int] = []
    vectors: list[NDArray[np.float32]] = []

    def keep() -> None:
        if pending:
            collection.put_vectors(encoder.fingerprint, pending, np.concatenate(vectors))
            pending.clear()
            vectors.clear()

    start = kept = time.monotonic()
    try:
        for first in range(0, len(rows), BATCH):
            part = rows[first : first + BATCH].tolist()
            views = [chunk_view(chunk) for chunk in collection.chunks(part)]
            vectors.append(encoder.encode(views, role="document"))
            pending += part
            now = time.monotonic()
            if now - kept > KEEP_SECONDS:
                keep()
                kept = now
            done = first + len(part)
            rate = done / max(now - start, 1e-6)
            yield Progress("dense vectors", done, len(rows), "", rate, (len(rows) - done) / rate)
    finally:
        keep()
