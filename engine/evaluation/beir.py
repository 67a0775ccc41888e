"""Evaluation sets in the layout of BEIR (Thakur et al., 2021).

A set is a folder with `corpus.jsonl` (`_id`, `title`, `text`, optionally `language`),
`queries.jsonl` (`_id`, `text`, optionally `target`, the framework to search in), `qrels/test.tsv`
(query id, corpus id, grade) and optionally `exclude.tsv` (query id, corpus id: pairs that the
ranking skips).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.code.language import parse_language
from engine.errors import DataError

QRELS = "qrels/test.tsv"


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

    `queries` are the judged ones only, in the order of the file.
    """

    name: str
    documents: tuple[BeirDocument, ...]
    queries: tuple[BeirQuery, ...]
    qrels: Mapping[str, Mapping[str, int]]
    excluded: Mapping[str, frozenset[str]]


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
        if number == 1 and not _is_integer(grade):
            continue  # the header that BEIR writes
        if not _is_integer(grade):
            raise DataError(f"{where}: the grade {grade!r} is not a whole number")
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
        except json.JSONDecodeError as error:
            raise DataError(f"{where}: not valid JSON ({error.msg})") from error
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
        raise DataError(f"{path} is missing; a set needs {_LAYOUT}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text; convert it first") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


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
