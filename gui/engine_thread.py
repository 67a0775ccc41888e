"""The seam between the window and the engine: the only gui module that knows of threads.

The engine is made on a thread of its own, and everything it does happens there. The window asks
by method name and gets an answer as an `Event` on its own thread. Calls are answered in order;
jobs (generators of `Progress`) advance one step at a time in between, in turn, so that a search
never waits for an index to be finished.
"""

from __future__ import annotations

import inspect
import logging
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from engine.errors import Cancelled, UserError
from engine.job import JobContext
from engine.types import Progress

log = logging.getLogger("counterpart.engine")

PROGRESS_INTERVAL_MS = 100


class TaskState(StrEnum):
    """What an event says about its task."""

    PROGRESS = "progress"
    PARTIAL = "partial"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = frozenset({TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Event:
    """News of one call or job. `error` is one line, and empty unless it failed."""

    id: int
    method: str
    state: TaskState
    value: Any = None
    error: str = ""
    key: str = ""

    @property
    def final(self) -> bool:
        """Whether nothing more will be heard of this task."""
        return self.state in FINAL


@dataclass(slots=True, eq=False)
class _Task:
    """One call or job, shared by both threads; only `context` is touched from both."""

    id: int
    method: str
    args: tuple[Any, ...]
    key: str
    is_job: bool
    durable: bool = False
    urgent: bool = False
    context: JobContext = field(default_factory=JobContext)
    steps: Generator[Progress, None, Any] | None = None

    def event(self, state: TaskState, value: Any = None, error: str = "") -> Event:
        """An event about this task."""
        return Event(self.id, self.method, state, value, error, self.key)


class _Newest:
    """The newest progress of each task; the worker writes, the window reads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: dict[int, Event] = {}

    def put(self, event: Event) -> bool:
        """Keep an event. True if the reader has to be woken."""
        with self._lock:
            first = not self._events
            self._events[event.id] = event
            return first

    def take(self) -> list[Event]:
        """Hand over what there is."""
        with self._lock:
            events = list(self._events.values())
            self._events.clear()
            return events


class _Worker(QObject):
    """Lives on the engine's thread: owns the engine, does one piece of work per turn."""

    news = Signal(object)  # Event: anything but progress
    progressed = Signal()

    def __init__(self, factory: Callable[[], Any], newest: _Newest, log_file: Path | None) -> None:
        super().__init__()
        self._factory = factory
        self._newest = newest
        self._log_file = log_file
        self._engine: Any = None
        self._broken = ""
        self._inbox: deque[_Task] = deque()
        self._jobs: deque[_Task] = deque()
        self._timer: QTimer | None = None

    def post(self, task: _Task) -> None:
        """Queue a task. Called from the window's thread; `deque.append` is atomic."""
        self._inbox.append(task)

    @Slot()
    def start(self) -> None:
        """Make the engine, on the thread that will use it."""
        self._timer = QTimer(self)
        self._timer.setInterval(0)  # one turn per pass of the event loop
        self._timer.timeout.connect(self._turn)
        try:
            self._engine = self._factory()
        except Exception as error:
            self._broken = self._line("start", error)
            self.news.emit(Event(0, "start", TaskState.FAILED, error=self._broken))
        self.wake()

    @Slot()
    def wake(self) -> None:
        """There is something in the inbox."""
        if self._timer is not None and not self._timer.isActive():
            self._timer.start()

    @Slot()
    def shut_down(self) -> None:
        """Carry out what must not be lost, stop the rest, close the engine, end the thread."""
        if self._timer is not None:
            self._timer.stop()
            self._timer.deleteLater()
            self._timer = None
        while self._inbox:
            task = self._inbox.popleft()
            if task.durable:
                self._guard(task, lambda task=task: self._answer(task))
        for task in self._jobs:
            self._close_steps(task)
        self._jobs.clear()
        if self._engine is not None:
            try:
                self._engine.close()
            except Exception:
                log.exception("closing the engine failed")
        self._engine = None
        self.thread().quit()

    def _turn(self) -> None:
        if self._inbox:
            task = self._inbox.popleft()
            if task.is_job:
                self._queue(task)
            else:
                self._guard(task, lambda: self._answer(task))
        elif self._jobs:
            task = self._jobs.popleft()
            if self._step(task):
                self._queue(task)
        elif self._timer is not None:
            self._timer.stop()

    def _queue(self, task: _Task) -> None:
        """Jobs take turns; one that is urgent and short is done before the others go on."""
        if task.urgent:
            self._jobs.appendleft(task)
        else:
            self._jobs.append(task)

    def _answer(self, task: _Task) -> bool:
        method = getattr(self._engine, task.method)
        extra = {"ctx": task.context} if "ctx" in inspect.signature(method).parameters else {}
        value = method(*task.args, **extra)
        self.news.emit(task.event(TaskState.DONE, value))
        return True

    def _step(self, task: _Task) -> bool:
        """Advance a job. True if there is more to do."""
        return not self._guard(task, lambda: self._advance(task))

    def _advance(self, task: _Task) -> bool:
        if task.steps is None:
            task.steps = getattr(self._engine, task.method)(*task.args)
        try:
            progress = next(task.steps)
        except StopIteration as end:
            self.news.emit(task.event(TaskState.DONE, end.value))
            return True
        self._report(task, progress)
        return False

    def _guard(self, task: _Task, work: Callable[[], bool]) -> bool:
        """Run a piece of work; whatever it raises ends the task, never the thread."""
        try:
            if self._broken:
                raise UserError(self._broken)
            task.context.check()
            return work()
        except Cancelled:
            self._close_steps(task)
            self.news.emit(task.event(TaskState.CANCELLED))
        except Exception as error:
            line = self._line(task.method, error)
            self.news.emit(task.event(TaskState.FAILED, error=line))
        return True

    def _close_steps(self, task: _Task) -> None:
        if task.steps is None:
            return
        try:
            task.steps.close()
        except Exception:
            log.exception("stopping %s failed", task.method)

    def attach(self, task: _Task) -> None:
        """Give a call the context through which it reports."""
        task.context = JobContext(
            on_progress=lambda progress: self._report(task, progress),
            on_partial=lambda value: self.news.emit(task.event(TaskState.PARTIAL, value)),
        )

    def _report(self, task: _Task, progress: Progress) -> None:
        if self._newest.put(task.event(TaskState.PROGRESS, progress)):
            self.progressed.emit()

    def _line(self, what: str, error: Exception) -> str:
        """One line for the user; anything that is not theirs to fix goes to the log as well."""
        if isinstance(error, UserError):
            return _first_line(error)
        log.error("%s failed", what, exc_info=error)
        where = f"; the details are in {self._log_file}" if self._log_file else ""
        return f"Internal error in {what}: {type(error).__name__}: {_first_line(error)}{where}"


class EngineThread(QObject):
    """Asks the engine, and hands its answers over as `event` on the window's thread."""

    event = Signal(object)
    _posted = Signal()
    _closing = Signal()

    def __init__(
        self,
        factory: Callable[[], Any],
        log_file: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._last_id = 0
        self._live: dict[int, _Task] = {}
        self._newest = _Newest()
        self._thread = QThread()
        self._thread.setObjectName("engine")
        self._worker = _Worker(factory, self._newest, log_file)
        self._worker.moveToThread(self._thread)
        self._thread.started.connect(self._worker.start)
        self._posted.connect(self._worker.wake)
        self._closing.connect(self._worker.shut_down)
        self._worker.news.connect(self._deliver)
        self._worker.progressed.connect(self._progress_waits)
        self._breath = QTimer(self)  # no two rounds of progress closer than this
        self._breath.setSingleShot(True)
        self._breath.setInterval(PROGRESS_INTERVAL_MS)
        self._breath.timeout.connect(self._progress_waits)

    def start(self) -> None:
        """Start the thread; what was asked before is answered then."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the thread is there."""
        return self._thread.isRunning()

    def call(
        self,
        method: str,
        *args: Any,
        key: str = "",
        replaces: bool = False,
        durable: bool = False,
    ) -> int:
        """Ask for one answer and return the call's id.

        With `replaces`, older calls of the same key (the method's name if none is given) are
        cancelled, and nothing more is heard of them. A `durable` call (a grade, a setting) is
        carried out even if the window closes before its turn.
        """
        key = key or method
        if replaces:
            self.drop(key)
        return self._post(_Task(self._new_id(), method, args, key, is_job=False, durable=durable))

    def start_job(self, method: str, *args: Any, key: str = "", urgent: bool = False) -> int:
        """Start a job and return its id; one that already runs under this key is not repeated.

        While one is `urgent`, other jobs wait.
        """
        for task in self._live.values():
            if key and task.is_job and task.key == key and not task.context.cancelled:
                return task.id
        task = _Task(self._new_id(), method, args, key or method, is_job=True, urgent=urgent)
        return self._post(task)

    def cancel(self, task_id: int) -> None:
        """Ask a call or job to stop at its next step; its last event is then `cancelled`."""
        if task := self._live.get(task_id):
            task.context.cancel()

    def drop(self, key: str) -> None:
        """Cancel every call and job of this key, and hear nothing more of them."""
        for task in [task for task in self._live.values() if task.key == key]:
            task.context.cancel()
            del self._live[task.id]

    def close(self) -> None:
        """Cancel all that may be, close the engine and wait for the thread to end."""
        for task in self._live.values():
            if not task.durable:
                task.context.cancel()
        self._live.clear()
        self._breath.stop()
        if self._thread.isRunning():
            self._closing.emit()
            self._thread.wait()

    def _new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _post(self, task: _Task) -> int:
        self._worker.attach(task)
        self._live[task.id] = task
        self._worker.post(task)
        self._posted.emit()
        return task.id

    @Slot(object)
    def _deliver(self, event: Event) -> None:
        if event.id and event.id not in self._live:
            return  # superseded: nobody asks any more
        if event.final:
            self._live.pop(event.id, None)
        self.event.emit(event)

    @Slot()
    def _progress_waits(self) -> None:
        if self._breath.isActive():
            return
        events = [event for event in self._newest.take() if event.id in self._live]
        for event in events:
            self.event.emit(event)
        if events:
            self._breath.start()


def data_folder(basedir: Path | None) -> Path:
    """The folder that holds everything of this user's."""
    from engine.paths import Paths

    return Paths.default(basedir).base


def engine_factory(basedir: Path | None) -> Callable[[], Any]:
    """How the thread makes its engine; importing it is left to that thread as well."""

    def make() -> Any:
        from engine.engine import Engine
        from engine.paths import Paths

        return Engine(Paths.default(basedir))

    return make


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
