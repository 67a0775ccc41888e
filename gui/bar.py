"""A slim bar that says how far something is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.theme import current_theme, theme_signal

WIDTH, HEIGHT = 160, 6


class Bar(QWidget):
    """Repaints when the window does.

    A QProgressBar paints the whole window at once on every change of its value, which holds up
    the event loop for tens of milliseconds.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share: float | None = None
        self.setFixedSize(WIDTH, HEIGHT)
        theme_signal().changed.connect(self.update)

    @property
    def share(self) -> float | None:
        """From 0 to 1; None while it is not known."""
        return self._share

    def show_share(self, done: int, total: int | None) -> None:
        """Show `done` of `total`; without a total that it is under way."""
        share = min(1.0, done / total) if total else None
        if share != self._share:
            self._share = share
            said = "under way" if share is None else f"{int(100 * share)} %"
            if said != self.accessibleDescription():
                self.setAccessibleDescription(said)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A groove, filled so far; a third of it in the middle while the share is not known."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect())
        painter.setBrush(QColor(theme.hairline))
        painter.drawRoundedRect(box, HEIGHT / 2, HEIGHT / 2)
        if self._share is None:
            box.adjust(WIDTH / 3, 0, -WIDTH / 3, 0)
            painter.setBrush(QColor(theme.control_edge))
        else:
            box.setWidth(box.width() * self._share)
            painter.setBrush(QColor(theme.accent))
        if box.width() > 0:
            painter.drawRoundedRect(box, HEIGHT / 2, HEIGHT / 2)
        painter.end()
