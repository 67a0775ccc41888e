"""The little file beside an index that says what the corpus is made of.

It is apart from the index so that a damaged index can be made again from the same sources.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path

from engine.errors import CorpusError, DiskError
from engine.types_corpora import CorpusSpec

SPEC_NAME = "corpus.json"


def corpus_folder(corpora: Path, name: str) -> Path:
    """Where the corpus of that name is kept: a readable name and a hash, safe on any disk."""
    readable = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40]
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return corpora / f"{readable or 'corpus'}-{digest}"


def corpus_folders(corpora: Path) -> list[Path]:
    """The folders that hold a corpus."""
    if not corpora.is_dir():
        return []
    return sorted(path.parent for path in corpora.glob(f"*/{SPEC_NAME}"))


def write_spec(folder: Path, spec: CorpusSpec) -> None:
    """Keep a corpus's name and sources. Raises `DiskError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"{SPEC_NAME}.new"
        fresh.write_text(json.dumps(asdict(spec), indent=1), encoding="utf-8")
        fresh.replace(folder / SPEC_NAME)
    except OSError as error:
        raise DiskError(
            f"cannot write to {folder}: {error.strerror or error}; check the disk"
        ) from error


def read_spec(folder: Path) -> CorpusSpec:
    """The name and sources of the corpus in a folder. Raises `CorpusError`."""
    try:
        values = json.loads((folder / SPEC_NAME).read_text(encoding="utf-8"))
        return CorpusSpec(
            name=str(values["name"]),
            sources=tuple(map(str, values["sources"])),
            include=tuple(map(str, values.get("include", ()))),
            exclude=tuple(map(str, values.get("exclude", ()))),
            lexical_only=bool(values.get("lexical_only", False)),
            watch=bool(values.get("watch", True)),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CorpusError(
            f"the corpus in {folder} cannot be read; delete that folder and index it again"
        ) from error


def is_readable(folder: Path) -> bool:
    """Whether the specification in a folder can be read."""
    try:
        read_spec(folder)
    except CorpusError:
        return False
    return True


def name_in(folder: Path) -> str:
    """The name of the corpus in a folder, or the folder's if that cannot be read."""
    try:
        return read_spec(folder).name
    except CorpusError:
        return folder.name


def remove_folder(folder: Path) -> None:
    """Delete a corpus's folder with all that is in it. Raises `DiskError`."""
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise DiskError(
            f"cannot delete {error.filename or folder}: {error.strerror or error}; "
            "close what uses it and try again"
        ) from error
