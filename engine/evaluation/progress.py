"""Progress of work whose length is known, with its rate and the time left."""

from __future__ import annotations

import time
from typing import TypeVar

from engine.job import Job, JobContext
from engine.types import Progress

T = TypeVar("T")

INTERVAL = 0.1
"""Seconds between two reports."""


class Pace:
    """Counts steps and says how fast they go and how long the rest will take.

    `work` says how much there is to do where the steps differ in size; the time left is estimated
    from it. Steps that were done in another session are left out of `total`.
    """

    def __init__(
        self, stage: str, total: int, work: float | None = None, message: str = ""
    ) -> None:
        self._stage = stage
        self._total = total
        self._message = message
        self._work = float(total if work is None else work)
        self._done = 0
        self._worked = 0.0
        self._start = time.perf_counter()

    @property
    def finished(self) -> bool:
        """Whether every step is done."""
        return self._done >= self._total

    def advance(self, steps: int = 1, work: float | None = None) -> Progress:
        """Note that `steps` are done."""
        self._done += steps
        self._worked += steps if work is None else work
        return self.now()

    def now(self) -> Progress:
        """How far it is."""
        seconds = max(time.perf_counter() - self._start, 1e-9)
        left = (self._work - self._worked) * seconds / self._worked if self._worked else None
        return Progress(
            self._stage,
            self._done,
            self._total,
            self._message,
            rate=self._done / seconds if self._done else None,
            seconds_left=None if left is None else max(left, 0.0),
        )


class Meter:
    """Counts steps, reports at most ten times a second and lets the work be cancelled."""

    def __init__(self, ctx: JobContext, stage: str, total: int, work: float | None = None) -> None:
        self._ctx = ctx
        self._pace = Pace(stage, total, work)
        self._reported = time.perf_counter()

    def advance(self, steps: int = 1, work: float | None = None) -> None:
        """Note that `steps` are done. Raises `Cancelled` if the work was asked to stop."""
        self._ctx.check()
        progress = self._pace.advance(steps, work)
        now = time.perf_counter()
        if now - self._reported < INTERVAL and not self._pace.finished:
            return
        self._reported = now
        self._ctx.progress(progress)


def run_under(job: Job[T], ctx: JobContext) -> T:
    """Drive a job to its end as a call: reports through `ctx`, at most ten times a second.

    Raises `Cancelled` between two steps; the job is closed and keeps what it has done.
    """
    reported = 0.0
    stage = ""
    try:
        while True:
            ctx.check()
            try:
                progress = next(job)
            except StopIteration as end:
                result: T = end.value
                return result
            now = time.perf_counter()
            complete = progress.total is not None and progress.done >= progress.total
            if complete or progress.stage != stage or now - reported >= INTERVAL:
                reported, stage = now, progress.stage
                ctx.progress(progress)
    finally:
        job.close()
