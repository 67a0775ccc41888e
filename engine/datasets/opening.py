"""From what the user names to a reader; and what it would give, before anything is kept."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engine.corpus.rows import ROWS_NAME
from engine.datasets.formats import open_reader
from engine.datasets.hub import choose_files, download, hub_id, look_up
from engine.datasets.records import Reader, UndecidedError
from engine.datasets.writing import Written, write_set
from engine.errors import DataError
from engine.job import Job
from engine.paths import place_of
from engine.types import Progress
from engine.types_corpora import DatasetPreview, DatasetRequest

SHOWN = 20
SHOWN_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Opened:
    """A reader, and where what it reads is from."""

    reader: Reader
    source: str
    revision: str = ""


def open_source(request: DatasetRequest, cache: Path) -> Job[Opened]:
    """Open a file, a folder or, if that was agreed to, a data set on the hub.

    Raises `DataError` for what cannot be read.
    """
    found_id = hub_id(request.source)
    if not found_id:
        if not request.source.strip():
            raise DataError("name a file, a folder or a data set of the Hugging Face hub")
        path = place_of(request.source.strip()).absolute()
        return Opened(open_reader(path, request), str(path))
    if not request.allow_download:
        raise DataError(
            f"{found_id} is not a file or folder here; to get it from huggingface.co, "
            "say --allow-download"
        )
    yield Progress("asking huggingface.co", 0, None, found_id)
    found = look_up(found_id, request.revision)
    names = choose_files(found, request.split)
    folder = yield from download(found, names, cache)
    return Opened(open_reader(folder, request), f"hf:{found_id}", found.revision)


def preview(request: DatasetRequest, cache: Path) -> Job[DatasetPreview]:
    """What an import would give: everything is read and checked, and nothing is kept.

    A wrong source is told in `problem`, beside what is known of it all the same. Nothing is
    downloaded that was not agreed to: `download` then says what would have to be.
    """
    found_id = hub_id(request.source)
    if found_id and not request.allow_download:
        return DatasetPreview(download=found_id)
    try:
        opened = yield from open_source(request, cache)
    except UndecidedError as error:
        return DatasetPreview(splits=error.splits, columns=error.columns, problem=str(error))
    reader = opened.reader
    with tempfile.TemporaryDirectory(prefix="counterpart-") as name:
        folder = Path(name)
        try:
            written = yield from write_set(reader, folder, request)
        except DataError as error:
            written = Written()
            problem = str(error)
        else:
            problem = ""
        return DatasetPreview(
            format=reader.format,
            split=reader.split,
            splits=reader.splits,
            columns=reader.columns,
            mapping=dict(reader.mapping),
            documents=len(written.documents),
            queries=written.questions,
            judgements=written.judged,
            first_documents=tuple(_first(folder / ROWS_NAME)) if not problem else (),
            first_queries=tuple(_first(folder / "queries.jsonl")) if not problem else (),
            grades=dict(sorted(written.grades.items())),
            candidates=dict(written.ranked),
            notes=tuple(written.notes),
            problem=problem,
        )


def _first(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8") as file:
        for row in map(json.loads, islice(file, SHOWN)):
            yield row["_id"], row["text"][:SHOWN_CHARACTERS]
