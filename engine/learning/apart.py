"""Calls in processes of their own: each leaves its result in a file, and can be stopped at once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

from engine.errors import DataError, UserError
from engine.job import Job
from engine.types import Progress

NICENESS = 10
_WAIT = 0.2  # seconds between two looks at the processes


@dataclass(frozen=True)
class Call:
    """A function of a module and its arguments, which travel to another process; and its name."""

    name: str
    function: Callable[..., object]
    arguments: tuple[object, ...] = ()


def run_apart(calls: Sequence[Call], workers: int, stage: str) -> Job[None]:
    """Run the calls, at most `workers` at a time, in the order given.

    Closing the job ends the processes. Raises `DataError` naming a call whose process failed; what
    the others have left in their files stays.
    """
    running: dict[BaseProcess, Call] = {}
    waiting: Iterator[Call] = iter(calls)
    done = 0
    try:
        while True:
            while len(running) < workers and (call := next(waiting, None)) is not None:
                running[_start(call)] = call
            if not running:
                return
            names = ", ".join(call.name for call in running.values())
            yield Progress(stage, done, len(calls), names)
            wait([process.sentinel for process in running], timeout=_WAIT)
            for process in [process for process in running if not process.is_alive()]:
                call = running.pop(process)
                process.join()
                if process.exitcode:
                    raise DataError(f"{stage} failed for {call.name}; run the command again")
                done += 1
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.join()


def _start(call: Call) -> BaseProcess:
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(call,), daemon=True)
    process.start()
    return process


def be_apart() -> None:
    """In a child process: leave Ctrl+C to the parent, give way to others, end when it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _run(call: Call) -> None:
    be_apart()
    try:
        call.function(*call.arguments)
    except UserError as error:
        raise SystemExit(f"{call.name}: {error}") from None  # said on stderr, exit code 1


def _end_with_parent() -> None:
    """Leave no orphan at work when the parent is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
