"""Both sides in one column, for narrow windows: each band's query lines above its result lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from engine.types_alignment import Alignment
from gui.aligned_bands import Bands, Side
from gui.aligned_code import MARK
from gui.aligned_colours import band_fill
from gui.code_view import CodeView
from gui.theme import current_theme

_SIGNS = ("‹", "›")  # query, result


@dataclass(frozen=True, slots=True)
class UnifiedLine:
    """A line of one side in the common column; `band` is None without a counterpart."""

    side: Side
    line: int
    text: str
    band: int | None


def unified(alignment: Alignment, bands: Bands) -> list[UnifiedLine]:
    """Every line of both sides once, in the order of the result; the query's come first."""
    lines = [alignment.request.left.split("\n"), alignment.request.right.split("\n")]

    def of(side: Side, first: int, last: int) -> Iterator[UnifiedLine]:
        for line in range(first, last):
            number = bands.number_at(side, line)
            yield UnifiedLine(side, line, lines[side][line], number if number >= 0 else None)

    rows: list[UnifiedLine] = []
    done = [0, 0]
    in_order = [band for band in bands.bands if not band.moved]
    for band in sorted(in_order, key=lambda band: band.extent(Side.RIGHT)):
        extents = [band.extent(side) for side in Side]
        if any(extents[side][0] < done[side] for side in Side):
            continue
        for side in Side:
            rows += of(side, done[side], extents[side][0])
        for side in Side:
            rows += of(side, extents[side][0], extents[side][1] + 1)
            done[side] = extents[side][1] + 1
    for side in Side:
        rows += of(side, done[side], len(lines[side]))
    return rows


class UnifiedView(CodeView):
    """Shows the common column: `‹ 12` is line 12 of the query, `› 40` line 40 of the result."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._rows: list[UnifiedLine] = []  # before the margin asks for them
        self._bands: Bands | None = None
        self._shown: Alignment | None = None
        self._first = (1, 1)
        self._numbered = (True, True)
        super().__init__(parent)
        self.setAccessibleName("Query and result in one column")

    def show_alignment(self, alignment: Alignment, bands: Bands, first_line: int | None) -> None:
        """Show both texts; the result's lines are numbered from `first_line`, None: not at all."""
        if alignment is self._shown:
            return
        self._shown = alignment
        self._rows = unified(alignment, bands)
        self._bands = bands
        self._first = (1, first_line or 1)
        self._numbered = (True, first_line is not None)
        language = alignment.request.right_language or alignment.request.left_language
        self.set_code("\n".join(row.text for row in self._rows), language)

    def number_text(self, number: int) -> str:
        """The side and the line's number there."""
        if number >= len(self._rows):
            return super().number_text(number)
        row = self._rows[number]
        if not self._numbered[row.side]:
            return _SIGNS[row.side]
        return f"{_SIGNS[row.side]} {row.line + self._first[row.side]}"

    def widest_number(self) -> str:
        """The text that needs most room in the margin."""
        if self._bands is None:
            return "‹ 999"
        last = (count + first - 1 for count, first in
                zip(self._bands.counts, self._first, strict=True))  # fmt: skip
        return f"{_SIGNS[0]} {max(last)}"

    def line_colour(self, number: int) -> QColor | None:
        """The ground of the line's band."""
        row = self._rows[number] if number < len(self._rows) else None
        if row is None or row.band is None or self._bands is None:
            return None
        band = self._bands.bands[row.band]
        return QColor(band_fill(current_theme(), band.number, band.confidence))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The grounds, a mark on the query's lines, and the code over them."""
        theme = current_theme()
        painter = QPainter(self.viewport())
        for number, top, _ in self.visible_lines():
            height, ground = self.line_height(number), self.line_colour(number)
            if ground is not None:
                painter.fillRect(0, top, self.viewport().width(), height, ground)
            if number < len(self._rows) and self._rows[number].side is Side.LEFT:
                painter.fillRect(0, top, MARK, height, QColor(theme.accent))
        painter.end()
        super().paintEvent(event)
