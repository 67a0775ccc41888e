"""Trained models by name, each with what made it; going back is choosing another.

A version is a folder with `version.json` and a model folder for each stage that was trained. The
settings name the folder in use, so that activating one is choosing a model. A version travels as a
zip archive of its folder.
"""

from __future__ import annotations

import errno
import json
import lzma
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from engine.errors import DataError, DiskError, ModelError
from engine.judgements import values
from engine.judgements.exchange.files import draft
from engine.types import Framework, Query
from engine.types_training import Comparison, QueryChange, Version

RECORD = "version.json"
STAGES = ("encoder", "cross-encoder")
MOST_BYTES = 8_000_000_000
"""Of a version that is imported, unpacked."""

_MEANT_OTHERWISE = ("bundled", "former")  # to `models activate`
_NAME = re.compile(r"[\w][\w .-]{0,79}")
_FILE = re.compile(r"[\w.-]+\.(json|safetensors|txt|model)")
_WRONG = (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError)
"""What reading a record raises that is none."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)

_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError)


class Versions:
    """The versions in one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, name: str) -> Path:
        """Where a version of that name is, or would be. Raises `DataError` for an unfit name."""
        if name in _MEANT_OTHERWISE:
            raise DataError(f"{name} is not a version's own name; choose another name")
        if not _NAME.fullmatch(name) or name.endswith((" ", ".")):
            raise DataError(
                f"{name!r} is no name for a version; use letters, digits, blanks, dots and dashes"
            )
        return self._root / name

    def check_free(self, name: str) -> None:
        """Raise `DataError` if a new version cannot have this name."""
        if self.folder(name).exists():
            raise DataError(f"there is a version {name} already; choose another name")

    def all(self, in_use: Mapping[str, str]) -> list[Version]:
        """Every version, the newest first; `in_use` has the model chosen for each stage."""
        if not self._root.is_dir():
            return []
        found = [
            read(folder, in_use)
            for folder in self._root.iterdir()
            if folder.is_dir() and not folder.name.startswith(".")
        ]
        return sorted(found, key=lambda version: version.created, reverse=True)

    def get(self, name: str, in_use: Mapping[str, str]) -> Version:
        """One version. Raises `ModelError` if there is none, or it is damaged."""
        if not (self.folder(name) / RECORD).is_file():
            known = ", ".join(version.name for version in self.all(in_use)) or "none yet"
            raise ModelError(f"there is no version {name}; known are: {known}")
        version = read(self.folder(name), in_use)
        if version.problem:
            raise ModelError(version.problem)
        return version

    def add(self, version: Version, models: Mapping[str, Path]) -> Version:
        """Move trained models into a new version. Raises `DataError` if its name is taken."""
        folder = self.folder(version.name)
        if folder.exists():
            raise DataError(f"there is a version {version.name} already; choose another name")
        part = self._root / f".new-{version.name}"
        shutil.rmtree(part, ignore_errors=True)
        try:
            part.mkdir(parents=True)
            for stage, model in models.items():
                shutil.copytree(model, part / stage)
            _write(part / RECORD, version)
            part.replace(folder)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise DiskError(f"cannot write {folder}: {error.strerror or error}") from error
        return read(folder, {})

    def remove(self, name: str, in_use: Mapping[str, str]) -> None:
        """Delete a version. Raises `ModelError` if it is in use or there is none, `DiskError`."""
        folder = self.folder(name)
        if not folder.is_dir():
            self.get(name, in_use)  # says which there are
        if any(Path(model).is_relative_to(folder) for model in in_use.values()):
            raise ModelError(f"{name} is in use; activate another model first")
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise DiskError(f"cannot delete {folder}: {error.strerror or error}") from error

    def export(self, name: str, path: Path) -> Path:
        """Write a version as a zip archive. Raises `ModelError`, `DiskError`."""
        self.get(name, {})
        folder = self.folder(name)
        if not path.name:
            raise DataError(f"{path} is no file; say where the archive goes, as {name}.zip")
        try:
            if path.exists() and not path.is_file() and not path.is_dir():
                raise DataError(f"{path} takes no archive; say where it goes, as {name}.zip")
            with (
                draft(path) as partial,
                partial.open("wb") as file,
                zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
            ):
                for part in sorted(folder.rglob("*")):
                    if part.is_file():
                        archive.write(part, part.relative_to(folder).as_posix())
        except OSError as error:
            raise DiskError(f"cannot write {path}: {error.strerror or error}") from error
        return path

    def load(self, path: Path, name: str = "") -> Version:
        """Unpack an exported version; under its own name unless another is given.

        Raises `DataError` for anything else than what `export` writes, `DiskError`.
        """
        part = self._root / f".import-{os.getpid()}"
        shutil.rmtree(part, ignore_errors=True)
        try:
            with _archive_errors(path, self._root), zipfile.ZipFile(path) as archive:
                _unpack(archive, part, path)
            if not (part / RECORD).is_file():
                raise DataError(f"{path} holds no version; give one that models export wrote")
            found = _read(part, {})
            if found.problem:
                raise DataError(f"{path} lacks a model that it names; export it again")
            version = replace(found, name=name or found.name, active=())
            folder = self.folder(version.name)
            if folder.exists():
                raise DataError(f"there is a version {version.name} already; give another name")
            _write(part / RECORD, version)
            part.replace(folder)
        except OSError as error:
            raise DiskError(f"cannot read {path}: {error.strerror or error}") from error
        except _WRONG as error:
            raise DataError(
                f"{path} holds a damaged version ({_reason(error)}); export it again"
            ) from None
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return read(folder, {})


