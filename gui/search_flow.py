"""Asking and judging: from a text and filters to results and grades, without any widget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal, Slot

from engine.types import Grade, Hit, JudgementDraft, Query, QueryKind, RecentQuery, SearchResult
from gui.engine_thread import EngineThread, Event, TaskState

RESULTS = 30


@dataclass(frozen=True, slots=True)
class _Given:
    """A grade that the store does not have yet."""

    query_text: str
    corpus: str
    chunk_id: str
    grade: Grade | None
    former: Grade | None

    def concerns(self, result: SearchResult) -> bool:
        return (self.query_text, self.corpus) == (result.query.text, result.query.corpus)

    def same_result(self, other: _Given) -> bool:
        return (self.query_text, self.corpus, self.chunk_id) == (
            other.query_text,
            other.corpus,
            other.chunk_id,
        )


class SearchFlow(QObject):
    """The question being asked, its newest answer, and the grades given to it.

    A grade shows at once, before the store has it. Answers that were under way when it was given
    do not know of it, so it is laid over them; if the store refuses it, it is taken back.
    """

    asked = Signal(object)  # Query
    answered = Signal(object)  # SearchResult, complete or on its way
    failed = Signal(str)
    understood = Signal(object)  # Understanding of the text being edited
    grade_shown = Signal(str, object)  # chunk id, Grade or None
    grade_failed = Signal(str)
    undone = Signal(str)  # what was undone, in words
    recent_changed = Signal(object)  # list[RecentQuery]

    def __init__(self, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self.query: Query | None = None
        self.result: SearchResult | None = None
        self.recent: tuple[RecentQuery, ...] = ()
        self._deliberate = True
        self._remembered = False
        self._refreshing = False
        self._waiting: dict[int, _Given] = {}  # by the id of the call to the store
        engine.event.connect(self._on_event)

    def ask(self, query: Query, deliberate: bool = True) -> None:
        """Search; an older search that still runs is given up.

        Only what was asked deliberately goes into the history at once; what was searched in a
        pause of typing goes there when its results are used (`remember`).
        """
        self.query = query
        self._deliberate = deliberate
        self._remembered = False
        self._refreshing = False
        self.asked.emit(query)
        self._engine.call("search", query, replaces=True)

    def ask_again(self) -> None:
        """Repeat the last question, as when models or the corpus have become better.

        Its first answers are not shown: the list would only run through its stages again.
        """
        if self.query is not None:
            self._refreshing = True
            self._engine.call("search", self.query, replaces=True)

    def remember(self) -> None:
        """Put the question into the history, once."""
        if self.result is not None and not self._remembered:
            self._remembered = True
            self._engine.call(
                "remember", self.result.query, self.result.understanding.kind, durable=True
            )
            self.load_recent()

    def forget(self) -> None:
        """Drop the question and its answer."""
        self._engine.drop("search")
        self.query = None
        self.result = None

    def understand(self, text: str, kind: QueryKind) -> None:
        """Ask what a text is, for the words above the editor."""
        self._engine.call("understand", text, kind, replaces=True)

    def load_recent(self) -> None:
        """Ask for the query history."""
        self._engine.call("recent_queries", replaces=True)

    def grade(self, chunk_id: str, grade: Grade | None) -> None:
        """Give a result a grade, or take its grade back with None."""
        hit = self._hit(chunk_id)
        if hit is None or self.result is None or hit.grade == grade:
            return
        self.remember()
        query = self.result.query
        draft = JudgementDraft(query, hit.chunk, grade, ranks=hit.ranks, scores=hit.scores)
        task = self._engine.call("judge", draft, durable=True)
        self._waiting[task] = _Given(query.text, query.corpus, chunk_id, grade, hit.grade)
        self._show(chunk_id, grade)

    def undo_grade(self) -> None:
        """Undo the last change of a grade."""
        self._engine.call("undo_judgement", durable=True)

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        match event.method:
            case "search":
                self._on_search(event)
            case "understand" if event.state is TaskState.DONE:
                self.understood.emit(event.value)
            case "recent_queries" if event.state is TaskState.DONE:
                self.recent = tuple(event.value)
                self.recent_changed.emit(self.recent)
            case "judge" if event.final:
                self._on_judged(event)
            case "undo_judgement" if event.final:
                self._on_undone(event)

    def _on_search(self, event: Event) -> None:
        shown = self.result.query if self.result is not None else None
        if event.state is TaskState.PARTIAL and self._refreshing and shown == self.query:
            return
        if event.state in (TaskState.PARTIAL, TaskState.DONE):
            self.result = self._with_given(event.value)
            self.answered.emit(self.result)
        elif event.state is TaskState.FAILED:
            self.result = None
            self.failed.emit(event.error)
        if event.state is TaskState.DONE and self._deliberate:
            self.remember()

    def _on_judged(self, event: Event) -> None:
        given = self._waiting.pop(event.id)
        if event.state is TaskState.DONE:
            return
        newer = next((n for n, other in self._waiting.items() if other.same_result(given)), None)
        if newer is not None:  # should that one fail too, this is what the store has
            self._waiting[newer] = replace(self._waiting[newer], former=given.former)
        elif self.result is not None and given.concerns(self.result):
            self._show(given.chunk_id, given.former)
        self.grade_failed.emit(event.error or "the grade was not kept")

    def _on_undone(self, event: Event) -> None:
        if event.state is not TaskState.DONE:
            self.grade_failed.emit(event.error or "nothing was undone")
            return
        undone = event.value
        self.undone.emit(str(undone) if undone is not None else "there is no grade to undo")
        if undone is None or self.result is None:
            return
        query = self.result.query
        if (undone.query_text, undone.corpus) == (query.text, query.corpus):
            self._show(undone.chunk_id, undone.after)

    def _show(self, chunk_id: str, grade: Grade | None) -> None:
        if self.result is not None:
            self.result = _with_grades(self.result, {chunk_id: grade})
        self.grade_shown.emit(chunk_id, grade)

    def _with_given(self, result: SearchResult) -> SearchResult:
        """Lay the grades that are on their way to the store over an answer made before them."""
        given = {g.chunk_id: g.grade for g in self._waiting.values() if g.concerns(result)}
        return _with_grades(result, given)

    def _hit(self, chunk_id: str) -> Hit | None:
        hits = self.result.hits if self.result is not None else ()
        return next((hit for hit in hits if hit.chunk.id == chunk_id), None)


def _with_grades(result: SearchResult, grades: Mapping[str, Grade | None]) -> SearchResult:
    if not grades:
        return result
    hits = tuple(
        replace(hit, grade=grades[hit.chunk.id]) if hit.chunk.id in grades else hit
        for hit in result.hits
    )
    return replace(result, hits=hits)
