"""Tables of words to read and to choose from, of any length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from gui.theme import current_theme

ROW_HEIGHT = 28
LEAST, WIDEST = 190, 360
"""Pixels that the first column keeps for long words, and that any other takes at most."""
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: what it stands for, the words of its cells, and what more there is to say."""

    key: str
    cells: tuple[str, ...]
    tip: str = ""


class RowsModel(QAbstractTableModel):
    """Rows of words; every column but the first is of figures if `figures` says so."""

    def __init__(self, headers: Sequence[str], figures: bool = True) -> None:
        super().__init__()
        self._headers = list(headers)
        self._figures = figures
        self.rows: list[TableRow] = []

    def show_rows(self, headers: Sequence[str], rows: Sequence[TableRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._headers, self.rows = list(headers), list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many columns."""
        return 0 if parent.isValid() else len(self._headers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words, what the whole cell says, and where it stands."""
        if not index.isValid() or index.column() >= len(self.rows[index.row()].cells):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tip or row.cells[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._headers[index.column()]}: {row.cells[index.column()]}"
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() and self._figures:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """The columns' names."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section and self._figures:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def as_text(self) -> str:
        """The table with tabs, as spreadsheets take it."""
        lines = [self._headers, *(row.cells for row in self.rows)]
        return "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines)


class RowsView(QTableView):
    """A table of rows; `chosen` has the keys of the rows selected, in their order of choosing."""

    chosen = Signal(object)  # tuple[str, ...]

    def __init__(
        self,
        name: str,
        headers: Sequence[str],
        *,
        several: bool = False,
        figures: bool = True,
        empty: str = "",
        least: int = LEAST,
        widest: int = WIDEST,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.empty = empty
        self._least, self._widest = least, widest
        self.rows = RowsModel(headers, figures)
        self.setModel(self.rows)
        self.setObjectName("rowsTable")
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)  # Tab leaves the table
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if several else mode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._order: list[str] = []
        self._quiet = False
        self.selectionModel().selectionChanged.connect(self._on_selection)

    def show_rows(self, rows: Sequence[TableRow], headers: Sequence[str] | None = None) -> None:
        """Show other rows; those that were chosen stay so."""
        before = list(self._order)
        self._quiet = True
        names = headers or [
            str(self.rows.headerData(c, Qt.Orientation.Horizontal))
            for c in range(self.rows.columnCount())
        ]
        self.rows.show_rows(names, rows)
        self._fit()
        self._quiet = False
        self.setAccessibleDescription("" if rows else self.empty)
        self.choose([key for key in before if any(row.key == key for row in rows)])

    def choose(self, keys: Sequence[str]) -> None:
        """Select the rows of these keys, the first one first."""
        selection = self.selectionModel()
        flags = selection.SelectionFlag.Select | selection.SelectionFlag.Rows
        self._quiet = True
        selection.clear()
        self._order = []
        for key in keys:
            for place, row in enumerate(self.rows.rows):
                if row.key == key:
                    selection.select(self.rows.index(place, 0), flags)
                    self._order.append(key)
        self._quiet = False
        if self._order:
            self.chosen.emit(tuple(self._order))

    def selected(self) -> tuple[str, ...]:
        """The keys of the rows selected, in their order of choosing."""
        return tuple(self._order)

    def copy(self) -> None:
        """Put the whole table on the clipboard."""
        QGuiApplication.clipboard().setText(self.rows.as_text())

    def _on_selection(self) -> None:
        if self._quiet:
            return
        now = [self.rows.rows[i.row()].key for i in self.selectionModel().selectedRows()]
        kept = [key for key in self._order if key in now]
        self._order = kept + [key for key in now if key not in kept]
        self.chosen.emit(tuple(self._order))

    def _fit(self) -> None:
        """Columns as wide as their first rows; the first one takes what is left, if that is much.

        Where there is no room for all of them the table scrolls, so that the first stays readable.
        """
        header = self.horizontalHeader()
        header.setResizeContentsPrecision(100)
        others = 0
        for column in range(1, self.rows.columnCount()):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            width = max(self.sizeHintForColumn(column), header.sectionSizeHint(column))
            header.resizeSection(column, min(width, self._widest))
            others += header.sectionSize(column)
        if self.rows.columnCount():
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
            needed = min(self.sizeHintForColumn(0), self._least)
            header.resizeSection(0, max(needed, self.viewport().width() - others))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say in the middle why there are no rows, if there is none."""
        super().paintEvent(event)
        if self.empty and not self.rows.rows:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(current_theme().muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(24, 24, -24, -24), flags, self.empty)
            painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns anew."""
        super().resizeEvent(event)
        self._fit()
