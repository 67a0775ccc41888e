"""What may stand beside the panes: the guidelines, or how well judges agree and what to settle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.types_judging import AgreementReport, Disagreement, Estimate, Merged
from gui.pane import Pane
from gui.result_text import GRADE_WORDS

_PAUSE_MS = 800
_WITH_JUDGES = "JSON lines, everything (*.jsonl);;CSV table (*.csv)"
"""Formats that say who judged; others are imported from the command line, with a name."""
_FORMATS = f"{_WITH_JUDGES};;TREC qrels (*.qrels)"


class GuidelinesPane(Pane):
    """What the grades mean, to read and to edit; kept a moment after the last change."""

    edited = Signal(str, str)  # the queue, and the text

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Guidelines", parent)
        self.subtitle.setText("Tab or a click goes in to change them")
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("Guidelines: what the grades mean")
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.text.document().setDocumentMargin(16)
        self.text.setTabChangesFocus(True)
        self.set_body(self.text)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._tell)
        self._queue = self._kept = ""
        self.text.textChanged.connect(self._pause.start)

    def show_text(self, queue: str, text: str) -> None:
        """Show a queue's guidelines; what was changed of another queue's is kept for that one."""
        self.flush()
        self._queue, self._kept = queue, text
        if self.text.toPlainText() != text:
            self.text.setPlainText(text)
        self._pause.stop()

    def flush(self) -> None:
        """Keep at once what was changed."""
        if self._pause.isActive():
            self._pause.stop()
            self._tell()

    def _tell(self) -> None:
        text = self.text.toPlainText()
        if text != self._kept:
            self._kept = text
            self.edited.emit(self._queue, text)


class AgreementPane(Pane):
    """Figures above, disagreements below; exchange at the foot."""

    chosen = Signal(object)  # Disagreement
    export_wanted = Signal(str)
    import_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Agreement", parent)
        self.figures = QLabel()
        self.figures.setTextFormat(Qt.TextFormat.PlainText)
        self.figures.setWordWrap(True)
        self.figures.setContentsMargins(16, 12, 16, 12)
        self.figures.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.list = QListWidget()
        self.list.setObjectName("sideList")
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setAccessibleName("Disagreements to settle")
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        export, merge = QPushButton("Export…"), QPushButton("Import…")
        export.clicked.connect(self._ask_export)
        merge.clicked.connect(self._ask_import)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 8, 16, 8)
        foot.setSpacing(8)
        foot.addWidget(export)
        foot.addWidget(merge)
        foot.addStretch(1)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.figures)
        column.addWidget(self.list, 1)
        column.addLayout(foot)
        self.set_body(body)
        self._found: list[Disagreement] = []
        self.list.currentRowChanged.connect(self._on_row)

    def show_report(self, report: AgreementReport) -> None:
        """Show the figures."""
        self.figures.setText("\n".join(report_lines(report)))

    def show_disagreements(self, found: Sequence[Disagreement]) -> None:
        """List what is to be settled; the first is chosen."""
        self._found = list(found)
        self.subtitle.setText(
            f"{len(found)} to settle: choose one, then 0–3" if found else "nothing to settle"
        )
        self.list.blockSignals(True)
        self.list.clear()
        for one in self._found:
            self.list.addItem(QListWidgetItem(disagreement_line(one)))
        self.list.blockSignals(False)
        if self._found:
            self.list.setCurrentRow(0)

    def current(self) -> Disagreement | None:
        """What is chosen."""
        row = self.list.currentRow()
        return self._found[row] if 0 <= row < len(self._found) else None

    def _on_row(self, _row: int) -> None:
        if (found := self.current()) is not None:
            self.chosen.emit(found)

    def _ask_export(self) -> None:
        name, kind = QFileDialog.getSaveFileName(self, "Export judgements", "", _FORMATS)
        if name:
            self.export_wanted.emit(with_ending(name, kind))

    def _ask_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Import judgements", "", _WITH_JUDGES)
        if name:
            self.import_wanted.emit(name)


class SidePanes(QStackedWidget):
    """Either of the two beside the candidates, in a splitter, or none."""

    left = Signal()  # it was closed with the focus in it

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.guidelines, self.agreement = GuidelinesPane(), AgreementPane()
        for pane in (self.guidelines, self.agreement):
            self.addWidget(pane)
        self.setMinimumWidth(280)
        self.hide()

    def open(self, pane: QWidget) -> None:
        """Show a pane, a quarter of the splitter wide."""
        self.setCurrentWidget(pane)
        self.show()
        across = self.parentWidget()
        if isinstance(across, QSplitter):
            width = min(440, max(300, across.width() // 4))
            across.setSizes([across.width() - width, width])

    def close_pane(self) -> None:
        """Show none."""
        focus = QApplication.focusWidget()  # asked first: what is hidden gives it to a grade
        inside = focus is not None and self.isAncestorOf(focus)
        self.hide()
        if inside:
            self.left.emit()


def with_ending(name: str, kind: str) -> str:
    """A file's name with the ending of the format that was chosen, if it has none of its own."""
    if Path(name).suffix:
        return name
    return name + kind.rpartition("*")[2].rstrip(")")


def report_lines(report: AgreementReport) -> list[str]:
    """The report in sentences."""
    lines = [f"{judge or 'unnamed'}: {count:,} grades" for judge, count in report.judges.items()]
    if report.items:
        lines.append(f"Krippendorff's alpha ({report.level}): {estimate(report.alpha)}")
    for pair in report.pairs:
        if pair.items:
            names = " and ".join(judge or "unnamed" for judge in pair.judges)
            lines.append(
                f"{names}: {pair.items:,} in common, {pair.equal * 100:.0f} % equal, "
                f"weighted kappa {estimate(pair.kappa)}"
            )
    lines += [
        f"{own.judge or 'unnamed'} again: {own.items:,} repeated, {own.equal * 100:.0f} % equal, "
        f"kappa {estimate(own.kappa)}"
        for own in report.selves
    ]
    if report.disagreements:
        lines.append(f"{report.disagreements:,} graded differently, {report.settled:,} settled")
    if not lines:
        lines.append("Nothing is graded yet. Import the judgements of somebody else to compare.")
    return lines


def merged_in_words(done: Merged) -> str:
    """`12 added, 3 newer than here, 40 known`, and what is to be known of it."""
    counts = f"{done.added:,} added, {done.updated:,} newer than here, {done.unchanged:,} known"
    return " · ".join((counts, *done.notes))


def estimate(found: Estimate) -> str:
    """`0.71 (0.62–0.80)`."""
    if found.value is None:
        return "not defined"
    if found.low is None or found.high is None:
        return f"{found.value:.2f}"
    return f"{found.value:.2f} ({found.low:.2f}–{found.high:.2f})"


def disagreement_line(one: Disagreement) -> str:
    """`ada 3 exact, grace 0 irrelevant` and what it is about."""
    grades = ", ".join(
        f"{judge or 'unnamed'} {int(grade)} {GRADE_WORDS[grade]}"
        for judge, grade in one.grades.items()
    )
    settled = f" → {int(one.settled)}" if one.settled is not None else ""
    first = next((line.strip() for line in one.query_text.splitlines() if line.strip()), "")
    return f"{grades}{settled}\n{one.chunk.name or one.chunk.path} ← {first[:60]}"
