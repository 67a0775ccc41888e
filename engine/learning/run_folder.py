"""A run's folder: held by one process at a time, and what the disk refuses as one line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from safetensors import SafetensorError

from engine.errors import BusyError, DataError, DiskError
from engine.learning import checkpoint, curve
from engine.learning.material import EXAMPLES

MODEL = "model"
RECORD, RECIPE = "run.json", "recipe.toml"
LOCK = ".lock"
_FILES = (checkpoint.NAME, curve.NAME, EXAMPLES, RECORD, RECIPE)


def make_folder(run: Path) -> bool:
    """Make the folder, and say whether there was none.

    Raises `DataError` if it, or what lies in it, is in the way.
    """
    is_new = not run.exists()
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"cannot make the folder {run} ({error.strerror}); give another --run"
        ) from error
    model = run / MODEL
    if model.exists() and not model.is_dir():  # else the run would fail at its very end
        raise DataError(f"{model} is a file; move it away, or give another --run")
    if path := next((run / name for name in _FILES if (run / name).is_dir()), None):
        raise DataError(f"{path} is a folder; move it away, or give another --run")
    return is_new


@contextmanager
def held(run: Path, is_new: bool = False) -> Iterator[None]:
    """Hold the folder, so that no other process trains in it; a killed one lets go of it.

    Two would take each other's checkpoints and curve for their own. Where nothing came into the
    folder, the lock is gone afterwards, and the folder too if it `is_new`. Raises `BusyError`.
    """
    lock = FileLock(run / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise BusyError(
            f"another training is at work in {run}; wait until it is done, or give another --run"
        ) from None
    try:
        yield
    finally:
        is_empty = _holds_only_the_lock(run)
        if is_empty and os.name != "nt":  # there an open file cannot be deleted
            with suppress(OSError):
                (run / LOCK).unlink()
        lock.release()
        if is_empty and is_new:
            with suppress(OSError):
                (run / LOCK).unlink(missing_ok=True)
                run.rmdir()


def _holds_only_the_lock(run: Path) -> bool:
    """Whether a training was refused before it wrote anything."""
    try:
        return {path.name for path in run.iterdir()} <= {LOCK}
    except OSError:
        return False


@contextmanager
def disk_errors(run: Path) -> Iterator[None]:
    """Turn what the disk refuses into a `DiskError`; `run` is named where the error names no file.

    What has been kept until then is whole, since every file is replaced atomically.
    """
    try:
        yield
    except (OSError, SafetensorError) as error:
        place = getattr(error, "filename", None) or run
        why = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise DiskError(
            f"cannot read or write {place} ({why}); make room or see to its permissions, and "
            "train again: a run goes on"
        ) from error
