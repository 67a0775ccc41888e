"""Bringing an index up to date: the job behind `CorpusStore.update`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.corpus.chunk import CHUNKER_VERSION
from engine.corpus.index_file import IndexFile, KnownFile
from engine.corpus.pace import Pace
from engine.corpus.process import Batch, Task
from engine.corpus.walk import FoundFile, walk
from engine.corpus.workers import STEP_SECONDS, Results, process_here, process_in_workers
from engine.errors import CorpusError, UserError
from engine.job import Job
from engine.paths import RESOURCES
from engine.types import CorpusSpec, Progress, SkippedFile

FEW_FILES = 400
FEW_BYTES = 500_000
LARGE_FILE = 100_000
"""Fewer files than this, smaller together and each, are processed here: that takes less time than
starting workers, and no step holds the interpreter for long."""

SMALL_BYTES = 8_000
"""About how much is processed here in one step: some 10 ms."""

BATCH_FILES = 16
BATCH_BYTES = 128_000

FIRST_PUBLICATION = 3.0
"""Seconds after which a first indexing makes searchable what it has; then after twice as many."""

RACY_NS = 2_000_000_000
"""A file changed within this time before it was read may have changed again in the same tick."""


@cache
def recipe() -> str:
    """Changes whenever files would give other chunks or tokens than before."""
    names = (RESOURCES / "api_names.json").read_bytes()
    return f"{CHUNKER_VERSION}-{blake2b(names, digest_size=6).hexdigest()}"


@dataclass(slots=True)
class Outcome:
    """What an update did, and all the files that are left out."""

    changed: int = 0
    removed: int = 0
    skipped: list[SkippedFile] = field(default_factory=list)


@dataclass(slots=True)
class _Plan:
    """Files to process, each with its last version; live and staged versions to drop."""

    todo: list[tuple[FoundFile, KnownFile | None]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    files: int = 0


class Update:
    """One run over a corpus's sources."""

    def __init__(self, index: IndexFile, spec: CorpusSpec) -> None:
        self._index = index
        self._spec = spec
        self._outcome = Outcome()
        self._incomplete = not index.meta("complete", False)

    def run(self) -> Job[Outcome]:
        """Do it.

        Closing the job keeps what is done: if the corpus was complete before, it stays as it was
        and the next run goes on from here; if not, it can be searched as far as it is done.
        """
        yield from self._sweep(self._index.retired())
        found = yield from self._walk()
        plan = self._plan(found)
        yield from self._sweep(plan.stale)
        self._outcome.removed = len(plan.removed)
        try:
            yield from self._process(plan)
        except GeneratorExit:
            with contextlib.suppress(UserError):
                self._publish_so_far(plan)
            raise
        self._finish(plan)
        return self._outcome

    def _sweep(self, files: Sequence[int]) -> Job[None]:
        for start in range(0, len(files), BATCH_FILES):
            self._index.delete(files[start : start + BATCH_FILES])
            yield Progress("tidying", start, len(files))

    def _walk(self) -> Job[list[FoundFile]]:
        found: list[FoundFile] = []
        told = 0.0
        for item in walk(self._spec.sources, self._spec.include, self._spec.exclude):
            if isinstance(item, FoundFile):
                found.append(item)
            elif item is not None:
                self._outcome.skipped.append(item)
            if time.monotonic() - told > STEP_SECONDS:
                yield Progress("looking for files", len(found), None, f"{len(found):,} files found")
                told = time.monotonic()
        if not found:
            places = ", ".join(self._spec.sources)
            raise CorpusError(f"no code was found in {places}; choose a folder with source files")
        return found

    def _plan(self, found: Sequence[FoundFile]) -> _Plan:
        """Compare the files that are there with those that are known."""
        live, staged = self._index.known_files()
        plan = _Plan(files=len(found))
        for file in found:
            key = (file.root, file.path)
            before, waiting = live.pop(key, None), staged.pop(key, None)
            if before is not None and _is_current(before, file):
                if waiting is not None:  # changed, and changed back
                    plan.stale.append(waiting.id)
            elif waiting is None or not _is_current(waiting, file):
                plan.todo.append((file, waiting or before))
        plan.removed = [file.id for file in live.values()]
        plan.stale += [file.id for file in staged.values()]
        return plan

    def _process(self, plan: _Plan) -> Job[None]:
        if not plan.todo:
            return
        stager = _Stager(self._index, plan.todo)
        pace = Pace(len(plan.todo), sum(file.size for file, _ in plan.todo))
        next_publication = FIRST_PUBLICATION
        with contextlib.closing(_results(plan.todo, self._spec)) as results:
            yield pace.progress()
            for result in results:
                if result is not None:
                    for file in stager.stage(*result):
                        pace.advance(file.size)
                    self._outcome.changed = stager.changed
                if pace.seconds > next_publication:
                    self._publish_so_far(plan)
                    next_publication *= 2
                yield pace.progress()

    def _publish_so_far(self, plan: _Plan) -> None:
        """Let an incomplete corpus be searched as far as it is done."""
        if self._incomplete:
            self._index.publish((), self._values(plan, complete=False))

    def _finish(self, plan: _Plan) -> None:
        """Publish, unless nothing has changed at all."""
        if plan.removed or self._index.staged_count():
            self._index.publish(plan.removed, self._values(plan, complete=True))
        else:
            self._index.set_meta(self._values(plan, complete=True))
        self._outcome.skipped += self._index.problems()

    def _values(self, plan: _Plan, *, complete: bool) -> dict[str, object]:
        return {
            "complete": complete,
            "files_found": plan.files,
            "updated": datetime.now(UTC).isoformat(),
            "skipped": [asdict(skipped) for skipped in self._outcome.skipped],
        }


