"""The chosen result: its code beside the query, what it is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QStackedWidget, QWidget

from engine.types import Chunk, Hit
from gui import texts
from gui.badges import BadgeRow
from gui.code_view import CodeView
from gui.pane import Pane
from gui.welcome import Message


class _Viewer(CodeView):
    """Leaves the key for copying to the window while nothing is selected: it copies it all."""

    def event(self, event: QEvent) -> bool:
        """Claim the key only for a selection."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Copy)
            and not self.textCursor().hasSelection()
        ):
            event.ignore()
            return False
        return super().event(event)


class ViewerPane(Pane):
    """Shows one hit."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__("Result", parent)
        self.subtitle.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.code = _Viewer()
        self.code.setAccessibleName("Code of the result")
        self._nothing = Message()
        self._nothing.say("", "The result you choose is shown here, beside your query.")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self.code)
        self.set_body(self._stack)
        self._badges = BadgeRow()
        self.add_to_second_line(self._badges)
        self._buttons = [self.add_button(action) for action in actions]
        for button in self._buttons:
            button.setIconSize(QSize(16, 16))
        self._hit: Hit | None = None
        self.show_hit(None)

    @property
    def hit(self) -> Hit | None:
        """What is shown."""
        return self._hit

    def show_hit(self, hit: Hit | None) -> None:
        """Show a hit, or that none is chosen."""
        former, self._hit = self._hit, hit
        for button in self._buttons:
            button.setVisible(hit is not None)
        if hit is None:
            self.title.setText("Result")
            self.subtitle.setText("")
            self._badges.set_badges(None, ())
            self._stack.setCurrentWidget(self._nothing)
            return
        chunk = hit.chunk
        self.title.setText(chunk.name or chunk.path.rpartition("/")[2])
        self.subtitle.setText(" · ".join((place(chunk), *_notes(hit))))
        self._badges.set_badges(chunk.language, chunk.frameworks)
        if former is None or former.chunk != chunk:  # else keep the place in the code
            self.code.set_code(chunk.text, language=chunk.language, first_line=chunk.start_line)
        self._stack.setCurrentWidget(self.code)


def place(chunk: Chunk) -> str:
    """`src/net.py, lines 10–42`."""
    where = f"cell {chunk.cell + 1}, " if chunk.cell is not None else ""
    if chunk.end_line > chunk.start_line:
        return f"{chunk.path}, {where}lines {chunk.start_line}–{chunk.end_line}"
    return f"{chunk.path}, {where}line {chunk.start_line}"


def _notes(hit: Hit) -> list[str]:
    notes = []
    if hit.is_query:
        notes.append("this is the query itself")
    if hit.identical:
        notes.append(f"+{texts.count(len(hit.identical), 'identical', 'identical')}")
    return notes
