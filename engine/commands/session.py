"""What every command needs: an engine over the right folder, closed at the end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from engine.commands.output import ProgressPrinter
from engine.engine import Engine
from engine.errors import DataError
from engine.job import Job, run_to_end
from engine.paths import Paths

T = TypeVar("T")


@contextmanager
def open_engine(arguments: argparse.Namespace) -> Iterator[Engine]:
    """An engine over `--basedir` (or the user's data folder)."""
    engine = Engine(Paths.default(arguments.basedir))
    try:
        yield engine
    finally:
        engine.close()


def finish(job: Job[T]) -> T:
    """Run a job to its end, progress on stderr. Interrupting closes it and keeps what is done."""
    printer = ProgressPrinter()
    try:
        return run_to_end(job, printer)
    finally:
        job.close()
        printer.finish()


def read_query(file: str | None, text: str | None) -> str:
    """The query: `text`, the text of `file`, or standard input if both are None.

    Raises `DataError` if the file cannot be read or there is nothing in it.
    """
    if text is not None:
        content, place = text, "the text given"
    elif file is not None:
        try:
            content, place = Path(file).read_bytes().decode("utf-8", "replace"), file
        except OSError as error:
            raise DataError(f"cannot read {file}: {error.strerror or error}") from error
    else:
        content, place = sys.stdin.buffer.read().decode("utf-8", "replace"), "standard input"
    if not content.strip():
        raise DataError(f"{place} is empty; give a snippet or a question")
    return content
