"""Grades as shapes: a disc that fills up, crossed out for 0 and ticked for 3."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from engine.types import Grade

_QUARTER = 90 * 16  # Qt counts in sixteenths of a degree
_TOP = 90 * 16


def paint_grade(painter: QPainter, grade: Grade, box: QRectF, colour: str, ground: str) -> None:
    """Draw the shape of `grade` into a square; `ground` is what lies behind it."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width = max(1.2, box.width() / 9)
    ring = box.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    painter.setPen(QPen(QColor(colour), width))
    painter.setBrush(QColor(colour) if grade is Grade.EXACT else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(ring)
    if grade is Grade.IRRELEVANT:
        inset = box.width() * 0.32
        cross = box.adjusted(inset, inset, -inset, -inset)
        painter.drawLine(cross.topLeft(), cross.bottomRight())
        painter.drawLine(cross.topRight(), cross.bottomLeft())
    elif grade is Grade.EXACT:
        painter.setPen(QPen(QColor(ground), width * 1.3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(_tick(box))
    else:
        quarters = 1 if grade is Grade.WEAK else 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        inner = ring.adjusted(width, width, -width, -width)
        painter.drawPie(inner, _TOP, -quarters * _QUARTER)
    painter.restore()


def _tick(box: QRectF) -> QPainterPath:
    def at(x: float, y: float) -> QPointF:
        return QPointF(box.left() + x * box.width(), box.top() + y * box.height())

    path = QPainterPath(at(0.28, 0.52))
    path.lineTo(at(0.44, 0.68))
    path.lineTo(at(0.73, 0.36))
    return path
