"""Waiting work on a thread of its own, as a job whose steps never wait for the network.

The engine's thread answers searches between two steps of a job, so a step must not hang on a slow
connection. A job that is closed asks its thread to stop and does not wait for it longer than
`PATIENCE`: a read that hangs ends by its own timeout.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import TypeVar

from engine.errors import Cancelled
from engine.job import Job
from engine.types import Progress

T = TypeVar("T")

STEP = 0.05
"""Seconds that one step may wait."""

PATIENCE = 1.0
"""Seconds that closing may wait."""


class Stop:
    """How the work on the thread learns that nobody waits for it any more."""

    def __init__(self) -> None:
        self._event = Event()

    def set(self) -> None:
        """Ask the work to stop."""
        self._event.set()

    def check(self) -> None:
        """Raise `Cancelled` if the work was asked to stop."""
        if self._event.is_set():
            raise Cancelled("stopped")

    def pause(self, seconds: float) -> None:
        """Wait. Raises `Cancelled` as soon as the work is asked to stop."""
        if self._event.wait(seconds):
            raise Cancelled("stopped")


def in_background(work: Callable[[Stop], T], progress: Callable[[], Progress]) -> Job[T]:
    """Run `work` on a thread; yield `progress()` until it is done. Raises what `work` raises."""
    stop = Stop()
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work(stop))
        except BaseException as error:  # handed over to whoever waits
            errors.append(error)

    thread = Thread(target=run, name="model download", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            yield progress()
            thread.join(STEP)
    finally:
        stop.set()
        thread.join(PATIENCE)
    if errors:
        raise errors[0]
    return results[0]
