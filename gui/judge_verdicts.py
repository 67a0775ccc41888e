"""The row below the two panes: the grades, in word and shape, and what else one may say."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QLineEdit, QToolButton, QVBoxLayout, QWidget

from engine.types import Grade
from gui.grade_mark import paint_grade
from gui.judge_actions import JudgeActions
from gui.pane import in_a_row
from gui.result_text import GRADE_WORDS
from gui.theme import current_theme, theme_signal
from gui.wrap_layout import WrapLayout

_SIZE = 16


class VerdictRow(QWidget):
    """Buttons for all that can be said; the note's field opens above them."""

    def __init__(self, actions: JudgeActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("verdictRow")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Verdict")
        self.note = QLineEdit()
        self.note.setPlaceholderText("A note, kept with the grade. Enter goes back to grading.")
        self.note.setAccessibleName("Note")
        self.note.setMaxLength(2000)
        self.note.hide()
        self._noted: object = None  # what the note in the field is of
        self._drafts: dict[object, str] = {}  # notes that were begun on something else
        self._grades = actions.grades
        self.buttons = {grade: _button(action, True) for grade, action in self._grades.items()}
        marks = (actions.skip, actions.unsure, actions.note)
        ways = (actions.back, actions.forward, actions.undo)
        self._others = [_button(action, False) for action in (*marks, *ways)]
        self._lay_out()
        theme_signal().changed.connect(self._draw_icons)
        self._draw_icons()

    def _lay_out(self) -> None:
        given, marks, ways = QWidget(), QWidget(), QWidget()
        given.setLayout(in_a_row(*self.buttons.values()))
        marks.setLayout(in_a_row(*self._others[:3]))
        ways.setLayout(in_a_row((QWidget(), 1), *self._others[3:]))  # at the right
        row = WrapLayout(given, marks, ways, grow=ways, spacing=16)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        column.addWidget(self.note)
        column.addLayout(row)

    def show_given(self, grade: Grade | None) -> None:
        """Show which grade was given before, if one was."""
        for one, button in self.buttons.items():
            button.setProperty("given", one is grade)
            button.style().unpolish(button)
            button.style().polish(button)
            said = ", given" if one is grade else ""
            button.setAccessibleName(f"Grade {int(one)}, {GRADE_WORDS[one]}{said}")

    def show_note_of(self, what: object) -> None:
        """Show the note that was begun on `what`; one on something else waits for that."""
        if what == self._noted:
            return
        if draft := self.take_note():
            self._drafts[self._noted] = draft
        self._noted = what
        self.note.setText(self._drafts.pop(what, ""))
        self.note.setVisible(bool(self.note.text()))

    def take_note(self) -> str:
        """What the field holds, which is closed."""
        text = self.note.text().strip()
        self.note.clear()
        self.note.hide()
        return text

    def _draw_icons(self) -> None:
        theme = current_theme()
        for grade, action in self._grades.items():
            action.setIcon(_shape(grade, theme.grades[grade], theme.window))


def set_shown(actions: Sequence[QAction], shown: bool) -> None:
    """Enable or disable several actions."""
    for action in actions:
        action.setEnabled(shown)


def _button(action: QAction, is_grade: bool) -> QToolButton:
    button = QToolButton()
    button.setObjectName("verdict" if is_grade else "verdictOther")
    button.setDefaultAction(action)
    style = Qt.ToolButtonStyle
    button.setToolButtonStyle(
        style.ToolButtonTextBesideIcon if is_grade else style.ToolButtonTextOnly
    )
    button.setIconSize(QSize(_SIZE, _SIZE))
    button.setMinimumHeight(32)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    key = action.shortcut().toString()
    words = action.text().replace("&", "")
    action.setIconText(f" {words}" if is_grade else f"{words}  {key}")
    button.setAccessibleName(words)
    button.setAccessibleDescription(f"key {key}")
    return button


def _shape(grade: Grade, colour: str, ground: str) -> QIcon:
    pixmap = QPixmap(QSize(2 * _SIZE, 2 * _SIZE))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_grade(painter, grade, QRectF(pixmap.rect()), colour, ground)
    painter.end()
    pixmap.setDevicePixelRatio(2.0)
    return QIcon(pixmap)
