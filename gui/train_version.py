"""The trained versions: what made each, how it compares, what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.types_training import QueryChange, Version
from gui import texts
from gui.train_figures import Figures
from gui.twice import TwiceButton

_SHOWN = 20  # of the queries that got worse, and of those that got better


class VersionRow(QWidget):
    """Title, figures, warning, buttons; the queries that changed unfold below."""

    use_wanted = Signal(str)
    remove_wanted = Signal(str)
    export_wanted = Signal(str, str)
    query_wanted = Signal(object)  # Query

    def __init__(self, version: Version, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("corpusRow")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.version = version
        worse = [change for change in version.changes if change.after < change.before]
        better = [change for change in version.changes if change.after > change.before]
        better.sort(key=lambda change: change.before - change.after)
        self._shown = (*worse[:_SHOWN], *better[:_SHOWN])
        self.use = TwiceButton("Use", "Use anyway") if version.warning else QPushButton("Use")
        self.use.setProperty("primary", not version.warning)
        self.export = QPushButton("Export…")
        self.remove = TwiceButton("Remove", "Remove for good")  # an hour of training may be lost
        self.more = QPushButton("Queries that changed")
        self.more.setProperty("flat", True)
        self.more.setCheckable(True)
        self.changes = QListWidget()
        self._lay_out()
        self._bind()

    def tell_age(self) -> None:
        """Say anew what it was made of, and how long ago."""
        self._about.setText(about_in_words(self.version))

    def _lay_out(self) -> None:
        version = self.version
        title = QLabel(version.name)
        title.setObjectName("rowTitle")
        self._about = QLabel()
        self._about.setObjectName("muted")
        self.tell_age()
        figures = Figures(version.comparisons)
        problem = QLabel(version.problem or version.warning)
        problem.setObjectName("problem")
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(title, 1)
        for button in (self.more, self.use, self.export, self.remove):
            button.setAccessibleDescription(version.name)
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(4)
        column.addLayout(top)
        for label in (self._about, problem):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        for label in (self._about, figures, problem):
            column.addWidget(label)
            label.setVisible(bool(label.text()))
        self.changes.setObjectName("sideList")
        self.changes.setAccessibleName("Queries that got better or worse: Enter opens one")
        self.changes.setMaximumHeight(200)
        self.changes.hide()
        column.addWidget(self.changes)
        self.more.setVisible(bool(version.changes))
        self.use.setEnabled(not version.active and not version.problem)
        self.use.setText("In use" if version.active else "Use")
        self.remove.setEnabled(not version.active)
        self.export.setEnabled(not version.problem)

    def _bind(self) -> None:
        use = self.use.pressed_twice if isinstance(self.use, TwiceButton) else self.use.clicked
        use.connect(lambda *_: self.use_wanted.emit(self.version.name))
        self.remove.pressed_twice.connect(lambda: self.remove_wanted.emit(self.version.name))
        self.export.clicked.connect(self._ask_export)
        self.more.toggled.connect(self._unfold)
        for chosen in (self.changes.itemClicked, self.changes.itemActivated):  # mouse, Enter
            chosen.connect(self._open)

    def _unfold(self, shown: bool) -> None:
        if shown and not self.changes.count():  # rows are as high as the style wants them by now
            for change in self._shown:
                self.changes.addItem(QListWidgetItem(change_in_words(change)))
        self.changes.setVisible(shown)

    def take_focus(self) -> None:
        """Give the focus to the first button that can be pressed."""
        buttons = (self.use, self.export, self.remove)
        next(button for button in (*buttons, self.more) if button.isEnabled()).setFocus()

    def _open(self, item: QListWidgetItem) -> None:
        self.query_wanted.emit(self._shown[self.changes.row(item)].query)

    def _ask_export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Export a version", f"{self.version.name}.zip", "Versions (*.zip)"
        )
        if path:
            self.export_wanted.emit(self.version.name, path)


class VersionList(QWidget):
    """A row for each version, the newest first."""

    use_wanted = Signal(str)
    remove_wanted = Signal(str)
    export_wanted = Signal(str, str)
    query_wanted = Signal(object)  # Query

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[VersionRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_versions(self, versions: Sequence[Version]) -> bool:
        """List these; the focus stays with its version. True if that one went.

        Rows of versions that are as they were stay, with what is unfolded in them.
        """
        if [row.version for row in self.rows] == list(versions):
            for row in self.rows:
                row.tell_age()
            return False
        focus = QApplication.focusWidget()
        focused = [row.version.name for row in self.rows if focus and row.isAncestorOf(focus)]
        unfolded = [row.version.name for row in self.rows if row.more.isChecked()]
        for row in self.rows:
            row.setParent(None)
            row.deleteLater()
        self.rows = [self._make(version) for version in versions]
        for row in self.rows:
            self._column.addWidget(row)
            row.more.setChecked(row.version.name in unfolded)
            if row.version.name in focused:
                row.take_focus()
        return bool(focused) and focused[0] not in [row.version.name for row in self.rows]

    def _make(self, version: Version) -> VersionRow:
        row = VersionRow(version)
        row.use_wanted.connect(self.use_wanted)
        row.remove_wanted.connect(self.remove_wanted)
        row.export_wanted.connect(self.export_wanted)
        row.query_wanted.connect(self.query_wanted)
        return row


def about_in_words(version: Version) -> str:
    """`cross-encoder · from 360 judgements of 22 queries · 2 hours ago`."""
    if version.problem:
        return ""
    return " · ".join(
        (
            " and ".join(version.stages),
            f"from {texts.count(version.judgements, 'judgement')} of "
            f"{texts.count(version.queries, 'query', 'queries')}",
            texts.ago(version.created),
        )
    )


def change_in_words(change: QueryChange) -> str:
    """`better: 0.20 → 0.70` and the query's first line."""
    first = next((line.strip() for line in change.query.text.splitlines() if line.strip()), "")
    better = "better" if change.after > change.before else "worse"
    return f"{better}: {change.before:.2f} → {change.after:.2f}   {first[:100]}"
