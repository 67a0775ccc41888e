"""What every command needs: an engine over the right folder, closed at the end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from engine.commands.output import ProgressPrinter, note
from engine.engine import Engine
from engine.errors import DataError
from engine.job import Job, run_to_end
from engine.library import SAMPLE
from engine.paths import Paths

T = TypeVar("T")

MOST_BYTES = 1_000_000
"""A longer query is a mistake: nothing that one compares by eye is a megabyte long."""


@contextmanager
def open_engine(arguments: argparse.Namespace) -> Iterator[Engine]:
    """An engine over `--basedir` (or the user's data folder)."""
    engine = Engine(Paths.default(arguments.basedir))
    try:
        yield engine
    finally:
        for trouble in engine.troubles():
            note(f"counterpart: {trouble}")
        engine.close()


def finish(job: Job[T]) -> T:
    """Run a job to its end, progress on stderr. Interrupting closes it and keeps what is done."""
    printer = ProgressPrinter()
    try:
        return run_to_end(job, printer)
    finally:
        job.close()
        printer.finish()


def make_ready(engine: Engine, corpus: str) -> None:
    """All that a search in a corpus wants; what is wrong with a model is said."""
    finish(engine.prepare(corpus))
    for model in finish(engine.load_models()):
        if model.problem:
            note(f"counterpart: {model.problem}")
    finish(engine.measure_closeness())
    if corpus == SAMPLE and any(m.role == "encoder" and not m.problem for m in engine.models()):
        finish(engine.embed(SAMPLE))  # once; nobody can index it


def read_query(
    file: str | None, text: str | None, advice: str = "give a snippet or a question"
) -> str:
    """The query: `text`, the text of `file`, or standard input if both are None.

    Raises `DataError` if the file cannot be read, holds no text, or far too much of it.
    """
    if text is not None:
        data, place = text.encode("utf-8", "replace"), "the text given"
    elif file is not None:
        try:
            with Path(file).open("rb") as source:
                data, place = source.read(MOST_BYTES + 1), file
        except OSError as error:
            raise DataError(f"cannot read {file}: {error.strerror or error}") from error
    elif sys.stdin is None:
        raise DataError("standard input is closed; give a file or the text itself")
    else:
        data, place = sys.stdin.buffer.read(MOST_BYTES + 1), "standard input"
    if b"\0" in data:
        raise DataError(f"{place} is no text; {advice}")
    if len(data) > MOST_BYTES:
        raise DataError(f"{place} is longer than {MOST_BYTES:,} bytes; give the part you mean")
    content = data.decode("utf-8-sig", "replace")
    if not content.strip():
        raise DataError(f"{place} is empty; {advice}")
    return content
