"""Query and result side by side, statement by statement."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from engine.types_alignment import Alignment, AlignmentRequest
from gui.aligned_bands import ALONE, NEUTRAL, Band, Bands, Side
from gui.aligned_code import AlignedCode
from gui.aligned_gutter import Gutter
from gui.pane import ElidedLabel, hairline

_NAMES = ("query", "result")

ABOVE = 2
"""Lines left above the first match when the view goes there by itself."""


class AlignedView(QWidget):
    """Two panes of code with a gutter between them, scrolled and lit together."""

    anchored = Signal(object, object)  # lines of the left and of the right to stand together
    told = Signal(str)  # what the line in hand stands for, in words

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("alignedView")
        self.bands: Bands | None = None
        self._locked = True
        self._folding = False
        self._levelling = False
        self._fresh = True  # the texts have not been aligned yet
        self.sides = (AlignedCode(Side.LEFT), AlignedCode(Side.RIGHT))
        self.labels = (ElidedLabel(), ElidedLabel(Qt.TextElideMode.ElideMiddle))
        self.gutter = Gutter(*self.sides, parent=self)
        self._lay_out()
        for side, code in zip(Side, self.sides, strict=True):
            code.setAccessibleName(f"{_NAMES[side].capitalize()}, aligned with the "
                                   f"{_NAMES[side.other]}")  # fmt: skip
            code.verticalScrollBar().valueChanged.connect(self._scrollers[side])
            code.hovered.connect(self._hoverers[side])
            code.stepped.connect(self._steppers[side])
            code.partner_wanted.connect(self.go_across)
            code.updateRequest.connect(self.gutter.update)
        self.gutter.hovered.connect(self.light)
        self.gutter.drawn.connect(self._drawn)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        for column, side in ((0, Side.LEFT), (2, Side.RIGHT)):
            label = self.labels[side]
            label.setObjectName("sideLabel")
            label.setFixedHeight(24)
            label.setContentsMargins(16, 0, 8, 0)
            grid.addWidget(label, 0, column)
            grid.addWidget(self.sides[side], 2, column)
            grid.setColumnStretch(column, 1)
        grid.addWidget(hairline(), 1, 0, 1, 3)
        grid.addWidget(self.gutter, 2, 1)
        grid.setRowStretch(2, 1)
        self.sides[Side.LEFT].setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scrollers = (self._left_scrolled, self._right_scrolled)
        self._hoverers = (self._left_hovered, self._right_hovered)
        self._steppers = (self._left_stepped, self._right_stepped)

    # -- what is shown

    def show_texts(
        self, request: AlignmentRequest, first_line: int | None, labels: tuple[str, str]
    ) -> None:
        """Show two texts, not aligned yet; a text that is shown already keeps its place.

        The result's lines are numbered from `first_line`; None leaves their numbers out.
        """
        shown: tuple[tuple[str, str | None, int | None], ...] = (
            (request.left, request.left_language, 1),
            (request.right, request.right_language, first_line),
        )
        for side, (text, language, first) in zip(Side, shown, strict=True):
            code = self.sides[side]
            self.labels[side].setText(labels[side])
            if code.toPlainText() != text or code.numbered_from != first:
                code.fold([])
                code.set_code(text, language, first)
                self._fresh = True
        self._set_bands(None)

    def show_alignment(self, alignment: Alignment) -> None:
        """Show the bands of the texts that are shown."""
        self._set_bands(Bands(alignment))
        for code, hints in zip(
            self.sides, (alignment.left_hints, alignment.right_hints), strict=True
        ):
            code.hints = hints
        self._fold()
        if self._fresh:
            self._fresh = False
            self._bring_into_sight()
        for side, code in zip(Side, self.sides, strict=True):
            if code.hasFocus():  # what was said of the line in hand may be so no longer
                self._step(side, code.line)

    def _bring_into_sight(self) -> None:
        """Begin where the two begin to match, if that is not on the screen: in a long text."""
        assert self.bands is not None
        in_order = [band for band in self.bands.bands if not band.moved]
        if not in_order or any(band in in_order for band in self.gutter.whole_in_sight()):
            return
        for side, code in zip(Side, self.sides, strict=True):
            row = _row_of(code, in_order[0].extent(side)[0])
            self._levelling = True  # each side to its own line
            code.verticalScrollBar().setValue(max(0, round(row) - ABOVE))
            self._levelling = False

    def _set_bands(self, bands: Bands | None) -> None:
        self.bands = self.gutter.bands = bands
        for code in self.sides:
            code.set_bands(bands)
        self.gutter.light(ALONE)
        self.gutter.update()

    def set_wrap(self, wrap: bool) -> None:
        """Break long lines in both panes, or let them run on."""
        for code in self.sides:
            code.set_wrap(wrap)

    # -- folding

    def set_folding(self, folding: bool) -> None:
        """Fold away what has no counterpart, or show it all."""
        self._folding = folding
        self._fold()

    def _fold(self) -> None:
        for side, code in zip(Side, self.sides, strict=True):
            runs = self.bands.folds(side) if self._folding and self.bands is not None else []
            code.fold(runs)
        self.gutter.update()

    # -- scrolling

    def set_locked(self, locked: bool) -> None:
        """Scroll both sides together, or each for itself."""
        self._locked = locked
        policy = Qt.ScrollBarPolicy
        bar = policy.ScrollBarAlwaysOff if locked else policy.ScrollBarAsNeeded
        self.sides[Side.LEFT].setVerticalScrollBarPolicy(bar)
        if locked:
            self.level(Side.RIGHT)

    def level(self, leading: Side) -> None:
        """Scroll the other side so that what is shown on this one finds its counterpart."""
        if not self._locked or self.bands is None or self._levelling:
            return
        ours, theirs = self.sides[leading], self.sides[leading.other]
        bar = ours.verticalScrollBar()
        # From the first line at the top to the last at the bottom: both ends can be reached.
        share = bar.value() / bar.maximum() if bar.maximum() else 0.0
        height = share * ours.viewport().height() / max(ours.row_height(), 1.0)
        across = self.bands.across(leading, _line_of(ours, bar.value() + height))
        self._levelling = True
        theirs.verticalScrollBar().setValue(round(_row_of(theirs, across) - height))
        self._levelling = False
        self.gutter.update()

    @Slot()
    def _left_scrolled(self) -> None:
        self.level(Side.LEFT)
        self.gutter.update()

    @Slot()
    def _right_scrolled(self) -> None:
        self.level(Side.RIGHT)
        self.gutter.update()

    # -- light

    @Slot(int)
    def light(self, number: int) -> None:
        """Make one band stand out on both sides and between them."""
        for part in (*self.sides, self.gutter):
            part.light(number)

    @Slot(int)
    def _left_hovered(self, line: int) -> None:
        self._light_line(Side.LEFT, line)

    @Slot(int)
    def _right_hovered(self, line: int) -> None:
        self._light_line(Side.RIGHT, line)

    @Slot(int)
    def _left_stepped(self, line: int) -> None:
        self._step(Side.LEFT, line)

    @Slot(int)
    def _right_stepped(self, line: int) -> None:
        self._step(Side.RIGHT, line)

    def _light_line(self, side: Side, line: int) -> None:
        self.light(self.bands.number_at(side, line) if self.bands is not None else ALONE)

    def _step(self, side: Side, line: int) -> None:
        self._light_line(side, line)
        words = " · ".join([self.spoken(side, line), *self.sides[side].hints_on(line)])
        self.sides[side].setAccessibleDescription(words)
        if self.sides[side].hasFocus():
            self.told.emit(words)

    def spoken(self, side: Side, line: int) -> str:
        """What a line stands for, in words."""
        if self.bands is None:
            return ""
        here = f"line {line + self.sides[side].first_line}"
        number = self.bands.number_at(side, line)
        if number < 0:
            return f"{here}: {'no counterpart' if number == ALONE else 'no statement'}"
        band = self.bands.bands[number]
        there = band.spoken(side.other, self.sides[side.other].first_line)
        how = "by hand" if band.by_hand else f"{round(100 * band.confidence)} % sure"
        moved = ", moved" if band.moved else ""
        return f"{here} ↔ {_NAMES[side.other]} {there} · {how}{moved}"

    # -- going across, and anchors

    def side_in_hand(self) -> Side:
        """The side that has the focus, or had it last."""
        return Side.RIGHT if self.sides[Side.RIGHT].hasFocus() else Side.LEFT

    @Slot()
    def go_across(self) -> None:
        """Go to the counterpart of the line in hand."""
        side = self.side_in_hand()
        band = self._band_in_hand(side)
        if band is not None:
            first, _ = band.extent(side.other)
            target = self.sides[side.other]
            target.setFocus()
            target.go_to(first)
            self._step(side.other, first)

    def _band_in_hand(self, side: Side) -> Band | None:
        return self.bands.at(side, self.sides[side].line) if self.bands is not None else None

    def anchor_here(self) -> None:
        """Put the lines that are selected, or that the carets are on, together."""
        left, right = (self._statement_lines(side) for side in Side)
        if left and right:
            self.anchored.emit(left, right)
        elif self.bands is not None:
            self.told.emit("there is no statement on that line to align")

    def _statement_lines(self, side: Side) -> tuple[int, ...]:
        lines = self.sides[side].lines_in_hand()
        if self.bands is None:
            return lines
        return tuple(line for line in lines if self.bands.number_at(side, line) != NEUTRAL)

    @Slot(int, int)
    def _drawn(self, left: int, right: int) -> None:
        self.anchored.emit((left,), (right,))


def _line_of(code: AlignedCode, row: float) -> float:
    """The line, with its fraction, at a visual row."""
    block = code.document().findBlockByLineNumber(int(row))
    if not block.isValid():
        return float(code.blockCount())
    return block.blockNumber() + (row - block.firstLineNumber()) / max(block.lineCount(), 1)


def _row_of(code: AlignedCode, line: float) -> float:
    """The visual row of a line with its fraction."""
    block = code.document().findBlockByNumber(int(line))
    if not block.isValid():
        last = code.document().lastBlock()
        return last.firstLineNumber() + last.lineCount()
    return block.firstLineNumber() + (line - int(line)) * block.lineCount()
