"""Icons: SVG files drawn in the theme's colours at the moment they are painted."""

from __future__ import annotations

import re
from functools import lru_cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from engine.paths import RESOURCES
from gui.theme import current_theme

FOLDER = RESOURCES / "icons"


@lru_cache(maxsize=64)
def _source(name: str) -> str:
    return (FOLDER / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def _pixmap(name: str, colour: str, width: int, height: int, scale: float) -> QPixmap:
    pixmap = QPixmap(QSize(round(width * scale), round(height * scale)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    svg = re.sub(r"currentColor", colour, _source(name))
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


class _ThemedEngine(QIconEngine):
    """Asks for the colour when it paints, so an icon outlives a change of theme."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._name = name
        self._token = token

    def _colour(self, mode: QIcon.Mode) -> str:
        theme = current_theme()
        if mode == QIcon.Mode.Disabled:
            return theme.disabled
        return str(getattr(theme, self._token))

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        scale = painter.device().devicePixelRatioF()
        painter.drawPixmap(rect.topLeft(), self.scaledPixmap(rect.size(), mode, state, scale))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        return _pixmap(self._name, self._colour(mode), size.width(), size.height(), scale)

    def clone(self) -> QIconEngine:
        return _ThemedEngine(self._name, self._token)


def icon(name: str, token: str = "muted") -> QIcon:
    """The icon `resources/icons/<name>.svg` in the colour of a theme token.

    Raises `FileNotFoundError` if there is none of that name.
    """
    _source(name)
    return QIcon(_ThemedEngine(name, token))


def app_icon() -> QIcon:
    """The application's own icon, in its own colours."""
    result = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(_pixmap("app", "#000000", size, size, 1.0))
    return result


def paint_icon(painter: QPainter, name: str, at: QPoint, size: int, colour: str) -> None:
    """Draw an icon in a colour of its own, for painted rows."""
    scale = painter.device().devicePixelRatioF()
    painter.drawPixmap(at, _pixmap(name, QColor(colour).name(), size, size, scale))
