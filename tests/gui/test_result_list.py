from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QItemSelectionModel, QPersistentModelIndex, QStringListModel, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QProxyStyle, QStyle
from pytestqt.qtbot import QtBot

from engine.types import Framework, Grade, Hit, StageRanks
from gui.result_list import LONGEST_GLIDE_MS, ResultList, ResultModel
from tests.gui.hits import make_chunk, make_hit, make_result

_Role = Qt.ItemDataRole


@pytest.fixture
def model(qapp: QApplication) -> ResultModel:
    model = ResultModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    return model


@pytest.fixture
def results(model: ResultModel, qtbot: QtBot) -> ResultList:
    results = ResultList()
    qtbot.addWidget(results)
    results.resize(500, 300)
    results.setModel(model)
    return results


def choose(results: ResultList, chunk_id: str) -> None:
    model = results.model()
    results.setCurrentIndex(model.index(model.row_of(chunk_id), 0))


def chosen(results: ResultList) -> str:
    return results.model().hit(results.currentIndex()).chunk.id


def test_rows_are_the_hits_in_their_order(model: ResultModel) -> None:
    model.set_result(make_result("abc"))
    assert model.order() == ["a", "b", "c"]
    assert model.hit_at(1).chunk.id == "b"
    assert model.data(model.index(0)) == "layers.a"
    with pytest.raises(IndexError):
        model.hit_at(3)
    with pytest.raises(IndexError):
        model.hit_at(-1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("abcd", "dbca"),
        ("abcd", "dcba"),
        ("abcd", "bxcy"),
        ("abcd", "xyzb"),
        ("abcd", "b"),
        ("b", "abcd"),
    ],
)
def test_the_selection_stays_on_its_chunk(results: ResultList, before: str, after: str) -> None:
    model = results.model()
    model.set_result(make_result(before))
    choose(results, "b")
    model.set_result(make_result(after))
    assert model.order() == list(after)
    assert chosen(results) == "b"
    selected = results.selectionModel().selectedIndexes()
    assert [index.row() for index in selected] == [after.index("b")]


def test_every_index_that_is_kept_follows_its_chunk(model: ResultModel) -> None:
    model.set_result(make_result("abcd"))
    kept = {name: QPersistentModelIndex(model.index(row)) for row, name in enumerate("abcd")}
    model.set_result(make_result("daxb"))
    assert {name: index.row() for name, index in kept.items()} == {"a": 1, "b": 3, "c": -1, "d": 0}


def test_a_chunk_that_stays_shows_what_the_newer_answer_says(model: ResultModel) -> None:
    model.set_result(make_result("ab"))
    newer = make_hit("a", 1, ranks=StageRanks(bm25=1, rerank=9))
    model.set_result(make_result([newer]))
    assert model.hit_at(0).ranks.rerank == 9


def test_another_question_starts_afresh(results: ResultList, qtbot: QtBot) -> None:
    model = results.model()
    model.set_result(make_result("ab"))
    choose(results, "b")
    with qtbot.waitSignal(model.modelReset):
        model.set_result(make_result("bc", text="dropout"))
    assert not results.currentIndex().isValid()


def test_no_results_and_clearing(model: ResultModel) -> None:
    model.set_result(make_result("ab"))
    model.set_result(make_result(""))
    assert model.rowCount() == 0
    model.set_result(make_result("ab"))
    model.clear()
    assert model.rowCount() == 0


def test_a_grade_is_shown_changed_and_taken_back(model: ResultModel, qtbot: QtBot) -> None:
    model.set_result(make_result("ab"))
    with qtbot.waitSignal(model.dataChanged) as changed:
        model.set_grade("b", Grade.EXACT)
    assert changed.args[0].row() == changed.args[1].row() == 1
    assert model.hit_at(1).grade is Grade.EXACT
    model.set_grade("b", None)
    assert model.hit_at(1).grade is None
    model.set_grade("gone", Grade.WEAK)  # no longer in the list: nothing happens


def test_rows_speak(model: ResultModel) -> None:
    model.set_result(make_result([make_hit("a", grade=Grade.EXACT)]))
    index = model.index(0)
    assert model.data(index, _Role.AccessibleTextRole).startswith("Result 1, layers.a, grade 3")
    assert "dense rank 3" in model.data(index, _Role.AccessibleDescriptionRole)
    assert "src/nn/a.py:10–13" in model.data(index, _Role.ToolTipRole)


def test_assistive_technology_gets_the_words(results: ResultList) -> None:
    results.model().set_result(make_result([make_hit("a", grade=Grade.WEAK)]))
    accessible = QAccessible.queryAccessibleInterface(results)
    row = accessible.child(0)
    assert "grade 1 weak" in row.text(QAccessible.Text.Name)
    assert "PyTorch" in row.text(QAccessible.Text.Description)


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        ([Qt.Key.Key_J], 1),
        ([Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_K], 1),
        ([Qt.Key.Key_Down, Qt.Key.Key_Up], 0),
        ([Qt.Key.Key_K], 0),
        ([Qt.Key.Key_End], 25),
        ([Qt.Key.Key_End, Qt.Key.Key_J], 25),
        ([Qt.Key.Key_End, Qt.Key.Key_Home], 0),
        ([Qt.Key.Key_X], 0),
    ],
)
def test_keys_move(results: ResultList, qtbot: QtBot, keys: list[Qt.Key], row: int) -> None:
    results.model().set_result(make_result("abcdefghijklmnopqrstuvwxyz"))
    choose(results, "a")
    for key in keys:
        qtbot.keyClick(results, key)
    assert results.currentIndex().row() == row


