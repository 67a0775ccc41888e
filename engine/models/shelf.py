"""The models that Counterpart has downloaded: one folder each, half downloads beside them.

    owner--model/        complete and checked; `.counterpart.json` says what it is
    owner--model+part/   under way or broken off; becomes the folder above once it is whole

What other programs keep in the hub's own cache is found too, and left alone.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import DiskError, ModelError

RECORD = ".counterpart.json"
PART = "+part"
"""No id of the hub has a plus in it."""

_ID = re.compile(r"(?=.{1,96}\Z)\w[\w.-]*(?:/\w[\w.-]*)?", re.ASCII)
"""The hub's ids have no more characters, and a file's name could not have many more."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a downloaded model is and where it came from."""

    name: str
    role: str
    revision: str
    licence: str
    parameters: int = 0


class ModelShelf:
    """The folder with the downloaded models; it is made with the first one."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, name: str) -> Path:
        """Where a model goes. Raises `ModelError` for what is no id of the hub.

        What comes out is deleted when a model is removed: it lies directly on the shelf, always.
        """
        if not _ID.fullmatch(name):
            raise ModelError(f"{name!r} is no id of a model; ids are like owner/model")
        return self.root / name.replace("/", "--")

    def part(self, name: str) -> Path:
        """Where it is until it is whole."""
        folder = self.folder(name)
        return folder.with_name(folder.name + PART)

    def find(self, name: str) -> Path | None:
        """The folder of a model that is here as a whole: downloaded, or in the hub's cache."""
        return self.folder(name) if self.has(name) else cached_folder(name)

    def records(self) -> Iterator[Record]:
        """What has been downloaded, whole or in part."""
        if not self.root.is_dir():
            return
        for path in sorted(self.root.glob(f"*/{RECORD}")):
            record = read_record(path.parent)
            if record is None or not _ID.fullmatch(record.name):
                continue
            if path.parent in (
                self.folder(record.name),
                self.part(record.name),
            ):
                yield record

    def has(self, name: str) -> bool:
        """Whether a model was downloaded as a whole."""
        return _ID.fullmatch(name) is not None and (self.folder(name) / RECORD).is_file()

    def encoder_folder(self, name: str) -> Path | None:
        """The folder of an encoder that was downloaded as a whole, None if there is none such."""
        record = read_record(self.folder(name)) if self.has(name) else None
        return self.folder(name) if record is not None and record.role == "encoder" else None

    def bytes_of(self, name: str) -> int:
        """Bytes of a model on this shelf, half downloads included."""
        if not _ID.fullmatch(name):
            return 0
        return folder_size(self.folder(name)) + folder_size(self.part(name))

    def remove(self, name: str) -> None:
        """Delete what was downloaded of a model. Raises `ModelError` if there is nothing."""
        folders = [path for path in (self.part(name), self.folder(name)) if path.is_dir()]
        if not folders:
            raise ModelError(
                f"{name} was not downloaded by Counterpart, so there is no removing it"
            )
        for folder in folders:
            (folder / RECORD).unlink(missing_ok=True)  # first: half a folder is no model
            try:
                shutil.rmtree(folder)
            except OSError as error:
                raise DiskError(
                    f"cannot delete {folder}: {error.strerror or error}; check its permissions"
                ) from error


def cached_folder(name: str) -> Path | None:
    """What other programs have of a model in the hub's own cache, if there are weights in it."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    return folder if any(folder.glob("model*.safetensors")) else None


def read_record(folder: Path) -> Record | None:
    """What a folder on the shelf holds; None if it does not say."""
    try:
        record = Record(**json.loads((folder / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    texts = (record.name, record.role, record.revision, record.licence)
    sound = all(isinstance(text, str) for text in texts) and isinstance(record.parameters, int)
    return record if sound else None


def write_record(folder: Path, record: Record) -> None:
    """Say what a folder holds."""
    (folder / RECORD).write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")


def folder_size(folder: Path) -> int:
    """Bytes of all files below a folder, 0 if there is none."""
    sizes = 0
    for path in folder.rglob("*"):
        try:
            sizes += path.stat().st_size if path.is_file() else 0
        except OSError:  # it has gone meanwhile
            continue
    return sizes