class _Stager:
    """Puts what the workers hand over into the index."""

    def __init__(
        self, index: IndexFile, todo: Sequence[tuple[FoundFile, KnownFile | None]]
    ) -> None:
        self._index = index
        self._todo = todo
        self._vocabulary = index.vocabulary()
        self.changed = 0
        self._numbers: dict[int, NDArray[np.int32]] = {}  # each worker's words in the vocabulary

    def stage(self, worker: int, batch: Batch) -> list[FoundFile]:
        """Stage a batch; return the files that are done."""
        first_new = len(self._vocabulary)
        own = self._numbers.get(worker, np.zeros(0, dtype=np.int32))
        own = self._numbers[worker] = np.concatenate([own, self._vocabulary.all(batch.words)])
        done = [(self._todo[result.number], result) for result in batch.files]
        self.changed += self._index.stage(
            [((file.root, file.path), known, result) for (file, known), result in done],
            own,
            (first_new, self._vocabulary.strings[first_new:]),
            recipe(),
        )
        return [file for (file, _), _ in done]


def _is_current(known: KnownFile, file: FoundFile) -> bool:
    """Whether the known version is that of the file on disk, going by size and time."""
    same = (known.size, known.mtime_ns, known.recipe) == (file.size, file.mtime_ns, recipe())
    return same and known.mtime_ns < known.seen_ns - RACY_NS


def _results(todo: Sequence[tuple[FoundFile, KnownFile | None]], spec: CorpusSpec) -> Results:
    """Process the files here if they are few, else in workers."""
    sizes = [file.size for file, _ in todo]
    tasks = list(_tasks(todo, spec))
    if len(todo) < FEW_FILES and sum(sizes) < FEW_BYTES and max(sizes) < LARGE_FILE:
        return process_here(_batches(tasks, sizes, SMALL_BYTES))
    return process_in_workers(_batches(tasks, sizes, BATCH_BYTES))


def _tasks(todo: Sequence[tuple[FoundFile, KnownFile | None]], spec: CorpusSpec) -> Iterator[Task]:
    first = Path(spec.sources[0])
    for number, (file, known) in enumerate(todo):
        # The same path under two sources must not give the same chunk ids.
        salt = "" if Path(file.root) in (first, first.parent) else file.root
        digest = known.digest if known is not None and known.recipe == recipe() else None
        yield Task(number, file.root, file.path, salt, digest, file.offset, file.size)


def _batches(tasks: Sequence[Task], sizes: Sequence[int], limit: int) -> Iterator[list[Task]]:
    """Runs of tasks that are neither many nor, but for a single one, larger than `limit`."""
    batch: list[Task] = []
    total = 0
    for task, size in zip(tasks, sizes, strict=True):
        if batch and (len(batch) == BATCH_FILES or total + size > limit):
            yield batch
            batch, total = [], 0
        batch.append(task)
        total += size
    if batch:
        yield batch
