"""One result, painted in two lines.

First line: rank, name, marks, place, and at the right edge the grade. Second line: badges, the
first telling line of code, and at the right edge the way through the stages. Where there is too
little room, what matters least goes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from engine.types import Framework, Hit
from gui import badges, result_text
from gui.code_line import paint_code
from gui.elide import elide_name, elide_place
from gui.fonts import mono, small
from gui.grade_mark import paint_grade
from gui.theme import GRID, Theme, current_theme

_RANK = 4 * GRID  # from the left edge to the right edge of the rank
_LEFT = 5 * GRID
_RIGHT = 2 * GRID
_BAR = 3  # marks the chosen row
_GAP = 1.5 * GRID
_MIN_CODE = 18 * GRID  # with less, only the chosen row names its stages
_MIN_PLACE = 5 * GRID
_MOST_BADGES = 0.4  # of a row's width

_State = QStyle.StateFlag


@dataclass(frozen=True, slots=True)
class RowFonts:
    """The fonts of a row."""

    name: QFont
    words: QFont
    code: QFont
    badge: QFont

    @property
    def height(self) -> int:
        """The height of a row."""
        first, second = QFontMetricsF(self.name).height(), QFontMetricsF(self.code).height()
        return round(GRID + first + GRID / 2 + second + GRID)


@lru_cache(maxsize=4)
def _fonts_for(points: float, family: str) -> RowFonts:
    interface = QFont(family)
    interface.setPointSizeF(points)
    name = mono(points)
    name.setWeight(QFont.Weight.Bold)
    return RowFonts(name, small(interface, 0.94), mono(points * 0.94), badges.badge_font(interface))


def row_fonts(font: QFont) -> RowFonts:
    """The fonts of a row in a list whose own font is `font`."""
    points = font.pointSizeF() if font.pointSizeF() > 0 else font.pixelSize() * 0.75
    return _fonts_for(points, font.family())


@dataclass(frozen=True, slots=True)
class Columns:
    """What all rows of a list have in common, so that they can be read downwards."""

    badges: float = 0.0  # wide enough for most rows; the others push their code to the right
    badges_most: float = 0.0
    stage_names: bool = True  # else only the chosen row names its stages


def fit_columns(hits: Sequence[Hit], fonts: RowFonts, width: float) -> Columns:
    """The columns for `hits` in rows of `width`."""
    room = width - _LEFT - _RIGHT
    most = _MOST_BADGES * room
    widths = sorted(_badges_that_fit(hit, fonts.badge, most)[2] for hit in hits)
    badges_width = widths[len(widths) * 3 // 4] if widths else 0.0
    words = QFontMetricsF(fonts.words)
    stages = max((_stages_width(hit, words) for hit in hits), default=0.0)
    return Columns(badges_width, most, room - badges_width - stages - 3 * _GAP >= _MIN_CODE)


def _stages_width(hit: Hit, metrics: QFontMetricsF, names: bool = True) -> float:
    parts = result_text.stage_parts(hit.ranks, names)
    return sum(metrics.horizontalAdvance(text) for text, _ in parts)


def _badges_that_fit(
    hit: Hit, font: QFont, room: float
) -> tuple[tuple[Framework, ...], bool, float]:
    """Which frameworks are shown, whether the language is, and the width of it all.

    The first framework matters most, then the language, then the second framework.
    """
    chunk = hit.chunk
    language = badges.language_width(chunk.language, font) if chunk.language else 0.0
    best: tuple[tuple[Framework, ...], bool, float] = ((), False, 0.0)
    for frameworks, with_language in (
        (chunk.frameworks[:2], True),
        (chunk.frameworks[:1], True),
        (chunk.frameworks[:1], False),
    ):
        widths = [badges.framework_width(framework, font) for framework in frameworks]
        widths += [language] if with_language and language else []
        width = sum(widths) + GRID * max(0, len(widths) - 1)
        if widths and width <= room + 0.5:
            return frameworks, bool(with_language and language), width
    return best


class ResultRow:
    """One row being painted."""

    def __init__(
        self, painter: QPainter, option: QStyleOptionViewItem, hit: Hit, columns: Columns
    ) -> None:
        self._painter = painter
        self._hit = hit
        self._theme: Theme = current_theme()
        self._fonts = row_fonts(option.font)
        self._box = QRectF(option.rect)
        self._selected = bool(option.state & _State.State_Selected)
        self._active = bool(option.state & _State.State_Active) and option.widget.hasFocus()
        hovered = bool(option.state & _State.State_MouseOver)
        theme = self._theme
        self._ground = (
            theme.selected if self._selected else theme.hover if hovered else theme.surface
        )
        self._left = self._box.left() + _LEFT
        self._right = self._box.right() - _RIGHT
        self._columns = columns
        first = QFontMetricsF(self._fonts.name)
        second = QFontMetricsF(self._fonts.code)
        self._line1 = self._box.top() + GRID + first.ascent()
        self._line2 = self._box.top() + GRID + first.height() + GRID / 2 + second.ascent()

    def paint(self) -> None:
        """Draw it all."""
        self._paint_ground()
        rank_right = self._box.left() + _RANK
        self._write_up_to(rank_right, self._line1, str(self._hit.rank), self._theme.faint)
        self._paint_name_and_place(self._paint_grade() - _GAP)
        badges_end = self._paint_badges()
        self._paint_code(badges_end + _GAP, self._paint_stages(badges_end) - _GAP)

    def _paint_ground(self) -> None:
        self._painter.fillRect(self._box, QColor(self._ground))
        line = QRectF(self._left, self._box.bottom() - 1, self._box.right() - self._left, 1)
        self._painter.fillRect(line, QColor(self._theme.hairline))
        if self._selected:
            bar = QRectF(self._box.left(), self._box.top(), _BAR, self._box.height())
            colour = self._theme.accent if self._active else self._theme.faint
            self._painter.fillRect(bar, QColor(colour))

    def _write(self, x: float, y: float, text: str, font: QFont, colour: str) -> float:
        """Write `text` from `x` with its baseline at `y`; return where it ends."""
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(QPointF(x, y), text)
        return x + QFontMetricsF(font).horizontalAdvance(text)

    def _write_up_to(
        self, x: float, y: float, text: str, colour: str, font: QFont | None = None
    ) -> float:
        """Write `text` so that it ends at `x`; return where it starts."""
        font = font or self._fonts.words
        start = x - QFontMetricsF(font).horizontalAdvance(text)
        self._write(start, y, text, font, colour)
        return start

    def _paint_grade(self) -> float:
        """Word, figure and shape at the right edge; return where they start."""
        grade = self._hit.grade
        if grade is None:
            hint = "grade 0–3" if self._selected else ""
            return self._write_up_to(self._right, self._line1, hint, self._theme.muted)
        colour = self._theme.grades[grade]
        capital = QFontMetricsF(self._fonts.name).capHeight()
        size = round(capital) + 5
        top = self._line1 - capital / 2 - size / 2
        shape = QRectF(self._right - size, top, size, size)
        paint_grade(self._painter, grade, shape, colour, self._ground)
        x = self._write_up_to(
            shape.left() - 6, self._line1, str(int(grade)), colour, self._fonts.name
        )
        return self._write_up_to(x - 6, self._line1, result_text.GRADE_WORDS[grade], colour)

    def _paint_name_and_place(self, end: float) -> None:
        room = end - self._left
        name = result_text.name_of(self._hit.chunk)
        metrics, words = QFontMetricsF(self._fonts.name), QFontMetricsF(self._fonts.words)
        for marks in (self._marks(), self._marks(short=True)):
            marks_width = sum(words.horizontalAdvance(mark) + _GAP for mark, _ in marks)
            if metrics.horizontalAdvance(name) + marks_width <= room:
                break
        name = elide_name(name, metrics, room - marks_width)
        x = self._write(self._left, self._line1, name, self._fonts.name, self._theme.text)
        for mark, colour in marks:
            x = self._write(x + _GAP, self._line1, mark, self._fonts.words, colour)
        if end - x - _GAP >= _MIN_PLACE:
            place = result_text.place_beside_name(self._hit.chunk)
            place = elide_place(place, words, end - x - _GAP)
            self._write(x + _GAP, self._line1, place, self._fonts.words, self._theme.muted)

    def _marks(self, short: bool = False) -> list[tuple[str, str]]:
        marks = []
        if self._hit.is_query:
            marks.append(("yours" if short else "your snippet", self._theme.accent))
        if more := len(self._hit.identical):
            marks.append((f"+{more}" if short else f"+{more} identical", self._theme.muted))
        return marks

    def _paint_badges(self) -> float:
        """Frameworks and language; return where their column ends in this row."""
        font, dark = self._fonts.badge, self._theme.dark
        frameworks, with_language, width = _badges_that_fit(
            self._hit, font, self._columns.badges_most
        )
        at = QPointF(self._left, self._line2)
        for framework in frameworks:
            step = badges.paint_framework(self._painter, framework, at, font, dark) + GRID
            at += QPointF(step, 0)
        if with_language:
            language = self._hit.chunk.language
            badges.paint_language(self._painter, language, at, font, dark, self._theme.muted)
        return self._left + max(width, self._columns.badges)

    def _paint_stages(self, start: float) -> float:
        """The ranks in each stage at the right edge; return where they start."""
        font = self._fonts.words
        metrics = QFontMetricsF(font)
        room = self._right - start - _GAP
        names = self._columns.stage_names or self._selected
        names = names and _stages_width(self._hit, metrics) <= room
        x = start = self._right - _stages_width(self._hit, metrics, names)
        for text, is_figure in result_text.stage_parts(self._hit.ranks, names):
            colour = self._theme.text if is_figure else self._theme.muted
            x = self._write(x, self._line2, text, font, colour)
        return start

    def _paint_code(self, start: float, end: float) -> None:
        chunk = self._hit.chunk
        line = result_text.first_line(chunk.text)
        at = QPointF(start, self._line2)
        paint_code(self._painter, line, chunk.language, at, end - start, self._fonts.code)
