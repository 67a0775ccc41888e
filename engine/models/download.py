"""Downloading a model: file by file, resumed where it broke off, checked against the hub.

The hub's own client starts a broken download again from nothing (since its version 1.18), so the
files are asked for here, in ranges, with that client's session, its addresses and its credentials.
What has come stays in a folder of its own until all of it is there and has the hub's checksums;
that folder then takes its final name. A process that is killed loses what was not yet written.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import DiskError, ModelError
from engine.job import Job
from engine.models.background import Stop, in_background
from engine.models.hub import HubFile, HubModel
from engine.models.memory import in_words
from engine.models.shelf import ModelShelf, Record, write_record
from engine.models.transfer import Transfer, expected_checksum, fetch

SPARE = 100_000_000
"""Bytes that a download leaves free on the disk."""

_INCOMPLETE = ".incomplete"
_LISTING = ".files"


def download(model: HubModel, role: str, shelf: ModelShelf) -> Job[Path]:
    """Fetch what is missing of a model and return its folder.

    Closing the job stops it; what has come is kept for the next time. Raises `ModelError` if the
    hub fails or a file comes damaged, `DiskError` if there is no room.
    """
    transfer = Transfer(model.size)

    def work(stop: Stop) -> Path:
        with _disk_errors(shelf.root), _one_at_a_time(shelf, model.name, transfer, stop):
            return _download(model, role, shelf, transfer, stop)

    return (yield from in_background(work, transfer.progress))


def missing_bytes(model: HubModel, shelf: ModelShelf) -> int:
    """How much of a model is not here yet."""
    if shelf.has(model.name):
        return 0
    part = shelf.part(model.name)
    return model.size - sum(min(_there(part, file), file.size) for file in model.files)


def _there(part: Path, file: HubFile) -> int:
    for path in (part / file.name, part / (file.name + _INCOMPLETE)):
        if path.is_file():
            return path.stat().st_size
    return 0


def _download(
    model: HubModel, role: str, shelf: ModelShelf, transfer: Transfer, stop: Stop
) -> Path:
    folder, part = shelf.folder(model.name), shelf.part(model.name)
    if shelf.has(model.name):
        return folder
    part.mkdir(parents=True, exist_ok=True)
    record = Record(model.name, role, model.revision, model.licence, model.parameters)
    write_record(part, record)
    _drop_what_is_not_of(model, part)
    _refuse_if_no_room(part, missing_bytes(model, shelf))
    for file in sorted(model.files, key=lambda file: file.size):
        _get(model, file, part, transfer, stop)
    (part / _LISTING).unlink(missing_ok=True)
    _settle(part)
    if folder.exists():  # without its record: left behind by a removal that was cut short
        shutil.rmtree(folder)
    part.rename(folder)
    return folder


def _refuse_if_no_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed and free < needed + SPARE:
        raise DiskError(
            f"the download needs {in_words(needed)} in {folder.parent}, and {in_words(free)} are "
            "free there; make room, or choose another folder with --basedir"
        )


def _get(model: HubModel, file: HubFile, part: Path, transfer: Transfer, stop: Stop) -> None:
    """Fetch one file; it appears under its name once it is whole and has the hub's checksum."""
    path = _inside(part, file.name)
    transfer.file = file.name
    if path.is_file() and path.stat().st_size == file.size:
        transfer.done += file.size  # its checksum was compared when it was fetched
        return
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    incomplete = path.with_name(path.name + _INCOMPLETE)
    before, resumed = transfer.done, incomplete.is_file()
    expected = expected_checksum(file)
    checksum = fetch(model, file, incomplete, transfer, stop)
    if checksum != expected and resumed:  # what was kept is bad: once more from the start
        incomplete.unlink()
        transfer.done = before
        checksum = fetch(model, file, incomplete, transfer, stop)
    if checksum != expected:
        incomplete.unlink()
        raise ModelError(
            f"{file.name} of {model.name} came damaged: its checksum is not the one that the hub "
            "states; nothing of it is kept, try again"
        )
    incomplete.replace(path)


def _drop_what_is_not_of(model: HubModel, part: Path) -> None:
    """Delete what another revision has left that this one does not share."""
    wanted = {file.name: expected_checksum(file) for file in model.files}
    listing = part / _LISTING
    before = wanted
    if listing.is_file():
        lines = listing.read_text(encoding="utf-8").splitlines()
        before = {name: checksum for checksum, _, name in (line.partition("  ") for line in lines)}
    for path in [path for path in part.rglob("*") if path.is_file()]:
        name = path.relative_to(part).as_posix().removesuffix(_INCOMPLETE)
        same = name in wanted and before.get(name) == wanted[name]
        if not same and not path.name.startswith("."):
            path.unlink()
    draft = listing.with_name(listing.name + "-draft")
    draft.write_text(
        "".join(f"{checksum}  {name}\n" for name, checksum in wanted.items()), encoding="utf-8"
    )
    draft.replace(listing)


def _settle(folder: Path) -> None:
    """Have the names in a folder written to the disk before it is called complete."""
    if os.name == "posix":  # Windows cannot open a folder, and writes them by itself
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _inside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path.name.startswith("."):
        raise ModelError(f"the hub names a file outside the model ({name}); it is not fetched")
    return path


@contextmanager
def _one_at_a_time(shelf: ModelShelf, name: str, transfer: Transfer, stop: Stop) -> Iterator[None]:
    """Two processes would write over each other's bytes."""
    shelf.root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{shelf.part(name)}.lock")
    while True:
        stop.check()
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            transfer.stage = "waiting for another download of it"
            stop.pause(0.2)
    transfer.stage = "downloading"
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DiskError(
            f"cannot write to {folder}: {error.strerror or error}; what came is kept"
        ) from error
