"""Paints one result in two lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
)
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from engine.types import Hit, StageRanks
from gui import badges, result_text
from gui.elide import elide_end, elide_name, elide_place
from gui.fonts import mono, small
from gui.grade_mark import paint_grade
from gui.result_model import HitRole
from gui.theme import GRID, Theme, current_theme

_RANK = 4 * GRID  # from the left edge to the right edge of the rank
_LEFT = 5 * GRID
_RIGHT = 12  # clear of the scroll bar
_GRADE = 8 * GRID
_BAR = 3  # marks the chosen row
_MIN_CODE = 15 * GRID
_MAX_BADGES = 0.42  # of a row

_Index = QModelIndex | QPersistentModelIndex
_State = QStyle.StateFlag


@dataclass(frozen=True, slots=True)
class RowFonts:
    """The fonts of a row with their measures."""

    name: QFont
    place: QFont
    code: QFont
    badge: QFont

    @property
    def height(self) -> int:
        """The height of a row."""
        first = QFontMetricsF(self.name).height()
        second = QFontMetricsF(self.code).height()
        return round(GRID + first + GRID / 2 + second + GRID)


@lru_cache(maxsize=4)
def _fonts_for(points: float, family: str) -> RowFonts:
    interface = QFont(family)
    interface.setPointSizeF(points)
    name = mono(points)
    name.setWeight(QFont.Weight.Bold)
    return RowFonts(name, small(interface, 0.94), mono(points * 0.92), badges.badge_font(interface))


def row_fonts(font: QFont) -> RowFonts:
    """The fonts of a row in a list whose own font is `font`."""
    points = font.pointSizeF() if font.pointSizeF() > 0 else font.pixelSize() * 0.75
    return _fonts_for(points, font.family())


def badges_width(hit: Hit, font: QFont) -> float:
    """How much room the badges of a row want."""
    chunk = hit.chunk
    widths = [badges.framework_width(framework, font) for framework in chunk.frameworks[:2]]
    if chunk.language:
        widths.append(badges.language_width(chunk.language, font))
    return sum(widths) + 1.5 * GRID * max(0, len(widths) - 1)


class ResultDelegate(QStyledItemDelegate):
    """Draws rows; `shift_of(chunk_id)` says how far a row is from its place while it glides."""

    def __init__(self, shift_of: Callable[[str], float], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shift_of = shift_of
        self.badge_column = 0.0

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Two lines high."""
        return QSize(40 * GRID, row_fonts(option.font).height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a row."""
        hit = index.data(HitRole)
        painter.save()
        painter.translate(0, self._shift_of(hit.chunk.id))
        _Row(painter, option, hit, self.badge_column).paint()
        painter.restore()


class _Row:
    """One row being painted."""

    def __init__(
        self, painter: QPainter, option: QStyleOptionViewItem, hit: Hit, badge_column: float
    ) -> None:
        self.painter = painter
        self.hit = hit
        self.theme: Theme = current_theme()
        self.fonts = row_fonts(option.font)
        self.box = QRectF(option.rect)
        self.selected = bool(option.state & _State.State_Selected)
        self.active = bool(option.state & _State.State_HasFocus)
        self.hovered = bool(option.state & _State.State_MouseOver)
        self.left = self.box.left() + _LEFT
        self.right = self.box.right() - _RIGHT - _GRADE - GRID
        first = QFontMetricsF(self.fonts.name)
        second = QFontMetricsF(self.fonts.code)
        self.line1 = self.box.top() + GRID + first.ascent()
        self.line2 = self.box.top() + GRID + first.height() + GRID / 2 + second.ascent()
        self.badge_column = min(badge_column, _MAX_BADGES * (self.right - self.left))

    def paint(self) -> None:
        self._ground()
        self._rank()
        self._name_and_place()
        self._badges()
        end = self._stages()
        self._code(end)
        self._grade()

    @property
    def ground(self) -> str:
        if self.selected:
            return self.theme.selected
        return self.theme.hover if self.hovered else self.theme.surface

    def _ground(self) -> None:
        self.painter.fillRect(self.box, QColor(self.ground))
        line = QRectF(self.left, self.box.bottom() - 1, self.box.right() - self.left, 1)
        self.painter.fillRect(line, QColor(self.theme.hairline))
        if self.selected:
            bar = QRectF(self.box.left(), self.box.top(), _BAR, self.box.height())
            colour = self.theme.accent if self.active else self.theme.muted
            self.painter.fillRect(bar, QColor(colour))

    def _write(
        self, x: float, y: float, text: str, font: QFont, colour: str, right: bool = False
    ) -> float:
        """Write `text` with its baseline at `y`, from `x` or up to it; return its width."""
        width = QFontMetricsF(font).horizontalAdvance(text)
        self.painter.setFont(font)
        self.painter.setPen(QColor(colour))
        self.painter.drawText(QPointF(x - width if right else x, y), text)
        return width

    def _rank(self) -> None:
        x = self.box.left() + _RANK
        self._write(x, self.line1, str(self.hit.rank), self.fonts.place, self.theme.muted, True)

    def _name_and_place(self) -> None:
        room = self.right - self.left
        marks = self._marks()
        small_metrics = QFontMetricsF(self.fonts.place)
        marks_width = sum(small_metrics.horizontalAdvance(word) + GRID for word, _ in marks)
        metrics = QFontMetricsF(self.fonts.name)
        name = elide_name(result_text.name_of(self.hit.chunk), metrics, room - marks_width)
        x = self.left + self._write(self.left, self.line1, name, self.fonts.name, self.theme.text)
        for word, colour in marks:
            x += GRID + self._write(x + GRID, self.line1, word, self.fonts.place, colour)
        place = result_text.place_of(self.hit.chunk)
        room = self.right - x - 1.5 * GRID
        if room > 5 * GRID:
            place = elide_place(place, small_metrics, room)
            self._write(x + 1.5 * GRID, self.line1, place, self.fonts.place, self.theme.muted)

    def _marks(self) -> list[tuple[str, str]]:
        marks = []
        if self.hit.is_query:
            marks.append(("your snippet", self.theme.accent))
        if self.hit.identical:
            marks.append((f"+{len(self.hit.identical)} identical", self.theme.muted))
        return marks

    def _badges(self) -> None:
        chunk, font, dark = self.hit.chunk, self.fonts.badge, self.theme.dark
        x, end = self.left, self.left + self.badge_column + 0.5
        for framework in chunk.frameworks[:2]:
            if x + badges.framework_width(framework, font) <= end:
                at = QPointF(x, self.line2)
                x += badges.paint_framework(self.painter, framework, at, font, dark) + 1.5 * GRID
        if chunk.language and x + badges.language_width(chunk.language, font) <= end:
            at = QPointF(x, self.line2)
            colour = self.theme.muted
            badges.paint_language(self.painter, chunk.language, at, font, dark, colour)

    def _stages(self) -> float:
        """Write the way through the stages; return where it starts."""
        room = self.right - self.left - self.badge_column - 2 * GRID
        metrics = QFontMetricsF(self.fonts.place)
        for words in (True, False):
            parts = stage_parts(self.hit.ranks, words)
            width = sum(metrics.horizontalAdvance(text) for text, _ in parts)
            if room - width >= _MIN_CODE or not words:
                break
        if width > room:
            return self.right
        x = self.right - width
        for text, strong in parts:
            colour = self.theme.text if strong else self.theme.muted
            x += self._write(x, self.line2, text, self.fonts.place, colour)
        return self.right - width

    def _code(self, end: float) -> None:
        start = self.left + self.badge_column + (1.5 * GRID if self.badge_column else 0)
        metrics = QFontMetricsF(self.fonts.code)
        line = elide_end(
            result_text.first_line(self.hit.chunk.text), metrics, end - 2 * GRID - start
        )
        self._write(start, self.line2, line, self.fonts.code, self.theme.muted)

    def _grade(self) -> None:
        right = self.box.right() - _RIGHT
        grade = self.hit.grade
        if grade is None:
            if self.selected:
                self._write(right, self.line1, "0–3", self.fonts.place, self.theme.muted, True)
                self._write(right, self.line2, "grade", self.fonts.place, self.theme.muted, True)
            return
        colour = self.theme.grades[grade]
        metrics = QFontMetricsF(self.fonts.name)
        size = round(metrics.capHeight()) + 4
        middle = self.line1 - metrics.capHeight() / 2
        shape = QRectF(right - size, middle - size / 2, size, size)
        paint_grade(self.painter, grade, shape, colour, self.ground)
        number = str(int(grade))
        self._write(right - size - 6, self.line1, number, self.fonts.name, colour, True)
        word = result_text.GRADE_WORDS[grade]
        self._write(right, self.line2, word, self.fonts.place, colour, True)


def stage_parts(ranks: StageRanks, words: bool) -> list[tuple[str, bool]]:
    """The way through the stages as pieces of text; True marks the figures."""
    parts: list[tuple[str, bool]] = []
    for name, rank in result_text.stages_seen(ranks):
        parts.append(((" → " if parts else "") + (f"{name} " if words else ""), False))
        parts.append((str(rank), True))
    return parts
