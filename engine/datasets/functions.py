"""Functions with their documentation: CodeSearchNet (Husain et al., 2019) and AdvTest.

Both are files with one function on each line. The question is what the documentation says, its
answer is the function; a docstring inside the function is taken out of it, else every answer would
hold its question word for word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.datasets.names import without_docstring
from engine.datasets.reading import read_rows
from engine.datasets.records import Document, Judged, Located, Question, Reader, text_of
from engine.datasets.splits import choose_split

SPLITS = ("test", "valid", "train")
_CODE = ("code", "function", "func_code_string", "original_string", "whole_func_string")


def is_functions(row: Mapping[str, Any]) -> bool:
    """Whether a row is a function of either data set."""
    documented = "docstring" in row or "func_documentation_string" in row
    named = bool(row.keys() & {"func_name", "identifier", "idx"})
    return documented and named and bool(row.keys() & set(_CODE))


def is_advtest(row: Mapping[str, Any]) -> bool:
    """Whether a row is a function of AdvTest, or of the set it was taken from as it has it."""
    return is_functions(row) and "idx" in row and "partition" not in row


class FunctionsReader(Reader):
    """Reads one split of the functions in some files."""

    def __init__(self, files: Sequence[Path], split: str = "", name: str = "codesearchnet") -> None:
        super().__init__()
        self.format = name
        found: dict[str, list[Path]] = {}
        for file in files:
            found.setdefault(_split_of(file), []).append(file)
        self.splits = tuple(found)
        self.split = choose_split(self.splits, split, str(files[0].parent))
        self._files = found[self.split]
        self._seen: set[str] = set()
        self._repeated = 0
        self._undocumented = 0

    def documents(self) -> Iterator[Document]:
        """The functions, each under its URL (or its number, where it has none)."""
        self._seen.clear()
        self._repeated = 0
        for where, row in self._rows():
            found = key_of(row, where)
            if found in self._seen:
                self._repeated += 1
                continue
            self._seen.add(found)
            yield function_document(found, row, where)

    def questions(self) -> Iterator[Question]:
        """What the documentation of each function says, up to its first blank line."""
        self._undocumented = 0
        seen: set[str] = set()
        for where, row in self._rows():
            found = key_of(row, where)
            text = _summary(_documentation(row, where))
            if found in seen:
                continue
            seen.add(found)
            if text:
                yield Question(f"doc-{found}", text)
            else:
                self._undocumented += 1

    def judged(self) -> Iterator[Judged]:
        """Every documented function answers its own documentation."""
        for where, row in self._rows():
            if _summary(_documentation(row, where)):
                found = key_of(row, where)
                yield Judged(f"doc-{found}", found, 1)

    def notes(self) -> list[str]:
        """Functions that came twice, and those without documentation."""
        said = []
        if self._repeated:
            said.append(f"{self._repeated:,} functions came under a URL that was there already")
        if self._undocumented:
            said.append(f"{self._undocumented:,} functions have no documentation, so no question")
        return said

    def _rows(self) -> Iterator[Located]:
        for file in self._files:
            yield from read_rows(file)


def key_of(row: Mapping[str, Any], where: str) -> str:
    """What a function is known by: its URL, else its number, else its place."""
    for name in ("url", "func_code_url", "idx", "id"):
        value = row.get(name)
        if value is not None and str(value).strip():
            return " ".join(str(value).split())
    return where.rpartition(", ")[2].replace(" ", "-")


def function_document(key: str, row: Mapping[str, Any], where: str) -> Document:
    """A function without its docstring."""
    name = next((name for name in _CODE if isinstance(row.get(name), str) and row[name]), "code")
    code = text_of(row, name, where)
    language = text_of(row, "language", where, required=False)
    if language.lower() in ("", "python"):
        code = without_docstring(code, _documentation(row, where))
    return Document(key, code, language=language)


def _documentation(row: Mapping[str, Any], where: str) -> str:
    name = "docstring" if "docstring" in row else "func_documentation_string"
    return text_of(row, name, where, required=False)


def _summary(documentation: str) -> str:
    """The first paragraph, on one line."""
    return " ".join(documentation.strip().split("\n\n")[0].split())


def _split_of(file: Path) -> str:
    """`test` for python_test_0.jsonl.gz, test.jsonl and everything in a folder test."""
    words = file.name.lower().replace(".", "_").replace("-", "_").split("_")
    for split in SPLITS:
        if split in words or file.parent.name == split:
            return split
    return "valid" if "validation" in words else "test"
