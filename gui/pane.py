"""A pane: a two-line header of fixed height, a hairline, and a body.

All panes of the search page have the same header height, so that their code starts on one line.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

HEADER_HEIGHT = 64


class ElidedLabel(QLabel):
    """A label that gives way: it is cut in the middle or at its end instead of widening its pane.

    The full text is its tool tip and its accessible name.
    """

    def __init__(self, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self._mode = mode
        self._full = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        """Show a text, as much of it as fits."""
        self._full = text
        self.setAccessibleName(text)
        self._elide()

    def full_text(self) -> str:
        """The text before it was cut."""
        return self._full

    def resizeEvent(self, event: object) -> None:
        """Cut anew for the new width."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._elide()

    def _elide(self) -> None:
        cut = self.fontMetrics().elidedText(self._full, self._mode, max(self.width(), 0))
        super().setText(cut)
        self.setToolTip(self._full if cut != self._full else "")


class Pane(QWidget):
    """Header (title, buttons at the right, a second line) above a body."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title = ElidedLabel()
        self.title.setObjectName("paneTitle")
        self.title.setMinimumHeight(26)  # as with buttons beside it
        self.title.setText(title)
        self.subtitle = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.subtitle.setObjectName("paneSubtitle")
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(4)
        self._second = QHBoxLayout()
        self._second.setSpacing(8)
        self._second.addWidget(self.subtitle, 1)
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(0)
        self._body.addWidget(self._make_header())
        self._body.addWidget(hairline())

    def _make_header(self) -> QWidget:
        header = QWidget()
        header.setObjectName("paneHeader")
        header.setFixedHeight(HEADER_HEIGHT)
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self.title, 1)
        first.addLayout(self._buttons)
        lines = QVBoxLayout(header)
        lines.setContentsMargins(16, 6, 8, 6)
        lines.setSpacing(2)
        lines.addLayout(first, 1)
        lines.addLayout(self._second, 1)
        return header

    def set_body(self, body: QWidget) -> None:
        """Fill the pane below its header."""
        self._body.addWidget(body, 1)

    def add_to_second_line(self, widget: QWidget) -> None:
        """Put a widget before the second line's words."""
        self._second.insertWidget(self._second.count() - 1, widget)

    def add_button(self, action: QAction) -> QToolButton:
        """Show an action as a small button in the header."""
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAutoRaise(True)
        button.setAccessibleName(action.toolTip() or action.text())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._buttons.addWidget(button)
        return button


def in_a_row(*widgets: QWidget | tuple[QWidget, int], spacing: int = 8) -> QHBoxLayout:
    """Widgets beside each other without margins; a number beside one is its stretch."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(spacing)
    for found in widgets:
        widget, stretch = found if isinstance(found, tuple) else (found, 0)
        row.addWidget(widget, stretch)
    return row


def hairline(vertical: bool = False) -> QFrame:
    """A line one pixel thick."""
    line = QFrame()
    line.setObjectName("hairline")
    line.setFrameShape(QFrame.Shape.NoFrame)
    if vertical:
        line.setFixedWidth(1)
    else:
        line.setFixedHeight(1)
    return line
