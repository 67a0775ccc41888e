"""Qrels and runs as trec_eval reads them: columns separated by white space.

An id may hold what the format cannot: white space, or nothing at all. Such an id is written
percent-encoded behind `pct:`, and so is one that looks as if it had been; every other id, URLs
included, stands as it is.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO
from urllib.parse import quote, unquote

from engine.errors import DataError
from engine.job import Job, run_to_end
from engine.types import Progress

_PREFIX = "pct:"
_LINES_A_STEP = 10_000
_SAFE = "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"

Qrels = Mapping[str, Mapping[str, int]]
Run = Mapping[str, Sequence[tuple[str, float]]]


def encode_id(text: str) -> str:
    """An id as one column."""
    if text and not _looks_encoded(text) and text.split() == [text] and text.isprintable():
        return text
    return _PREFIX + quote(text, safe=_SAFE)


def decode_id(column: str, known: Container[str] = ()) -> str:
    """The id that `encode_id` wrote; a column that is one of the ids that are known stands."""
    if column in known or not _looks_encoded(column):
        return column
    return unquote(column.removeprefix(_PREFIX))


def _looks_encoded(text: str) -> bool:
    # What cannot stand in a column leaves a percent sign; nothing at all leaves the prefix alone.
    return text.startswith(_PREFIX) and ("%" in text or not text.replace(_PREFIX, ""))


def write_qrels(file: TextIO, qrels: Qrels) -> int:
    """Write `query 0 document grade` lines; returns how many."""
    count = 0
    for query, grades in qrels.items():
        for document, grade in grades.items():
            file.write(f"{encode_id(query)} 0 {encode_id(document)} {grade}\n")
            count += 1
    return count


def read_qrels(
    path: Path, queries: Container[str] = (), documents: Container[str] = ()
) -> dict[str, dict[str, int]]:
    """Read qrels; the ids that are known are taken as they stand, others decoded.

    Raises `DataError` naming the first line that is none, or that repeats a pair.
    """
    found: dict[str, dict[str, int]] = {}
    for where, columns in _lines(path):
        if len(columns) != 4:
            raise DataError(f"{where}: expected query, 0, document and grade, separated by blanks")
        query, document = decode_id(columns[0], queries), decode_id(columns[2], documents)
        try:
            grade = int(columns[3])
        except ValueError:
            raise DataError(f"{where}: the grade {columns[3]!r} is no whole number") from None
        keep(found, query, document, grade, where)
    return found


def keep(
    qrels: dict[str, dict[str, int]], query: str, document: str, grade: int, where: str
) -> None:
    """Put a grade that was read into qrels. Raises `DataError` if there is another one."""
    grades = qrels.setdefault(query, {})
    if grades.setdefault(document, grade) != grade:
        raise DataError(f"{where}: {document!r} was graded {grades[document]} before")


def write_run(file: TextIO, run: Run, tag: str) -> int:
    """Write `query Q0 document rank score tag` lines; returns how many."""
    count = 0
    for query, ranking in run.items():
        for rank, (document, score) in enumerate(ranking, 1):
            columns = (encode_id(query), "Q0", encode_id(document), str(rank), repr(score))
            file.write(" ".join((*columns, encode_id(tag))) + "\n")
            count += 1
    return count


def read_run(path: Path) -> tuple[dict[str, list[tuple[str, float]]], str]:
    """As `reading_run`, as a call."""
    return run_to_end(reading_run(path))


def reading_run(
    path: Path, queries: Container[str] = (), documents: Container[str] = ()
) -> Job[tuple[dict[str, list[tuple[str, float]]], str]]:
    """Read a run and its tag; documents in the order of their ranks.

    The ids that are known are taken as they stand, others decoded. Raises `DataError` naming the
    first line that is none, or that repeats a document.
    """
    found: dict[str, list[tuple[int, str, float]]] = {}
    seen: set[tuple[str, str]] = set()
    tag = ""
    for number, (where, columns) in enumerate(_lines(path)):
        if number and number % _LINES_A_STEP == 0:  # of a short one there is nothing to say
            yield Progress("reading the run", number, None)
        if len(columns) != 6:
            raise DataError(f"{where}: expected query, Q0, document, rank, score and tag")
        query, document = decode_id(columns[0], queries), decode_id(columns[2], documents)
        tag = decode_id(columns[5])
        try:
            rank, score = int(columns[3]), float(columns[4])
        except ValueError:
            raise DataError(f"{where}: rank and score are numbers") from None
        if math.isnan(score):
            raise DataError(f"{where}: the score is not a number")
        if (query, document) in seen:
            raise DataError(f"{where}: {document!r} comes twice for the query {query!r}")
        seen.add((query, document))
        found.setdefault(query, []).append((rank, document, score))
    ranked = {
        query: [(document, score) for _, document, score in sorted(rows, key=lambda r: r[0])]
        for query, rows in found.items()
    }
    return ranked, tag


def _lines(path: Path) -> Iterable[tuple[str, list[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield f"{path}, line {number}", line.split()
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text") from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
