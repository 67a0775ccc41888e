"""The drawer under the result: how its score came about, or why a chunk is not in the list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QStringListModel, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QCompleter,
    QFrame,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.types import Chunk
from engine.types_alignment import Receipt, ReceiptPart
from gui.pane import hairline
from gui.receipt_bar import BarDelegate, BarRole, WordsDelegate
from gui.style import style_sheet
from gui.theme import current_theme

HEIGHT = 280
LEAST_HEIGHT = 160
PAUSE_MS = 150
"""How long nothing is typed before places are looked up."""

_COLUMNS = ("What", "Adds", "How")


class ReceiptDrawer(QWidget):
    """A tree: a row for each stage, below it what the stage added up."""

    asked = Signal(str)  # why not this chunk: an id, a name, or path:line
    sought = Signal(str)  # which chunks may be meant by this

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.head = QLabel()
        self.head.setWordWrap(True)
        self.head.setTextFormat(Qt.TextFormat.PlainText)
        self.head.setContentsMargins(16, 8, 16, 4)
        self.head.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(len(_COLUMNS))
        self.tree.setHeaderLabels(_COLUMNS)
        self.tree.setFrameShape(QFrame.Shape.NoFrame)
        self.tree.setWordWrap(True)
        self.tree.setObjectName("receiptTree")
        self.tree.setAccessibleName("How the score came about")
        self.tree.setItemDelegateForColumn(1, BarDelegate(self.tree))
        self.tree.setItemDelegateForColumn(2, WordsDelegate(self.tree))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self.tree.headerItem().setTextAlignment(1, right)  # above the figures
        header = self.tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(1, 160)
        header.setStretchLastSection(True)
        header.sectionResized.connect(self.tree.scheduleDelayedItemsLayout)
        self.question = QLineEdit()
        self.question.setPlaceholderText("Why not … ? A name, a path, or a place (src/net.py:12)")
        self.question.setAccessibleName("Why not: a name, a path, or a path and a line")
        self.question.returnPressed.connect(self._ask)
        self.question.textEdited.connect(self._look_up)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._seek)
        self._places: list[Chunk] = []
        self._offer = QStringListModel(self)
        self.completer = QCompleter(self._offer, self)
        self.completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer.setWidget(self.question)
        self.completer.activated[QModelIndex].connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 8)
        layout.setSpacing(4)
        layout.addWidget(hairline())
        layout.addWidget(self.head)
        layout.addWidget(self.tree, 1)
        row = QVBoxLayout()
        row.setContentsMargins(16, 0, 16, 0)
        row.addWidget(self.question)
        layout.addLayout(row)

    def show_receipt(self, receipt: Receipt) -> None:
        """Show a receipt; every stage is open."""
        self.head.setText(headline(receipt))
        self.tree.clear()
        for step in receipt.steps:
            item = self._item(step.title, step.total, step.words, 1.0)
            largest = max((abs(part.value) for part in step.parts), default=0.0)
            for part in step.parts:
                item.addChild(self._part(part, largest))
            self.tree.addTopLevelItem(item)
            item.setExpanded(step is not receipt.steps[0])  # the terms are many
        if self.tree.hasFocus():  # which is seen, and read aloud, where a row is current
            self.tree.setCurrentItem(self.tree.topLevelItem(0))

    def show_problem(self, line: str) -> None:
        """Say why there is no receipt."""
        self.head.setText(line)
        self.tree.clear()

    def _part(self, part: ReceiptPart, largest: float) -> QTreeWidgetItem:
        share = abs(part.value) / largest if largest else 0.0
        return self._item(part.name, part.value, part.words, share)

    def _item(self, name: str, value: float, words: str, share: float) -> QTreeWidgetItem:
        item = QTreeWidgetItem([name, number(value), words])
        item.setData(1, BarRole, share)
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setToolTip(2, words)
        spoken = f"{name}: {number(value)}" + (f", {words}" if words else "")
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, spoken)
        return item

    def show_places(self, chunks: Sequence[Chunk]) -> None:
        """Offer the chunks that may be meant by what is typed."""
        self._places = list(chunks)
        self._offer.setStringList([called(chunk) for chunk in chunks])
        if chunks and self.question.hasFocus() and self.question.text().strip():
            # It is a window of its own: what dresses ours does not reach it.
            self.completer.popup().setStyleSheet(style_sheet(current_theme()))
            self.completer.complete()
        else:
            self.completer.popup().hide()

    @Slot()
    def _look_up(self) -> None:
        self._pause.start()

    @Slot()
    def _seek(self) -> None:
        self.sought.emit(self.question.text().strip())

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        chunk = self._places[index.row()]
        self.question.setText(f"{chunk.path}:{chunk.start_line}")
        self.asked.emit(chunk.id)

    def _ask(self) -> None:
        self._pause.stop()
        place = self.question.text().strip()
        if place:
            self.asked.emit(place)


def called(chunk: Chunk) -> str:
    """A chunk in a line: its place, then its name."""
    place = f"{chunk.path}:{chunk.start_line}–{chunk.end_line}"
    return f"{place}  {chunk.name}" if chunk.name else place


def headline(receipt: Receipt) -> str:
    """The receipt in a sentence or two."""
    parts = []
    if receipt.rank is not None and receipt.score is not None:
        parts.append(f"Rank {receipt.rank} with a score of {number(receipt.score)}.")
    else:
        parts.append(f"Not in the list: {receipt.verdict}. What would keep it: {receipt.remedy}.")
    if receipt.filters:
        parts.append(f"Filters: {', '.join(receipt.filters)}.")
    if receipt.folded:
        parts.append(f"Stands for {len(receipt.folded)} more with the same text.")
    return " ".join(parts)


def number(value: float) -> str:
    """Six digits after the point; what is smaller in powers of ten."""
    return f"{value:.6f}" if value == 0 or abs(value) >= 1e-6 else f"{value:.1e}"
