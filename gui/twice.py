"""A button for what is not to be had back: it does it at the second press."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFocusEvent, QMouseEvent
from PySide6.QtWidgets import QPushButton, QWidget


class TwiceButton(QPushButton):
    """The first press changes its words to what the second one does; a double click is one press.

    Whoever goes elsewhere has not made up their mind: it begins anew.
    """

    pressed_twice = Signal()

    def __init__(self, words: str, again: str, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self._words, self._again = words, again
        self.clicked.connect(self._press)

    def _press(self) -> None:
        if self.text() != self._again:
            self.setText(self._again)
        else:
            self.pressed_twice.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second half of a double click presses nothing."""
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Begin anew."""
        super().focusOutEvent(event)
        if self.text() == self._again:
            self.setText(self._words)
