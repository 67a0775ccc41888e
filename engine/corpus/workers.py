"""Processing files in worker processes, or here when there are few.

A pool of our own and not `concurrent.futures`: it hands results over one small batch at a time on
the caller's thread (unpickling a large one would hold the interpreter), stops at once, leaves no
orphans when this process is killed, and outlives a worker that a file brings down.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from engine.corpus.process import Batch, FileResult, Processor, Task

STEP_SECONDS = 0.03
"""How long to wait for a result before letting the caller do something else."""

AHEAD = 2
"""Batches that a worker has been given: one in work, one waiting."""

MAX_WORKERS = 8
NICENESS = 5

Tasks = Sequence[Task]

Results = Generator[tuple[int, Batch] | None, None, None]
"""The number of a worker and what it has done; None when nothing has come for a moment.

Each worker numbers its words by itself.
"""

_HERE = -1
_NOWHERE = -2


def process_here(batches: Iterable[Tasks]) -> Results:
    """Process the batches on this thread, in order."""
    processor = Processor()
    for tasks in batches:
        yield _HERE, processor.process(tasks)


def process_in_workers(batches: Iterable[Tasks], count: int | None = None) -> Results:
    """Process the batches in `count` worker processes (by default one for each core).

    Results come in no particular order. A file that brings its worker down is given back with a
    problem; where no worker can be started, the work is done here. Closing the iterator stops the
    workers.
    """
    pool = _Pool(batches)
    try:
        pool.start(count or min(MAX_WORKERS, _cores()))
        yield from pool.results()
    finally:
        pool.close()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(eq=False)
class _Worker:
    """A worker process, this side of its pipe, and the batches it has not answered yet."""

    number: int
    process: BaseProcess
    pipe: Connection
    given: deque[Tasks] = field(default_factory=deque)
    ready: bool = False


class _Pool:
    """Deals batches out to workers and replaces those that die."""

    def __init__(self, batches: Iterable[Tasks]) -> None:
        self._batches = iter(batches)
        self._again: deque[Tasks] = deque()
        self._lost: list[FileResult] = []
        self._here: deque[Tasks] = deque()
        self._workers: list[_Worker] = []
        self._started = 0

    def start(self, count: int) -> None:
        for _ in range(count):
            self._start_worker()

    def _start_worker(self) -> None:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=serve, args=(there,), daemon=True)
        process.start()
        there.close()  # so that the pipe ends when the worker does
        worker = _Worker(self._started, process, here)
        self._started += 1
        self._workers.append(worker)
        self._deal(worker)

    def _deal(self, worker: _Worker) -> None:
        while len(worker.given) < AHEAD:
            tasks = self._again.popleft() if self._again else next(self._batches, None)
            if tasks is None:
                return
            worker.given.append(tasks)
            with contextlib.suppress(OSError):  # it has died; its pipe will say so when read
                worker.pipe.send(tasks)

    def results(self) -> Results:
        while busy := [worker for worker in self._workers if worker.given]:
            ready = wait([worker.pipe for worker in busy], timeout=STEP_SECONDS)
            if not ready:
                yield None
            for worker in busy:
                if worker.pipe in ready:
                    batch = self._receive(worker)
                    if batch is not None:
                        yield worker.number, batch
        yield from process_here(self._here)
        if self._lost:
            yield _NOWHERE, Batch((), tuple(self._lost))

    def _receive(self, worker: _Worker) -> Batch | None:
        try:
            batch: Batch | None = worker.pipe.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return None
        if batch is None:
            worker.ready = True
            return None
        worker.given.popleft()
        self._deal(worker)
        return batch

    def _bury(self, worker: _Worker) -> None:
        """Have what a dead worker left undone done by others."""
        self._workers.remove(worker)
        _stop(worker)
        if not worker.ready:
            # It is not the files: workers do not start in this program. No second try.
            self._here.extend([*worker.given, *self._again, *self._batches])
            return
        suspect, *innocent = worker.given
        if len(suspect) == 1:
            self._lost.append(FileResult(suspect[0].number, problem=_FATAL))
        else:  # one file at a time, to find the culprit
            self._again.extend([task] for task in suspect)
        self._again.extend(innocent)
        self._start_worker()

    def close(self) -> None:
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            _stop(worker)
        self._workers.clear()


_FATAL = "could not be processed (the process that read it died)"


def _stop(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.terminate()
    worker.process.join(timeout=5)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()
    worker.process.close()


def serve(pipe: Connection) -> None:
    """What a worker process does: answer batches of tasks until the pipe is closed."""
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's to answer
    if hasattr(os, "nice"):
        os.nice(NICENESS)  # the window and its searches come first
    processor = Processor()
    with contextlib.suppress(EOFError, OSError):
        pipe.send(None)  # ready
        while True:
            pipe.send(processor.process(pipe.recv()))
