"""Code on the screen: `CodeView` shows it, `CodeEditor` lets it be pasted and changed."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QMimeData, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QResizeEvent, QTextCursor, QWheelEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from engine.types import Chunk
from gui.fonts import code_font
from gui.highlighter import Highlighter
from gui.line_numbers import LineNumbers
from gui.theme import GRID, theme_signal

INDENT = 4
LONGEST_PASTE = 200_000  # characters; laying out more would hold the window noticeably
EDIT_PAUSE_MS = 30


class CodePane(QPlainTextEdit):
    """What both panes share: font, line numbers, colours, wrapping."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.document().setDocumentMargin(GRID)
        self.highlighter = Highlighter(self.document())
        self._numbers = LineNumbers(self)
        self.blockCountChanged.connect(self._fit_numbers)
        self.updateRequest.connect(self._scroll_numbers)
        code_font().changed.connect(self._take_font)
        theme_signal().changed.connect(self._numbers.update)
        self._take_font()

    @property
    def first_line(self) -> int:
        """The number of the first line; 1 if lines have none in their file."""
        return self._numbers.first

    @property
    def numbered_from(self) -> int | None:
        """The number in the margin beside the first line; None if there are no numbers."""
        return self._numbers.first if self._numbers.shown else None

    def set_wrap(self, wrap: bool) -> None:
        """Break long lines at the pane's edge, or let them run out of it."""
        mode = QPlainTextEdit.LineWrapMode
        self.setLineWrapMode(mode.WidgetWidth if wrap else mode.NoWrap)

    def visible_lines(self) -> Iterator[tuple[int, int, int]]:
        """Index, top and height of the first visual line of each block on the screen."""
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        height = self.fontMetrics().height()
        while block.isValid() and top <= self.viewport().height():
            if block.isVisible():
                yield block.blockNumber(), round(top), height
            top += self.blockBoundingRect(block).height()
            block = block.next()

    def widest_number(self) -> str:
        """The text that needs most room in the margin."""
        return self.number_text(self.blockCount() - 1)

    def line_height(self, number: int) -> int:
        """The height of a line with all its visual lines, in pixels."""
        block = self.document().findBlockByNumber(number)
        return round(self.row_height() * max(block.lineCount(), 1))

    def row_height(self) -> float:
        """The height of one visual line."""
        layout = self.firstVisibleBlock().layout()  # the last block's rectangle has a margin
        if layout is not None and layout.lineCount():
            return layout.lineAt(0).height()
        return float(self.fontMetrics().lineSpacing())

    def line_colour(self, _number: int) -> QColor | None:
        """What lies behind a line and its number; None for the plain ground."""
        return None

    def number_text(self, number: int) -> str:
        """What the margin says beside a line."""
        return str(self.first_line + number) if self._numbers.shown else ""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl changes the size."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            turn = event.angleDelta().y()
            if turn:
                (code_font().larger if turn > 0 else code_font().smaller)()
            return
        super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the line numbers as tall as the code."""
        super().resizeEvent(event)
        self._place_numbers()

    def _take_font(self) -> None:
        self.setFont(code_font().font())
        self.setTabStopDistance(INDENT * self.fontMetrics().horizontalAdvance(" "))
        self._fit_numbers()

    def _fit_numbers(self) -> None:
        self.setViewportMargins(self._numbers.needed_width(), 0, 0, 0)
        self._place_numbers()

    def _place_numbers(self) -> None:
        inside = self.contentsRect()
        width = self._numbers.needed_width()
        self._numbers.setGeometry(QRect(inside.topLeft(), QSize(width, inside.height())))
        self._numbers.update()

    def _scroll_numbers(self, area: QRect, by: int) -> None:
        if by:
            self._numbers.scroll(0, by)
        else:
            self._numbers.update(0, area.y(), self._numbers.width(), area.height())


class CodeView(CodePane):
    """Code to read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName("Code")

    def set_code(self, text: str, language: str | None, first_line: int | None = 1) -> None:
        """Show `text` from its top, its first line numbered `first_line`; None: without numbers."""
        self.highlighter.stop()
        self._numbers.shown = first_line is not None
        self._numbers.first = first_line or 1
        self.setPlainText(text)
        self._fit_numbers()
        self.highlighter.start(language)


def first_number(chunk: Chunk) -> int | None:
    """What the first line of a chunk is numbered: as in its file, where all lines are there."""
    return None if chunk.is_outline else chunk.start_line


class CodeEditor(CodePane):
    """Code to write: plain text only, coloured once its language is known."""

    paste_refused = Signal(str)  # one line for the user

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._language: str | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(EDIT_PAUSE_MS)
        self._pause.timeout.connect(self.highlighter.restart)
        self.document().contentsChange.connect(self._on_change)
        self.setAccessibleName("Code")

    @property
    def language(self) -> str | None:
        """What the text is coloured as."""
        return self._language

    def set_language(self, language: str | None) -> None:
        """Colour the text as this language; None is for words."""
        if language != self._language:
            self._language = language
            self.highlighter.start(language)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Insert the plain text of what is pasted or dropped."""
        text = source.text()
        if len(text) > LONGEST_PASTE:
            self.paste_refused.emit(
                f"The clipboard holds {len(text):,} characters; paste a piece of up to "
                f"{LONGEST_PASTE:,}."
            )
        elif text:
            self.textCursor().insertText(text)
            self.ensureCursorVisible()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Only text can be pasted."""
        return source.hasText()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tab indents unless it is set to move on; with Ctrl it always moves on."""
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.key() == Qt.Key.Key_Tab and plain and not self.tabChangesFocus():
            self._indent()
        elif event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) and not plain:
            self._move_focus(event.key() == Qt.Key.Key_Tab)
        else:
            super().keyPressEvent(event)

    def _move_focus(self, forwards: bool) -> None:
        keeps_tab = not self.tabChangesFocus()
        self.setTabChangesFocus(True)  # or the editor would decline to give the focus away
        self.focusNextPrevChild(forwards)
        self.setTabChangesFocus(not keeps_tab)

    def _indent(self) -> None:
        cursor = self.textCursor()
        if cursor.hasSelection():
            self._indent_lines(cursor)
        else:
            column = cursor.positionInBlock()
            cursor.insertText(" " * (INDENT - column % INDENT))

    def _indent_lines(self, cursor: QTextCursor) -> None:
        document = self.document()
        block = document.findBlock(cursor.selectionStart())
        last = document.findBlock(max(cursor.selectionStart(), cursor.selectionEnd() - 1))
        cursor.beginEditBlock()
        for number in range(block.blockNumber(), last.blockNumber() + 1):
            line = QTextCursor(document.findBlockByNumber(number))
            line.insertText(" " * INDENT)
        cursor.endEditBlock()

    def _on_change(self, _position: int, _removed: int, _added: int) -> None:
        self.highlighter.stop()
        self._pause.start()
