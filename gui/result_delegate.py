"""Hands each result of the list to `result_row`, at the place where it is just now."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSize
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from engine.types import Hit
from gui.result_model import HitRole
from gui.result_row import Columns, ResultRow, fit_columns, row_fonts

_Index = QModelIndex | QPersistentModelIndex


class ResultDelegate(QStyledItemDelegate):
    """Draws rows; `shift_of(chunk_id)` says how far a row is from its place while it glides."""

    def __init__(self, shift_of: Callable[[str], float], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shift_of = shift_of
        self._columns = Columns()

    def fit_columns(self, hits: Sequence[Hit], font: QFont, width: float) -> None:
        """Lay out the columns that rows of `width` share when they show `hits`."""
        self._columns = fit_columns(hits, row_fonts(font), width)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Two lines high; the width is the list's."""
        return QSize(0, row_fonts(option.font).height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a row."""
        hit = index.data(HitRole)
        painter.save()
        painter.translate(0, self._shift_of(hit.chunk.id))
        ResultRow(painter, option, hit, self._columns).paint()
        painter.restore()
