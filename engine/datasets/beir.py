"""Folders in the layout of BEIR (Thakur et al., 2021).

`corpus.jsonl`, `queries.jsonl`, one `qrels/<split>.tsv` for each split, and optionally
`exclude.tsv` as in `engine.evaluation.beir`. Each may be gzipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.datasets.reading import json_lines, lines
from engine.datasets.records import (
    Document,
    Judged,
    Question,
    Reader,
    document_of,
    grade_of,
    question_of,
)
from engine.datasets.splits import choose_split
from engine.errors import DataError


def is_beir(folder: Path) -> bool:
    """Whether a folder has the files, or enough of them to be meant as such a folder."""
    return _file(folder, "corpus.jsonl").exists() and bool(_qrels(folder))


class BeirReader(Reader):
    """Reads one split of such a folder."""

    format = "beir"

    def __init__(self, folder: Path, split: str = "") -> None:
        super().__init__()
        self._folder = folder
        found = _qrels(folder)
        self.splits = tuple(found)
        self.split = choose_split(self.splits, split, str(folder))
        self._qrels = found[self.split]

    def documents(self) -> Iterator[Document]:
        """The rows of the corpus."""
        return map(document_of, json_lines(_file(self._folder, "corpus.jsonl")))

    def questions(self) -> Iterator[Question]:
        """The rows of the queries, of all splits."""
        return map(question_of, json_lines(_file(self._folder, "queries.jsonl")))

    def judged(self) -> Iterator[Judged]:
        """The qrels of the split; a header in the first line is passed over."""
        for number, line in lines(self._qrels):
            where = f"{self._qrels}, line {number}"
            fields = _fields(line)
            if len(fields) != 3:
                raise DataError(
                    f"{where}: expected query id, corpus id and grade, separated by tabs"
                )
            if number == 1 and not fields[2].lstrip("-").isdecimal():
                continue
            yield Judged(fields[0], fields[1], grade_of(fields[2], where))

    def excluded(self) -> Iterator[tuple[str, str]]:
        """The pairs of `exclude.tsv`, if there is one."""
        path = _file(self._folder, "exclude.tsv")
        if not path.exists():
            return
        for number, line in lines(path):
            fields = _fields(line)
            if len(fields) < 2:
                raise DataError(f"{path}, line {number}: expected query id and corpus id")
            yield fields[0], fields[1]


def _fields(line: str) -> list[str]:
    return [" ".join(field.split()) for field in line.split("\t")]


def _file(folder: Path, name: str) -> Path:
    packed = folder / f"{name}.gz"
    return packed if packed.exists() else folder / name


def _qrels(folder: Path) -> dict[str, Path]:
    found = sorted((folder / "qrels").glob("*.tsv*"))
    return {path.name.removesuffix(".gz").removesuffix(".tsv"): path for path in found}
