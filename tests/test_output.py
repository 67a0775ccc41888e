"""What the commands say of their progress."""

from __future__ import annotations

import io

import pytest

from engine.commands import output
from engine.types import Progress


def test_a_log_does_not_get_the_same_line_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    log, now = io.StringIO(), [0.0]
    monkeypatch.setattr(output.time, "monotonic", lambda: now[0])
    printer = output.ProgressPrinter(log)
    for done in (1, 1, 1, 2, 1):
        printer(Progress("reading", done, 3))
        now[0] += 60.0
    assert log.getvalue().splitlines() == [f"reading · {done} of 3" for done in (1, 2, 1)]
