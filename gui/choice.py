"""A combo box as flat as the fields beside it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from gui.icons import paint_icon
from gui.theme import GRID, current_theme, theme_signal

HEIGHT = 28
_CHEVRON = 14


class Choice(QComboBox):
    """Paints its closed state itself; the list it opens is the style's."""

    def __init__(self, characters: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._characters = characters
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMaxVisibleItems(20)
        theme_signal().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as so many characters."""
        width = self.fontMetrics().averageCharWidth() * self._characters
        return QSize(width + 3 * GRID + _CHEVRON, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """It does not shrink."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A ground, an edge that shows the focus, the choice and a chevron."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        set_apart = self.currentIndex() > 0 and self.itemData(0) is None  # something is filtered
        edge = theme.accent if self.hasFocus() or set_apart else theme.control_edge
        painter.setPen(QPen(QColor(edge), 1))
        painter.setBrush(QColor(theme.hover if self.underMouse() else theme.control))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        text = self.rect().adjusted(GRID, 0, -2 * GRID - _CHEVRON, 0)
        elided = self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, text.width()
        )
        painter.setPen(QColor(theme.text if self.isEnabled() else theme.disabled))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
        at = QPoint(self.width() - GRID - _CHEVRON, (self.height() - _CHEVRON) // 2)
        paint_icon(painter, "chevron-down", at, _CHEVRON, theme.muted)
        painter.end()
