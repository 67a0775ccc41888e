"""Line numbers beside code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from gui.theme import GRID, current_theme

if TYPE_CHECKING:
    from gui.code_view import CodePane


class LineNumbers(QWidget):
    """The margin of a `CodePane`. Told nothing by itself: the pane sizes and scrolls it."""

    def __init__(self, pane: CodePane) -> None:
        super().__init__(pane)
        self._pane = pane
        self.first = 1
        self.shown = True

    def needed_width(self) -> int:
        """The width that the largest number takes, at least three digits, with its margins."""
        digits = max(3, len(self._pane.widest_number()))
        return 2 * GRID + digits * self._pane.fontMetrics().horizontalAdvance("0")

    def sizeHint(self) -> QSize:
        """As wide as needed."""
        return QSize(self.needed_width(), 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the code."""
        self._pane.wheelEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the numbers of the lines on the screen, flush right."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._pane.palette().base())
        painter.setFont(self._pane.font())
        theme = current_theme()
        right = self.width() - GRID
        for number, top, height in self._pane.visible_lines():
            if top > event.rect().bottom():
                break
            ground = self._pane.line_colour(number)
            painter.setPen(QColor(theme.faint if ground is None else theme.text))
            if ground is not None:
                painter.fillRect(0, top, self.width(), self._pane.line_height(number), ground)
            text = self._pane.number_text(number)
            painter.drawText(0, top, right, height, Qt.AlignmentFlag.AlignRight, text)
