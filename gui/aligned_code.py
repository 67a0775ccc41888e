"""One side of an aligned pair: code with the grounds of its bands, folds and the line in hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QToolTip, QWidget

from gui import texts
from gui.aligned_bands import ALONE, Bands, Range, Side
from gui.aligned_colours import band_edge, band_fill
from gui.code_view import CodeView
from gui.theme import current_theme

MARK = 3
"""The width of the mark on lines that have no counterpart, in pixels."""

_CHAIN = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


class AlignedCode(CodeView):
    """Paints the bands of its side; tells which line the pointer and the caret are on."""

    hovered = Signal(int)  # a line, from 0; -1 when the pointer leaves
    stepped = Signal(int)  # the caret has come to this line
    partner_wanted = Signal()  # Return: go across
    unfolded = Signal(int)  # the line of a fold that was opened

    def __init__(self, side: Side, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.side = side
        self.bands: Bands | None = None
        self.hints: Mapping[str, str] = {}
        self._lit = ALONE
        self._caret_line = 0
        self._folds: dict[int, Range] = {}  # by the line that stays to stand for the fold
        self.viewport().setMouseTracking(True)
        self.setCenterOnScroll(True)  # leaves room to level the last lines
        self.cursorPositionChanged.connect(self._on_caret)

    # -- what is shown

    def set_bands(self, bands: Bands | None) -> None:
        """Show other bands over the same text."""
        self.bands = bands
        self._lit = ALONE
        self.refresh()

    def light(self, number: int) -> None:
        """Make one band stand out; `ALONE` for none."""
        if number != self._lit:
            self._lit = number
            self.refresh()

    def refresh(self) -> None:
        """Paint again, the margin too."""
        self.viewport().update()
        self._numbers.update()

    @property
    def line(self) -> int:
        """The line the caret is on, from 0."""
        return self.textCursor().blockNumber()

    def lines_in_hand(self) -> tuple[int, ...]:
        """The selected lines, or the one that the caret is on."""
        cursor = self.textCursor()
        first, last = (self.document().findBlock(end) for end in
                       (cursor.selectionStart(), cursor.selectionEnd()))  # fmt: skip
        end = last.blockNumber()
        if cursor.selectionEnd() == last.position() and end > first.blockNumber():
            end -= 1  # a selection that ends where a line begins holds nothing of it
        return tuple(range(first.blockNumber(), end + 1))

    def go_to(self, line: int) -> None:
        """Put the caret on a line."""
        block = self.document().findBlockByNumber(line)
        if block.isValid():
            cursor = QTextCursor(block)
            self.setTextCursor(cursor)

    # -- folding

    @property
    def folds(self) -> Mapping[int, Range]:
        """What is folded away, by the line that stands for it."""
        return self._folds

    def fold(self, runs: list[Range]) -> None:
        """Fold these runs of lines, and nothing else."""
        if not runs and not self._folds:
            return
        self._folds = {first: (first, last) for first, last in runs}
        hidden = {line for a, b in runs for line in range(a + 1, b + 1)}
        document = self.document()
        block = document.firstBlock()
        changed = False
        while block.isValid():
            visible = block.blockNumber() not in hidden
            if block.isVisible() != visible:
                block.setVisible(visible)
                block.setLineCount(max(1, block.layout().lineCount()) if visible else 0)
                changed = True
            block = block.next()
        if changed:
            document.markContentsDirty(0, document.characterCount())
            self.viewport().update()

    def unfold(self, line: int) -> None:
        """Open the fold that a line stands for."""
        if line in self._folds:
            self.fold([run for first, run in self._folds.items() if first != line])
            self.unfolded.emit(line)

    # -- places

    def line_at(self, y: int) -> int:
        """The line at a height of the viewport, -1 where there is none."""
        for number, top, _ in self.visible_lines():
            if top <= y < top + self.line_height(number):
                return number
        return -1

    def top_of(self, line: float) -> float:
        """Where a line begins, in pixels of the viewport; also of one that is not on the screen."""
        first = self.firstVisibleBlock()
        block = self.document().findBlockByNumber(int(line))
        if not block.isValid():
            block = self.document().lastBlock()
            lines = block.firstLineNumber() + block.lineCount() - first.firstLineNumber()
        else:
            share = (line - int(line)) * block.lineCount()
            lines = block.firstLineNumber() + share - first.firstLineNumber()
        return self.contentOffset().y() + lines * self.row_height()

    def tinted(self) -> Iterator[tuple[int, QRect]]:
        """The lines on the screen with their places."""
        width = self.viewport().width()
        for number, top, _ in self.visible_lines():
            yield number, QRect(0, top, width, self.line_height(number))

    # -- painting

    def line_colour(self, number: int) -> QColor | None:
        """The ground of the band on a line."""
        band = self.bands.at(self.side, number) if self.bands is not None else None
        if band is None or number in self._folds:
            return None
        lit = band.number == self._lit
        return QColor(band_fill(current_theme(), band.number, band.confidence, lit))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The grounds first, the code over them, folds last."""
        theme = current_theme()
        painter = QPainter(self.viewport())
        for number, place in self.tinted():
            ground = self.line_colour(number)
            if ground is not None:
                painter.fillRect(place, ground)
            elif self.bands is not None and self.bands.number_at(self.side, number) == ALONE:
                mark = QRect(place.left(), place.top() + 2, MARK, place.height() - 4)
                painter.fillRect(mark, QColor(theme.control_edge))
            if number == self._caret_line and self.hasFocus():
                painter.setPen(QColor(theme.accent))
                painter.drawRect(place.adjusted(0, 0, -1, -1))
        painter.end()
        super().paintEvent(event)
        if self._folds:
            self._paint_folds()

    def _paint_folds(self) -> None:
        theme = current_theme()
        painter = QPainter(self.viewport())
        painter.setFont(self.font())
        for number, place in self.tinted():
            if number not in self._folds:
                continue
            first, last = self._folds[number]
            row = QRect(place.left(), place.top(), place.width(), round(self.row_height()))
            painter.fillRect(row, QColor(theme.hover))
            painter.setPen(QColor(theme.muted))
            words = f"⋯ {texts.count(last - first + 1, 'line')} without a counterpart"
            painter.drawText(row.adjusted(8, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)

    def edge_colour(self, number: int) -> QColor:
        """The outline of a band."""
        assert self.bands is not None
        band = self.bands.bands[number]
        return QColor(band_edge(current_theme(), number, band.confidence, number == self._lit))

    # -- pointer and keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which line the pointer is on."""
        super().mouseMoveEvent(event)
        self.hovered.emit(self.line_at(event.position().toPoint().y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a fold opens it."""
        super().mouseReleaseEvent(event)
        line = self.line_at(event.position().toPoint().y())
        if line in self._folds and event.button() == Qt.MouseButton.LeftButton:
            self.unfold(line)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer has gone."""
        super().leaveEvent(event)
        self.hovered.emit(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return goes across, or opens a fold; Up and Down move by lines that are shown."""
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.line in self._folds:
                self.unfold(self.line)
            else:
                self.partner_wanted.emit()
            return
        if plain and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            # A read-only text without a blinking caret would scroll instead.
            move = QTextCursor.MoveOperation
            cursor = self.textCursor()
            cursor.movePosition(move.Up if event.key() == Qt.Key.Key_Up else move.Down)
            self.setTextCursor(cursor)
            self.ensureCursorVisible()
            return
        super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Say what an API name is called on the other side."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            hint = self.hint_at(event.pos())
            if hint:
                QToolTip.showText(event.globalPos(), hint, self.viewport())
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def hint_at(self, place: QPoint) -> str:
        """The hint for the name at a place of the viewport; empty if there is none."""
        cursor = self.cursorForPosition(place)
        return self.hint_in(cursor.block().text(), cursor.positionInBlock())

    def hints_on(self, line: int) -> list[str]:
        """What the API names on a line are called across, for who has no pointer."""
        text = self.document().findBlockByNumber(line).text()
        names = dict.fromkeys(match.group() for match in _CHAIN.finditer(text))
        found = (self.hints[name].partition("\n") for name in names if name in self.hints)
        return [f"{pair} ({notes})" if notes else pair for pair, _, notes in found]

    def hint_in(self, line: str, column: int) -> str:
        """The hint for the dotted name around a column of a line."""
        for match in _CHAIN.finditer(line):
            if match.start() <= column <= match.end():
                return self.hints.get(match.group(), "")
        return ""

    def _on_caret(self) -> None:
        if self.line != self._caret_line:
            self._caret_line = self.line
            self.viewport().update()
            self.stepped.emit(self.line)
