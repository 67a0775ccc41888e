from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QTextCursor, QWheelEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.code_view import LONGEST_PASTE, CodeEditor, CodePane, CodeView
from gui.fonts import code_font

CODE = "def f(x):\n    return x\n"


@pytest.fixture
def view(qtbot: QtBot) -> CodeView:
    view = CodeView()
    qtbot.addWidget(view)
    view.resize(500, 300)
    return view


@pytest.fixture
def editor(qtbot: QtBot) -> CodeEditor:
    editor = CodeEditor()
    qtbot.addWidget(editor)
    editor.resize(500, 300)
    return editor


def paste(editor: CodeEditor, text: str, html: str = "") -> None:
    data = QMimeData()
    data.setText(text)
    if html:
        data.setHtml(html)
    editor.insertFromMimeData(data)


def test_code_is_shown_with_the_numbers_of_its_file(view: CodeView) -> None:
    view.set_code(CODE, "Python", first_line=120)
    assert view.toPlainText() == CODE
    assert view.first_line == 120
    assert [number for number, _, _ in view.visible_lines()] == [0, 1, 2]


def test_code_cannot_be_changed_but_selected_by_keyboard(view: CodeView, qtbot: QtBot) -> None:
    view.set_code(CODE, "Python")
    qtbot.keyClicks(view, "abc")
    assert view.toPlainText() == CODE
    qtbot.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert view.textCursor().selectedText()


def test_the_margin_grows_with_the_largest_number(view: CodeView) -> None:
    view.set_code(CODE, "Python", first_line=1)
    narrow = view.viewportMargins().left()
    view.set_code(CODE, "Python", first_line=123_456)
    assert view.viewportMargins().left() > narrow


def test_colours_arrive_on_their_own(view: CodeView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.highlighter.finished):
        view.set_code(CODE, "Python")
    assert view.document().firstBlock().layout().formats()


def test_showing_other_code_drops_the_work_on_the_former(view: CodeView, qtbot: QtBot) -> None:
    view.set_code(CODE * 2000, "Python")
    with qtbot.waitSignal(view.highlighter.finished):
        view.set_code("plain words", None)
    assert not view.document().firstBlock().layout().formats()
    assert not view.highlighter.running


def test_both_panes_share_one_size(view: CodeView, editor: CodeEditor) -> None:
    before = view.font().pointSizeF()
    code_font().larger()
    assert view.font().pointSizeF() == editor.font().pointSizeF() == before + 1
    assert view.fontMetrics().lineSpacing() == editor.fontMetrics().lineSpacing()
    code_font().reset()
    assert view.font().pointSizeF() == before


@pytest.mark.parametrize(("turn", "change"), [(120, 1), (-120, -1), (0, 0)])
def test_the_wheel_with_ctrl_changes_the_size(view: CodeView, turn: int, change: int) -> None:
    before = code_font().points
    wheel = QWheelEvent(
        QPointF(9, 9),
        QPointF(9, 9),
        QPoint(),
        QPoint(0, turn),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), wheel)
    assert code_font().points == before + change
    code_font().reset()


def test_both_panes_start_their_code_at_the_same_height(qtbot: QtBot) -> None:
    view, editor = CodeView(), CodeEditor()
    for pane in (view, editor):
        qtbot.addWidget(pane)
        pane.setPlainText(CODE)
        pane.resize(400, 200)
    assert list(view.visible_lines()) == list(editor.visible_lines())


@pytest.mark.parametrize("pane", [CodeView, CodeEditor])
def test_long_lines_can_be_wrapped(pane: type[CodePane], qtbot: QtBot) -> None:
    widget = pane()
    qtbot.addWidget(widget)
    widget.resize(300, 200)
    widget.setPlainText("word " * 100)
    assert widget.horizontalScrollBar().maximum() > 0
    widget.set_wrap(True)
    assert widget.horizontalScrollBar().maximum() == 0
    widget.set_wrap(False)
    assert widget.horizontalScrollBar().maximum() > 0


def test_only_plain_text_is_pasted(editor: CodeEditor) -> None:
    paste(editor, "x = 1", html="<b>something else</b>")
    assert editor.toPlainText() == "x = 1"
    picture = QMimeData()
    picture.setData("image/png", b"png")
    assert not editor.canInsertFromMimeData(picture)


def test_a_paste_replaces_the_selection_and_can_be_undone(editor: CodeEditor) -> None:
    editor.setPlainText("old")
    editor.selectAll()
    paste(editor, "new")
    assert editor.toPlainText() == "new"
    editor.undo()
    assert editor.toPlainText() == "old"


def test_a_huge_paste_is_refused_in_words(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.setPlainText("kept")
    with qtbot.waitSignal(editor.paste_refused) as refused:
        paste(editor, "x" * (LONGEST_PASTE + 1))
    assert editor.toPlainText() == "kept"
    assert "200,001 characters" in refused.args[0]


def test_tab_indents_with_spaces_to_the_next_stop(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.setPlainText("ab")
    editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.toPlainText() == "ab  "


def test_tab_indents_every_selected_line(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.setPlainText("a\nb\nc")
    cursor = editor.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.Down, QTextCursor.MoveMode.KeepAnchor, 2)
    editor.setTextCursor(cursor)  # to the beginning of the third line, which is not in it
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.toPlainText() == "    a\n    b\nc"
    editor.undo()
    assert editor.toPlainText() == "a\nb\nc"


def test_ctrl_tab_leaves_the_editor(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    first, second = CodeEditor(), CodeEditor()
    layout = QVBoxLayout(window)
    layout.addWidget(first)
    layout.addWidget(second)
    window.show()
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert window.focusWidget() is second
    assert first.toPlainText() == ""


def test_an_edit_is_coloured_after_a_pause(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.set_language("Python")
    with qtbot.waitSignal(editor.highlighter.finished):
        qtbot.keyClicks(editor, "return 1")
    assert editor.document().firstBlock().layout().formats()


def test_the_numbers_can_be_painted_at_any_scroll(view: CodeView) -> None:
    view.set_code(CODE * 100, "Python", first_line=9_999)
    view.verticalScrollBar().setValue(50)
    assert next(iter(view.visible_lines()))[0] == 50
    assert not view.grab().isNull()
