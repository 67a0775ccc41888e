"""Bringing an index up to date: the job behind `CorpusStore.update`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence, Set
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.corpus.index_file import IndexFile, KnownFile, Staged
from engine.corpus.pace import Pace
from engine.corpus.plan import Plan, make_plan, name_changes, recipe
from engine.corpus.process import Batch, Task
from engine.corpus.rewalk import FullWalkNeededError, rewalk
from engine.corpus.sources.places import Place
from engine.corpus.walk import FoundFile, walk
from engine.corpus.workers import STEP_SECONDS, Results, process_here, process_in_workers
from engine.errors import CorpusError, UserError
from engine.job import Job
from engine.types import Progress
from engine.types_corpora import CorpusSpec, FileChange, SkippedFile

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


@dataclass(slots=True)
class Outcome:
    """What an update did, and all the files that are left out."""

    changed: int = 0
    removed: int = 0
    skipped: list[SkippedFile] = field(default_factory=list)
    changes: tuple[FileChange, ...] = ()


class Update:
    """One run over the places of a corpus's sources."""

    def __init__(self, index: IndexFile, spec: CorpusSpec, places: Sequence[Place]) -> None:
        self._index = index
        self._spec = spec
        self._places = places
        self._roots = [place.path for place in places]
        self._outcome = Outcome()
        self._staged: list[Staged] = []
        self._told: list[SkippedFile] | None = None  # what was left out before, once it is read
        self._incomplete = not index.meta("complete", False)

    def run(self, changed: Set[str] | None = None) -> Job[Outcome]:
        """Do it; with absolute paths that `changed`, look at no others if that is enough.

        Closing the job keeps what is done: if the corpus was complete before, it stays as it was
        and the next run goes on from here; if not, it can be searched as far as it is done.
        """
        yield from self._sweep(self._index.retired())
        plan = self._plan_changes(changed) if changed is not None else None
        if plan is None:
            found = yield from self._walk()
            plan = make_plan(found, *self._index.known_files())
        yield from self._sweep(plan.stale)
        self._outcome.removed = len(plan.removed)
        try:
            yield from self._process(plan)
        except GeneratorExit:
            with contextlib.suppress(UserError):
                self._publish_so_far()
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
        self._outcome.skipped = [item for place in self._places for item in place.skipped]
        for item in walk(self._roots, self._spec.include, self._spec.exclude):
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

    def _plan_changes(self, changed: Set[str]) -> Plan | None:
        """What to do about some paths; None if only a walk over everything can say."""
        if self._incomplete or self._index.staged_count():
            return None
        try:
            looked = rewalk(self._roots, self._spec.include, self._spec.exclude, changed)
        except FullWalkNeededError:
            return None
        known = self._index.known_at(looked.touched)
        if len(known) >= self._index.live_count() and not looked.found:
            return None  # nothing would be left: let a walk say so
        self._outcome.skipped = looked.outside(self._left_out_before()) + looked.skipped
        return make_plan(list(looked.found.values()), known, {})

    def _process(self, plan: Plan) -> Job[None]:
        if not plan.todo:
            return
        stager = _Stager(self._index, plan.todo, self._staged)
        pace = Pace(len(plan.todo), sum(file.size for file, _ in plan.todo))
        next_publication = FIRST_PUBLICATION
        with contextlib.closing(_results(plan.todo, self._places)) as results:
            yield pace.progress()
            for result in results:
                if result is not None:
                    for file in stager.stage(*result):
                        pace.advance(file.size)
                    self._outcome.changed = len(self._staged)
                if pace.seconds > next_publication:
                    self._publish_so_far()
                    next_publication *= 2
                yield pace.progress()

    def _publish_so_far(self) -> None:
        """Let an incomplete corpus be searched as far as it is done."""
        if self._incomplete:
            self._index.publish((), self._values(complete=False))

    def _finish(self, plan: Plan) -> None:
        """Publish, unless nothing has changed at all."""
        if plan.removed or self._index.staged_count():
            removed = [file.id for file in plan.removed.values()]
            self._index.publish(removed, self._values(complete=True))
        elif self._incomplete or self._left_out_before() != self._outcome.skipped:
            self._index.set_meta(self._values(complete=True))
        if not self._incomplete:  # else everything is new
            self._outcome.changes = name_changes(self._staged, plan.removed)
        self._outcome.skipped += self._index.problems()

    def _left_out_before(self) -> list[SkippedFile]:
        if self._told is None:
            self._told = [SkippedFile(**item) for item in self._index.meta("skipped", [])]
        return self._told

    def _values(self, *, complete: bool) -> dict[str, object]:
        return {
            "complete": complete,
            "updated": datetime.now(UTC).isoformat(),
            "skipped": [asdict(skipped) for skipped in self._outcome.skipped],
        }


class _Stager:
    """Puts what the workers hand over into the index."""

    def __init__(
        self,
        index: IndexFile,
        todo: Sequence[tuple[FoundFile, KnownFile | None]],
        staged: list[Staged],
    ) -> None:
        self._index = index
        self._todo = todo
        self._staged = staged
        self._vocabulary = index.vocabulary()
        self._numbers: dict[int, NDArray[np.int32]] = {}  # each worker's words in the vocabulary

    def stage(self, worker: int, batch: Batch) -> list[FoundFile]:
        """Stage a batch; return the files that are done."""
        first_new = len(self._vocabulary)
        own = self._numbers.get(worker, np.zeros(0, dtype=np.int32))
        own = self._numbers[worker] = np.concatenate([own, self._vocabulary.all(batch.words)])
        done = [(self._todo[result.number], result) for result in batch.files]
        self._staged += self._index.stage(
            [((file.root, file.path), known, result) for (file, known), result in done],
            own,
            (first_new, self._vocabulary.strings[first_new:]),
            recipe(),
        )
        return [file for (file, _), _ in done]


def _results(
    todo: Sequence[tuple[FoundFile, KnownFile | None]], places: Sequence[Place]
) -> Results:
    """Process the files here if they are few, else in workers."""
    sizes = [file.size for file, _ in todo]
    tasks = list(_tasks(todo, places))
    if len(todo) < FEW_FILES and sum(sizes) < FEW_BYTES and max(sizes) < LARGE_FILE:
        return process_here(_batches(tasks, sizes, SMALL_BYTES))
    return process_in_workers(_batches(tasks, sizes, BATCH_BYTES))


def _tasks(
    todo: Sequence[tuple[FoundFile, KnownFile | None]], places: Sequence[Place]
) -> Iterator[Task]:
    # The same path under two sources must not give the same chunk ids.
    salts = {place.path: place.salt for place in places}
    first = Path(places[0].path)
    salts[str(first.parent if first.is_file() else first)] = ""
    for number, (file, known) in enumerate(todo):
        salt = salts.get(file.root, file.root)
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
