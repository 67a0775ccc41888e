"""Which grade a result has: a grade belongs to a text, wherever that stands now.

A chunk whose lines moved, whose file was renamed, or that was moved to another file keeps its
grade, and every copy of the text has it. A chunk that was edited is another text: it has no grade
until someone grades it again, and the judgement of the older text is kept as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.code.normal import text_key
from engine.types import Chunk, Grade, Hit, SearchResult


@dataclass(frozen=True, slots=True)
class Grades:
    """The grades of one query's results; of several for the same text the newest."""

    by_text: Mapping[int, Grade] = field(default_factory=dict)  # `text_key` of the graded text
    by_chunk: Mapping[str, Grade] = field(default_factory=dict)  # id that the chunk had

    def of(self, chunk: Chunk) -> Grade | None:
        """The grade that the text of a chunk has."""
        return self.by_text.get(text_key(chunk.text))

    def before_edit(self, chunk: Chunk) -> Grade | None:
        """The grade of what stood in this chunk's place before, if its present text has none."""
        return self.by_chunk.get(chunk.id) if self.of(chunk) is None else None


def with_grades(result: SearchResult, grades: Grades) -> SearchResult:
    """The result with the grades that its hits have, and a note on those that lost theirs."""
    hits = tuple(_graded(hit, grades.of(hit.chunk)) for hit in result.hits)
    edited = [(hit, grade) for hit in hits if (grade := grades.before_edit(hit.chunk)) is not None]
    notes = (*result.notes, _on_edited(edited)) if edited else result.notes
    return replace(result, hits=hits, notes=notes)


def _graded(hit: Hit, grade: Grade | None) -> Hit:
    return hit if grade is hit.grade else replace(hit, grade=grade)


def _on_edited(edited: Sequence[tuple[Hit, Grade]]) -> str:
    if len(edited) > 1:
        return f"{len(edited)} results were edited since they were graded: grade them again"
    (hit, grade), *_ = edited
    what = hit.chunk.name or f"{hit.chunk.path}:{hit.chunk.start_line}"
    return f"{what} was edited since it was graded {grade.value}: grade it again"
