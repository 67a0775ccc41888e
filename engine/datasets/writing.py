"""A data set in the one form that is kept: a BEIR folder with a manifest.

The folder is written under another name and gets its own when everything in it is complete.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, TypeVar

from engine.code.language import detect_language
from engine.corpus.rows import MANIFEST_NAME, ROWS_NAME
from engine.datasets.names import normalise_names
from engine.datasets.records import Document, Judged, Reader
from engine.errors import DataError, DiskError
from engine.evaluation.beir import QRELS
from engine.job import Job
from engine.types import Progress
from engine.types_corpora import DatasetInfo, DatasetRequest

T = TypeVar("T")
Qrels = dict[str, dict[str, int]]

STEP_SECONDS = 0.05
"""How long the work goes on before it lets go: what a search in the window may wait."""

MAX_DOCUMENTS = 1_000_000


@dataclass(slots=True)
class Written:
    """What has been written so far."""

    documents: set[str] = field(default_factory=set)
    qrels: Qrels = field(default_factory=dict)
    questions: int = 0
    judged: int = 0
    grades: Counter[int] = field(default_factory=Counter)
    ranked: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def stepping(items: Iterable[T], stage: str, do: Callable[[T], object]) -> Job[None]:
    """Do something with each item, letting go every now and then."""
    told = time.monotonic()
    for count, item in enumerate(items, start=1):
        do(item)
        if time.monotonic() - told > STEP_SECONDS:
            yield Progress(stage, count, None)
            told = time.monotonic()


def write_set(reader: Reader, folder: Path, request: DatasetRequest) -> Job[Written]:
    """Write everything but the manifest into a folder that is there and empty.

    Raises `DataError` for the first thing that is wrong with the source, `DiskError`.
    """
    with _disk_errors(folder):
        written = Written()
        yield from _write_documents(reader, folder, request, written)
        judged = written.qrels = yield from _judgements(reader, request, written)
        yield from _write_questions(reader, folder, judged, written)
        _write_qrels(folder, judged, written)
        yield from _write_pairs(reader, folder, judged, written)
        yield from _write_ranked(reader, folder, judged, written)
        written.notes += reader.notes()
    return written


def write_manifest(folder: Path, info: DatasetInfo, request: DatasetRequest) -> None:
    """Write what the set is and where it is from; with it the folder is complete."""
    values = asdict(info)
    values["imported"] = datetime.now(UTC).isoformat(timespec="seconds")
    values["options"] = {"limit": request.limit, "normalise_names": request.normalise_names}
    del values["folder"], values["problem"]
    with _disk_errors(folder), (folder / MANIFEST_NAME).open("w", encoding="utf-8") as file:
        json.dump(values, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def read_manifest(folder: Path) -> DatasetInfo:
    """What a folder holds. Raises `DataError` if its manifest cannot be read."""
    try:
        values = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
        return DatasetInfo(
            name=str(values["name"]),
            format=str(values["format"]),
            source=str(values["source"]),
            split=str(values["split"]),
            revision=str(values["revision"]),
            documents=int(values["documents"]),
            queries=int(values["queries"]),
            judgements=int(values["judgements"]),
            candidates={str(k): int(v) for k, v in values["candidates"].items()},
            notes=tuple(map(str, values["notes"])),
            imported=datetime.fromisoformat(values["imported"]),
            folder=str(folder),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"the data set in {folder} cannot be read; remove it and import it again"
        ) from error


def _write_documents(
    reader: Reader, folder: Path, request: DatasetRequest, written: Written
) -> Job[None]:
    unchanged = 0
    with _created(folder / ROWS_NAME) as file:

        def write(document: Document) -> None:
            nonlocal unchanged
            if document.id in written.documents:
                raise DataError(f"the document id {document.id!r} comes twice; make ids unique")
            if len(written.documents) == MAX_DOCUMENTS:
                raise DataError(
                    f"there are more than {MAX_DOCUMENTS:,} documents; take a part with --limit"
                )
            written.documents.add(document.id)
            text = document.text
            if request.normalise_names and _is_python(document):
                text = normalise_names(text) or text
                unchanged += text == document.text
            row = {"_id": document.id, "title": document.title, "text": text}
            if document.language:
                row["language"] = document.language
            file.write(json.dumps(row) + "\n")

        yield from stepping(_limited(reader.documents(), request), "reading documents", write)
    if not written.documents:
        raise DataError("there is no document in it; check that it is the right file")
    if unchanged:
        written.notes.append(f"{unchanged:,} documents kept their names: no parsable function")


def _judgements(reader: Reader, request: DatasetRequest, written: Written) -> Job[Qrels]:
    """The judgements by question, each pair once."""
    found: Qrels = {}
    dropped: list[Judged] = []
    merged = 0

    def take(judged: Judged) -> None:
        nonlocal merged
        if judged.document not in written.documents:
            dropped.append(judged)
            return
        grades = found.setdefault(judged.question, {})
        before = grades.setdefault(judged.document, judged.grade)
        if before != judged.grade:
            if not reader.merges:
                raise DataError(
                    f"{judged.question!r} and {judged.document!r} are judged twice, differently"
                )
            merged += 1
            grades[judged.document] = max(before, judged.grade)

    yield from stepping(reader.judged(), "reading judgements", take)
    if dropped:
        if reader.strict and request.limit is None and not request.drop_missing:
            raise DataError(
                f"{len(dropped):,} judgements are of documents that are not there (such as "
                f"{dropped[0].document!r}); the corpus may be cut short, or leave them out with "
                "--drop-missing"
            )
        written.notes.append(f"{len(dropped):,} judgements left out: their documents are not there")
    if merged:
        written.notes.append(f"{merged:,} pairs are judged differently in places; the best counts")
    return found


def _write_questions(reader: Reader, folder: Path, judged: Qrels, written: Written) -> Job[None]:
    seen: set[str] = set()
    unjudged = 0
    with _created(folder / "queries.jsonl") as file:

        def write(question: Any) -> None:
            nonlocal unjudged
            if question.id not in judged:
                unjudged += 1
                return
            if question.id in seen:
                raise DataError(f"the query id {question.id!r} comes twice; make ids unique")
            seen.add(question.id)
            row = {"_id": question.id, "text": question.text}
            if question.target:
                row["target"] = question.target
            file.write(json.dumps(row) + "\n")

        yield from stepping(reader.questions(), "reading queries", write)
    missing = judged.keys() - seen
    if missing:
        raise DataError(
            f"{len(missing):,} judged queries are not there (such as {min(missing)!r}); "
            "the queries may be cut short"
        )
    written.questions = len(seen)
    if unjudged:
        written.notes.append(f"{unjudged:,} queries left out: nothing is judged for them here")


def _write_qrels(folder: Path, judged: Qrels, written: Written) -> None:
    (folder / QRELS).parent.mkdir()
    irrelevant = below = 0
    with _created(folder / QRELS) as file:
        file.write("query-id\tcorpus-id\tscore\n")
        for question, grades in judged.items():
            irrelevant += not any(grade > 0 for grade in grades.values())
            written.judged += len(grades)
            for document, grade in grades.items():
                below += grade < 0  # TREC writes -2 for what is no document at all
                written.grades[max(grade, 0)] += 1
                file.write(f"{question}\t{document}\t{max(grade, 0)}\n")
    if below:
        written.notes.append(f"{below:,} grades below 0 are taken as 0")
    if irrelevant:
        written.notes.append(f"{irrelevant:,} queries have no relevant document")


def _write_pairs(reader: Reader, folder: Path, judged: Qrels, written: Written) -> Job[None]:
    lines: list[str] = []

    def take(pair: tuple[str, str]) -> None:
        if pair[0] in judged and pair[1] in written.documents:
            lines.append(f"{pair[0]}\t{pair[1]}\n")

    yield from stepping(reader.excluded(), "reading exclusions", take)
    if lines:
        with _created(folder / "exclude.tsv") as file:
            file.writelines(lines)


def _write_ranked(reader: Reader, folder: Path, judged: Qrels, written: Written) -> Job[None]:
    """The candidates of each ranker, in `candidates/<ranker>.jsonl`."""
    files: dict[str, TextIO] = {}

    def write(ranked: Any) -> None:
        if ranked.question not in judged:
            return
        if ranked.ranker not in files:
            path = folder / "candidates" / f"{Path(ranked.ranker).name}.jsonl"
            path.parent.mkdir(exist_ok=True)
            files[ranked.ranker] = path.open("w", encoding="utf-8")
        there = [found for found in ranked.documents if found in written.documents]
        row = {"query-id": ranked.question, "corpus-ids": there}
        files[ranked.ranker].write(json.dumps(row) + "\n")
        written.ranked[ranked.ranker] += 1

    try:
        yield from stepping(reader.ranked(), "reading candidates", write)
    finally:
        for file in files.values():
            file.close()


def _limited(documents: Iterator[Document], request: DatasetRequest) -> Iterator[Document]:
    for number, document in enumerate(documents):
        if request.limit is not None and number >= request.limit:
            return
        yield document


def _is_python(document: Document) -> bool:
    language = document.language or detect_language(document.text) or ""
    return language.lower() in ("python", "py", "python3")


@contextmanager
def _created(path: Path) -> Iterator[TextIO]:
    """A new text file; on the disk when it is closed, so that a rename cannot come before it."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DiskError(
            f"cannot write to {folder.parent}: {error.strerror or error}; make room and try again"
        ) from error
