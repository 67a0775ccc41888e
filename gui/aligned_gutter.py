"""The gutter between the two sides: bands drawn across it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.aligned_bands import ALONE, Band, Bands, Side
from gui.aligned_code import AlignedCode
from gui.aligned_colours import band_fill
from gui.icons import paint_icon
from gui.theme import current_theme, theme_signal

WIDTH = 48
PIN = 14


class Gutter(QWidget):
    """Told nothing by itself: it looks at both sides when it paints.

    Dragging from a line of one side to a line of the other puts the two together.
    """

    hovered = Signal(int)  # the number of the band under the pointer, `ALONE` for none
    drawn = Signal(int, int)  # a line of the left, a line of the right

    def __init__(self, left: AlignedCode, right: AlignedCode, parent: QWidget) -> None:
        super().__init__(parent)
        self._sides = (left, right)
        self._lit = ALONE
        self._from: tuple[Side, int] | None = None
        self._to = QPointF()
        self.bands: Bands | None = None
        self.setFixedWidth(WIDTH)
        self.setMouseTracking(True)
        self.setAccessibleName("Bands between query and result")
        theme_signal().changed.connect(self.update)

    def light(self, number: int) -> None:
        """Make one band stand out."""
        if number != self._lit:
            self._lit = number
            self.update()

    def shape(self, band: Band) -> QPainterPath:
        """The outline of a band between the two sides, in the gutter's own pixels."""
        path = QPainterPath()
        (a, b), (c, d) = (self._span(side, band) for side in Side)
        middle, width = self.width() / 2, float(self.width())
        path.moveTo(0.0, a)
        path.cubicTo(QPointF(middle, a), QPointF(middle, c), QPointF(width, c))
        path.lineTo(width, d)
        path.cubicTo(QPointF(middle, d), QPointF(middle, b), QPointF(0.0, b))
        path.closeSubpath()
        return path

    def _span(self, side: Side, band: Band) -> tuple[float, float]:
        code = self._sides[side]
        first, last = band.extent(side)
        offset = code.viewport().y() + code.y() - self.y()
        return code.top_of(first) + offset, code.top_of(last + 1) + offset

    def in_sight(self) -> list[Band]:
        """The bands with a line on the screen, of either side; moved ones last."""
        if self.bands is None:
            return []
        numbers = {
            self.bands.number_at(code.side, line)
            for code in self._sides
            for line, _, _ in code.visible_lines()
        }
        bands = [self.bands.bands[number] for number in sorted(numbers) if number >= 0]
        return sorted(bands, key=lambda band: (band.number == self._lit, band.moved))

    def whole_in_sight(self) -> list[Band]:
        """Those with a line on the screen on both sides."""
        if self.bands is None:
            return []
        left, right = (
            {self.bands.number_at(code.side, line) for line, _, _ in code.visible_lines()}
            for code in self._sides
        )
        return [self.bands.bands[number] for number in left & right if number >= 0]

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bands, the one in hand last; pins on those made by hand."""
        theme = current_theme()
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(theme.window))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for band in self.in_sight():
            self._paint(painter, band)
        if self._from is not None:
            side, line = self._from
            start = QPointF(float(side) * self.width(), self._sides[side].top_of(line + 0.5))
            painter.setPen(QPen(QColor(theme.accent), 2, Qt.PenStyle.DashLine))
            painter.drawLine(start, self._to)

    def _paint(self, painter: QPainter, band: Band) -> None:
        theme = current_theme()
        lit = band.number == self._lit
        path = self.shape(band)
        ground = QColor(band_fill(theme, band.number, band.confidence, lit))
        ground.setAlpha(255 if lit or not band.moved else 150)
        painter.fillPath(path, ground)
        pen = QPen(self._sides[0].edge_colour(band.number), 2.0 if band.by_hand else 1.0)
        pen.setStyle(Qt.PenStyle.DashLine if band.moved else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        painter.drawPath(path)
        if band.by_hand:
            at = path.boundingRect().center().toPoint()
            at -= self.rect().topLeft()
            at.setX(at.x() - PIN // 2)
            at.setY(at.y() - PIN // 2)
            paint_icon(painter, "pin", at, PIN, theme.accent)

    def band_at(self, place: QPointF) -> int:
        """The number of the topmost band at a place, `ALONE` if there is none."""
        for band in reversed(self.in_sight()):
            if self.shape(band).contains(place):
                return band.number
        return ALONE

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which band is under the pointer, or draw a new one."""
        if self._from is not None:
            self._to = event.position()
            self.update()
        else:
            self.hovered.emit(self.band_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to draw a band from the nearer side."""
        side = Side.LEFT if event.position().x() < self.width() / 2 else Side.RIGHT
        line = self._line(side, event.position())
        self._from = (side, line) if line >= 0 else None
        self._to = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End at the other side."""
        started, self._from = self._from, None
        self.update()
        if started is None:
            return
        side, line = started
        across = event.position().x() - (self.width() if side is Side.LEFT else 0)
        reached = across > -WIDTH / 4 if side is Side.LEFT else across < WIDTH / 4
        other = self._line(side.other, event.position())
        if reached and other >= 0:
            self.drawn.emit(*((line, other) if side is Side.LEFT else (other, line)))

    def _line(self, side: Side, place: QPointF) -> int:
        code = self._sides[side]
        return code.line_at(round(place.y()) + self.y() - code.y() - code.viewport().y())

    def leaveEvent(self, event: object) -> None:
        """The pointer has gone."""
        self.hovered.emit(ALONE)
