"""Asking: paste, type, filter, examples, recent queries, and what goes wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from engine.types import (
    Chunk,
    Framework,
    Grade,
    Hit,
    Query,
    QueryKind,
    SearchResult,
    SearchStage,
    StageRanks,
    StageScores,
    Understanding,
)
from gui.engine_thread import Event, TaskState
from gui.examples import EXAMPLES
from gui.search_flow import SearchFlow
from tests.gui.conftest import OpenWindow

MXNET_CELL = EXAMPLES[0].text


def paste(opened: OpenWindow, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    opened.search.query.editor.insertFromMimeData(data)


def test_pasting_searches_at_once_and_says_what_it_is(opened: OpenWindow) -> None:
    paste(opened, MXNET_CELL)
    assert opened.search.flow.query is not None
    result = opened.result()
    assert result.understanding.kind is QueryKind.CODE
    assert result.understanding.framework is Framework.MXNET
    assert opened.search.query._kind.accessibleName() == "understood as code · Python · MXNet"


def test_typing_searches_after_a_pause(opened: OpenWindow) -> None:
    opened.qtbot.keyClicks(opened.search.query.editor, "beam search")
    assert opened.search.flow.query is None
    opened.wait(lambda: opened.search.flow.query is not None)
    assert opened.result().understanding.kind is QueryKind.WORDS


def test_a_framework_filter_lets_only_that_framework_through(opened: OpenWindow) -> None:
    opened.search.ask(MXNET_CELL)
    opened.result()
    opened.search.filters.choose_framework(Framework.PYTORCH)
    result = opened.result()
    assert result.hits
    assert all(Framework.PYTORCH in hit.chunk.frameworks for hit in result.hits)


def test_nothing_found_offers_to_lift_the_limits(opened: OpenWindow) -> None:
    page = opened.search
    page.filters._path.setText("no/such/place/**")
    page.ask("beam search")
    assert opened.result().hits == ()
    assert "no/such/place" in page.results.message.text()
    page.results.message._button.click()
    assert opened.result().hits


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_is_one_click_away_and_finds_something(
    opened: OpenWindow, number: int
) -> None:
    opened.search.results.welcome.buttons[number].click()
    assert opened.result().hits
    assert opened.search.query.text() == EXAMPLES[number].text


def test_clearing_goes_back_to_the_beginning(opened: OpenWindow) -> None:
    page = opened.search
    page.ask("beam search")
    opened.result()
    opened.window.search_actions.new_query.trigger()
    assert page.query.text() == ""
    assert page.results.welcome.isVisible()
    assert page.viewer.hit is None
    opened.idle()
    assert page.results.welcome.isVisible()


def test_recent_queries_come_back_with_their_filters(opened: OpenWindow) -> None:
    page = opened.search
    page.filters.choose_framework(Framework.JAX)
    page.ask("beam search")
    opened.result()
    opened.wait(lambda: page.flow.recent)
    page.filters.clear()
    page.query.clear()
    page.query._recent_menu.actions()[0].trigger()
    result = opened.result()
    assert (result.query.text, result.query.framework) == ("beam search", Framework.JAX)


def test_what_was_only_typed_is_not_history_until_it_is_used(opened: OpenWindow) -> None:
    page = opened.search
    opened.qtbot.keyClicks(page.query.editor, "beam")
    opened.wait(lambda: page.flow.query is not None)
    opened.result()
    opened.idle()
    page.flow.load_recent()
    opened.idle()
    assert page.flow.recent == ()
    page.grade_current(Grade.WEAK)
    opened.wait(lambda: [recent.text for recent in page.flow.recent] == ["beam"])


def test_the_query_can_be_read_as_words_or_as_code(opened: OpenWindow) -> None:
    opened.search.ask("softmax cross entropy")
    assert opened.result().understanding.kind is QueryKind.WORDS
    opened.window.search_actions.kinds[QueryKind.CODE].trigger()
    assert opened.result().understanding.kind is QueryKind.CODE
    assert opened.search.query.subtitle.full_text() == "read as you said"


def test_copying_takes_the_results_code(opened: OpenWindow) -> None:
    opened.search.ask("beam search")
    chunk = opened.result().hits[0].chunk
    opened.search.results.list.setFocus()
    opened.window.actions_.copy.trigger()
    assert QGuiApplication.clipboard().text() == chunk.text


def test_a_failed_search_says_why_and_can_be_tried_again(opened: OpenWindow) -> None:
    page = opened.search
    page.flow.ask(Query("beam search", "no-such-corpus"))
    opened.wait(lambda: "no-such-corpus" in page.results.message.text())
    assert page.viewer.hit is None
    page.query.set_text("beam search")
    page.results.message._button.click()
    assert opened.result().hits


# What cannot be provoked at will with a real engine: a store that refuses, answers out of step.


class Line(QObject):
    """The engine's end of the line, in the test's hand."""

    event = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, str]] = []

    def call(self, method: str, *args: object, **_: object) -> int:
        self.asked.append((len(self.asked) + 1, method))
        return len(self.asked)

    def drop(self, key: str) -> None: ...

    def answer(self, method: str, state: TaskState, value: object = None, error: str = "") -> None:
        task = next(task for task, asked in reversed(self.asked) if asked == method)
        self.event.emit(Event(task, method, state, value, error, method))


QUERY = Query("beam", "sample")


def answer(*chunks: str, stage: SearchStage = SearchStage.DONE) -> SearchResult:
    hits = tuple(
        Hit(
            rank,
            Chunk(name, f"{name}.py", "", 1, 2, "function", name, "Python", (), name),
            StageScores(),
            StageRanks(),
        )
        for rank, name in enumerate(chunks, start=1)
    )
    return SearchResult(QUERY, Understanding(QueryKind.WORDS), hits, stage)


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def flow(line: Line, qapp: object) -> SearchFlow:
    flow = SearchFlow(line)  # type: ignore[arg-type]
    flow.ask(QUERY)
    line.answer("search", TaskState.PARTIAL, answer("a", "b", stage=SearchStage.LEXICAL))
    return flow


def grades(flow: SearchFlow) -> dict[str, Grade | None]:
    assert flow.result is not None
    return {hit.chunk.id: hit.grade for hit in flow.result.hits}


def test_a_grade_given_while_reranking_is_not_lost_in_the_next_list(
    flow: SearchFlow, line: Line
) -> None:
    flow.grade("a", Grade.EXACT)
    line.answer("search", TaskState.PARTIAL, answer("b", "a", stage=SearchStage.RERANKING))
    assert grades(flow) == {"a": Grade.EXACT, "b": None}
    line.answer("search", TaskState.DONE, answer("b", "a"))
    assert grades(flow) == {"a": Grade.EXACT, "b": None}


def test_a_grade_that_the_store_refuses_is_taken_back(flow: SearchFlow, line: Line) -> None:
    told: list[str] = []
    shown: list[tuple[str, Grade | None]] = []
    flow.grade_failed.connect(told.append)
    flow.grade_shown.connect(lambda chunk, grade: shown.append((chunk, grade)))
    flow.grade("a", Grade.EXACT)
    line.answer("judge", TaskState.FAILED, error="the disk is full; free some space")
    assert shown == [("a", Grade.EXACT), ("a", None)]
    assert told == ["the disk is full; free some space"]
    assert grades(flow) == {"a": None, "b": None}


def test_the_same_grade_again_asks_nothing(flow: SearchFlow, line: Line) -> None:
    flow.grade("a", Grade.WEAK)
    flow.grade("a", Grade.WEAK)
    flow.grade("nowhere", Grade.WEAK)
    assert [method for _, method in line.asked].count("judge") == 1


def test_a_refresh_shows_only_its_end(flow: SearchFlow, line: Line) -> None:
    line.answer("search", TaskState.DONE, answer("a", "b"))
    shown: list[SearchResult] = []
    flow.answered.connect(shown.append)
    flow.ask_again()
    line.answer("search", TaskState.PARTIAL, answer("a", "b", stage=SearchStage.LEXICAL))
    assert shown == []
    line.answer("search", TaskState.DONE, answer("b", "a"))
    assert [hit.chunk.id for hit in shown[0].hits] == ["b", "a"]


def test_a_refresh_hides_nothing_of_a_question_that_has_no_answer_yet(
    flow: SearchFlow, line: Line
) -> None:
    line.answer("search", TaskState.DONE, answer("a", "b"))
    other = Query("other", "sample")
    flow.ask(other)
    flow.ask_again()  # the models became ready
    first = answer("c", stage=SearchStage.LEXICAL)
    line.answer("search", TaskState.PARTIAL, replace(first, query=other))
    assert grades(flow) == {"c": None}


def test_after_two_refusals_a_result_has_the_grade_that_is_kept(
    flow: SearchFlow, line: Line
) -> None:
    flow.grade("a", Grade.EXACT)
    flow.grade("a", Grade.IRRELEVANT)
    first, second = (task for task, method in line.asked if method == "judge")
    for task in (first, second):
        line.event.emit(Event(task, "judge", TaskState.FAILED, None, "the disk is full", "judge"))
    assert grades(flow) == {"a": None, "b": None}


def test_grades_of_another_question_do_not_leak(flow: SearchFlow, line: Line) -> None:
    flow.grade("a", Grade.EXACT)
    other = Query("other", "sample")
    flow.ask(other)
    result = answer("a")
    line.answer(
        "search",
        TaskState.DONE,
        SearchResult(other, result.understanding, result.hits, SearchStage.DONE),
    )
    assert grades(flow) == {"a": None}


def test_the_file_is_opened_where_the_result_is(
    opened: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "opened"
    opened.search.editor_command = f"cp {{file}} '{target}'"
    opened.search.ask("beam search")
    chunk = opened.result().hits[0].chunk
    opened.search.open_current()
    opened.qtbot.waitUntil(target.exists, timeout=10_000)
    assert opened.search.viewer.subtitle.full_text().startswith(chunk.path)


def test_the_viewer_copies_its_selection_or_else_all_of_it(opened: OpenWindow) -> None:
    page = opened.search
    page.ask("beam search")
    chunk = opened.result().hits[0].chunk
    page.viewer.code.setFocus()
    control = Qt.KeyboardModifier.ControlModifier
    opened.qtbot.keyPress(page.viewer.code, Qt.Key.Key_C, control)
    assert QGuiApplication.clipboard().text() == chunk.text
    cursor = page.viewer.code.textCursor()
    cursor.movePosition(cursor.MoveOperation.NextWord, cursor.MoveMode.KeepAnchor)
    page.viewer.code.setTextCursor(cursor)
    opened.qtbot.keyPress(page.viewer.code, Qt.Key.Key_C, control)
    assert QGuiApplication.clipboard().text() == cursor.selectedText()
