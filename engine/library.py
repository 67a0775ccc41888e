"""The corpora of one installation: found by name, opened when first needed, searched, embedded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.corpus.following import Following, watchable
from engine.corpus.places import chunk_id_of, chunks_called
from engine.corpus.sources.kept import forget
from engine.corpus.sources.places import Place, find_places
from engine.corpus.spec_file import corpus_folders, is_readable, name_in, remove_folder
from engine.corpus.store import CorpusStore
from engine.embedding import embed_rows
from engine.errors import BusyError, CorpusError, ModelError, UserError
from engine.job import Job
from engine.models.pair import ModelPair
from engine.paths import RESOURCES, Paths
from engine.retrieval.search import Searcher
from engine.types import Chunk, Progress
from engine.types_corpora import (
    CorpusInfo,
    CorpusSpec,
    Fetching,
    IndexReport,
    SkippedFile,
    WatchNews,
)

if TYPE_CHECKING:
    from engine.corpus.snapshot import StoredCollection
    from engine.models.encoder import Encoder

SAMPLE = "sample"
SAMPLE_SPEC = CorpusSpec(SAMPLE, (str(RESOURCES / "sample" / "code"),))


class Library:
    """Opens each corpus once. Used by one thread at a time."""

    def __init__(self, paths: Paths, models: ModelPair) -> None:
        self._paths = paths
        self._models = models
        self._stores: dict[str, CorpusStore] = {}
        self._searchers: dict[str, Searcher] = {}
        self._places: dict[str, list[Place]] = {}
        self._updating: set[str] = set()
        self._following: Following | None = None

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

    def index(self, spec: CorpusSpec, fetching: Fetching | None = None) -> Job[IndexReport]:
        """Make a corpus, or bring the one of that name up to date.

        Archives are unpacked; repositories are cloned and refreshed as far as `fetching` allows.
        Raises `ConsentError` if something would have to be downloaded that may not be.
        """
        if spec.name == SAMPLE:
            raise CorpusError(f"{SAMPLE} is the built-in corpus; choose another name")
        if not spec.name.strip():
            raise CorpusError("a corpus needs a name; give one")
        if set(spec.name) & set("/\\\n\t") or spec.name in (".", ".."):
            raise CorpusError(f"{spec.name!r} cannot be a corpus's name; use letters and figures")
        while spec.name in self._updating:
            yield Progress("waiting", 0, None, "the last changes are being taken in")
        if self._following is not None and spec.watch:
            self._following.start(spec, catch_up=False)  # first, so that no change is missed
        with self._update_of(spec.name), self._watched_as_before(spec.name):
            places = yield from find_places(spec.sources, self._paths.cache, fetching or Fetching())
            self._places[spec.name] = places
            is_new = spec.name not in self._names()
            store = self._create(spec)
            before = store.roots()
            try:
                report = yield from store.update(spec, places)
            except CorpusError as error:
                if is_new and not isinstance(error, BusyError):
                    self.remove(spec.name)  # nothing was found in it
                raise
        if self._following is not None and spec.watch:
            self._following.start(spec)  # following has begun meanwhile
        self._forget(before - store.roots())
        yield Progress("building the BM25 index", 0, None, spec.name)
        self.searcher(spec.name).prepare()
        return report

    # Following

    def follow_corpora(self, names: Sequence[str] | None = None) -> None:
        """Follow these corpora, or all that are set to be; each is looked at as a whole once."""
        if self._following is None:
            self._following = Following()
        for info in self.infos():
            wanted = info.watch if names is None else info.name in names
            if wanted and not (info.builtin or info.problem):
                self._following.start(info.spec)

    def set_watch(self, name: str, watch: bool) -> CorpusInfo:
        """Keep whether a corpus is to be followed, and do so if any is. Raises `CorpusError`."""
        if name == SAMPLE:
            raise CorpusError(f"{SAMPLE} is the built-in corpus; it does not change")
        store = self._store(name)
        store.set_watch(watch)
        if self._following is not None:
            if watch:
                self._following.start(store.spec)
            else:
                self._following.stop(name)
        return self._info(name)

    def news(self) -> WatchNews:
        """What has changed on the disk since; takes a millisecond for each corpus followed."""
        if self._following is None:
            return WatchNews()
        news = self._following.poll()
        return replace(news, changed=tuple(n for n in news.changed if n not in self._updating))

    def follow(self, name: str) -> Job[IndexReport | None]:
        """Take in what has changed, looking at nothing else where that is enough.

        None if this corpus is being indexed already; then what has changed is kept for later.
        """
        if self._following is None or name in self._updating:
            return None
        store = self._store(name)
        changed = self._following.take(name)
        if store.problem:
            return None  # there is nothing yet to keep up
        done = False
        try:
            with self._update_of(name):
                if name not in self._places:
                    self._places[name] = yield from find_places(
                        store.spec.sources, self._paths.cache, Fetching()
                    )
                report = yield from store.update(None, self._places[name], changed)
            done = True
        except BusyError:
            return None
        except CorpusError:
            done = True  # it would be so again: the user has to do something
            raise
        finally:
            if not done:
                self._following.give_back(name, changed)
        yield Progress("building the BM25 index", 0, None, name)
        self.searcher(name).prepare()
        return report

    @contextmanager
    def _update_of(self, name: str) -> Iterator[None]:
        """Two updates of one corpus in one process would only get into each other's way."""
        self._updating.add(name)
        try:
            yield
        finally:
            self._updating.discard(name)

    @contextmanager
    def _watched_as_before(self, name: str) -> Iterator[None]:
        """If nothing comes of what a corpus was to be made of, watch what it is made of."""
        try:
            yield
        except CorpusError:
            self._places.pop(name, None)
            if self._following is not None:
                self._following.stop(name)
                if name in self._names() and self._info(name).watch:
                    self._following.start(self._info(name).spec)
            raise

    def _forget(self, roots: set[str]) -> None:
        """Delete what was unpacked or cloned for a corpus alone, if any of these roots was."""
        cached = {root for root in roots if Path(root).is_relative_to(self._paths.cache)}
        if cached:
            for name in self._names():
                with suppress(UserError):
                    cached -= self._store(name).roots()
        for root in cached:
            forget(self._paths.cache, root)

    # Vectors and searching

    def embed(self, name: str) -> Job[CorpusInfo]:
        """Give the chunks that have none a vector, in steps of about 0.1 s.

        What is done is kept when the job is closed. Raises `ModelError` without an encoder.
        """
        yield from self._models.load()
        store = self._store(name)
        while True:
            encoder = self._models.encoder
            if encoder is None:
                raise ModelError("the encoder is not loaded, so there are no vectors; run doctor")
            if encoder.closeness is None:
                yield from self.measure_closeness()
                continue  # another one may have been chosen meanwhile
            collection = store.collection()
            missing = collection.missing_vectors(encoder.fingerprint)
            if not len(missing):
                self._release_former_encoder()
                return self._info(name)
            for progress in embed_rows(store, collection, missing, encoder):
                yield progress
                if self._models.encoder is not encoder:
                    break  # another one was chosen meanwhile: it goes on with that

    def measure_closeness(self) -> Job[None]:
        """See `ModelPair.measure_closeness`."""
        yield from self._models.measure_closeness()

    def embed_with(self, name: str, encoder: Encoder) -> Job[None]:
        """Give a corpus the vectors of an encoder that is not in use, beside those it has."""
        store = self._store(name)
        while True:  # files may change meanwhile
            collection = store.collection()
            missing = collection.missing_vectors(encoder.fingerprint)
            if not len(missing):
                return
            yield from embed_rows(store, collection, missing, encoder)

    def drop_vectors(self, unused: Callable[[frozenset[str]], Collection[str]]) -> int:
        """Delete vectors in all corpora; how many bytes they were.

        `unused` says which of the encoders that have vectors here have no use for them any more.
        """
        stores: list[CorpusStore] = []
        kept: frozenset[str] = frozenset()
        for name in self._names():
            with suppress(UserError):
                store = self._store(name)
                kept |= store.kept_encoders()
                stores.append(store)
        freed, gone = 0, unused(kept)
        for store in stores if gone else ():
            with suppress(UserError):
                freed += store.drop_vectors(gone)
        return freed

    def searcher(self, name: str) -> Searcher:
        """A searcher over the corpus and the models as they are now. Raises `CorpusError`."""
        collection = self._store(name).collection()
        encoder, cross_encoder = self._encoder_for(collection), self._models.cross_encoder
        searcher = self._searchers.get(name)
        if searcher is None:
            searcher = self._searchers[name] = Searcher(collection, encoder, cross_encoder)
        else:
            searcher.use(collection, encoder, cross_encoder)
        return searcher

    def _encoder_for(self, collection: StoredCollection) -> Encoder | None:
        """The encoder in use; the former one as long as that has more of the corpus's vectors."""
        present, former = self._models.encoder, self._models.former_encoder
        if present is None or former is None:
            return present
        missing = len(collection.missing_vectors(present.fingerprint))
        before = len(collection.missing_vectors(former.fingerprint))
        return former if before < missing else present

    def _release_former_encoder(self) -> None:
        """Free the former encoder's memory once no corpus needs its vectors any more."""
        former = self._models.former_encoder
        if former is None:
            return
        collections = [self._store(info.name).collection() for info in self.infos() if info.chunks]
        if not any(self._encoder_for(collection) is former for collection in collections):
            self._models.release_former()

    def collection(self, name: str) -> StoredCollection:
        """The present generation of a corpus. Raises `CorpusError`."""
        return self._store(name).collection()

    def skipped_files(self, name: str) -> tuple[SkippedFile, ...]:
        """The files of a corpus that are left out, and why. Raises `CorpusError`."""
        return self._store(name).skipped_files()

    def chunk(self, name: str, chunk_id: str) -> Chunk:
        """One chunk. Raises `CorpusError` if the corpus does not hold it."""
        return self._store(name).chunk(chunk_id)

    def chunk_id(self, name: str, place: str) -> str:
        """The id of the chunk that an id, `path:line` or a name stands for.

        Raises `CorpusError` if there is none, or more than one.
        """
        return chunk_id_of(self._store(name).collection(), place, name)

    def chunks_called(self, name: str, text: str) -> list[Chunk]:
        """Chunks that somebody who types `text` may mean. Raises `CorpusError`."""
        return chunks_called(self._store(name).collection(), text)

    def remove(self, name: str) -> None:
        """Delete a corpus's index. Raises `CorpusError` if there is none of that name."""
        if name == SAMPLE:
            raise CorpusError(f"{SAMPLE} is the built-in corpus; it cannot be removed")
        folder = self._folder(name)
        roots: set[str] = set()
        if self._following is not None:
            self._following.stop(name)
        if is_readable(folder):
            store = self._store(name)
            roots = store.roots()
            store.remove()
        else:
            remove_folder(folder)
        self._drop(name)
        self._forget(roots)

    def close(self) -> None:
        """Close every corpus, and watch none any longer."""
        if self._following is not None:
            self._following.close()
            self._following = None
        self._searchers.clear()
        for store in self._stores.values():
            store.close()
        self._stores.clear()

    def _names(self) -> list[str]:
        own = {name_in(folder) for folder in corpus_folders(self._paths.corpora)} - {SAMPLE}
        return [SAMPLE, *sorted(own, key=str.casefold)]

    def _folder(self, name: str) -> Path:
        for folder in corpus_folders(self._paths.corpora):
            if name_in(folder) == name:
                return folder
        known = ", ".join(self._names())
        raise CorpusError(f"there is no corpus named {name}; known are: {known}")

    def _store(self, name: str) -> CorpusStore:
        store = self._opened(name)
        if store is None:
            if name == SAMPLE:
                return self._create(SAMPLE_SPEC)
            store = self._stores[name] = CorpusStore.open(self._folder(name))
        return store

    def _opened(self, name: str) -> CorpusStore | None:
        """The open corpus of that name, unless another process has removed or replaced it."""
        store = self._stores.get(name)
        if store is not None and not store.is_there:
            store.close()
            self._drop(name)
            return None
        return store

    def _drop(self, name: str) -> None:
        self._stores.pop(name, None)
        self._searchers.pop(name, None)
        self._places.pop(name, None)

    def _create(self, spec: CorpusSpec) -> CorpusStore:
        store = self._opened(spec.name)
        if store is None:
            store = self._stores[spec.name] = CorpusStore.create(self._paths.corpora, spec)
        return store

    def _info(self, name: str) -> CorpusInfo:
        fingerprint = self._models.encoder.fingerprint if self._models.encoder else None
        try:
            info = self._store(name).info(fingerprint, builtin=name == SAMPLE)
            following = self._following
            return replace(
                info,
                watchable=name != SAMPLE and bool(watchable(info.sources)),
                watching=following is not None and following.is_watching(name),
                watch_problem=following.problem(name) if following is not None else "",
            )
        except UserError as error:  # also one of a newer release, or on a disk that is full
            return CorpusInfo(name, (), 0, 0, 0, {}, {}, 0, None, problem=str(error))
