"""What can be done on the judge page: one key each, while nothing is being typed."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from gui.actions import make_action
from gui.result_text import GRADE_WORDS


class JudgeActions(QObject):
    """Shortcuts of the whole window, in force only while the page is shown."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.grades = {
            grade: make_action(
                self, f"{int(grade)}  {GRADE_WORDS[grade].capitalize()}", f"{grade:d}"
            )
            for grade in sorted(GRADE_WORDS)
        }
        self.skip = make_action(self, "&Skip", "S", tip="It comes again when all else is done")
        self.unsure = make_action(self, "&Cannot tell", "C")
        self.note = make_action(self, "&Note", "N", tip="It is kept with the next grade")
        self.back = make_action(self, "&Back", "B", "Left", tip="Look at the one before")
        self.forward = make_action(self, "&Forward", "F", "Right", tip="Go on with what is next")
        self.undo = make_action(self, "&Undo", "U", icon_name="undo-2")
        self.guidelines = make_action(self, "&Guidelines", "G", icon_name="info")
        self.agreement = make_action(self, "&Agreement", "A", icon_name="scale")
        self.remove = make_action(self, "&Remove This Queue", tip="What was judged stays")
        for action in (self.guidelines, self.agreement):
            action.setCheckable(True)
        self.set_active(False)

    @property
    def all(self) -> list[QAction]:
        """Every action, in the order in which menus show them."""
        marks = [self.skip, self.unsure, self.note, self.back, self.forward, self.undo]
        return [*self.grades.values(), *marks, self.guidelines, self.agreement, self.remove]

    def set_active(self, active: bool) -> None:
        """Whether the page is shown; elsewhere no key may grade what nobody sees."""
        for action in self.all:
            action.setEnabled(active)
