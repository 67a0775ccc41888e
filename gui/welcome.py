"""The empty states of the search page: what it is for, and the first step."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gui.examples import EXAMPLES, Example
from gui.fonts import code_font, small

PREVIEW_LINES = 3
WIDEST_WORDS = 560
"""Pixels of a line of a message: longer ones are hard to read."""


class ExampleButton(QPushButton):
    """One example: its title and its first lines."""

    def __init__(self, example: Example, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("example")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"Example: {example.title}")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        title = QLabel(example.title)
        title.setWordWrap(True)
        preview = QLabel("\n".join(example.text.splitlines()[:PREVIEW_LINES]))
        preview.setObjectName("muted")
        preview.setFont(small(code_font().font()))
        preview.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        for label in (title, preview):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            layout.addWidget(label)

    def sizeHint(self) -> object:
        """As high as its two labels."""
        return self.layout().sizeHint()

    def minimumSizeHint(self) -> object:
        """Never cut a title."""
        return self.layout().minimumSize()


class Welcome(QScrollArea):
    """Shown until something has been asked."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget()
        page.setObjectName("welcomePage")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(8)
        heading = QLabel("Find the counterpart of a piece of code")
        heading.setObjectName("heading")
        words = QLabel(
            "Paste a snippet to find the same thing in another framework or another repository, "
            "or ask in words. The sample corpus is ready; add your own code under Corpora."
        )
        words.setObjectName("muted")
        for label in (heading, words):
            label.setWordWrap(True)
            layout.addWidget(label)
        layout.addSpacing(8)
        self.buttons = [ExampleButton(example) for example in EXAMPLES]
        for button, example in zip(self.buttons, EXAMPLES, strict=True):
            button.clicked.connect(lambda _=False, text=example.text: self.chosen.emit(text))
            layout.addWidget(button)
        layout.addStretch(1)
        self.setWidget(page)


class Message(QWidget):
    """A state in words, in the middle of an empty place, with at most one way on."""

    acted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._heading = QLabel()
        self._heading.setObjectName("messageHeading")
        self._words = QLabel()
        self._words.setObjectName("muted")
        self._button = QPushButton()
        self._button.clicked.connect(self.acted)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addStretch(2)
        for label in (self._heading, self._words):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(label)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        self.say("")

    def say(self, heading: str, words: str = "", button: str = "") -> None:
        """Say what is, and offer a way on if there is one, which then has the message's focus."""
        had_focus = self.hasFocus() or self._button.hasFocus()
        self._heading.setText(heading)
        self._words.setText(words)
        self._button.setText(button)
        self._heading.setVisible(bool(heading))
        self._words.setVisible(bool(words))
        self._button.setVisible(bool(button))
        self.setFocusProxy(self._button if button else None)
        if had_focus:  # what is hidden would give it to whatever comes next
            self.setFocus()
        self.setAccessibleName(" ".join(filter(None, (heading, words))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the lines short enough to be read."""
        super().resizeEvent(event)
        side = max(24, (self.width() - WIDEST_WORDS) // 2)
        self.layout().setContentsMargins(side, 24, side, 24)

    def text(self) -> str:
        """What it says."""
        return " ".join(filter(None, (self._heading.text(), self._words.text())))
