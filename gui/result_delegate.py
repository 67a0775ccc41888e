"""Hands each result of the list to `result_row`, at the place where it is just now.

A row is drawn once and kept as a picture for as long as it looks the same: while rows glide, the
whole list is repainted in every frame.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize
from PySide6.QtGui import QFont, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from engine.types import Hit
from gui.result_model import HitRole
from gui.result_row import Columns, ResultRow, fit_columns, row_fonts
from gui.theme import current_theme

MOST_PICTURES = 120
"""A few lists' worth of rows; one is about 0.2 MB."""

_Index = QModelIndex | QPersistentModelIndex
_State = QStyle.StateFlag
_LOOKS = _State.State_Selected | _State.State_Active | _State.State_MouseOver


class ResultDelegate(QStyledItemDelegate):
    """Draws rows; `shift_of(chunk_id)` says how far a row is from its place while it glides."""

    def __init__(self, shift_of: Callable[[str], float], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shift_of = shift_of
        self._columns = Columns()
        self._pictures: dict[Hashable, QPixmap] = {}

    def fit_columns(self, hits: Sequence[Hit], font: QFont, width: float) -> None:
        """Lay out the columns that rows of `width` share when they show `hits`."""
        self._columns = fit_columns(hits, row_fonts(font), width)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Two lines high; the width is the list's."""
        return QSize(0, row_fonts(option.font).height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a row."""
        hit = index.data(HitRole)
        ratio = painter.device().devicePixelRatio()
        top = option.rect.topLeft() + QPoint(0, round(self._shift_of(hit.chunk.id)))
        painter.drawPixmap(top, self._picture(option, hit, ratio))

    def _picture(self, option: QStyleOptionViewItem, hit: Hit, ratio: float) -> QPixmap:
        size = option.rect.size()
        focus = option.widget is not None and option.widget.hasFocus()
        look = (option.state & _LOOKS).value
        font = option.font.key()
        key = (hit, self._columns, size.toTuple(), look, focus, current_theme().dark, font, ratio)
        picture = self._pictures.pop(key, None)
        if picture is None:
            picture = QPixmap(size * ratio)
            picture.setDevicePixelRatio(ratio)
            alone = QStyleOptionViewItem(option)
            alone.rect = QRect(QPoint(0, 0), size)
            painter = QPainter(picture)
            ResultRow(painter, alone, hit, self._columns).paint()
            painter.end()
            while len(self._pictures) >= MOST_PICTURES:
                del self._pictures[next(iter(self._pictures))]  # the one not used for longest
        self._pictures[key] = picture
        return picture
