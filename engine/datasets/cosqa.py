"""CoSQA and WebQueryTest (Huang et al., 2021): web queries with Python functions.

Each file is a JSON array. The retrieval files of CoSQA refer to the functions by their numbers in
`code_idx_map.txt`, a JSON object from code to number beside them; in the others each row has its
query, its function and whether that answers it, 0 or 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.datasets.reading import json_entries, json_items
from engine.datasets.records import Document, Judged, Question, Reader, grade_of, id_of, text_of
from engine.errors import DataError

CODES = "code_idx_map.txt"


def is_cosqa(row: Mapping[str, Any]) -> bool:
    """Whether a row is one of these files'."""
    return {"idx", "doc", "code"} <= row.keys()


class CosqaReader(Reader):
    """Reads one of the files."""

    format = "cosqa"
    merges = True

    def __init__(self, file: Path, first: Mapping[str, Any]) -> None:
        super().__init__()
        self._file = file
        self._by_number = "retrieval_idx" in first
        self._codes = file.parent / CODES
        if self._by_number and not self._codes.exists():
            raise DataError(f"{file.name} needs {CODES} beside it: the functions to search among")
        if not self._by_number and "label" not in first:
            raise DataError(f"{file.name} has no labels; take the file that has them")

    def documents(self) -> Iterator[Document]:
        """The functions: all of the map, or each one that the rows have."""
        if not self._by_number:
            for code, key in self._distinct("code").items():
                yield Document(f"code-{key}", code, language="Python")
            return
        for where, code, number in json_entries(self._codes):
            key = id_of({CODES: number}, CODES, where)
            yield Document(f"code-{key}", code, language="Python")

    def questions(self) -> Iterator[Question]:
        """The queries, each once."""
        for text, key in self._distinct("doc").items():
            yield Question(key, text)

    def judged(self) -> Iterator[Judged]:
        """The functions that answer, and those that were found not to."""
        questions = self._distinct("doc")
        codes = {} if self._by_number else self._distinct("code")
        for where, row in json_items(self._file):
            question = questions[text_of(row, "doc", where)]
            if self._by_number:
                yield Judged(question, f"code-{id_of(row, 'retrieval_idx', where)}", 1)
            else:
                code = codes[text_of(row, "code", where)]
                yield Judged(question, f"code-{code}", grade_of(row.get("label"), where))

    def _distinct(self, field: str) -> dict[str, str]:
        """The different texts of a field, each with the id of the first row that has it."""
        found: dict[str, str] = {}
        for where, row in json_items(self._file):
            found.setdefault(text_of(row, field, where), id_of(row, "idx", where))
        return found
