"""The data sets of one installation: imported, listed, found, removed.

An imported data set is three things: its folder (what is measured on), its corpus (what is
searched) and its judgements. It is there from the moment in which the store of judgements has its
row, which comes last and with the judgements in one transaction. Whatever lies about without such
a row is left from an import that was killed, belongs to nobody, and is swept away.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from engine.corpus.rows import MANIFEST_NAME, ROWS_NAME
from engine.corpus.spec_file import corpus_folder
from engine.datasets.graded import drafts_of
from engine.datasets.opening import open_source
from engine.datasets.writing import Written, read_manifest, write_manifest, write_set
from engine.errors import DataError, DiskError, UserError
from engine.job import Job
from engine.judgements.store import JudgementStore
from engine.library import SAMPLE, Library
from engine.paths import Paths
from engine.types import Progress
from engine.types_corpora import CorpusInfo, CorpusSpec, DatasetInfo, DatasetRequest, IndexReport

NEW = ".new-"


class Shelf:
    """Keeps the data sets. Used by one thread at a time; other processes may use the same."""

    def __init__(self, paths: Paths, library: Library, store: JudgementStore) -> None:
        self._paths = paths
        self._library = library
        self._store = store

    def infos(self) -> list[DatasetInfo]:
        """The data sets there are. One that cannot be read says why in `problem`."""
        return [self._info(name) for name in self._store.datasets()]

    def folder(self, name: str) -> Path | None:
        """The BEIR folder of the data set of that name, None if there is none."""
        return self._folder(name) if name in self._store.datasets() else None

    def whole(self, infos: Iterable[CorpusInfo]) -> list[CorpusInfo]:
        """The corpora without those half imported; those of data sets say what they are."""
        known = {str(self._folder(name) / ROWS_NAME): name for name in self._store.datasets()}
        found: list[CorpusInfo] = []
        for info in infos:
            ours = [s for s in info.sources if Path(s).parent.parent == self._paths.datasets]
            if not ours:
                found.append(info)
            elif ours[0] in known:
                said = self._info(known[ours[0]])
                found.append(replace(info, dataset=_described(said)))
        return found

    def add(self, request: DatasetRequest) -> Job[DatasetInfo]:
        """Import a data set: all of it or, if anything stops that, nothing.

        Raises `DataError` for a wrong source or a name that is taken, `DiskError`.
        """
        name = request.name.strip()
        if not name:
            raise DataError("a data set needs a name; give one")
        folder = self._folder(name)
        with self._claimed(name):
            self._check_free(name)
            self._discard(name)
            try:
                info, written = yield from self._write(request, name)
                report = yield from self._library.index(
                    CorpusSpec(name, (str(folder / ROWS_NAME),), lexical_only=request.lexical_only)
                )
                drafts = drafts_of(name, folder, written.qrels, self._library.collection(name))
                with contextlib.closing(self._store.add_dataset(name, drafts)) as kept:
                    for count in kept:
                        yield Progress("keeping the judgements", count, written.judged)
            except BaseException:
                self._discard(name)
                raise
        return replace(info, notes=(*info.notes, *_left_out(report)))

    def remove(self, name: str) -> None:
        """Remove a data set with its corpus and its judgements. Raises `DataError`."""
        if name not in self._store.datasets():
            known = ", ".join(self._store.datasets()) or "none yet"
            raise DataError(f"there is no data set named {name}; known are: {known}")
        with self._claimed(name):
            self._store.remove_dataset(name)
            self._discard(name)

    def sweep(self) -> None:
        """Delete what an import that was killed has left. Nothing that another one is at."""
        if not self._paths.datasets.is_dir():
            return
        known = {self._folder(name).name for name in self._store.datasets()}
        for folder in self._paths.datasets.iterdir():
            if folder.is_dir() and folder.name not in known:
                with contextlib.suppress(UserError, OSError):
                    self._sweep(folder)

    def _sweep(self, folder: Path) -> None:
        name = folder.name.removeprefix(NEW)
        with self._lock(name):
            if name in {self._folder(known).name for known in self._store.datasets()}:
                return  # it has been completed just now
            for info in self._library.infos():
                if any(Path(source).parent == folder for source in info.sources):
                    self._library.remove(info.name)
            shutil.rmtree(folder, ignore_errors=True)

    def _write(self, request: DatasetRequest, name: str) -> Job[tuple[DatasetInfo, Written]]:
        """Write the set's folder and give it its place."""
        opened = yield from open_source(request, self._paths.cache)
        folder = self._folder(name)
        fresh = folder.with_name(f"{NEW}{folder.name}")
        with _disk_errors(fresh):
            fresh.mkdir(parents=True)
        written = yield from write_set(opened.reader, fresh, request)
        info = DatasetInfo(
            name=name,
            format=opened.reader.format,
            source=opened.source,
            split=opened.reader.split,
            revision=opened.revision,
            documents=len(written.documents),
            queries=written.questions,
            judgements=written.judged,
            candidates=dict(written.ranked),
            notes=tuple(written.notes),
            imported=None,
            folder=str(folder),
        )
        write_manifest(fresh, info, request)
        with _disk_errors(folder):
            fresh.rename(folder)
        return read_manifest(folder), written

    def _info(self, name: str) -> DatasetInfo:
        try:
            return read_manifest(self._folder(name))
        except DataError as error:
            folder = str(self._folder(name))
            return DatasetInfo(name, "", "", "", "", 0, 0, 0, {}, (), None, folder, str(error))

    def _folder(self, name: str) -> Path:
        return corpus_folder(self._paths.datasets, name)

    def _check_free(self, name: str) -> None:
        if name in self._store.datasets():
            raise DataError(
                f"there is a data set named {name} already; remove it first or choose another name"
            )
        mine = str(self._folder(name) / ROWS_NAME)
        taken = [info for info in self._library.infos() if info.name == name]
        if name == SAMPLE or any(mine not in info.sources for info in taken):
            raise DataError(f"there is a corpus named {name} already; choose another name")

    def _discard(self, name: str) -> None:
        """Delete what there is of a data set outside the store."""
        folder = self._folder(name)
        mine = str(folder / ROWS_NAME)
        for info in self._library.infos():
            if info.name == name and mine in info.sources:
                with contextlib.suppress(UserError):
                    self._library.remove(name)
        (folder / MANIFEST_NAME).unlink(missing_ok=True)  # first: half a set must not look whole
        for place in (folder, folder.with_name(f"{NEW}{folder.name}")):
            shutil.rmtree(place, ignore_errors=True)

    @contextlib.contextmanager
    def _claimed(self, name: str) -> Iterator[None]:
        """Keep other processes off a data set; a killed one lets go of it."""
        with self._lock(self._folder(name).name):
            yield

    @contextlib.contextmanager
    def _lock(self, folder_name: str) -> Iterator[None]:
        with _disk_errors(self._paths.datasets):
            self._paths.datasets.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._paths.datasets / f"{folder_name}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise DataError(
                    "this data set is being imported by another Counterpart; wait until it is done"
                ) from None
        try:
            yield
        finally:
            lock.release()


@contextlib.contextmanager
def _disk_errors(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DiskError(
            f"cannot write to {place}: {error.strerror or error}; check the disk"
        ) from error


def _described(info: DatasetInfo) -> str:
    """What a data set is, in one line; where it cannot be read, why."""
    if info.problem:
        return info.problem
    split = f", {info.split}" if info.split else ""
    return f"data set ({info.format}{split}) · {info.queries:,} queries · from {info.source}"


def _left_out(report: IndexReport) -> Iterator[str]:
    count = len(report.skipped)
    if count:
        reason = report.skipped[0].reason
        yield f"{count:,} documents cannot be searched, the first because it is {reason}"
