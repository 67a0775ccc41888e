"""Shared by the window's tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_dangling_threads() -> Iterator[None]:
    """As for all tests, but for the stand-in that Python keeps for a thread Qt has started.

    Those cannot be joined and stay listed when the thread is gone. A QThread left running does not
    go unnoticed: Qt aborts the process when it is destroyed.
    """
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    left = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not isinstance(thread, threading._DummyThread)
    ]
    for thread in left:
        thread.join(max(0.0, deadline - time.monotonic()))
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"threads still running after the test: {alive}"
