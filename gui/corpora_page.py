"""The Corpora page: what can be searched, and how to add to it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.errors import UserError
from engine.types import CorpusInfo, CorpusSpec
from gui import texts
from gui.corpus_row import CorpusRow
from gui.engine_thread import Event, TaskState
from gui.pane import hairline
from gui.session import Session
from gui.sources import resolve_source, suggest_name


class CorporaPage(QWidget):
    """A line to add a corpus with, above the list of those there are."""

    search_wanted = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("corporaPage")
        self._session = session
        self._rows: dict[str, CorpusRow] = {}
        self._jobs: dict[str, int] = {}  # corpus → the job under way
        self._dialog: QFileDialog | None = None
        self._name_is_ours = True  # the name is a suggestion, not what the user typed
        self._make_form()
        self._lay_out()
        session.corpora_changed.connect(self.show_corpora)
        session.engine.event.connect(self.on_event)

    def _make_form(self) -> None:
        self.source = QLineEdit()
        self.source.setPlaceholderText("a folder, a file, or an installed package such as requests")
        self.source.setAccessibleName("Folder, file or installed package to add")
        self.choose = QPushButton("Choose folder…")
        self.name = QLineEdit()
        self.name.setPlaceholderText("name")
        self.name.setAccessibleName("Name of the new corpus")
        self.name.setMaximumWidth(200)
        self.add = QPushButton("Index")
        self.add.setProperty("primary", True)
        self.add.setAccessibleName("Index this source")
        self.problem = QLabel()
        self.problem.setObjectName("problem")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.hide()
        self.source.textEdited.connect(self._suggest)
        self.name.textEdited.connect(self._name_typed)
        self.source.returnPressed.connect(self.start_index)
        self.name.returnPressed.connect(self.start_index)
        self.choose.clicked.connect(self.choose_folder)
        self.add.clicked.connect(self.start_index)

    def _lay_out(self) -> None:
        heading = QLabel("Corpora")
        heading.setObjectName("heading")
        words = QLabel(
            "What can be searched. Add a repository or a package: choose it, name it, or drop it "
            "on the window. Search by words works within seconds; vectors fill in behind it."
        )
        words.setObjectName("muted")
        words.setWordWrap(True)
        form = QHBoxLayout()
        form.setSpacing(8)
        form.addWidget(self.source, 1)
        for widget in (self.choose, self.name, self.add):
            form.addWidget(widget)
        top = QVBoxLayout()
        top.setContentsMargins(24, 16, 24, 16)
        top.setSpacing(8)
        top.addWidget(heading)
        top.addWidget(words)
        top.addLayout(form)
        top.addWidget(self.problem)
        inside = QWidget()
        inside.setObjectName("corporaList")
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._list.addStretch(1)
        scroll = QScrollArea()
        scroll.setObjectName("corporaScroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addLayout(top)
        page.addWidget(hairline())
        page.addWidget(scroll, 1)

    # -- adding

    def choose_folder(self) -> None:
        """Open the system's folder dialog; the window goes on meanwhile."""
        self._dialog = QFileDialog(self, "Choose a folder to index")
        self._dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog.fileSelected.connect(self.offer)
        self._dialog.open()

    def offer(self, source: str) -> None:
        """Put a source into the form, as after choosing or dropping it."""
        self.source.setText(source)
        self._name_is_ours = True
        self._suggest()
        self.add.setFocus()

    def start_index(self) -> None:
        """Index what the form says, or say what is wrong with it."""
        try:
            path = resolve_source(self.source.text())
        except UserError as error:
            self._say(str(error))
            self.source.setFocus()
            return
        name = self.name.text().strip() or suggest_name(path, self._rows)
        if name in self._rows:
            self._say(f"there is a corpus “{name}” already; choose another name or re-index it")
            self.name.setFocus()
            return
        self._say("")
        spec = CorpusSpec(name, (str(path),))
        self._row(CorpusInfo(name, spec.sources, 0, 0, 0, {}, {}, 0, None)).show_job("waiting")
        self._jobs[name] = self._session.index(spec)
        self.source.clear()
        self.name.clear()
        self._name_is_ours = True

    def _suggest(self) -> None:
        self._say("")
        if not self._name_is_ours:
            return
        try:
            path = resolve_source(self.source.text())
        except UserError:
            self.name.clear()
        else:
            self.name.setText(suggest_name(path, self._rows))

    def _name_typed(self, text: str) -> None:
        self._name_is_ours = not text.strip()
        self._say("")

    def _say(self, line: str) -> None:
        self.problem.setText(line)
        self.problem.setVisible(bool(line))

    # -- the list

    @Slot(object)
    def show_corpora(self, infos: Iterable[CorpusInfo]) -> None:
        """Show the corpora there are; rows stay where they are."""
        known = set()
        for info in infos:
            known.add(info.name)
            self._row(info).show_info(info)
        for name in [name for name in self._rows if name not in known | self._jobs.keys()]:
            row = self._rows.pop(name)
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()

    def rows(self) -> dict[str, CorpusRow]:
        """The rows by corpus."""
        return dict(self._rows)

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Follow the work on each corpus."""
        if event.method not in ("index", "embed"):
            return
        name = event.key.partition(":")[2]
        if event.final:
            self._jobs.pop(name, None)
        elif event.state is TaskState.PROGRESS:
            self._jobs[name] = event.id
        row = self._rows.get(name)
        if row is None:
            return
        if event.state is TaskState.PROGRESS:
            row.show_job(texts.progress(event.value), event.value)
        elif event.final:
            row.show_job("")

    def _row(self, info: CorpusInfo) -> CorpusRow:
        row = self._rows.get(info.name)
        if row is not None:
            return row
        row = CorpusRow(info)
        row.search_wanted.connect(self.search_wanted)
        row.reindex_wanted.connect(self._reindex)
        row.embed_wanted.connect(self._session.embed)
        row.remove_wanted.connect(self._session.remove)
        row.cancel_wanted.connect(self._cancel)
        self._rows[info.name] = row
        self._list.insertWidget(self._list.count() - 1, row)
        return row

    def _reindex(self, name: str) -> None:
        info = self._session.corpus(name)
        if info is not None:
            self._rows[name].show_job("waiting")
            self._jobs[name] = self._session.reindex(info)

    def _cancel(self, name: str) -> None:
        if name in self._jobs:
            self._session.engine.cancel(self._jobs[name])
            self._rows[name].show_job("stopping; what is done is kept")


def dropped_source(urls: Iterable[object]) -> str:
    """The first local folder or file among dropped URLs, or ""."""
    for url in urls:
        local = url.toLocalFile()  # type: ignore[attr-defined]
        if local and Path(local).exists():
            return local
    return ""
