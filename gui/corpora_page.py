"""The Corpora page: what can be searched, and how to add to it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.types_corpora import CorpusInfo, CorpusSpec, Fetching
from gui import texts
from gui.corpus_row import CorpusRow
from gui.engine_thread import Event, TaskState
from gui.pane import hairline
from gui.session import Session
from gui.source_form import SourceForm


class CorporaPage(QWidget):
    """A line to add a corpus with, above the list of those there are."""

    search_wanted = Signal(str)
    import_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("corporaPage")
        self._session = session
        self._rows: dict[str, CorpusRow] = {}
        self._jobs: dict[str, int] = {}  # corpus → the job under way
        self.form = SourceForm(session.engine, self.rows)
        self.form.wanted.connect(self._index)
        self._lay_out()
        session.corpora_changed.connect(self.show_corpora)
        session.engine.event.connect(self.on_event)

    def _lay_out(self) -> None:
        heading = QLabel("Corpora")
        heading.setObjectName("heading")
        words = QLabel(
            "What can be searched. Add a repository, a package or an archive: name it here, choose "
            "it, or drop it on the window. Search by words works within seconds; vectors fill in "
            "behind it."
        )
        words.setObjectName("muted")
        words.setWordWrap(True)
        self.import_dataset = QPushButton("Import data set…")
        self.import_dataset.clicked.connect(self.import_wanted)
        first = QHBoxLayout()
        first.addWidget(heading, 1)
        first.addWidget(self.import_dataset)
        top = QVBoxLayout()
        top.setContentsMargins(24, 16, 24, 16)
        top.setSpacing(8)
        top.addLayout(first)
        top.addWidget(words)
        top.addWidget(self.form)
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
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
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
        self.form.choose_folder()

    def offer(self, source: str) -> None:
        """Put a source into the form, as after choosing or dropping it."""
        self.form.offer(source)

    def start_index(self) -> None:
        """Index what the form says, or say what is wrong with it."""
        self.form.start_index()

    @Slot(object, object)
    def _index(self, spec: CorpusSpec, fetching: Fetching) -> None:
        self._row(CorpusInfo(spec.name, spec.sources, 0, 0, 0, {}, {}, 0, None)).show_job("waiting")
        self._jobs[spec.name] = self._session.index(spec, fetching)

    def step_back(self) -> bool:
        """Answer with no what is asked about a corpus. False if nothing is asked."""
        return any(row.step_back() for row in self._rows.values())

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
            if row.isAncestorOf(QApplication.focusWidget() or self):
                self.form.source.setFocus()
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()

    def rows(self) -> dict[str, CorpusRow]:
        """The rows by corpus."""
        return dict(self._rows)

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Follow the work on each corpus."""
        if event.method not in ("index", "embed", "skipped_files"):
            return
        name = event.key.partition(":")[2]
        if event.method == "skipped_files":
            if name in self._rows and event.state is TaskState.DONE:
                self._rows[name].show_skipped(event.value)
            return
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
        row.watch_wanted.connect(self._session.set_watch)
        row.skipped_wanted.connect(self._session.ask_skipped)
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
