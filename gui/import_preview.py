"""What an import would give: counts, remarks, and the first documents and queries."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QStackedLayout,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.types_corpora import DatasetPreview
from gui import texts
from gui.fonts import code_font, small
from gui.pane import hairline

ROW_HEIGHT = 26
ID_WIDTH = 112  # at least; twice that at most
SHOWN_CHARACTERS = 300  # of each text; a row shows no more

WHAT_CAN_BE_IMPORTED = (
    "Name a file, a folder or a data set of the Hugging Face hub above. What it is is found out "
    "by itself: BEIR folders, CoIR and NanoCoIR, CodeSearchNet and its challenge, CoSQA and "
    "WebQueryTest, AdvTest, HumanEval-X, parallel programs, or any table of code as JSON lines, "
    "JSON, CSV or Parquet."
)


class RowsTable(QTableWidget):
    """Ids and first words of some rows; for reading, not for editing."""

    def __init__(self, what: str, *, is_code: bool) -> None:
        super().__init__(0, 2)
        self._is_code = is_code
        self.setObjectName("previewTable")
        self.setAccessibleName(f"The first {what}")
        self.setHorizontalHeaderLabels(["id", what])
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)  # Tab leaves the table
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.setColumnWidth(0, ID_WIDTH)

    def show_rows(self, rows: tuple[tuple[str, str], ...]) -> None:
        """Show ids with texts; the whole text is the tool tip."""
        self.setRowCount(len(rows))
        font = small(code_font().font())
        for number, (key, text) in enumerate(rows):
            said = " ".join(text[:SHOWN_CHARACTERS].split())
            for column, words in enumerate((key, said)):
                item = QTableWidgetItem(words)
                item.setToolTip(key if column == 0 else text)
                if column == 1 and self._is_code:
                    item.setFont(font)
                self.setItem(number, column, item)
        wanted = self.sizeHintForColumn(0)
        self.setColumnWidth(0, min(max(wanted, ID_WIDTH), 2 * ID_WIDTH))


class ImportPreview(QWidget):
    """Says what the page is for until there is something to show."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.counts = QLabel()
        self.counts.setObjectName("rowTitle")
        self.notes = QLabel()
        self.notes.setObjectName("muted")
        for label in (self.counts, self.notes):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.documents = RowsTable("documents", is_code=True)
        self.queries = RowsTable("queries", is_code=False)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._make_empty())
        self._stack.addWidget(self._make_full())

    def _make_empty(self) -> QWidget:
        page = QWidget()
        self.words = QLabel(WHAT_CAN_BE_IMPORTED)
        self.words.setObjectName("muted")
        self.words.setWordWrap(True)
        self.words.setMaximumWidth(640)
        self.words.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.addWidget(self.words)
        layout.addStretch(1)
        return page

    def _make_full(self) -> QWidget:
        page = QWidget()
        top = QVBoxLayout()
        top.setContentsMargins(24, 12, 24, 12)
        top.setSpacing(4)
        top.addWidget(self.counts)
        top.addWidget(self.notes)
        tables = QHBoxLayout()
        tables.setSpacing(0)
        tables.addWidget(self.documents, 3)
        tables.addWidget(hairline(vertical=True))
        tables.addWidget(self.queries, 2)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(hairline())
        layout.addLayout(tables, 1)
        return page

    def clear(self) -> None:
        """Show nothing but what the page is for."""
        self._stack.setCurrentIndex(0)

    def show_preview(self, found: DatasetPreview) -> None:
        """Show what was found."""
        self.counts.setText(_counts(found))
        lines = [_grades(found), *found.notes]
        self.notes.setText("\n".join(line[:1].upper() + line[1:] for line in lines if line))
        self.notes.setVisible(bool(self.notes.text()))
        self.documents.show_rows(found.first_documents)
        self.queries.show_rows(found.first_queries)
        self._stack.setCurrentIndex(1)


def _counts(found: DatasetPreview) -> str:
    return " · ".join(
        (
            texts.count(found.documents, "document"),
            texts.count(found.queries, "query", "queries"),
            texts.count(found.judgements, "judgement"),
        )
    )


def _grades(found: DatasetPreview) -> str:
    parts = [f"{count:,} of grade {grade}" for grade, count in found.grades.items()]
    parts += [
        f"candidates by {ranker} for {texts.count(count, 'query', 'queries')}"
        for ranker, count in found.candidates.items()
    ]
    return " · ".join(parts)
