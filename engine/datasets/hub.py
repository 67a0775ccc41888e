"""Data sets on the Hugging Face hub: looked up and downloaded only when the user has agreed.

Files are kept under the revision that they are of, so that a second import of another split finds
what it shares with the first, and so that a data set can say what exactly it was made from.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.datasets.hub_layout import is_hub_layout, layout_of, needed_files
from engine.datasets.reading import kind_of
from engine.datasets.splits import choose_split
from engine.errors import DataError, DiskError
from engine.job import Job
from engine.types import Progress

_ID = re.compile(r"(?:hf:|(?:https://)?huggingface\.co/datasets/)?([\w.-]+/[\w.-]+?)/?")
_PAIR = "-queries-corpus"
_STEP = 1 << 20
"""Bytes read at once: the work can be stopped after each such piece."""

MAX_BYTES = 20_000_000_000


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a data set. `sha256` is empty where the hub does not say it."""

    repository: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class HubSet:
    """A data set as the hub describes it, at one revision; CoIR's pairs are one set.

    `files` has their names below the folder that they go to.
    """

    id: str
    revisions: Mapping[str, str]
    files: Mapping[str, HubFile]

    @property
    def revision(self) -> str:
        """The commits, as the record of an import keeps them."""
        return ", ".join(self.revisions.values())


def hub_id(source: str) -> str:
    """The id that a source names, or empty if it is a path or no id."""
    found = _ID.fullmatch(source.strip())
    return found[1] if found and not Path(source).expanduser().exists() else ""


def look_up(found_id: str, revision: str = "") -> HubSet:
    """Ask the hub what there is. Raises `DataError` if it cannot be had."""
    base = found_id.removesuffix(_PAIR).removesuffix("-qrels")
    ids = [found_id] if base == found_id else [base + _PAIR, base + "-qrels"]
    revisions: dict[str, str] = {}
    files: dict[str, HubFile] = {}
    for name in ids:
        info = _info(name, revision if len(ids) == 1 else "")
        revisions[name] = str(info.sha)
        prefix = "" if len(ids) == 1 else name.partition("/")[2] + "/"
        for sibling in info.siblings or ():
            if kind_of(Path(sibling.rfilename)):
                checksum = sibling.lfs.sha256 if sibling.lfs else ""
                file = HubFile(name, sibling.rfilename, sibling.size or 0, checksum or "")
                files[prefix + sibling.rfilename] = file
    if not files:
        raise DataError(f"{found_id} has no data files on huggingface.co; choose another data set")
    return HubSet(found_id, revisions, files)


def choose_files(found: HubSet, split: str) -> list[str]:
    """Which files one split needs. Raises `DataError` naming the splits if it must be chosen."""
    layout = layout_of(found.files)
    if is_hub_layout(layout):
        return needed_files(layout, choose_split(tuple(layout["qrels"]), split, found.id))
    by_split: dict[str, list[str]] = {}
    for config in layout.values():
        for name, files in config.items():
            by_split.setdefault(name, []).extend(files)
    if not by_split:
        return list(found.files)
    return by_split[choose_split(tuple(by_split), split, found.id)]


def download(found: HubSet, names: list[str], cache: Path) -> Job[Path]:
    """Fetch some files; returns the folder with them. What is there already is not fetched again.

    Raises `DataError` if the hub cannot be reached or a file comes damaged, `DiskError`.
    """
    stamp = "-".join(revision[:12] for revision in found.revisions.values())
    folder = cache / "hub" / f"{found.id.replace('/', '--')}-{stamp}"
    total = sum(found.files[name].size for name in names)
    if total > MAX_BYTES:
        raise DataError(
            f"{found.id} is {total / 1e9:.0f} GB; download what you need of it and give the folder"
        )
    done = 0
    started = time.monotonic()
    for name in names:
        file = found.files[name]
        path = _inside(folder, name)
        if not path.exists():
            for count in _fetch(file, found.revisions[file.repository], path, total - done):
                rate = (done + count) / max(time.monotonic() - started, 1e-3)
                yield Progress("downloading", done + count, total, path.name, rate)
        done += file.size
        yield Progress("downloading", done, total, path.name)
    return folder


def _inside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise DataError(f"the hub names a file outside the data set ({name}); it is not fetched")
    return path


def _fetch(file: HubFile, revision: str, path: Path, needed: int) -> Iterator[int]:
    """Fetch one file, telling the bytes so far; it appears under its name once it is whole."""
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    url = hf_hub_url(file.repository, file.name, repo_type="dataset", revision=revision)
    part = path.with_name(path.name + ".part")
    checksum, count = hashlib.sha256(), 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(path.parent).free < needed:
            raise DiskError(f"there is no room for {needed / 1e6:,.0f} MB in {path.parent}")
        with (
            _hub_errors(file.repository),
            part.open("wb") as out,
            get_session().stream(
                "GET", url, headers=build_hf_headers(), follow_redirects=True
            ) as answer,
        ):
            answer.raise_for_status()
            for piece in answer.iter_bytes(_STEP):
                out.write(piece)
                checksum.update(piece)
                count += len(piece)
                yield count
        if count != file.size or (file.sha256 and checksum.hexdigest() != file.sha256):
            raise DataError(f"{file.name} came damaged from the hub; try again")
        part.replace(path)
    except OSError as error:
        raise DiskError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def _info(name: str, revision: str) -> Any:
    from huggingface_hub import HfApi

    with _hub_errors(name):
        return HfApi().dataset_info(name, revision=revision or None, files_metadata=True)


@contextmanager
def _hub_errors(name: str) -> Iterator[None]:
    """What the hub's client raises, in words; its transport's errors have no common base."""
    from huggingface_hub import errors

    try:
        yield
    except errors.OfflineModeIsEnabled:
        raise DataError(f"{name} cannot be fetched: HF_HUB_OFFLINE is set") from None
    except errors.GatedRepoError:
        raise DataError(f"{name} asks for an agreement first; visit it on huggingface.co") from None
    except errors.RevisionNotFoundError:
        raise DataError(f"{name} has no such revision on huggingface.co; check it") from None
    except (errors.RepositoryNotFoundError, errors.HFValidationError):
        raise DataError(
            f"there is no data set {name} here or on huggingface.co; check its spelling"
        ) from None
    except (DataError, DiskError, GeneratorExit):
        raise
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _TRANSPORT and not isinstance(
            error, errors.HfHubHTTPError | ConnectionError | TimeoutError
        ):
            raise
        said = " ".join(str(error).split())[:100] or type(error).__name__
        raise DataError(
            f"huggingface.co cannot be reached for {name} ({said}); try later"
        ) from error


_TRANSPORT = frozenset({"httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib3"})
