"""The bundled monospaced font, and the one size that all code shares."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QFont, QFontDatabase

from engine.paths import RESOURCES

FAMILY = "JetBrains Mono"
DEFAULT_POINTS = 10.0
SMALLEST, LARGEST = 7.0, 28.0

_LIGATURES = ("calt", "liga", "dlig")


def load_fonts() -> bool:
    """Register the bundled font with Qt; whether it is there now."""
    if FAMILY not in QFontDatabase.families():
        for file in sorted((RESOURCES / "fonts").glob("*.ttf")):
            QFontDatabase.addApplicationFont(str(file))
    return FAMILY in QFontDatabase.families()


def mono(points: float) -> QFont:
    """The font of code. Without ligatures: code is shown as it is written."""
    font = QFont(FAMILY)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setFixedPitch(True)
    font.setPointSizeF(points)
    for feature in _LIGATURES:
        font.setFeature(QFont.Tag(feature), 0)
    return font


def small(font: QFont, by: float = 0.88) -> QFont:
    """The same font for secondary words."""
    copy = QFont(font)
    if font.pointSizeF() > 0:
        copy.setPointSizeF(font.pointSizeF() * by)
    else:
        copy.setPixelSize(round(font.pixelSize() * by))
    return copy


class CodeFont(QObject):
    """The size of code: one for every pane, so that two of them can be read across."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._points = DEFAULT_POINTS

    @property
    def points(self) -> float:
        """The size in points."""
        return self._points

    def set_points(self, points: float) -> None:
        """Change the size everywhere, within what stays legible."""
        points = min(LARGEST, max(SMALLEST, points))
        if points != self._points:
            self._points = points
            self.changed.emit()

    def larger(self) -> None:
        """One point up."""
        self.set_points(self._points + 1)

    def smaller(self) -> None:
        """One point down."""
        self.set_points(self._points - 1)

    def reset(self) -> None:
        """Back to the size it came with."""
        self.set_points(DEFAULT_POINTS)

    def font(self) -> QFont:
        """The font of code at this size."""
        return mono(self._points)


_code_font: CodeFont | None = None


def code_font() -> CodeFont:
    """The one size that all code shares."""
    global _code_font
    if _code_font is None:
        _code_font = CodeFont()
    return _code_font
