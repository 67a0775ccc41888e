"""How long work talks to whoever asked for it.

Two shapes of work exist. A *call* (a search) runs through and looks up now and then: it gets a
`JobContext`. A *job* (indexing, embedding) is a generator that yields `Progress` after every small
step, so that its caller can answer a search between two steps, or simply stop asking.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from engine.errors import Cancelled
from engine.types import Progress

T = TypeVar("T")

Job = Generator[Progress, None, T]
"""Long work in small steps: yields `Progress`, returns its result. Closing it stops the work."""


class JobContext:
    """Cancellation, progress and partial results for one call.

    `cancel` may be called from any thread; everything else from the thread that does the work.
    """

    def __init__(
        self,
        on_progress: Callable[[Progress], None] | None = None,
        on_partial: Callable[[Any], None] | None = None,
    ) -> None:
        self._cancelled = threading.Event()
        self._on_progress = on_progress
        self._on_partial = on_partial

    def cancel(self) -> None:
        """Ask the work to stop at its next `check`."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether the work was asked to stop."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if the work was asked to stop."""
        if self._cancelled.is_set():
            raise Cancelled("stopped")

    def progress(self, progress: Progress) -> None:
        """Report how far the work is."""
        if self._on_progress is not None:
            self._on_progress(progress)

    def partial(self, value: Any) -> None:
        """Hand over what is known so far."""
        if self._on_partial is not None:
            self._on_partial(value)

    def mapped(self, change: Callable[[Any], Any]) -> JobContext:
        """The same context for a part of the work whose partial results pass through `change`."""
        part = JobContext(self._on_progress, lambda value: self.partial(change(value)))
        part._cancelled = self._cancelled
        return part


def run_to_end(job: Job[T], on_progress: Callable[[Progress], None] | None = None) -> T:
    """Drive a job to its end on this thread and return its result."""
    while True:
        try:
            progress = next(job)
        except StopIteration as end:
            result: T = end.value
            return result
        if on_progress is not None:
            on_progress(progress)
