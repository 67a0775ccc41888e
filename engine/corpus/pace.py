"""How fast work goes, and how long it will take."""

from __future__ import annotations

import time

from engine.types import Progress

_SETTLED = 0.5
"""Seconds before a prediction is worth anything."""


class Pace:
    """Counts files, and measures by bytes because files differ so much in size."""

    def __init__(self, files: int, size: int) -> None:
        self._start = time.monotonic()
        self._files = files
        self._size = size
        self._done_files = 0
        self._done_size = 0

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def advance(self, size: int) -> None:
        """One more file of `size` bytes is done."""
        self._done_files += 1
        self._done_size += size

    def progress(self) -> Progress:
        """Where the work stands."""
        rate = left = None
        seconds = self.seconds
        if self._done_size and seconds > _SETTLED:
            rate = self._done_files / seconds
            left = seconds * (self._size - self._done_size) / self._done_size
        return Progress(
            stage="indexing",
            done=self._done_files,
            total=self._files,
            message=f"{self._done_files:,} of {self._files:,} files",
            rate=rate,
            seconds_left=left,
        )
