"""Progress of work whose length is known, with its rate and the time left."""

from __future__ import annotations

import time

from engine.job import JobContext
from engine.types import Progress

INTERVAL = 0.1
"""Seconds between two reports."""


class Meter:
    """Counts steps, reports at most ten times a second and lets the work be cancelled.

    `work` says how much there is to do where the steps differ in size; the time left is
    estimated from it.
    """

    def __init__(self, ctx: JobContext, stage: str, total: int, work: float | None = None) -> None:
        self._ctx = ctx
        self._stage = stage
        self._total = total
        self._work = float(total if work is None else work)
        self._done = 0
        self._worked = 0.0
        self._start = self._reported = time.perf_counter()

    def advance(self, steps: int = 1, work: float | None = None) -> None:
        """Note that `steps` are done. Raises `Cancelled` if the work was asked to stop."""
        self._ctx.check()
        self._done += steps
        self._worked += steps if work is None else work
        now = time.perf_counter()
        if now - self._reported < INTERVAL and self._done < self._total:
            return
        self._reported = now
        seconds = max(now - self._start, 1e-9)
        left = (self._work - self._worked) * seconds / self._worked if self._worked else None
        self._ctx.progress(
            Progress(
                self._stage,
                self._done,
                self._total,
                rate=self._done / seconds,
                seconds_left=None if left is None else max(left, 0.0),
            )
        )
