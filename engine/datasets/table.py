"""Any table of code: JSON lines, JSON, CSV or Parquet, with a word on what its columns are.

Each row has the text of a document and, where there is a column for it, the question that it
answers. A text that comes several times is one document, and one question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from engine.code.layout import lay_out_python
from engine.datasets.reading import first_row, kind_of, lines, read_rows
from engine.datasets.records import (
    Document,
    Judged,
    Located,
    Question,
    Reader,
    UndecidedError,
    clean,
    grade_of,
)
from engine.errors import DataError

ROLES = ("text", "query", "id", "title", "query_id", "grade", "language", "target")
"""What a column can be; a table needs `text` at least."""

_USUAL: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "code", "snippet", "function", "func", "content", "body", "solution"),
    "query": ("query", "question", "intent", "nl", "docstring", "description"),
    "id": ("_id", "id"),
    "title": ("title",),
    "query_id": ("query_id", "query-id", "question_id"),
    "grade": ("grade", "label", "relevance"),
    "language": ("language", "lang"),
    "target": ("target",),
}
"""The names that are taken for a role without being told."""


class TableReader(Reader):
    """Reads a table. `mapping` is role → column; what it leaves out is taken by its usual name.

    A role that is mapped to nothing has no column. The columns of a file without names (`.txt`,
    separated by tabs) are called 1, 2, …. `unescape` makes line ends of `\\n`, which is how such a
    file can have any. A list in a column is several texts.
    """

    format = "table"
    merges = True

    def __init__(self, file: Path, mapping: Mapping[str, str], *, unescape: bool = False) -> None:
        super().__init__()
        self._file = file
        self._unescape = unescape or not kind_of(file)
        first = next(self._rows(), None)
        if first is None:
            raise DataError(f"{file} has no rows")
        self.columns = tuple(first[1])
        shown = self.columns if kind_of(file) else _with_content(first[1])
        self.mapping = _mapping(self.columns, mapping, file, ", ".join(shown))
        self._documents: dict[bytes, str] = {}
        self._empty = 0

    def documents(self) -> Iterator[Document]:
        """The different texts, in the order of their first rows."""
        self._empty = 0
        self._documents.clear()
        ids: set[str] = set()
        for where, row in self._rows():
            texts = self._texts(row, "text", where)
            self._empty += not texts
            for place, text in enumerate(texts):
                if _digest(text) in self._documents:
                    continue
                found = self._id(row, "id", where, f"row-{len(ids) + 1}")
                found = found if len(texts) == 1 else f"{found}-{place}"
                if found in ids:  # one id, several texts: as the answers to one question
                    found = f"{found}-{len(ids) + 1}"
                ids.add(found)
                self._documents[_digest(text)] = found
                yield Document(
                    found, text, self._one(row, "title", where), self._one(row, "language", where)
                )

    def questions(self) -> Iterator[Question]:
        """The different questions, in the order of their first rows."""
        if "query" not in self.mapping:
            return
        for key, (text, target) in self._questions().items():
            yield Question(key, text, target)

    def judged(self) -> Iterator[Judged]:
        """The text of a row answers its question, with the row's grade or else 1."""
        if "query" not in self.mapping:
            return
        if not self._documents:
            for _ in self.documents():
                pass
        keys = {text: key for key, (text, _) in self._questions().items()}
        for where, row in self._rows():
            query = self._one(row, "query", where)
            if not query:
                continue
            grade = self._one(row, "grade", where)
            for text in self._texts(row, "text", where):
                value = grade_of(grade, where) if grade else 1
                yield Judged(keys[query], self._documents[_digest(text)], value)

    def notes(self) -> list[str]:
        """How many rows had no text."""
        return [f"{self._empty:,} rows have no text"] if self._empty else []

    def _questions(self) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        known: set[str] = set()
        for where, row in self._rows():
            text = self._one(row, "query", where)
            if not text or text in known:
                continue
            known.add(text)
            key = self._id(row, "query_id", where, f"query-{len(known)}")
            found[f"{key}-{len(known)}" if key in found else key] = (
                text,
                self._one(row, "target", where),
            )
        return found

    def _rows(self) -> Iterator[Located]:
        if kind_of(self._file):
            yield from read_rows(self._file)
            return
        for number, line in lines(self._file):
            fields = {str(n): field for n, field in enumerate(line.split("\t"), start=1)}
            yield f"{self._file}, line {number}", fields

    def _texts(self, row: Mapping[str, Any], role: str, where: str) -> list[str]:
        """The texts in the column of a role, without blank ones."""
        column = self.mapping.get(role)
        if column is None:
            return []
        value = row.get(column)
        values = value if isinstance(value, list) else [value]
        found: list[str] = []
        for one in values:
            if isinstance(one, dict | list):
                raise DataError(f"{where}: the column {column} does not hold text")
            text = clean("" if one is None else str(one)).strip("\r\n")
            if self._unescape:
                text = text.replace("\\n", "\n").replace("\\t", "\t")
            if " NEW_LINE " in text:  # AVATAR's streams of tokens
                text = lay_out_python(text)
            if text.strip():
                found.append(text)
        return found

    def _one(self, row: Mapping[str, Any], role: str, where: str) -> str:
        return next(iter(self._texts(row, role, where)), "")

    def _id(self, row: Mapping[str, Any], role: str, where: str, otherwise: str) -> str:
        return " ".join(self._one(row, role, where).split()) or otherwise


def is_table(file: Path) -> bool:
    """Whether a file is a table whose columns can be seen."""
    return first_row(file) is not None if kind_of(file) else file.suffix == ".txt"


def _digest(text: str) -> bytes:
    """Stands for a text where a million of them would not fit into memory."""
    return blake2b(text.encode(), digest_size=16).digest()


def _with_content(row: Mapping[str, str]) -> list[str]:
    """The numbers of columns, each with the beginning of what it holds: a number says nothing."""
    return [f"{name} ({' '.join(field[:200].split())[:24]})" for name, field in row.items()]


def _mapping(
    columns: tuple[str, ...], given: Mapping[str, str], file: Path, known: str
) -> dict[str, str]:
    """Role → column, as given and by the usual names; `known` says in an error what there is."""
    for role, column in given.items():
        if role not in ROLES:
            raise DataError(f"a column cannot be {role}; it can be: {', '.join(ROLES)}")
        if column and column not in columns:
            raise DataError(f"{file.name} has no column {column}; it has: {known}")
    found = dict(given)
    for role, names in _USUAL.items():
        free = [name for name in names if name in columns and name not in found.values()]
        if role not in found and free:
            found[role] = free[0]
    found = {role: column for role, column in found.items() if column}
    if "text" not in found:
        raise UndecidedError(
            f"which column of {file.name} is the code? say --columns text=…; it has: {known}",
            columns=columns,
        )
    return found