def read(folder: Path, in_use: Mapping[str, str]) -> Version:
    """The version in a folder; a damaged one says so in `problem`."""
    try:
        return _read(folder, in_use)
    except _WRONG as error:
        return Version(
            folder.name,
            datetime.fromtimestamp(0, UTC),
            *((), {}, {}, 0, 0, (), ()),
            problem=f"the version {folder.name} is damaged ({_reason(error)}); remove it",
        )


def _read(folder: Path, in_use: Mapping[str, str]) -> Version:
    """The same, but what is wrong with the record is raised (`_WRONG`)."""
    raw = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    stages = tuple(stage for stage in raw["stages"] if stage in STAGES)
    folders = {stage: str(folder / stage) for stage in stages}
    missing = [f for f in folders.values() if not (Path(f) / "model.safetensors").is_file()]
    return Version(
        name=str(raw["name"]),
        created=datetime.fromisoformat(values.time(raw["created"])),
        stages=stages,
        folders=folders,
        parents=values.mapping(raw["parents"], "parents"),
        judgements=values.whole(raw["judgements"], "judgements"),
        queries=values.whole(raw["queries"], "queries"),
        comparisons=tuple(_comparison(one) for one in raw["comparisons"]),
        changes=tuple(_change(one) for one in raw["changes"]),
        active=tuple(stage for stage, place in folders.items() if in_use.get(stage) == place),
        warning=str(raw["warning"]),
        settings=values.mapping(raw["settings"], "settings"),
        problem=f"{missing[0]} holds no model; remove this version" if missing else "",
    )


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _comparison(raw: Mapping[str, Any]) -> Comparison:
    found = Comparison(**raw)
    for name in ("data", "metric", "verdict"):
        values.text(getattr(found, name), name)
    for name in ("queries", "wins", "losses"):
        values.whole(getattr(found, name), name)
    for name in ("before", "after", "low", "high", "p_randomisation"):
        values.number(getattr(found, name), name)
    return found


def _change(raw: Mapping[str, Any]) -> QueryChange:
    query = raw["query"]
    framework = Framework(query["framework"]) if query.get("framework") else None
    asked = Query(str(query["text"]), str(query["corpus"]), framework=framework)
    return QueryChange(asked, float(raw["before"]), float(raw["after"]))


def _write(path: Path, version: Version) -> None:
    record = asdict(version) | {"created": version.created.isoformat()}
    for name in ("folders", "active", "problem"):
        del record[name]
    record["changes"] = [
        {
            "query": {
                "text": change.query.text,
                "corpus": change.query.corpus,
                "framework": change.query.framework.value if change.query.framework else "",
            },
            "before": change.before,
            "after": change.after,
        }
        for change in version.changes
    ]
    path.write_text(json.dumps(record, indent=1, default=list) + "\n", encoding="utf-8")


@contextmanager
def _archive_errors(path: Path, root: Path) -> Iterator[None]:
    """Say in words what can be wrong with an archive, or with the disk that it is unpacked on."""
    try:
        yield
    except _DAMAGE as error:
        raise DataError(f"{path} is no whole zip archive ({error}); export it again") from None
    except RuntimeError:  # what zipfile raises for a password
        raise DataError(f"{path} needs a password; export it again without one") from None
    except OSError as error:
        if error.errno is None:  # how bz2 tells of damage
            raise DataError(f"{path} is no whole zip archive ({error}); export it again") from None
        if error.errno in _NO_ROOM:  # nothing is wrong with the archive
            raise DiskError(f"cannot write to {root}: {error.strerror}") from error
        raise


def _unpack(archive: zipfile.ZipFile, folder: Path, path: Path) -> None:
    """Unpack nothing but a version's own files, by their own names."""
    members = list(_members(archive, path))
    if sum(info.file_size for info, _ in members) > MOST_BYTES:
        raise DataError(f"{path} unpacks to more than {MOST_BYTES // 10**9} GB; this is no version")
    for info, parts in members:
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        left = info.file_size
        with archive.open(info) as source, target.open("wb") as file:
            while block := source.read(min(1 << 20, left + 1)):
                left -= len(block)
                if left < 0:
                    raise DataError(f"{path}: {info.filename} is larger than it says")
                file.write(block)


def _members(
    archive: zipfile.ZipFile, path: Path
) -> Iterator[tuple[zipfile.ZipInfo, tuple[str, ...]]]:
    for info in archive.infolist():
        if info.is_dir():
            continue
        parts = PurePosixPath(info.filename).parts
        below = parts[0] in STAGES and 2 <= len(parts) <= 3 if parts else False
        known = all(_FILE.fullmatch(part) or re.fullmatch(r"[\w-]+", part) for part in parts)
        if not known or not (below or parts == (RECORD,)) or not _FILE.fullmatch(parts[-1]):
            raise DataError(f"{path} holds {info.filename!r}, which no version does")
        yield info, parts
