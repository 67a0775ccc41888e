"""CodeSearchNet's challenge: 99 queries, and what people said of functions for them.

`annotationStore.csv` has a language, a query, the URL of a function on GitHub and a grade from 0
to 3; it has no code. The code comes from CodeSearchNet's own files, joined by that URL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean

from engine.datasets.functions import function_document, key_of
from engine.datasets.reading import csv_rows, read_rows
from engine.datasets.records import Document, Judged, Question, Reader, grade_of, text_of
from engine.errors import DataError

NAME = "annotationStore.csv"
COLUMNS = frozenset({"Language", "Query", "GitHubUrl", "Relevance"})


class AnnotationsReader(Reader):
    """Joins the annotations with the functions of some files.

    Where several people graded a function for a query, their mean counts, as in the challenge's
    own evaluation, here rounded to a whole grade.
    """

    format = "codesearchnet-challenge"
    strict = False  # functions without code are expected; they are counted

    def __init__(self, annotations: Path, code: Sequence[Path]) -> None:
        super().__init__()
        if not code:
            raise DataError(
                f"{annotations.name} names functions but holds no code; put CodeSearchNet's "
                "*.jsonl.gz files into the same folder and give that folder"
            )
        self._code = code
        self._grades = _grades(annotations)
        self._queries = {query: f"query-{n}" for n, query in enumerate(_queries(self._grades))}
        self._found: set[str] = set()

    def documents(self) -> Iterator[Document]:
        """All functions of the files, annotated or not: they are what there is to be searched."""
        wanted = {url for _, url in self._grades}
        self._found.clear()
        seen: set[str] = set()
        for file in self._code:
            for where, row in read_rows(file):
                key = key_of(row, where)
                if key in seen:
                    continue
                seen.add(key)
                if key in wanted:
                    self._found.add(key)
                yield function_document(key, row, where)

    def questions(self) -> Iterator[Question]:
        """The queries, whatever the language: a filter says which language is wanted."""
        for text, key in self._queries.items():
            yield Question(key, text)

    def judged(self) -> Iterator[Judged]:
        """The annotations, those without code too."""
        for (query, url), grades in self._grades.items():
            yield Judged(self._queries[query], url, int(fmean(grades) + 0.5))

    def notes(self) -> list[str]:
        """How many annotated functions have code here."""
        wanted = {url for _, url in self._grades}
        missing = len(wanted - self._found)
        several = sum(len(grades) > 1 for grades in self._grades.values())
        said = [f"{len(wanted) - missing:,} of {len(wanted):,} annotated functions have code here"]
        if several:
            said.append(f"{several:,} were graded several times; the rounded mean counts")
        return said


def _grades(path: Path) -> dict[tuple[str, str], list[int]]:
    """The grades by query and URL."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for where, row in csv_rows(path):
        if COLUMNS - row.keys():
            raise DataError(f"{path} has no columns {', '.join(sorted(COLUMNS))}; get it again")
        grade = grade_of(row["Relevance"], where)
        if not 0 <= grade <= 3:
            raise DataError(f"{where}: the grade {grade} is not from 0 to 3")
        query = " ".join(text_of(row, "Query", where).lower().split())
        found[query, text_of(row, "GitHubUrl", where).strip()].append(grade)
    if not found:
        raise DataError(f"{path} has no annotations; get it again")
    return found


def _queries(grades: dict[tuple[str, str], list[int]]) -> list[str]:
    return list(dict.fromkeys(query for query, _ in grades))
