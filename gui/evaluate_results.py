"""What a comparison says: plots, tests, queries, failures, published figures; each on its tab."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.types_evaluation import Comparison
from gui.choice import Choice
from gui.evaluate_failures import FailuresPane
from gui.evaluate_plots import Plot, draw_by_k, draw_changes, draw_quality, draw_recall
from gui.evaluate_rows import (
    change_rows,
    metric_label,
    published_rows,
    test_rows,
)
from gui.evaluate_table import RowsView
from gui.pane import hairline

METRICS = (
    "ndcg@10",
    "ndcg-exp@10",
    "mrr",
    "mrr@10",
    "map",
    "hit@1",
    "hit@10",
    "recall@10",
    "recall@100",
    "precision@10",
    "judged@10",
)


class ResultsPane(QWidget):
    """Tabs over one comparison, with what can be copied and saved of it."""

    metric_changed = Signal(str)
    query_chosen = Signal(str)
    report_wanted = Signal(str)  # the file to write
    said = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.comparison: Comparison | None = None
        self.measured_by = Choice(14)
        self.measured_by.setAccessibleName("Metric")
        for name in METRICS:
            self.measured_by.addItem(metric_label(name), name)
        self.quality = Plot("Quality against time", draw_quality)
        self.recall = Plot("recall@K", draw_recall)
        self.by_k = Plot("The metric against K", draw_by_k)
        self.changes = Plot("Differences by query", draw_changes)
        self.tests = RowsView("Tests of the differences", ("run",))
        self.queries = RowsView("Queries by how much they changed", ("query",))
        self.failures = FailuresPane()
        self.published = RowsView(
            "Published figures",
            ("system",),
            figures=False,
            empty="No published figures are known for this set.",
            widest=720,
        )
        self._pages: list[tuple[str, QWidget]] = [
            ("Quality and time", self.quality),
            ("Recall@K", self.recall),
            ("Metric@K", self.by_k),
            ("Differences", self.changes),
            ("Tests", self.tests),
            ("Queries", self.queries),
            ("Failures", self.failures),
            ("Published", self.published),
        ]
        self.tabs = QTabBar()
        self.tabs.setObjectName("resultTabs")
        self.tabs.setAccessibleName("What to show of the comparison")
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(True)
        for arrow in self.tabs.findChildren(QToolButton):
            arrow.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the arrow keys do what they do
        self.copy = QPushButton("Copy table")
        self.save = QPushButton("Save plot…")
        self.report = QPushButton("Save report…")
        self._lay_out()
        self._bind()

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        for word, page in self._pages:
            self.tabs.addTab(word)
            self._stack.addWidget(page)
        first = QHBoxLayout()
        first.setContentsMargins(16, 8, 8, 0)
        first.setSpacing(8)
        first.addWidget(self.measured_by)
        first.addStretch(1)
        for button in (self.copy, self.save, self.report):
            first.addWidget(button)
        second = QHBoxLayout()
        second.setContentsMargins(8, 4, 8, 0)
        second.addWidget(self.tabs, 1)
        down = QVBoxLayout(self)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        down.addLayout(first)
        down.addLayout(second)
        down.addWidget(hairline())
        down.addWidget(self._stack, 1)

    def _bind(self) -> None:
        self.tabs.currentChanged.connect(self._on_tab)
        self.measured_by.currentIndexChanged.connect(
            lambda _place: self.metric_changed.emit(str(self.measured_by.currentData()))
        )
        self.queries.activated.connect(self._open_query)
        self.queries.clicked.connect(self._open_query)
        self.failures.query_chosen.connect(self.query_chosen)
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self._save_plot)
        self.report.clicked.connect(self._save_report)
        for plot in (self.quality, self.recall, self.by_k, self.changes):
            plot.drawn.connect(lambda: self._on_tab(self.tabs.currentIndex()))
        self._on_tab(0)

    def runs(self) -> tuple[str, ...]:
        """The names of the runs that are compared, whatever is chosen by now."""
        return tuple(run.name for run in self.comparison.runs) if self.comparison else ()

    def show_comparison(self, comparison: Comparison) -> None:
        """Show another comparison."""
        self.comparison = comparison
        for plot in (self.quality, self.recall, self.by_k, self.changes):
            plot.show_comparison(comparison)
        for view, rows in (
            (self.tests, test_rows),
            (self.queries, change_rows),
            (self.published, published_rows),
        ):
            headers, found = rows(comparison)
            view.show_rows(found, headers)
        self.failures.show_comparison(comparison)
        self._on_tab(self.tabs.currentIndex())

    def show_tab(self, word: str) -> None:
        """Go to a tab by its word."""
        self.tabs.setCurrentIndex([name for name, _ in self._pages].index(word))

    def _on_tab(self, place: int) -> None:
        page = self._pages[place][1]
        self._stack.setCurrentWidget(page)
        there = self.comparison is not None
        self.save.setEnabled(there and isinstance(page, Plot) and page.is_drawn)
        self.copy.setEnabled(there)
        self.report.setEnabled(there)

    def _open_query(self, index: object) -> None:
        row = self.queries.rows.rows[index.row()]  # type: ignore[attr-defined]
        self.query_chosen.emit(row.key)

    def _copy(self) -> None:
        page = self._pages[self.tabs.currentIndex()][1]
        (page if isinstance(page, RowsView | FailuresPane) else self.tests).copy()
        self.said.emit("The table is on the clipboard")

    def _save_plot(self) -> None:
        page = self._pages[self.tabs.currentIndex()][1]
        if isinstance(page, Plot):
            self._ask_file(
                "plot.png", "PNG (*.png);;SVG (*.svg)", lambda path: self._save(page, path)
            )

    def _save_report(self) -> None:
        self._ask_file("comparison.html", "HTML (*.html)", self.report_wanted.emit)

    def _ask_file(self, name: str, kinds: str, then: Callable[[str], object]) -> None:
        dialog = QFileDialog(self, "Save", name, kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
        dialog.fileSelected.connect(then)
        dialog.open()

    def _save(self, plot: Plot, path: str) -> None:
        try:
            plot.save(path)
            self.said.emit(f"Saved to {path}")
        except OSError as error:
            self.failed.emit(f"The plot cannot be saved: {error}; choose another place")
