"""The folders of unfinished trainings: held by one process at a time, listed, removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import BusyError, DataError, DiskError
from engine.learning.finetune_child import DONE, curve, read_stage
from engine.learning.finetune_plan import PLAN
from engine.learning.versions import STAGES
from engine.types_training import CurvePoint


def name_of_now() -> str:
    """The name of a training that was given none."""
    return datetime.now().strftime("%Y-%m-%d %H.%M.%S")


@contextmanager
def held(work: Path, name: str) -> Iterator[Path]:
    """Hold a training's folder, so that no other process works in it; a killed one lets go of it.

    The lock lies beside the folder, which goes away when the training is finished, and stays.
    Raises `BusyError`, `DiskError`.
    """
    lock = FileLock(work / f".{name}.lock")
    try:
        work.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise BusyError(
            f"the training {name} runs already; wait until it is done, or choose another name"
        ) from None
    except OSError as error:
        raise DiskError(f"cannot write to {work}: {error.strerror or error}") from error
    try:
        yield work / name
    finally:
        lock.release()


def unfinished(work: Path) -> list[str]:
    """The trainings that were stopped, the newest first."""
    if not work.is_dir():
        return []
    found = [folder for folder in work.iterdir() if (folder / PLAN).is_file()]
    newest = sorted(found, key=lambda folder: (folder / PLAN).stat().st_mtime, reverse=True)
    return [folder.name for folder in newest]


def remove_unfinished(work: Path, name: str) -> None:
    """Delete a training that was stopped. Raises `DataError` for none, `BusyError` if it runs."""
    if name not in unfinished(work):
        raise DataError(f"there is no unfinished training {name}; see counterpart models versions")
    with held(work, name) as folder:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise DiskError(f"cannot delete {folder}: {error.strerror or error}") from error


def curve_of(folder: Path) -> tuple[CurvePoint, ...]:
    """The steps of the stage that a training in `folder` is at; none if it is not there."""
    found: tuple[CurvePoint, ...] = ()
    for stage in STAGES:
        steps = curve(folder / stage)
        if steps:
            total = read_stage(folder / stage).steps
            found = tuple(
                CurvePoint(stage, int(step["step"]), total, float(step["loss"]))
                for step in steps
                if step["loss"] is not None
            )
            if not (folder / stage / DONE).exists():
                break
    return found