def test_page_keys_move_by_what_is_visible(results: ResultList, qtbot: QtBot) -> None:
    results.model().set_result(make_result("abcdefghijklmnopqrstuvwxyz"))
    results.show()
    choose(results, "a")
    qtbot.keyClick(results, Qt.Key.Key_PageDown)
    assert 2 <= results.currentIndex().row() <= 8
    qtbot.keyClick(results, Qt.Key.Key_PageUp)
    assert results.currentIndex().row() == 0


class _Style(QProxyStyle):
    """Fusion on a system with or without animations."""

    def __init__(self, duration: int) -> None:
        super().__init__("Fusion")
        self._duration = duration

    def styleHint(self, hint: QStyle.StyleHint, *more: object) -> int:
        if hint == QStyle.StyleHint.SH_Widget_Animation_Duration:
            return self._duration
        return super().styleHint(hint, *more)  # type: ignore[arg-type]


Animate = Callable[[int], None]

# A widget does not own its style, and a style sheet of the application goes on wrapping it after
# the widget is gone: so they stay for the rest of the process.
_KEPT: list[_Style] = []


@pytest.fixture
def animate(results: ResultList) -> Animate:
    """Let the system's animations take so many milliseconds."""

    def set_duration(duration: int) -> None:
        _KEPT.append(_Style(duration))
        results.setStyle(_KEPT[-1])

    return set_duration


@pytest.mark.parametrize(("system", "ours"), [(0, 0), (60, 60), (1000, LONGEST_GLIDE_MS)])
def test_a_glide_is_short_and_the_system_can_forbid_it(
    results: ResultList, animate: Animate, system: int, ours: int
) -> None:
    animate(system)
    assert results.glide_ms() == ours < 150


def test_a_row_that_moved_starts_where_it_was_and_arrives(
    results: ResultList, animate: Animate, qtbot: QtBot
) -> None:
    animate(100)
    model = results.model()
    model.set_result(make_result("abc"))
    results.show()
    height = results.sizeHintForRow(0)
    model.set_result(make_result("cab"))
    assert [results.shift_of(name) for name in "cab"] == [2 * height, -height, -height]
    qtbot.waitUntil(lambda: not results.gliding)
    assert [results.shift_of(name) for name in "cab"] == [0, 0, 0]


def test_only_what_moved_glides(results: ResultList, animate: Animate) -> None:
    animate(100)
    results.model().set_result(make_result("abc"))
    results.show()
    results.model().set_result(make_result("axcb"))
    assert results.shift_of("a") == results.shift_of("x") == 0  # one stayed, one is new
    assert results.shift_of("c") == 0 > results.shift_of("b")


def test_what_is_left_moves_up_when_others_go(results: ResultList, animate: Animate) -> None:
    animate(100)
    results.model().set_result(make_result("abc"))
    results.show()
    results.model().set_result(make_result("c"))
    assert results.shift_of("c") == 2 * results.sizeHintForRow(0)


def test_a_list_shows_results_and_nothing_else(results: ResultList) -> None:
    with pytest.raises(TypeError, match="ResultModel"):
        results.setModel(QStringListModel())


def test_nothing_glides_where_motion_is_not_wanted(results: ResultList, animate: Animate) -> None:
    animate(0)
    results.model().set_result(make_result("abc"))
    results.show()
    results.model().set_result(make_result("cab"))
    assert not results.gliding
    assert results.shift_of("c") == 0


def odd_hits() -> list[Hit]:
    chunks = [
        make_chunk("no_name", name="", frameworks=(), language=""),
        make_chunk("long", name="Very." * 60 + "long", path="deep/" * 80 + "file.py"),
        make_chunk("empty", text="", frameworks=tuple(Framework)),
        make_chunk("huge", text="x" * 100_000, language="Brainfuck"),
        make_chunk("astral", name="🙂.ü", text="🙂 = '🙂'" * 40, cell=3, description="# 🙂"),
    ]
    return [
        make_hit(chunk.id, rank, chunk=chunk, ranks=StageRanks(), identical=("x",), is_query=True)
        for rank, chunk in enumerate(chunks, start=998)
    ]


@pytest.mark.parametrize("width", [60, 180, 340, 500, 1200])
def test_anything_can_be_painted_at_any_width(results: ResultList, width: int) -> None:
    results.resize(width, 400)
    results.model().set_result(make_result(odd_hits()))
    choose(results, "long")
    results.model().set_grade("long", Grade.WEAK)
    assert not results.grab().isNull()


def test_choosing_and_hovering_can_be_seen(results: ResultList) -> None:
    results.model().set_result(make_result("abc"))
    results.show()
    before = results.grab().toImage()
    index = results.model().index(1, 0)
    select = QItemSelectionModel.SelectionFlag.ClearAndSelect
    results.selectionModel().setCurrentIndex(index, select)
    assert results.grab().toImage() != before
