"""HumanEval-X (Zheng et al., 2023): the same 164 tasks solved in several languages.

Two sets are made of it, as splits: `code` asks with the Python solution for those in the other
languages, `words` asks with the task's description for the solutions in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.datasets.reading import json_lines
from engine.datasets.records import Document, Judged, Located, Question, Reader, text_of
from engine.datasets.splits import choose_split
from engine.errors import DataError

_LANGUAGES = {"cpp": "C++", "go": "Go", "java": "Java", "js": "JavaScript", "rust": "Rust"}
_EXAMPLES = re.compile(r"\s*(>>>|(for )?examples?\b|e\.g\.|input:)", flags=re.IGNORECASE)
_CALL = re.compile(r"\s*\w+\(.*\)\s*(=|→|->|➞|returns)", flags=re.IGNORECASE)
_DOCSTRING = re.compile(r'"""(.*?)"""|\'\'\'(.*?)\'\'\'', flags=re.DOTALL)


def is_humaneval(row: Mapping[str, Any]) -> bool:
    """Whether a row is a task with its solution."""
    return {"task_id", "declaration", "canonical_solution"} <= row.keys()


def solution(row: Mapping[str, Any], where: str = "") -> str:
    """The solution without its docstring and tests."""
    declaration = text_of(row, "declaration", where)
    return (
        declaration.rstrip() + "\n" + text_of(row, "canonical_solution", where).strip("\n") + "\n"
    )


def description(text: str) -> str:
    """A docstring up to its examples, without lines that show a call, on one line."""
    kept: list[str] = []
    for line in text.strip().splitlines():
        if _EXAMPLES.match(line) and kept:
            break
        if not _CALL.match(line):
            kept.append(line.strip())
    return " ".join(" ".join(kept).split())


class HumanEvalReader(Reader):
    """Reads the files of the languages that there are."""

    format = "humaneval-x"

    def __init__(self, files: Sequence[Path], split: str = "") -> None:
        super().__init__()
        self.splits = ("code", "words")
        self.split = choose_split(self.splits, split or "code", "HumanEval-X")
        self._files = {_language(file): file for file in files}
        if "python" not in self._files:
            raise DataError(f"{files[0].parent} has no Python solutions; get humanevalx_python too")
        answers = [language for language in self._files if language != "python"]
        self._answers = ["python", *answers] if self.split == "words" else answers
        if not self._answers:
            raise DataError(
                f"{files[0].parent} has Python only; get other languages, or take --split words"
            )

    def documents(self) -> Iterator[Document]:
        """The solutions that are searched."""
        for language in self._answers:
            for number, (where, row) in self._rows(language):
                code = solution(row, where)
                yield Document(
                    f"{language}-{number}", code, language=_LANGUAGES.get(language, language)
                )

    def questions(self) -> Iterator[Question]:
        """The Python solutions, or the tasks in words."""
        for number, (where, row) in self._rows("python"):
            if self.split == "code":
                yield Question(f"python-{number}", solution(row, where))
            else:
                yield Question(f"words-{number}", description(_task(row, where)))

    def judged(self) -> Iterator[Judged]:
        """Every solution of a task answers it."""
        asked = "python" if self.split == "code" else "words"
        for language in self._answers:
            for number, _ in self._rows(language):
                yield Judged(f"{asked}-{number}", f"{language}-{number}", 1)

    def _rows(self, language: str) -> Iterator[tuple[str, Located]]:
        for where, row in json_lines(self._files[language]):
            yield text_of(row, "task_id", where).rpartition("/")[2], (where, row)


def _task(row: Mapping[str, Any], where: str) -> str:
    """The task in words: a field of its own, or the docstring in the prompt."""
    if isinstance(row.get("text"), str):
        return str(row["text"])
    found = _DOCSTRING.findall(text_of(row, "prompt", where))
    return next((one or other for one, other in reversed(found)), "")


def _language(file: Path) -> str:
    """`python` for humanevalx_python.jsonl.gz and for python/data/humaneval.jsonl."""
    stem = file.name.partition(".")[0].lower()
    if "_" in stem:
        return stem.rpartition("_")[2]
    known = ("python", *_LANGUAGES)
    return next((part for part in reversed(file.parts) if part in known), stem)
