"""Why queries fail: the groups with their counts, and the queries of the one chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from engine.types_evaluation import Comparison, FailureGroup
from gui.evaluate_rows import failed_rows, failure_rows
from gui.evaluate_table import RowsView
from gui.pane import hairline

REASON = 330
"""Pixels of a reason: they are read, not looked up."""


class FailuresPane(QWidget):
    """A table of groups above; what would help and every query of the group chosen below."""

    query_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison: Comparison | None = None
        self.groups = RowsView(
            "Why queries fail",
            ("why",),
            empty="Every query has a relevant document on rank 1.",
            least=REASON,
        )
        self.advice = QLabel()
        self.advice.setObjectName("muted")
        self.advice.setWordWrap(True)
        self.examples = RowsView("Queries that fail like this", ("query",))
        below = QWidget()
        down = QVBoxLayout(below)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        down.addWidget(hairline())
        said = QVBoxLayout()
        said.setContentsMargins(10, 8, 16, 8)
        said.addWidget(self.advice)
        down.addLayout(said)
        down.addWidget(hairline())
        down.addWidget(self.examples, 1)
        self._below = below
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.groups)
        split.addWidget(below)
        split.setStretchFactor(1, 1)
        split.setSizes([240, 400])
        split.setChildrenCollapsible(False)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(split)
        self.groups.chosen.connect(self._show_group)
        self.examples.activated.connect(self._open)
        self.examples.clicked.connect(self._open)

    def show_comparison(self, comparison: Comparison) -> None:
        """Show another comparison; for other runs, the largest group of the last one is opened."""
        before = self._comparison
        self._comparison = comparison
        headers, rows = failure_rows(comparison)
        self.groups.show_rows(rows, headers)
        self._below.setVisible(bool(rows))
        same = before is not None and [r.name for r in before.runs] == [
            r.name for r in comparison.runs
        ]
        if rows and not (same and self.groups.selected()):
            largest = max(comparison.failures, key=lambda group: group.counts[-1])
            self.groups.choose([largest.name])

    def copy(self) -> None:
        """Put the table of groups on the clipboard."""
        self.groups.copy()

    def _show_group(self, keys: tuple[str, ...]) -> None:
        group = self._group(keys)
        if group is not None and self._comparison is not None:
            self.advice.setText(f"What would help: {group.advice}.")
            headers, rows = failed_rows(self._comparison, group.name)
            self.examples.show_rows(rows, headers)

    def _group(self, keys: tuple[str, ...]) -> FailureGroup | None:
        groups = self._comparison.failures if self._comparison else ()
        return next((group for group in groups if group.name in keys), None)

    def _open(self, index: object) -> None:
        row = self.examples.rows.rows[index.row()]  # type: ignore[attr-defined]
        self.query_chosen.emit(row.key)
