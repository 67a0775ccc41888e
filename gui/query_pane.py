"""Where the question is: an editor for code or words, and what was understood of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QSize, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMenu, QToolButton, QWidget

from engine.types import QueryKind, RecentQuery, Understanding
from gui import texts
from gui.badges import BadgeRow
from gui.code_view import CodeEditor
from gui.icons import icon
from gui.pane import Pane

UNDERSTAND_PAUSE_MS = 150
SEARCH_PAUSE_MS = 700
SHORTEST = 3  # characters of a text that is searched without being asked to
RECENT_WIDTH = 60


class _Editor(CodeEditor):
    """The editor, telling a paste from typing."""

    pasted = Signal()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Insert what is pasted or dropped, as plain text."""
        super().insertFromMimeData(source)
        self.pasted.emit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Take text; a dropped file or folder is the window's to take."""
        return source.hasText() and not source.hasUrls()


class QueryPane(Pane):
    """Tells what is typed: `edited` soon, `submitted` when it is to be searched."""

    submitted = Signal(str, bool)  # the text, and whether it was asked for deliberately
    edited = Signal(str)
    cleared = Signal()
    recent_chosen = Signal(object)  # RecentQuery
    recent_wanted = Signal()
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Query", parent)
        self.kind = QueryKind.AUTO
        self._last_submitted = ""
        self.editor = _Editor()
        self.editor.setAccessibleName("Query: code or words")
        self.editor.setPlaceholderText("Paste code, or ask in words")
        self.editor.setTabChangesFocus(True)
        self.set_body(self.editor)
        self._kind = QLabel()
        self._badges = BadgeRow()
        self.add_to_second_line(self._kind)
        self.add_to_second_line(self._badges)
        self._make_buttons()
        self._understand_pause = self._timer(UNDERSTAND_PAUSE_MS, self._tell_edited)
        self._search_pause = self._timer(SEARCH_PAUSE_MS, self._search_typed)
        self.editor.textChanged.connect(self._on_text)
        self.editor.pasted.connect(self.submit)
        self.editor.paste_refused.connect(self.refused)
        self.set_understanding(None)

    def _make_buttons(self) -> None:
        self._recent_menu = QMenu("Recent queries", self)
        self._recent_menu.aboutToShow.connect(self.recent_wanted)
        recent = QAction(icon("history"), "Recent queries", self)
        recent.setMenu(self._recent_menu)
        button = self.add_button(recent)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setIconSize(QSize(16, 16))
        self.recent_button = button
        clear = QAction(icon("x"), "Clear the query", self)
        clear.triggered.connect(self.clear)
        self.add_button(clear).setIconSize(QSize(16, 16))

    def _timer(self, pause: int, then: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(pause)
        timer.timeout.connect(then)
        return timer

    def text(self) -> str:
        """The query as it stands."""
        return self.editor.toPlainText()

    def set_text(self, text: str) -> None:
        """Replace the query without searching; the old one can be had back with undo."""
        cursor = self.editor.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)
        self._search_pause.stop()

    def submit(self) -> None:
        """Search what stands there."""
        self._submit(deliberate=True)

    def _submit(self, deliberate: bool) -> None:
        self._search_pause.stop()
        text = self.text()
        if text.strip():
            self._last_submitted = text
            self.submitted.emit(text, deliberate)

    def clear(self) -> None:
        """Start afresh."""
        self.set_text("")
        self._last_submitted = ""
        self.editor.setFocus()
        self.cleared.emit()

    def set_understanding(self, what: Understanding | None) -> None:
        """Say what the text is taken for."""
        if what is None or not self.text().strip():
            self._kind.hide()
            self._badges.set_badges(None, ())
            self.subtitle.setText("code or words · Ctrl+Enter searches")
            return
        self._badges.set_badges(what.language, what.frameworks)
        self._kind.setText(what.kind.value)
        self._kind.setAccessibleName(f"understood as {texts.understanding(what)}")
        self._kind.show()
        self.subtitle.setText("" if self.kind is QueryKind.AUTO else "read as you said")
        self.editor.set_language(what.language if what.kind is QueryKind.CODE else None)

    def set_recent(self, queries: Sequence[RecentQuery]) -> None:
        """Fill the menu of recent queries."""
        self._recent_menu.clear()
        for query in queries:
            action = self._recent_menu.addAction(_menu_text(query))
            action.setToolTip(query.text[:1000])
            action.triggered.connect(lambda _=False, query=query: self.recent_chosen.emit(query))
        if not queries:
            self._recent_menu.addAction("No queries yet").setEnabled(False)

    def _on_text(self) -> None:
        self._understand_pause.start()
        if len(self.text().strip()) >= SHORTEST:
            self._search_pause.start()
        else:
            self._search_pause.stop()

    def _tell_edited(self) -> None:
        if self.text().strip():
            self.edited.emit(self.text())
        else:
            self.set_understanding(None)

    def _search_typed(self) -> None:
        if self.text() != self._last_submitted:
            self._submit(deliberate=False)


def _menu_text(query: RecentQuery) -> str:
    """The first line that says something, with what limits it."""
    lines = (line.strip() for line in query.text.splitlines())
    line = next((line for line in lines if line and not line.startswith(("import ", "from "))), "")
    line = line or query.text.strip()
    if len(line) > RECENT_WIDTH:
        line = line[: RECENT_WIDTH - 1] + "…"
    extra = f"  → {query.framework.value}" if query.framework else ""
    return line.replace("&", "&&") + extra
