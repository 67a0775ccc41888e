"""A corpus kept as the rows of one file: the `corpus.jsonl` of a data set that was imported.

Each row is a document of its own, as each file of a folder is: its id is its path, and rows that
did not change are not processed again. The manifest beside the file is what sets it apart from
any other file in JSON lines.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.corpus.document import document_chunks
from engine.errors import CorpusError, DataError
from engine.types import Chunk
from engine.types_corpora import SkippedFile

ROWS_NAME = "corpus.jsonl"
MANIFEST_NAME = "dataset.json"

MAX_ROW_BYTES = 4_000_000
MAX_CHARACTERS = 200_000
"""Of one document; laying out more would hold the window."""


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A row: the document's id, and where its line is in the file."""

    path: str
    offset: int
    size: int


def is_rows(source: Path) -> bool:
    """Whether a source is the corpus of an imported data set."""
    return source.name == ROWS_NAME and (source.parent / MANIFEST_NAME).is_file()


def find_rows(source: Path) -> Iterator[FoundRow | SkippedFile]:
    """The rows of the file, in order. Raises `CorpusError` if it cannot be read or is damaged."""
    try:
        with source.open("rb") as file:
            offset = 0
            for number, line in enumerate(file, start=1):
                if len(line) > MAX_ROW_BYTES:
                    yield SkippedFile(f"{source}:{number}", "a document larger than 4 MB")
                else:
                    yield FoundRow(_id(line, source, number), offset, len(line))
                offset += len(line)
    except OSError as error:
        raise CorpusError(
            f"cannot read {source}: {error.strerror or error}; import the data set again"
        ) from error


def read_row(source: Path, offset: int, size: int) -> tuple[bytes, os.stat_result]:
    """The bytes of one row, and what is known of the file. Raises `OSError`."""
    with source.open("rb") as file:
        file.seek(offset)
        return file.read(size), os.fstat(file.fileno())


def row_chunks(data: bytes, root: str) -> list[Chunk]:
    """The chunks of the document in a row. Raises `DataError` if it is too large or damaged."""
    try:
        row = json.loads(data)
        document, title, text = str(row["_id"]), row.get("title") or "", row.get("text") or ""
        language = row.get("language") or ""
    except (ValueError, KeyError, AttributeError) as error:
        raise DataError("the row is damaged; import the data set again") from error
    if len(text) > MAX_CHARACTERS:
        raise DataError(f"a document of {len(text):,} characters")
    return document_chunks(document, title, text, language, root)


def _id(line: bytes, source: Path, number: int) -> str:
    try:
        return str(json.loads(line)["_id"])
    except (ValueError, KeyError, TypeError) as error:
        raise CorpusError(
            f"{source}, line {number}: damaged; remove the data set and import it again"
        ) from error
