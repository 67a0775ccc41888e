"""Query and candidate, side by side, with nothing that tells how the candidate ranked."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from engine.types import Chunk, Grade
from engine.types_judging import Candidate, Disagreement
from gui.badges import BadgeRow
from gui.code_view import CodeView, first_number
from gui.pane import Pane
from gui.result_text import GRADE_WORDS, name_of
from gui.viewer_pane import place


class JudgePanes(QSplitter):
    """Two panes of equal width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self.query, self.candidate = Pane("Query"), Pane("Candidate")
        self.query_code, self.code = CodeView(), CodeView()
        self.query_code.setAccessibleName("Query")
        self.code.setAccessibleName("Candidate")
        self.badges = BadgeRow()
        self.candidate.add_to_second_line(self.badges)
        for pane, code in ((self.query, self.query_code), (self.candidate, self.code)):
            pane.set_body(code)
            pane.setMinimumWidth(240)
            self.addWidget(pane)
        self.setSizes([500, 500])
        self._query: tuple[str, str | None] | None = None
        self._wrap = False

    def show_candidate(self, candidate: Candidate) -> None:
        """Show what is to be judged. A query that is there already stays as it stands."""
        query = candidate.query
        wanted = f"wanted in {query.framework.value}" if query.framework else ""
        self._show_query(query.text, candidate.query_language, wanted)
        self._show_chunk(candidate.chunk, _given_before(candidate))

    def show_disagreement(self, found: Disagreement) -> None:
        """Show what was graded differently, and how."""
        self._show_query(found.query_text, found.query_language, "")
        self._show_chunk(found.chunk, _grades(found.grades, found.notes))

    def set_wrap(self, wrap: bool) -> None:
        """Break long lines in both panes; those of a query in words always are."""
        self._wrap = wrap
        self._wrap_query()
        self.code.set_wrap(wrap)

    def _wrap_query(self) -> None:
        in_words = self._query is not None and self._query[1] is None
        self.query_code.set_wrap(self._wrap or in_words)

    def _show_query(self, text: str, language: str | None, wanted: str) -> None:
        self.query.subtitle.setText(" · ".join(filter(None, (language or "in words", wanted))))
        if self._query != (text, language):
            self._query = (text, language)
            self.query_code.set_code(text, language)
            self._wrap_query()

    def _show_chunk(self, chunk: Chunk, said: str) -> None:
        self.candidate.title.setText(name_of(chunk))
        self.candidate.subtitle.setText(" · ".join(filter(None, (said, place(chunk)))))
        self.badges.set_badges(chunk.language, chunk.frameworks)
        self.code.set_code(chunk.text, chunk.language, first_number(chunk))


def _given_before(candidate: Candidate) -> str:
    parts = []
    if candidate.grade is not None:
        parts.append(f"you gave {int(candidate.grade)} {GRADE_WORDS[candidate.grade]}")
    elif candidate.mark is not None:
        parts.append(f"you said: {candidate.mark.value}")
    if candidate.note:
        parts.append(f"“{candidate.note}”")
    return " · ".join(parts)


def _grades(grades: Mapping[str, Grade], notes: Mapping[str, str]) -> str:
    return ", ".join(
        f"{judge or 'unnamed'} {int(grade)} {GRADE_WORDS[grade]}"
        + (f" “{notes[judge]}”" if judge in notes else "")
        for judge, grade in grades.items()
    )
