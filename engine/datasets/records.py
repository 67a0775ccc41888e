"""What every reader of a data set gives, whatever the format it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.code.normal import clean as clean
from engine.errors import DataError
from engine.evaluation.beir import MAX_GRADE

Located = tuple[str, dict[str, Any]]
"""A row, after the words that say where it is: a file and a line."""


class UndecidedError(DataError):
    """The user has to choose first: one of several splits, or what the columns of a table are."""

    def __init__(
        self, line: str, splits: tuple[str, ...] = (), columns: tuple[str, ...] = ()
    ) -> None:
        super().__init__(line)
        self.splits = splits
        self.columns = columns


@dataclass(frozen=True, slots=True)
class Document:
    """Something to be found. `language` is as the source names it, or empty."""

    id: str
    text: str
    title: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Something to be asked. `target` names the framework to search in, or is empty."""

    id: str
    text: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """How relevant a document is to a question: 0 is not at all."""

    question: str
    document: str
    grade: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """The documents that some ranker put first for a question; `ranker` names it (`bm25`)."""

    ranker: str
    question: str
    documents: tuple[str, ...]


class Reader:
    """One data set, opened. Each method streams it anew, and raises `DataError` where it is wrong.

    `splits` are the parts that can be read and `split` the one that is. `columns` are the names
    found in a table, and `mapping` which role each of some of them has. `notes` are sentences
    about what was left out and why; they are complete when everything has been read once.
    """

    format = ""
    strict = True
    """Whether a judgement of a document that is not there means a damaged set."""

    merges = False
    """Whether texts that are alike are taken for one, so that its judgements may differ."""

    def __init__(self) -> None:
        self.splits: tuple[str, ...] = ()
        self.split = ""
        self.columns: tuple[str, ...] = ()
        self.mapping: Mapping[str, str] = {}

    def documents(self) -> Iterator[Document]:
        """The documents, in their order."""
        raise NotImplementedError

    def questions(self) -> Iterator[Question]:
        """The questions; some may be judged nowhere."""
        yield from ()

    def judged(self) -> Iterator[Judged]:
        """The judgements."""
        yield from ()

    def ranked(self) -> Iterator[Ranked]:
        """The candidates that come with the set, for those who want to rerank just them."""
        yield from ()

    def excluded(self) -> Iterator[tuple[str, str]]:
        """Pairs of question and document that a ranking skips."""
        yield from ()

    def notes(self) -> list[str]:
        """Sentences about what was left out."""
        return []


def text_of(row: Mapping[str, Any], key: str, where: str, *, required: bool = True) -> str:
    """A field that holds text. Raises `DataError` if it does not."""
    value = row.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise DataError(f"{where}: the field {key} is missing or is not text")
    return clean(value)


def id_of(row: Mapping[str, Any], key: str, where: str) -> str:
    """A field that holds an id: text or a whole number."""
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise DataError(f"{where}: the field {key} is missing or is not text")
    # Ids stand between tabs in the qrels, and there is nothing to be seen of a space at their end.
    found = " ".join(clean(str(value)).split())
    if not found:
        raise DataError(f"{where}: the field {key} is empty")
    return found


def grade_of(value: Any, where: str) -> int:
    """A grade: a whole number, however it is written. Raises `DataError`."""
    try:
        number = float(value)
        if number != int(number):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise DataError(f"{where}: the grade {value!r} is not a whole number") from None
    if abs(number) > MAX_GRADE:
        raise DataError(f"{where}: the grade {str(value)[:20]} is above {MAX_GRADE}; check it")
    return int(number)


def document_of(located: Located) -> Document:
    """A document of a corpus in BEIR's fields: `_id`, `text`, `title`, `language`."""
    where, row = located
    return Document(
        id=id_of(row, "_id", where),
        text=text_of(row, "text", where),
        title=text_of(row, "title", where, required=False),
        language=text_of(row, "language", where, required=False),
    )


def question_of(located: Located) -> Question:
    """A query in BEIR's fields: `_id`, `text`, `target`."""
    where, row = located
    return Question(
        id=id_of(row, "_id", where),
        text=text_of(row, "text", where),
        target=text_of(row, "target", where, required=False),
    )
