"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from engine.errors import DiskError


@contextmanager
def open_new(path: Path) -> Iterator[TextIO]:
    """Write a text file that takes its name, or another one's place, when it is complete.

    Line ends stay as they are written. What is no file, a pipe or a device, is written into.
    Raises `DiskError`.
    """
    try:
        with draft(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            if partial.is_file():
                os.fsync(file.fileno())
    except OSError as error:
        raise DiskError(f"cannot write {path}: {_why(path, error)}") from error


@contextmanager
def draft(path: Path) -> Iterator[Path]:
    """Where to write what is to have this name: it gets it at the end, or is deleted.

    A link stays one, to what is written; a pipe or a device is given as it is, since nothing may
    take its place. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file() and not path.is_dir():
        yield path
        return
    real = Path(os.path.realpath(path))
    partial = real.with_name(f"{real.name}.partial")
    try:
        yield partial
        partial.replace(real)
    finally:
        with suppress(OSError):  # what kept it from being written keeps it from being found
            partial.unlink()


def _why(path: Path, error: OSError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError):
        with suppress(OSError):
            file = next((parent for parent in path.parents if parent.is_file()), None)
            if file is not None:
                return f"{file} is a file, not a folder; choose another place"
    if error.errno == errno.ENAMETOOLONG:
        return "the name is too long; choose a shorter one"
    return error.strerror or str(error)
