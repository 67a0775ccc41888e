"""Badges: a framework or a language as a coloured word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.types import Framework
from gui.fonts import small
from gui.palette import oklch
from gui.theme import current_theme, theme_signal

GAP = 4
_PADDING = 5
_DOT = 7
_EDGE = 0.22  # opacity; it sets a badge off from a chosen row of the same hue

_HUES = {  # degrees in OKLCH, near the colour that each project uses for itself
    Framework.PYTORCH: 38,
    Framework.TENSORFLOW: 75,
    Framework.KERAS: 12,
    Framework.MXNET: 255,
    Framework.PADDLE: 280,
    Framework.JAX: 320,
    Framework.MINDSPORE: 175,
    Framework.NUMPY: 225,
}

_LANGUAGE_HUES = {
    "Python": 250,
    "JavaScript": 95,
    "TypeScript": 255,
    "Java": 60,
    "C": 270,
    "C++": 350,
    "C#": 150,
    "Go": 215,
    "Rust": 45,
    "Ruby": 20,
    "PHP": 285,
}


@dataclass(frozen=True, slots=True)
class BadgeColours:
    """The word's colour and what lies behind it; a language has a dot instead of a ground."""

    word: str
    ground: str


@lru_cache(maxsize=64)
def framework_colours(framework: Framework, dark: bool) -> BadgeColours:
    """The colours of a framework's badge."""
    hue = _HUES[framework]
    if dark:
        return BadgeColours(oklch(0.85, 0.09, hue), oklch(0.32, 0.055, hue))
    return BadgeColours(oklch(0.42, 0.12, hue), oklch(0.945, 0.03, hue))


@lru_cache(maxsize=64)
def language_dot(language: str, dark: bool) -> str:
    """The colour of the dot before a language's name; grey for one without a colour of its own."""
    hue = _LANGUAGE_HUES.get(language)
    chroma = 0.0 if hue is None else 0.13
    return oklch(0.72 if dark else 0.6, chroma, hue or 0)


def badge_font(font: QFont) -> QFont:
    """The font of badges beside text in `font`."""
    return small(font)


def framework_width(framework: Framework, font: QFont) -> float:
    """How wide `paint_framework` draws."""
    return QFontMetricsF(font).horizontalAdvance(framework.value) + 2 * _PADDING


def language_width(language: str, font: QFont) -> float:
    """How wide `paint_language` draws."""
    return QFontMetricsF(font).horizontalAdvance(language) + _DOT + 4


def paint_framework(
    painter: QPainter, framework: Framework, at: QPointF, font: QFont, dark: bool
) -> float:
    """Draw a badge with its word's baseline and left edge at `at`; return its width."""
    colours = framework_colours(framework, dark)
    metrics = QFontMetricsF(font)
    width = framework_width(framework, font)
    box = QRectF(at.x(), at.y() - metrics.ascent() - 1, width, metrics.height() + 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = QColor(colours.word)
    edge.setAlphaF(_EDGE)
    painter.setPen(QPen(edge, 1))
    painter.setBrush(QColor(colours.ground))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setPen(QColor(colours.word))
    painter.setFont(font)
    painter.drawText(QPointF(at.x() + _PADDING, at.y()), framework.value)
    return width


def paint_language(
    painter: QPainter, language: str, at: QPointF, font: QFont, dark: bool, colour: str
) -> float:
    """Draw a dot and the language's name with its baseline and left edge at `at`."""
    metrics = QFontMetricsF(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(language_dot(language, dark)))
    middle = at.y() - metrics.xHeight() / 2
    painter.drawEllipse(QRectF(at.x(), middle - _DOT / 2, _DOT, _DOT))
    painter.setPen(QColor(colour))
    painter.setFont(font)
    painter.drawText(QPointF(at.x() + _DOT + 4, at.y()), language)
    return language_width(language, font)


class BadgeRow(QWidget):
    """Badges side by side; no wider than they are, and nothing where there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._language: str | None = None
        self._frameworks: tuple[Framework, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme_signal().changed.connect(self.update)

    def set_badges(self, language: str | None, frameworks: Sequence[Framework]) -> None:
        """Show these; `setVisible` follows."""
        self._language = language
        self._frameworks = tuple(frameworks)
        words = [framework.value for framework in frameworks] + ([language] if language else [])
        self.setAccessibleName(", ".join(words))
        self.setVisible(bool(words))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the badges."""
        font = badge_font(self.font())
        widths = [framework_width(framework, font) for framework in self._frameworks]
        if self._language:
            widths.append(language_width(self._language, font))
        gaps = 2 * GAP * max(0, len(widths) - 1)
        return QSize(round(sum(widths) + gaps + 0.5), round(QFontMetricsF(font).height()) + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the badges on one baseline."""
        painter = QPainter(self)
        font = badge_font(self.font())
        metrics = QFontMetricsF(font)
        baseline = (self.height() - metrics.height()) / 2 + metrics.ascent()
        theme = current_theme()
        x = 0.0
        for framework in self._frameworks:
            at = QPointF(x, baseline)
            x += paint_framework(painter, framework, at, font, theme.dark) + 2 * GAP
        if self._language:
            at = QPointF(x, baseline)
            paint_language(painter, self._language, at, font, theme.dark, theme.muted)
