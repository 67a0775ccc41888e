"""Evaluation sets in the layout of BEIR (Thakur et al., 2021).

A set is a folder with `corpus.jsonl` (`_id`, `title`, `text`, optionally `language`),
`queries.jsonl` (`_id`, `text`, optionally `target`, the framework to search in), `qrels/test.tsv`
(query id, corpus id, grade). Optional are `exclude.tsv` (query id, corpus id: pairs that the
ranking skips), `equivalents.tsv` (corpus id, class: documents of one class answer the same queries,
whatever is labelled) and `candidates/<ranker>.jsonl` (`query-id`, `corpus-ids`: a ranking that came
with the set).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.code.language import parse_language
from engine.datasets.bounded import what_is_wrong
from engine.errors import DataError
from engine.types import Chunk

QRELS = "qrels/test.tsv"

MAX_GRADE = 100
"""Above all scales there are; the gain of the exponential nDCG is 2 to the power of the grade."""


@dataclass(frozen=True, slots=True)
class BeirDocument:
    """One document of the corpus."""

    id: str
    title: str
    text: str
    language: str = ""  # empty: to be found out


@dataclass(frozen=True, slots=True)
class BeirQuery:
    """One query. `target` is the name of a framework as written in the file, or empty."""

    id: str
    text: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class BeirSet:
    """A whole set, checked: every id in the qrels and the exclusions exists.

    `queries` are the judged ones only, in the order of the file. `candidates` are the rankings that
    came with the set, by ranker and query. `chunks` holds each document's chunks where they are
    known already, as in a corpus that is indexed.
    """

    name: str
    documents: tuple[BeirDocument, ...]
    queries: tuple[BeirQuery, ...]
    qrels: Mapping[str, Mapping[str, int]]
    excluded: Mapping[str, frozenset[str]] = field(default_factory=dict)
    candidates: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    equivalents: Mapping[str, str] = field(default_factory=dict)  # document → class
    chunks: tuple[tuple[Chunk, ...], ...] | None = None


def load_beir(folder: Path) -> BeirSet:
    """Read a set. Raises `DataError` naming the file and line of the first thing that is wrong."""
    if not folder.is_dir():
        raise DataError(
            f"{folder} is neither a folder in BEIR layout nor a data set that was imported"
        )
    documents = _read_documents(folder / "corpus.jsonl")
    queries = _read_queries(folder / "queries.jsonl")
    qrels: dict[str, dict[str, int]] = {}
    for query, document, grade in _read_qrels(folder / QRELS, queries, documents):
        qrels.setdefault(query, {})[document] = grade
    excluded: dict[str, set[str]] = {}
    for query, document in _read_exclusions(folder / "exclude.tsv", queries, documents):
        excluded.setdefault(query, set()).add(document)
    return BeirSet(
        name=folder.resolve().name,
        documents=tuple(documents.values()),
        queries=tuple(query for query in queries.values() if query.id in qrels),
        qrels=qrels,
        excluded={query: frozenset(found) for query, found in excluded.items()},
        candidates=_read_candidates(folder / "candidates", queries, documents),
        equivalents=_read_equivalents(folder / "equivalents.tsv", documents),
    )


def _read_documents(path: Path) -> dict[str, BeirDocument]:
    documents: dict[str, BeirDocument] = {}
    for where, row in _json_lines(path):
        document = BeirDocument(
            id=_id(row, where),
            title=_string(row, "title", where, required=False),
            text=_string(row, "text", where),
            language=_language(row, where),
        )
        if document.id in documents:
            raise DataError(f"{where}: the _id {document.id!r} was used before; make ids unique")
        documents[document.id] = document
    if not documents:
        raise DataError(f"{path} has no documents; write one JSON object per line")
    return documents


def _read_queries(path: Path) -> dict[str, BeirQuery]:
    queries: dict[str, BeirQuery] = {}
    for where, row in _json_lines(path):
        query = BeirQuery(
            id=_id(row, where),
            text=_string(row, "text", where),
            target=_string(row, "target", where, required=False),
        )
        if query.id in queries:
            raise DataError(f"{where}: the _id {query.id!r} was used before; make ids unique")
        queries[query.id] = query
    return queries


def _read_qrels(
    path: Path, queries: Mapping[str, BeirQuery], documents: Mapping[str, BeirDocument]
) -> Iterator[tuple[str, str, int]]:
    seen: set[tuple[str, str]] = set()
    for number, where, fields in _table_lines(path):
        if len(fields) != 3:
            raise DataError(f"{where}: expected query id, corpus id and grade, separated by tabs")
        query, document, grade = fields
        if number == 1 and not _is_integer(grade) and query not in queries:
            continue  # the header that BEIR writes
        if not _is_integer(grade):
            raise DataError(f"{where}: the grade {grade!r} is not a whole number")
        if len(grade) > 9 or int(grade) > MAX_GRADE:
            raise DataError(f"{where}: the grade {grade[:20]} is above {MAX_GRADE}; check the line")
        if int(grade) < 0:
            raise DataError(
                f"{where}: the grade {grade} is below 0; write 0 for what is irrelevant"
            )
        _check_ids(where, query, document, queries, documents)
        if (query, document) in seen:
            raise DataError(f"{where}: {query!r} and {document!r} are judged twice; keep one line")
        seen.add((query, document))
        yield query, document, int(grade)
    if not seen:
        raise DataError(f"{path} has no judgements; write query id, corpus id, grade per line")


def _read_exclusions(
    path: Path, queries: Mapping[str, BeirQuery], documents: Mapping[str, BeirDocument]
) -> Iterator[tuple[str, str]]:
    if not path.exists():
        return
    for number, where, fields in _table_lines(path):
        if len(fields) < 2:
            raise DataError(f"{where}: expected query id and corpus id, separated by a tab")
        query, document = fields[:2]
        if number == 1 and query not in queries and document not in documents:
            continue  # a header
        _check_ids(where, query, document, queries, documents)
        yield query, document


def _read_equivalents(path: Path, documents: Mapping[str, BeirDocument]) -> dict[str, str]:
    classes: dict[str, str] = {}
    for number, where, fields in _table_lines(path) if path.exists() else ():
        if len(fields) != 2:
            raise DataError(f"{where}: expected corpus id and class, separated by a tab")
        if fields[0] in documents:
            classes[fields[0]] = fields[1]
        elif number > 1:  # else a header
            raise DataError(f"{where}: the document {fields[0]!r} is not in corpus.jsonl")
    return classes


def _read_candidates(
    folder: Path, queries: Mapping[str, BeirQuery], documents: Mapping[str, BeirDocument]
) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for path in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        ranked = found.setdefault(path.stem, {})
        for where, row in _json_lines(path):
            query, ids = str(row.get("query-id", "")), row.get("corpus-ids")
            if not isinstance(ids, list):
                raise DataError(f"{where}: expected query-id and the list corpus-ids")
            for document in ids:
                _check_ids(where, query, str(document), queries, documents)
            ranked[query] = tuple(dict.fromkeys(map(str, ids)))
    return found


def _check_ids(
    where: str,
    query: str,
    document: str,
    queries: Mapping[str, BeirQuery],
    documents: Mapping[str, BeirDocument],
) -> None:
    if query not in queries:
        raise DataError(f"{where}: the query {query!r} is not in queries.jsonl")
    if document not in documents:
        raise DataError(f"{where}: the document {document!r} is not in corpus.jsonl")


def _json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in _lines(path):
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            if not _ends_with_newline(path):
                raise DataError(
                    f"{where}: the file breaks off here, as after an interrupted download; "
                    "get it again"
                ) from error
            raise DataError(f"{where}: not valid JSON ({what_is_wrong(error)})") from error
        if not isinstance(row, dict):
            raise DataError(f"{where}: expected a JSON object")
        yield where, row


def _table_lines(path: Path) -> Iterator[tuple[int, str, list[str]]]:
    for number, line in _lines(path):
        yield number, f"{path}, line {number}", [field.strip() for field in line.split("\t")]


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1."""
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except FileNotFoundError as error:
        if half := _half_downloaded(path):
            raise DataError(f"{half} is half downloaded; wait for it, or get it again") from error
        raise DataError(f"{path} is missing; a set needs {_LAYOUT}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text; convert it first") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def _half_downloaded(path: Path) -> Path | None:
    """What a download that did not end has left where the file should be."""
    left = [
        found
        for suffix in (".part", ".incomplete", ".crdownload", ".tmp")
        for found in path.parent.glob(f"{path.name}*{suffix}")
    ]
    return left[0] if left else None


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


_LAYOUT = f"corpus.jsonl, queries.jsonl and {QRELS}"


def _id(row: Mapping[str, Any], where: str) -> str:
    value = row.get("_id")
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise DataError(f"{where}: the field _id is missing or is not text")
    return str(value)


def _string(row: Mapping[str, Any], key: str, where: str, required: bool = True) -> str:
    value = row.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise DataError(f"{where}: the field {key} is missing or is not text")
    return value


def _language(row: Mapping[str, Any], where: str) -> str:
    """The language of a document if the file names one that is known."""
    name = _string(row, "language", where, required=False)
    try:
        return parse_language(name) if name else ""
    except DataError:
        return ""


def _is_integer(text: str) -> bool:
    return text.removeprefix("-").isdecimal()
