"""A window of 1,024 × 700 pixels: it keeps its size on every page, and nothing is cut off."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QTabBar,
    QToolButton,
    QWidget,
)

from engine.types import Progress
from engine.types_judging import Standing
from gui.engine_thread import Event, TaskState
from gui.judge_bar import standing_in_words
from gui.wrap_layout import BETWEEN, WrapLayout
from tests.datasets import samples
from tests.gui.conftest import OpenWindow
from tests.gui.test_evaluate_page import measure

SMALL = QSize(1024, 700)


def cut_off(window: QWidget) -> list[str]:
    """The controls that are seen, but not whole."""
    found = []
    for kind in (QAbstractButton, QComboBox, QLineEdit, QLabel):
        for widget in window.findChildren(kind):
            if not widget.isVisible() or _scrolls(widget):
                continue
            parent = widget.parentWidget()
            place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
            inside = window.rect().contains(place) and parent.rect().contains(widget.geometry())
            narrow = isinstance(widget, QAbstractButton) and widget.width() < _least(widget)
            if not inside or narrow:
                found.append(f"{type(widget).__name__} {widget.accessibleName() or place}")
    return found


def _least(widget: QWidget) -> int:
    return widget.minimumSizeHint().width()


def _scrolls(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea | QTabBar):
            return True
        parent = parent.parentWidget()
    return False


def look(opened: OpenWindow, what: str) -> None:
    opened.idle()
    QApplication.processEvents()
    assert opened.window.size() == SMALL, what
    assert cut_off(opened.window) == [], what


def test_every_page_fits(opened: OpenWindow) -> None:
    opened.window.resize(SMALL)
    opened.search.ask("beam search")
    opened.result()
    for place in opened.window._places:
        opened.window.go(place)
        look(opened, place)


def test_the_states_of_the_evaluate_page_fit(opened: OpenWindow, tmp_path: Path) -> None:
    opened.window.resize(SMALL)
    opened.window.go("evaluate")
    page = opened.window.evaluation
    measure(opened, samples.beir(tmp_path / "toy"), "toy", "bm25")
    opened.wait(lambda: page.results.comparison is not None)
    look(opened, "measured")
    arrows = page.results.tabs.findChildren(QToolButton)
    assert any(arrow.isVisible() for arrow in arrows)  # there are more tabs than room
    assert all(arrow.focusPolicy() is Qt.FocusPolicy.NoFocus for arrow in arrows)
    page.results.tabs.setFocus()
    opened.qtbot.keyClick(page.results.tabs, Qt.Key.Key_Right)
    assert page.results.tabs.currentIndex() == 1
    page.remove.click()
    assert page.really.isVisible() and page.keep.isVisible()
    look(opened, "asked whether to remove")
    page.step_back()
    page.open_query(page.results.queries.rows.rows[0].key)
    opened.wait(page.query.isVisible)
    look(opened, "a query")
    page._job = 7
    page._show_state()
    news = Progress("encoding documents", 1, 9, message="of a set with a long name " * 9)
    page.on_event(Event(7, "evaluate", TaskState.PROGRESS, news))
    look(opened, "at work")
    page._job = 0


def test_the_states_of_the_judge_page_fit(opened: OpenWindow) -> None:
    opened.window.resize(SMALL)
    opened.window.go("judge")
    page = opened.window.judging
    page.show_form()
    look(opened, "a new queue")
    page._leave_form()
    for action in (opened.window.judge_actions.guidelines, opened.window.judge_actions.agreement):
        action.trigger()
        look(opened, action.text())


def test_the_columns_of_a_table_fit(opened: OpenWindow, tmp_path: Path) -> None:
    opened.window.resize(SMALL)
    opened.window.go("import")
    page = opened.window.importing
    rows = [{"left": "a = 1", "right": "set a"}, {"left": "b = 2", "right": "set b"}]
    page.offer(str(samples.write_jsonl(tmp_path / "two.jsonl", rows)))
    opened.wait(page.options.columns.isVisible)
    look(opened, "a table")


def test_widgets_go_on_in_the_next_line(opened: OpenWindow) -> None:
    outer = QWidget()
    opened.qtbot.addWidget(outer)
    widgets = [QWidget(outer) for _ in range(4)]
    for widget in widgets:
        widget.setFixedSize(100, 20)
    last = QLineEdit(outer)
    layout = WrapLayout(*widgets, last, grow=last, spacing=10)
    outer.setLayout(layout)
    widgets[3].hide()
    needed = last.sizeHint()
    assert layout.sizeHint() == QSize(330 + needed.width(), needed.height())
    assert layout.minimumSize().width() == max(100, last.minimumSizeHint().width())
    assert layout.heightForWidth(340 + needed.width()) == needed.height()
    assert layout.heightForWidth(330) == 20 + BETWEEN + needed.height()
    layout.setGeometry(QRect(0, 0, 250, 200))
    assert [widget.x() for widget in widgets[:3]] == [0, 110, 0]
    assert widgets[2].y() > widgets[1].y() == widgets[0].y()
    layout.setGeometry(QRect(0, 0, 600, 200))
    assert last.geometry().right() == 599


def test_the_bar_of_a_queue_gives_way_to_its_words(opened: OpenWindow) -> None:
    opened.window.go("judge")
    opened.idle()  # the page has been told that there is no queue, and shows no standing of its own
    bar = opened.window.judging.bar
    standing = Standing(7, 58, 1, 3, seconds_each=3.0)
    for width, shown in ((1024, False), (1600, True), (1024, False)):
        opened.window.resize(width, 700)
        QApplication.processEvents()
        bar.show_standing(standing)
        QApplication.processEvents()
        assert bar.progress.isVisible() is shown
        assert bar.words.text() == bar.words.full_text() == standing_in_words(standing)
