"""What a receipt's table paints: a figure with a bar below it, and words on several lines."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from gui.theme import current_theme

ROW = 22
MARGIN = 4
THICK = 2

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
        """Bars grow from the right, below the figures, also in a row that is chosen; not totals."""
        super().paint(painter, option, index)
        share = float(index.data(BarRole) or 0.0)
        if index.parent().isValid():
            place = option.rect.adjusted(MARGIN, 0, -MARGIN, -1)
            width = round(place.width() * min(share, 1.0))
            bar = QRect(place.right() - width + 1, place.bottom() - THICK, width, THICK)
            painter.fillRect(bar, QColor(current_theme().accent))


class WordsDelegate(QStyledItemDelegate):
    """Words that go on in the next line: what is cut off nobody without a mouse could read."""

    def __init__(self, tree: QTreeView) -> None:
        super().__init__(tree)
        self._tree = tree

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """As high as the words are in a column as wide as it is now."""
        width = self._tree.columnWidth(index.column()) - 2 * MARGIN
        room = QRect(0, 0, max(width, 1), 10_000)
        words = str(index.data() or "")
        needed = option.fontMetrics.boundingRect(room, Qt.TextFlag.TextWordWrap, words)
        return QSize(0, max(ROW, needed.height() + ROW - option.fontMetrics.height()))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """As the style does, but never cut."""
        option.features |= QStyleOptionViewItem.ViewItemFeature.WrapText
        super().paint(painter, option, index)
