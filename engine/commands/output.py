"""Printing for the command line: results on stdout, everything else on stderr."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, TextIO

from engine.types import Progress


def plain(value: Any) -> Any:
    """`value` in terms of JSON: dataclasses become objects, times ISO 8601, enums their values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return value


def print_json(value: Any) -> None:
    """Print `value` as one JSON document on stdout."""
    # A file name may hold bytes that are not UTF-8 (surrogates); escaping keeps any of them legal.
    print(json.dumps(plain(value), indent=2, ensure_ascii=True))


def note(line: str) -> None:
    """Say something on stderr."""
    print(line, file=sys.stderr)


class ProgressPrinter:
    """Shows progress on stderr: one line redrawn on a terminal, a new one now and then in a log."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._interval = 0.1 if self._terminal else 5.0
        self._last = float("-inf")
        self._line = ""
        self._drawn = False

    def __call__(self, progress: Progress) -> None:
        """Show `progress`, at most ten times a second."""
        now = time.monotonic()
        if now - self._last < self._interval:
            return
        self._last = now
        line = describe(progress)
        if self._terminal:
            self._stream.write(f"\r\x1b[2K{line[:100]}")
            self._drawn = True
        elif line != self._line:  # a log gains nothing from the same line again
            self._stream.write(line + "\n")
        self._line = line
        self._stream.flush()

    def finish(self) -> None:
        """Leave the terminal on a clean line."""
        if self._drawn:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
            self._drawn = False


def describe(progress: Progress) -> str:
    """`progress` as a phrase: what, how far, how fast, how long still."""
    parts = [progress.stage]
    count = _bytes if progress.unit == "B" else "{:,.0f}".format
    if progress.total:
        parts.append(f"{count(progress.done)} of {count(progress.total)}")
    elif progress.done:
        parts.append(count(progress.done))
    if progress.rate and progress.rate >= 1:
        parts.append(f"{count(progress.rate)}/s")
    elif progress.rate:
        parts.append(f"{1 / progress.rate:,.1f} s each")
    if progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    if progress.message:
        parts.append(progress.message)
    return " · ".join(parts)


def _bytes(size: float) -> str:
    """`512 kB`, `12.3 MB`, `1.19 GB`."""
    if size >= 1e9:
        return f"{size / 1e9:.2f} GB"
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def duration(seconds: float) -> str:
    """`45 s`, `3 min 05 s`, `1 h 20 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
