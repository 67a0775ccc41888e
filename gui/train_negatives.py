"""Thirty mined negatives to look at, each beside what is right; a wrong one can be rejected.

Right for what: the query stands whole below the list.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine.types import Chunk, Grade, JudgementDraft
from engine.types_training import MinedQuery, MiningReport
from gui import texts
from gui.code_view import CodeView, first_number
from gui.pane import Pane, hairline
from gui.result_text import name_of
from gui.viewer_pane import place


class NegativesView(QWidget):
    """The list at the left; what is right and what was taken for wrong, side by side."""

    rejected = Signal(object)  # JudgementDraft: it is right after all
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.counts = QLabel()
        self.counts.setWordWrap(True)
        self.back = QPushButton("Back")
        self.reject = QPushButton("This one is right: reject it as a negative")
        self.list = QListWidget()
        self.list.setObjectName("sideList")
        self.list.setAccessibleName("Negatives to look at")
        self.list.setWordWrap(True)
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.negatives = Pane("Negatives")
        self.query, self.right, self.wrong = Pane("Query"), Pane("Counterpart"), Pane("Negative")
        self.asked, self._codes = CodeView(), (CodeView(), CodeView())
        self._samples: list[MinedQuery] = []
        self._rejected: set[int] = set()
        self._lay_out()
        self.list.currentRowChanged.connect(self._show)
        self.reject.clicked.connect(self._reject)
        self.back.clicked.connect(self.left)

    def _lay_out(self) -> None:
        for pane, code, name in zip(
            (self.right, self.wrong), self._codes, ("Counterpart", "Negative"), strict=True
        ):
            code.setAccessibleName(name)
            pane.set_body(code)
            pane.setMinimumWidth(240)
        across = QSplitter(Qt.Orientation.Horizontal)
        across.setHandleWidth(1)
        across.setChildrenCollapsible(False)
        self.asked.setAccessibleName("Query")
        self.query.set_body(self.asked)
        left = QSplitter(Qt.Orientation.Vertical)
        left.setHandleWidth(1)
        left.setChildrenCollapsible(False)
        left.setMinimumWidth(240)
        self.negatives.set_body(self.list)
        for widget in (self.negatives, self.query):
            left.addWidget(widget)
        left.setSizes([500, 260])
        for widget in (left, self.right, self.wrong):
            across.addWidget(widget)
        across.setSizes([360, 420, 420])
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 8, 16, 8)
        foot.setSpacing(8)
        foot.addWidget(self.back)
        foot.addWidget(self.reject)
        foot.addWidget(self.counts, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(across, 1)
        column.addWidget(hairline())
        column.addLayout(foot)

    def show_report(self, report: MiningReport) -> None:
        """Show what was mined."""
        self._samples = list(report.samples)
        self._rejected.clear()
        self.counts.setText(report_in_words(report))
        self.negatives.subtitle.setText(
            f"{len(self._samples)} of them to look at" if self._samples else "there are none"
        )
        self.list.clear()
        for sample in self._samples:
            self.list.addItem(QListWidgetItem(sample_in_words(sample)))
        self.reject.setEnabled(bool(self._samples))
        if self._samples:
            self.list.setCurrentRow(0)

    def _show(self, row: int) -> None:
        if not 0 <= row < len(self._samples):
            return
        sample = self._samples[row]
        chunks = (sample.positives[0].chunk, sample.negatives[0].chunk)
        roles = ("counterpart", sample.negatives[0].origin.value)
        panes = (self.right, self.wrong)
        for pane, code, chunk, role in zip(panes, self._codes, chunks, roles, strict=True):
            _fill(pane, code, chunk, role)
        self.asked.set_code(sample.query.text, sample.language)
        self.asked.set_wrap(sample.language is None)
        self.query.subtitle.setText(sample.language or "in words")
        self.reject.setEnabled(row not in self._rejected)

    def _reject(self) -> None:
        row = self.list.currentRow()
        if not 0 <= row < len(self._samples) or row in self._rejected:
            return
        sample = self._samples[row]
        note = "rejected as a negative"
        self.rejected.emit(
            JudgementDraft(sample.query, sample.negatives[0].chunk, Grade.STRONG, note)
        )
        self._rejected.add(row)
        self.list.item(row).setText(f"rejected · {sample_in_words(sample)}")
        self.list.setCurrentRow(min(row + 1, len(self._samples) - 1))
        self.reject.setEnabled(self.list.currentRow() not in self._rejected)

    def take_back(self, corpus: str, query_text: str, chunk_id: str) -> None:
        """A grade was undone: if it was a rejection, it can be rejected again."""
        for row in sorted(self._rejected):
            sample = self._samples[row]
            asked = (sample.query.corpus, sample.query.text, sample.negatives[0].chunk.id)
            if asked == (corpus, query_text, chunk_id):
                self._rejected.discard(row)
                self.list.item(row).setText(sample_in_words(sample))
                self.list.setCurrentRow(row)
                self.reject.setEnabled(True)


def _fill(pane: Pane, code: CodeView, chunk: Chunk, role: str) -> None:
    pane.title.setText(name_of(chunk))
    pane.subtitle.setText(f"{role} · {place(chunk)}")
    code.set_code(chunk.text, chunk.language, first_number(chunk))


def sample_in_words(sample: MinedQuery) -> str:
    """`mined, 0.020 · attend` and the query."""
    negative = sample.negatives[0]
    score = f", {negative.score:.3f}" if negative.score is not None else ""
    first = next((line.strip() for line in sample.query.text.splitlines() if line.strip()), "")
    return f"{negative.origin.value}{score} · {name_of(negative.chunk)}\n{first[:120]}"


def report_in_words(report: MiningReport) -> str:
    """`22 queries · 40 judged irrelevant, 12 mined · left out: 9 near-duplicates …`."""
    counts = ", ".join(f"{count:,} {origin.value}" for origin, count in report.counts.items())
    left_out = ", ".join(f"{count:,} {reason}" for reason, count in report.skipped.items())
    parts = [texts.count(report.queries, "query", "queries"), counts or "no negatives"]
    if left_out:
        parts.append(f"left out: {left_out}")
    return " · ".join((*parts, *report.notes))
