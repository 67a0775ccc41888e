"""A figure in a table with a bar behind it, as long as its share."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from gui.theme import current_theme

ROW = 22

BarRole = Qt.ItemDataRole.UserRole + 10
"""A share in [0, 1]."""


class BarDelegate(QStyledItemDelegate):
    """Paints the bar, then the figure; rows have room to be told apart."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """At least `ROW` high."""
        return super().sizeHint(option, index).expandedTo(QSize(0, ROW))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Bars grow from the right, where the figures end; totals have none."""
        share = float(index.data(BarRole) or 0.0)
        if index.parent().isValid():
            place = option.rect.adjusted(4, 4, -4, -4)
            width = round(place.width() * min(share, 1.0))
            bar = QRect(place.right() - width + 1, place.top(), width, place.height())
            painter.fillRect(bar, QColor(current_theme().selected))
        super().paint(painter, option, index)
