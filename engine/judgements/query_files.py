"""Queries in a file: one a line, a table, JSON lines, or the file is one query itself."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

from engine.code.language import parse_language
from engine.errors import DataError
from engine.types import Framework, Query

MOST_BYTES = 50_000_000
_TEXT_KEYS = ("text", "query", "doc", "question")


def read_queries(path: Path, corpus: str) -> list[Query]:
    """The queries of a file, in its order, each text once.

    `.jsonl` has objects with `text` (or `query`) and perhaps `target`, the framework to search in;
    `.csv` and `.tsv` have a column of such a name, else the last one counts; `.txt` has a query a
    line; anything else (a snippet) is one query. Raises `DataError` naming file and line.
    """
    text = _read(path)
    found: dict[str, Query] = {}
    for where, query_text, target in _entries(path, text):
        if not query_text.strip():
            raise DataError(f"{where}: the query is empty; remove the line")
        found.setdefault(query_text, Query(query_text, corpus, framework=_framework(target, where)))
    if not found:
        raise DataError(f"{path} holds no query; write one a line")
    return list(found.values())


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    if len(data) > MOST_BYTES:
        raise DataError(f"{path} is longer than {MOST_BYTES:,} bytes; give a part of it")
    if b"\0" in data:
        raise DataError(f"{path} is no text; give a file with queries")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}, line {line}: not UTF-8; save the file as UTF-8") from None


def _entries(path: Path, text: str) -> Iterator[tuple[str, str, str]]:
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            yield from _json_lines(path, text)
        case ".csv" | ".tsv":
            yield from _table(path, text)
        case ".txt":
            for number, line in enumerate(text.splitlines(), 1):
                if line.strip():
                    yield f"{path}, line {number}", line, ""
        case _:
            yield str(path), text, ""


def _json_lines(path: Path, text: str) -> Iterator[tuple[str, str, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{where}: not a JSON object ({error}); write one a line") from None
        value = row if isinstance(row, str) else None
        if isinstance(row, dict):
            value = next((row[key] for key in _TEXT_KEYS if isinstance(row.get(key), str)), None)
        if value is None:
            raise DataError(f"{where}: there is no text in it; give the query as “text”")
        target = row.get("target", "") if isinstance(row, dict) else ""
        yield where, value, target if isinstance(target, str) else ""


def _table(path: Path, text: str) -> Iterator[tuple[str, str, str]]:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise DataError(f"{path} is no table ({error}); check its quotes") from None
    names = [name.strip().lower() for name in rows[0]] if rows else []
    column = next((names.index(key) for key in _TEXT_KEYS if key in names), None)
    target = names.index("target") if "target" in names else None
    for number, row in enumerate(rows[1:] if column is not None else rows, 1):
        if not row:
            continue
        place = -1 if column is None else column
        if place >= len(row):
            raise DataError(f"{path}, row {number}: there is no column {place + 1}")
        wanted = row[target] if target is not None and target < len(row) else ""
        yield f"{path}, row {number}", row[place], wanted


def _framework(name: str, where: str) -> Framework | None:
    """The framework of that name; None for none, and for a language, which is no filter here."""
    if not name:
        return None
    for framework in Framework:
        if framework.value.casefold() == name.casefold():
            return framework
    try:
        parse_language(name)
    except DataError:
        known = ", ".join(framework.value for framework in Framework)
        raise DataError(f"{where}: there is no framework {name}; known are {known}") from None
    return None
