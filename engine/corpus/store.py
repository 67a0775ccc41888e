"""A corpus that is kept on disk: one folder with its specification, its index and what is derived.

corpus.json       name and sources
index.sqlite      files, chunks, tokens, vectors: the truth
derived-<n>/      made from generation n by whoever needs it, and deleted with it
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from engine.corpus.assemble import assemble
from engine.corpus.index_file import INDEX_NAME, IndexFile
from engine.corpus.snapshot import StoredCollection
from engine.corpus.sources.places import Place, local_places
from engine.corpus.spec_file import corpus_folder, read_spec, remove_folder, write_spec
from engine.corpus.summary import summary
from engine.corpus.update import Update
from engine.corpus.vectors import drop_vectors, kept_encoders, prune_vectors
from engine.errors import BusyError, CorpusError, DiskError
from engine.job import Job
from engine.types import Chunk, Progress
from engine.types_corpora import CorpusInfo, CorpusSpec, IndexReport, SkippedFile

DERIVED = "derived-"
LOCK_NAME = "indexing.lock"


class CorpusStore:
    """An open corpus. To be used by one thread at a time; other processes may use it meanwhile."""

    def __init__(self, folder: Path, spec: CorpusSpec) -> None:
        self.folder = folder
        self.spec = spec
        self._note = ""
        self.closed = False
        self._collection: StoredCollection | None = None
        self._index = self._open_index()

    @classmethod
    def open(cls, folder: Path) -> CorpusStore:
        """Open the corpus kept in a folder. Raises `CorpusError` or `DiskError`."""
        return cls(folder, read_spec(folder))

    @classmethod
    def create(cls, corpora: Path, spec: CorpusSpec) -> CorpusStore:
        """Open the corpus of that name in the folder of all corpora; make it if there is none.

        One that is there has its own specification: `update` takes over another one, and keeps it.
        """
        folder = corpus_folder(corpora, spec.name)
        try:
            kept = read_spec(folder)
        except CorpusError:  # new, or damaged
            write_spec(folder, spec)
            kept = spec
        return cls(folder, kept)

    @property
    def is_there(self) -> bool:
        """Whether what is open is what lies on the disk: another process may have removed it."""
        return not self.closed and self._index.is_there

    def close(self) -> None:
        """Close the index. The collections handed out cannot be read any more."""
        self.closed = True
        self._collection = None
        self._index.close()

    def _open_index(self) -> IndexFile:
        return IndexFile(self.folder, self.spec.name, self._on_damage)

    def _on_damage(self, sentence: str) -> None:
        self._note = f"{sentence}; index {self.spec.name} again"

    # Reading

    def collection(self) -> StoredCollection:
        """The present generation. The same object again as long as it is the present one.

        Raises `CorpusError` if the corpus has never been indexed, or is damaged.
        """
        generation = self._index.generation
        if generation == 0:
            raise CorpusError(self.problem)
        if self._collection is None or self._collection.table.generation != generation:
            assembled = assemble(self._index)
            generation = assembled.table.generation
            place = self.folder / f"{DERIVED}{generation}"
            self._collection = StoredCollection(self._index, assembled, place)
        return self._collection

    def chunk(self, chunk_id: str) -> Chunk:
        """One chunk. Raises `CorpusError` if there is none of that id."""
        collection = self.collection()
        row = collection.table.row_of.get(chunk_id)
        if row is None:
            raise CorpusError(f"{self.spec.name} has no chunk {chunk_id} any more; search again")
        return collection.chunks([row])[0]

    @property
    def problem(self) -> str:
        """What is wrong with the corpus and what to do, in one line; empty if it is healthy."""
        if self._note:
            return self._note
        if not self._index.meta("complete", False):
            return f"{self.spec.name} is not indexed to the end; index it again to go on"
        return ""

    def info(self, fingerprint: str | None = None, *, builtin: bool = False) -> CorpusInfo:
        """What lists show. `vectors` counts those of the encoder with that fingerprint,
        without one those of the encoder that has the most.

        A built-in corpus is indexed when it is first used: not being so yet is no problem.
        """
        problem = self._note if builtin else self.problem
        try:
            return summary(self._index, self.spec, fingerprint, problem, builtin)
        except CorpusError as error:
            return summary(None, self.spec, fingerprint, str(error), builtin)

    def skipped_files(self) -> tuple[SkippedFile, ...]:
        """The files that are left out, and why."""
        told = [SkippedFile(**item) for item in self._index.meta("skipped", [])]
        return (*told, *self._index.problems())

    @property
    def generation(self) -> int:
        """The number of the present generation, 0 before the first."""
        return self._index.generation

    def roots(self) -> set[str]:
        """The folders that the present generation's files are in."""
        return self._index.roots()

    def set_watch(self, watch: bool) -> None:
        """Keep whether this corpus is to be followed. Raises `DiskError`."""
        kept = read_spec(self.folder)  # another process may have written it meanwhile
        self.spec = replace(kept, watch=watch)
        if watch != kept.watch:
            write_spec(self.folder, self.spec)

    # Vectors

    def kept_encoders(self) -> frozenset[str]:
        """The fingerprints of the encoders that have vectors here."""
        return kept_encoders(self._index)

    def drop_vectors(self, fingerprints: Collection[str]) -> int:
        """Delete the vectors of some encoders; how many bytes they were. Raises `DiskError`."""
        freed = 0
        for fingerprint in self.kept_encoders().intersection(fingerprints):
            freed += drop_vectors(self._index, fingerprint)
            if self._collection is not None:
                self._collection.forget_vectors(fingerprint)
        if freed:
            self._index.compact()
        return freed

    # Indexing

    def update(
        self,
        spec: CorpusSpec | None = None,
        places: Sequence[Place] | None = None,
        changed: Set[str] | None = None,
    ) -> Job[IndexReport]:
        """Bring the index up to date with its sources, or with those of a new specification.

        `places` are where the sources are, if they are not all folders and files. With absolute
        paths that `changed`, nothing else is looked at, as far as that is enough.

        The last generation can be searched all the while. Closing the job, like killing the
        process, keeps what is done for the next run. A damaged index is kept aside and made
        again. Raises `CorpusError` if a source cannot be read, nothing is found (then the corpus
        keeps the specification it had), or another process is indexing this corpus; `DiskError`
        if the disk is full.
        """
        started = time.monotonic()
        with self._indexing(), self._specified(spec):
            yield Progress("checking", 0, None, self.spec.name)
            if changed is None:
                self._replace_if_damaged()
            places = local_places(self.spec.sources) if places is None else places
            outcome = yield from Update(self._index, self.spec, places).run(changed)
            self._note = ""
            yield Progress("opening", 0, None, self.spec.name)
            collection = self.collection()
            if outcome.changed or outcome.removed:
                prune_vectors(self._index, collection.vector_keys)
                self._drop_derived(collection.table.generation)
        info = self.info()
        return IndexReport(
            name=self.spec.name,
            files=info.files,
            chunks=info.chunks,
            files_changed=outcome.changed,
            files_removed=outcome.removed,
            skipped=tuple(outcome.skipped),
            seconds=time.monotonic() - started,
            changes=outcome.changes,
        )

    @contextmanager
    def _indexing(self) -> Iterator[None]:
        """Hold the corpus so that no other process indexes it; a killed process lets go of it."""
        lock = FileLock(self.folder / LOCK_NAME)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise BusyError(
                f"{self.spec.name} is being indexed already; wait until it is done"
            ) from None
        except OSError as error:
            raise DiskError(
                f"cannot write to {self.folder}: {error.strerror or error}; check the disk"
            ) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _specified(self, spec: CorpusSpec | None) -> Iterator[None]:
        """Take a new specification over, but go back to the former if nothing comes of it."""
        former = self.spec
        if spec is not None and spec != former:
            write_spec(self.folder, spec)
            self.spec = spec
        try:
            yield
        except CorpusError:
            if self.spec != former:
                write_spec(self.folder, former)
                self.spec = former
            raise

    def _replace_if_damaged(self) -> None:
        """Keep a damaged index aside and begin a new one."""
        try:
            if self._index.is_sound():
                if self._index.generation:
                    self.collection()
                return
        except CorpusError:
            pass
        self._collection = None
        kept = self._index.set_aside()
        self._on_damage(f"the index of {self.spec.name} was damaged; it is kept as {kept}")
        self._index = self._open_index()

    def _drop_derived(self, generation: int) -> None:
        """Delete what was derived from generations that nobody reads any more."""
        for folder in self.folder.glob(f"{DERIVED}*"):
            number = folder.name.removeprefix(DERIVED)
            if number.isdigit() and int(number) < generation:
                shutil.rmtree(folder, ignore_errors=True)  # on Windows it may still be open

    def remove(self) -> None:
        """Delete the corpus and all that is derived from it. Raises `CorpusError`, `DiskError`."""
        with self._indexing():
            self.close()
            (self.folder / INDEX_NAME).unlink(missing_ok=True)
        remove_folder(self.folder)
