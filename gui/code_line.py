"""One line of code in colours, for painted rows."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from gui.elide import elide_end
from gui.highlighter import role_of
from gui.lexers import lexer_for
from gui.theme import current_theme

_LONGEST = 200  # characters; no row shows more


@lru_cache(maxsize=512)
def coloured(line: str, language: str) -> tuple[tuple[str, str], ...]:
    """The pieces of a line, each with its role in `Syntax` (empty for plain text)."""
    lexer = lexer_for(language)
    if lexer is None:
        return ((line, ""),)
    return tuple((value, role_of(kind)[0]) for _, kind, value in lexer.get_tokens_unprocessed(line))


def paint_code(
    painter: QPainter, line: str, language: str, at: QPointF, width: float, font: QFont
) -> None:
    """Write a line with its baseline and left edge at `at`, cut at `width`."""
    theme = current_theme()
    metrics = QFontMetricsF(font)
    shown = elide_end(line[:_LONGEST], metrics, width)
    painter.setFont(font)
    x, written = at.x(), 0
    for text, role in coloured(line[:_LONGEST], language):
        piece = shown[written : written + len(text)]
        if not piece:
            break
        painter.setPen(QColor(getattr(theme.syntax, role) if role else theme.text))
        painter.drawText(QPointF(x, at.y()), piece)
        x += metrics.horizontalAdvance(piece)
        written += len(text)
