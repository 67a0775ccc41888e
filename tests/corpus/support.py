"""Small corpora for the tests of this folder."""

from __future__ import annotations

import os
from pathlib import Path

from engine.corpus.collection import Collection
from engine.corpus.store import CorpusStore
from engine.job import run_to_end
from engine.types_corpora import CorpusSpec, IndexReport

LONG_AGO = 1_000_000_000

MANY = 90
LINES = 260
"""Enough files of enough lines that worker processes are used."""


def write(file: Path, text: str, when: int = LONG_AGO) -> None:
    """Write a file that looks as if it had been there for long."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    os.utime(file, (when, when))


def module(name: str, lines: int = 3) -> str:
    """Python source with one function and a block that are told apart by `name`."""
    steps = "\n".join(f"    {name}_{number} = {number}" for number in range(lines))
    return (
        f'def {name}(x):\n    """About {name}."""\n{steps}\n    return x\n\n\n{name.upper()} = 1\n'
    )


def plant_many(folder: Path, count: int = MANY) -> Path:
    """A folder with many modules, some in subfolders."""
    for number in range(count):
        write(folder / f"part{number % 7}" / f"m{number}.py", module(f"function_{number}", LINES))
    return folder


def create(base: Path, *sources: Path, name: str = "mine") -> CorpusStore:
    """The corpus of that name below `base`, over some folders; not indexed yet."""
    return CorpusStore.create(base, CorpusSpec(name, tuple(map(str, sources))))


def update(store: CorpusStore) -> IndexReport:
    """Index to the end."""
    return run_to_end(store.update())


def names(collection: Collection) -> set[str]:
    """The names of all chunks that have one."""
    rows = range(len(collection.table))
    return {chunk.name for chunk in collection.chunks(rows) if chunk.name}
