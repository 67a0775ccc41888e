"""The loss of a training so far, as a line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.types_training import CurvePoint
from gui.theme import current_theme, theme_signal

HEIGHT = 120
_SMOOTH = 0.8  # share of the past in the running mean


class LossCurve(QWidget):
    """Each step as a dot, their running mean as a line; told in words to a screen reader."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Loss curve")
        self._points: tuple[CurvePoint, ...] = ()
        theme_signal().changed.connect(self.update)

    def show_points(self, points: Sequence[CurvePoint]) -> None:
        """Show these steps."""
        self._points = tuple(points)
        self.setAccessibleDescription(in_words(self._points))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes without numbers but the first and the last mean."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 8.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(theme.hairline), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        if not self._points:
            painter.end()
            return
        smooth = means([point.loss for point in self._points])
        top = max(max(smooth), max(point.loss for point in self._points), 1e-6)
        last = max(self._points[-1].steps, 1)

        def at(step: int, loss: float) -> QPointF:
            return QPointF(
                box.left() + box.width() * step / last, box.bottom() - box.height() * loss / top
            )

        painter.setPen(QPen(QColor(theme.control_edge), 3, c=Qt.PenCapStyle.RoundCap))
        for point in self._points:
            painter.drawPoint(at(point.step, point.loss))
        painter.setPen(QPen(QColor(theme.accent), 2))
        line = [at(p.step, loss) for p, loss in zip(self._points, smooth, strict=True)]
        for one, other in pairwise(line):
            painter.drawLine(one, other)
        painter.setPen(QColor(theme.muted))
        painter.drawText(
            box,
            Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight,
            f"loss, smoothed: {smooth[-1]:.3f}",
        )
        painter.end()


def means(losses: Sequence[float]) -> list[float]:
    """The running mean after each step."""
    found: list[float] = []
    for loss in losses:
        found.append(_SMOOTH * found[-1] + (1 - _SMOOTH) * loss if found else loss)
    return found


def in_words(points: Sequence[CurvePoint]) -> str:
    """`step 40 of 120, loss 0.412, at first 0.693`."""
    if not points:
        return "no step yet"
    smooth = means([point.loss for point in points])
    last = points[-1]
    return f"step {last.step} of {last.steps}, loss {smooth[-1]:.3f}, at first {smooth[0]:.3f}"
