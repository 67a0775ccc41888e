"""Colours for code, a slice of a few milliseconds at a time.

Pygments tokens are pulled lazily on the main thread and written as formats into the text's layout,
as QSyntaxHighlighter does, but never for longer than one slice: a whole file of code would hold
the window for hundreds of milliseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from pygments.token import Comment, Error, Keyword, Literal, Name, Number, Operator, String, Token
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QFont, QTextBlock, QTextCharFormat, QTextDocument, QTextLayout

from gui.lexers import lexer_for
from gui.theme import Syntax, current_theme, theme_signal

SLICE_S = 0.006  # with what it takes to show them, less than 10 ms at a time
LONGEST_TEXT = 300_000  # characters; anything longer stays plain
LONGEST_LINE = 2_000  # characters; such a line stays plain, the others do not

_Token = tuple[int, object, str]

_ROLES: dict[object, tuple[str, bool, bool]] = {
    # token type: (role in Syntax, bold, italic); the nearest ancestor counts
    Comment: ("comment", False, True),
    Comment.Preproc: ("decorator", False, False),
    Keyword: ("keyword", False, False),
    Keyword.Constant: ("number", False, False),
    Keyword.Type: ("type", False, False),
    Literal: ("number", False, False),
    Name.Builtin: ("type", False, False),
    Name.Builtin.Pseudo: ("operator", False, False),
    Name.Class: ("type", True, False),
    Name.Constant: ("number", False, False),
    Name.Decorator: ("decorator", False, False),
    Name.Exception: ("type", False, False),
    Name.Function: ("function", True, False),
    Name.Function.Magic: ("function", True, False),
    Name.Tag: ("keyword", False, False),
    Name.Attribute: ("function", False, False),
    Number: ("number", False, False),
    Operator: ("operator", False, False),
    Operator.Word: ("keyword", False, False),
    String: ("string", False, False),
    String.Doc: ("comment", False, True),
    String.Escape: ("number", False, False),
    String.Interpol: ("number", False, False),
    Error: ("", False, False),
}


def role_of(kind: object) -> tuple[str, bool, bool]:
    """The role of a Pygments token type, whether it is bold, and whether it is italic."""
    while kind is not None and kind is not Token:
        if kind in _ROLES:
            return _ROLES[kind]
        kind = getattr(kind, "parent", None)
    return "", False, False


def _formats(syntax: Syntax) -> Callable[[object], QTextCharFormat | None]:
    known: dict[object, QTextCharFormat | None] = {}

    def format_of(kind: object) -> QTextCharFormat | None:
        if kind not in known:
            role, bold, italic = role_of(kind)
            known[kind] = _format(getattr(syntax, role), bold, italic) if role else None
        return known[kind]

    return format_of


def _format(colour: str, bold: bool, italic: bool) -> QTextCharFormat:
    result = QTextCharFormat()
    result.setForeground(QColor(colour))
    if bold:
        result.setFontWeight(QFont.Weight.Bold)
    result.setFontItalic(italic)
    return result


class Highlighter(QObject):
    """Colours one document, from its beginning, in slices. `slices` counts them.

    `clock` is a seam for tests.
    """

    finished = Signal()

    def __init__(
        self, document: QTextDocument, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        super().__init__(document)
        self._document = document
        self._clock = clock
        self._language: str | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.step)
        self._tokens: Iterator[_Token] = iter(())
        self._block = QTextBlock()
        self._ranges: list[QTextLayout.FormatRange] = []
        self.slices = 0
        theme_signal().changed.connect(self.restart)

    @property
    def running(self) -> bool:
        """Whether there is more to colour."""
        return self._timer.isActive()

    def start(self, language: str | None) -> None:
        """Colour the document as it stands; what was under way is dropped."""
        self._language = language
        self.restart()

    @Slot()
    def restart(self) -> None:
        """Start over, because the text or the theme is another."""
        self.slices = 0
        text = self._document.toPlainText()
        lexer = lexer_for(self._language) if len(text) <= LONGEST_TEXT else None
        if lexer is None:
            self._tokens = iter(())
        else:
            tokens = lexer.get_tokens_unprocessed(_without_long_lines(text))
            self._tokens = tokens if _is_bmp(text) else _in_utf16(tokens)
        self._format_of = _formats(current_theme().syntax)
        self._block = self._document.firstBlock()
        self._ranges = []
        self._timer.start()

    def stop(self) -> None:
        """Leave the rest as it is."""
        self._timer.stop()
        self._tokens = iter(())

    @Slot()
    def step(self) -> None:
        """Colour for one slice."""
        self.slices += 1
        end = self._clock() + SLICE_S
        first = self._block.position()
        for start, kind, value in self._tokens:
            self._colour(start, start + len(value), self._format_of(kind))
            if self._clock() >= end:
                self._commit_block()
                self._repaint(first)
                return
        while self._block.isValid() and self._clock() < end:
            self._next_block()
        self._repaint(first)
        if not self._block.isValid():
            self._timer.stop()
            self.finished.emit()

    def _colour(self, start: int, end: int, style: QTextCharFormat | None) -> None:
        """Add a format from `start` to `end`, in UTF-16 units, over as many blocks as it takes."""
        while self._block.isValid() and start < end:
            after = self._block.position() + self._block.length()
            if start >= after:
                self._next_block()
                continue
            if style is not None and self._block.length() <= LONGEST_LINE:
                self._add_range(start - self._block.position(), min(end, after - 1) - start, style)
            start = min(end, after)

    def _add_range(self, start: int, length: int, style: QTextCharFormat) -> None:
        """Colour a piece of the current line; it joins the last piece if that looks the same."""
        last = self._ranges[-1] if self._ranges else None
        if last is not None and last.start + last.length == start and last.format == style:
            last.length += length
        elif length > 0:
            piece = QTextLayout.FormatRange()
            piece.start, piece.length, piece.format = start, length, style
            self._ranges.append(piece)

    def _next_block(self) -> None:
        self._commit_block()
        self._block = self._block.next()
        self._ranges = []

    def _commit_block(self) -> None:
        layout = self._block.layout() if self._block.isValid() else None
        if layout is not None and (self._ranges or layout.formats()):
            layout.setFormats(self._ranges)

    def _repaint(self, first: int) -> None:
        last = self._block if self._block.isValid() else self._document.lastBlock()
        end = last.position() + last.length()
        if end > first:
            self._document.markContentsDirty(first, end - first)


def _without_long_lines(text: str) -> str:
    """Blank out lines that a regular expression should not see, keeping every position."""
    if len(text) <= LONGEST_LINE:
        return text
    lines = text.split("\n")
    return "\n".join(" " * len(line) if len(line) > LONGEST_LINE else line for line in lines)


def _is_bmp(text: str) -> bool:
    return text.isascii() or not text or max(text) <= "\uffff"


def _in_utf16(tokens: Iterable[_Token]) -> Iterator[_Token]:
    """Shift positions from characters to the UTF-16 units that Qt counts in."""
    extra = 0
    for start, kind, value in tokens:
        astral = sum(character > "\uffff" for character in value)
        yield start + extra, kind, value + " " * astral
        extra += astral
