"""Judgements as queries, documents and qrels: a BEIR folder, or TREC qrels with two files beside.

One grade for each pair: a judge's, or what all judges come to (`engine.judgements.consensus`).
Ids are those that things came with, or made from what they name: the same in every export.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.database import Database
from engine.errors import DataError
from engine.evaluation.beir import QRELS
from engine.job import Job
from engine.judgements import records
from engine.judgements.chunk_json import chunk_of_judgement, chunk_to_json
from engine.judgements.consensus import Given, GradeTimes, grade_among
from engine.judgements.exchange import rows, trec
from engine.judgements.exchange.document_ids import DocumentIds
from engine.judgements.exchange.files import open_new
from engine.judgements.exchange.query_ids import QueryIds
from engine.types import Grade, Progress
from engine.types_judging import Exported

_HEADER = "query-id\tcorpus-id\tscore\n"


@dataclass
class Labelled:
    """Queries and documents by id, as rows of a BEIR folder, and the grades of their pairs."""

    queries: dict[str, dict[str, Any]] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    qrels: dict[str, dict[str, int]] = field(default_factory=dict)


def collect(db: Database, corpus: str | None = None, judges: tuple[str, ...] = ()) -> Labelled:
    """What is graded in a store; of a text that was judged in several places the first one."""
    found = Labelled()
    grades: dict[tuple[str, str], dict[str, Given]] = {}
    ids, query_ids, times = DocumentIds(db), QueryIds(db), GradeTimes(db)
    for row in rows.rows_of(db, corpus, judges):
        if row["grade"] is None:
            continue
        query = query_ids.of(row["corpus"], row["query_key"])
        document = ids.of(row["corpus"], row["chunk_key"], row["chunk_id"])
        found.queries.setdefault(query, _query_row(query, row))
        found.documents.setdefault(document, _document_row(document, row))
        given = Given(Grade(row["grade"]), times.of(row))
        grades.setdefault((query, document), {})[row["judge"]] = given
    for (query, document), by_judge in grades.items():
        found.qrels.setdefault(query, {})[document] = int(grade_among(by_judge))
    return found


def export_beir(labelled: Labelled, folder: Path) -> Job[Exported]:
    """Write a BEIR folder. Ids with white space are written as `engine…trec.encode_id` does.

    Raises `DataError` if a data set from elsewhere is there: no export takes its place.
    """
    yield Progress("exporting", 0, None)
    _check_ours(folder)
    _write_rows(folder / "corpus.jsonl", labelled.documents)
    yield Progress("exporting", 1, 3)
    _write_rows(folder / "queries.jsonl", labelled.queries)
    yield Progress("exporting", 2, 3)
    with open_new(folder / QRELS) as file:
        file.write(_HEADER)
        for query, grades in labelled.qrels.items():
            for document, grade in grades.items():
                file.write(f"{trec.encode_id(query)}\t{trec.encode_id(document)}\t{grade}\n")
    return _exported(folder, "beir", labelled)


def _check_ours(folder: Path) -> None:
    try:
        with (folder / "corpus.jsonl").open("rb") as file:
            first = file.readline()
        if not first.strip() or "chunk" in json.loads(first):  # which exports alone write
            return
    except OSError:  # nothing is there, or writing will say what is wrong
        return
    except (ValueError, TypeError, RecursionError):
        pass
    raise DataError(f"{folder} holds a data set that no export made; give another folder")


def export_trec(labelled: Labelled, path: Path) -> Job[Exported]:
    """Write TREC qrels, and beside them the texts: `…queries.jsonl`, `…documents.jsonl`."""
    yield Progress("exporting", 0, None)
    _write_rows(_beside(path, "documents"), labelled.documents)
    yield Progress("exporting", 1, 3)
    _write_rows(_beside(path, "queries"), labelled.queries)
    yield Progress("exporting", 2, 3)
    with open_new(path) as file:
        trec.write_qrels(file, labelled.qrels)
    return _exported(path, "qrels", labelled)


def read_beir(folder: Path) -> Labelled:
    """Read a BEIR folder. Raises `DataError` naming the file and line of what is wrong."""
    queries, documents = _read_rows(folder / "queries.jsonl"), _read_rows(folder / "corpus.jsonl")
    qrels: dict[str, dict[str, int]] = {}
    for number, line in _text_lines(folder / QRELS):
        where = f"{folder / QRELS}, line {number}"
        fields = [column.strip() for column in line.split("\t")]
        if number == 1 and [name.replace("_", "-") for name in fields] == _HEADER.split():
            continue
        try:
            query, document, score = fields
            grade = int(score)
        except ValueError:
            raise DataError(
                f"{where}: expected query id, corpus id and grade, separated by tabs"
            ) from None
        ids = trec.decode_id(query, queries), trec.decode_id(document, documents)
        trec.keep(qrels, *ids, grade, where)
    return _complete(Labelled(queries, documents, qrels), folder)


def read_trec(path: Path, queries: Path | None = None, documents: Path | None = None) -> Labelled:
    """Read TREC qrels with the texts beside them, or in files named. Raises `DataError`."""
    query_rows = _read_rows(queries or _beside(path, "queries"))
    document_rows = _read_rows(documents or _beside(path, "documents"))
    qrels = trec.read_qrels(path, query_rows, document_rows)
    return _complete(Labelled(query_rows, document_rows, qrels), path)


def _query_row(query: str, row: records.Row) -> dict[str, Any]:
    filters = {name: value for name, value in json.loads(row["query_filters"]).items() if value}
    return {
        "_id": query,
        "text": row["query_text"],
        "target": filters.pop("framework", ""),
        "filters": filters,
        "kind": row["query_kind"],
        "corpus": row["corpus"],
        "id": query,  # as it is: `_id` is encoded where the columns of qrels need it
    }


def _document_row(document: str, row: records.Row) -> dict[str, Any]:
    chunk = chunk_to_json(chunk_of_judgement(row))
    text = chunk.pop("text")
    return {
        "_id": document,
        "title": chunk["name"],
        "text": text,
        "language": chunk["language"],
        "chunk": chunk,
    }


def _write_rows(path: Path, found: Mapping[str, Mapping[str, Any]]) -> None:
    with open_new(path) as file:
        for name, row in found.items():
            line = {**row, "_id": trec.encode_id(name)}
            file.write(records.clean(json.dumps(line, ensure_ascii=False)) + "\n")


def _read_rows(path: Path) -> dict[str, dict[str, Any]]:
    """Rows by their ids, which stand as they are: whose folder it is, nothing says for sure.

    Those that an export wrote have the query's or the chunk's own id beside.
    """
    found: dict[str, dict[str, Any]] = {}
    for number, line in _text_lines(path):
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
            name, text = row["_id"], row["text"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise DataError(f"{where}: not an object with _id and text") from None
        if isinstance(name, bool) or not isinstance(name, str | int) or not isinstance(text, str):
            raise DataError(f"{where}: _id and text are text")
        found[str(name)] = {**row, "_id": str(name)}
    return found


def _text_lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except FileNotFoundError:
        raise DataError(
            f"{path} is missing; qrels need their queries and documents beside them"
        ) from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text") from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def _complete(found: Labelled, place: Path) -> Labelled:
    if not found.qrels:
        raise DataError(f"{place} holds no judgements")
    for query, grades in found.qrels.items():
        if query not in found.queries or not found.queries[query]["text"].strip():
            raise DataError(f"{place}: the query {query!r} is judged and has no text")
        for document in grades:
            if document not in found.documents:
                raise DataError(f"{place}: the document {document!r} is judged and has no text")
    return found


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f"{path.stem}.{what}.jsonl")


def _exported(path: Path, name: str, labelled: Labelled) -> Exported:
    judged = sum(len(grades) for grades in labelled.qrels.values())
    notes = ("one grade a pair; who gave it and when are in the formats jsonl and csv",)
    return Exported(str(path), name, judged, len(labelled.queries), len(labelled.documents), notes)
