"""The pane that imports a data set: what it is, what it would give, and how far it is."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.types_corpora import DatasetPreview, DatasetRequest
from gui import texts
from gui.bar import Bar
from gui.engine_thread import Event, TaskState
from gui.import_options import ImportOptions
from gui.import_preview import ImportPreview
from gui.pane import ElidedLabel, hairline, in_a_row
from gui.session import Session
from gui.sources import free_name

_WHAT_IT_IS = (
    "A published data set becomes a corpus to search in, its judgements come along, and it can be "
    "measured on. Nothing is imported unless all of it is sound."
)


class ImportPage(QWidget):
    """Source, choices, preview, name. Looking and importing are jobs of the engine."""

    left = Signal()
    imported = Signal(str)
    failed = Signal(str)  # while something else is shown

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("importPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._job = 0  # looking or importing
        self._importing = False
        self._agreed = ""  # the id that may be downloaded
        self._found: DatasetPreview | None = None
        self._dialog: QFileDialog | None = None
        self.options = ImportOptions()
        self.preview = ImportPreview()
        self._make_fields()
        self._make_foot()
        self._lay_out()
        self._bind()
        self._ask("")
        self._say("")
        self._show_state()

    # -- building

    def _make_fields(self) -> None:
        self.source = QLineEdit()
        self.source.setPlaceholderText(
            "a file, a folder, or an id on the Hugging Face hub such as CoIR-Retrieval/cosqa"
        )
        self.source.setAccessibleName("Data set to import")
        self.choose_file = QPushButton("File…")
        self.choose_file.setAccessibleName("Choose a file to import")
        self.choose_folder = QPushButton("Folder…")
        self.choose_folder.setAccessibleName("Choose a folder to import")
        self.look = QPushButton("Look into it")
        self.question = QLabel()
        self.question.setWordWrap(True)
        self.agree = QPushButton("Download it")
        self.disagree = QPushButton("No")
        self.problem = QLabel()
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        for label in (self.question, self.problem):
            label.setTextFormat(Qt.TextFormat.PlainText)

    def _make_foot(self) -> None:
        self.name = QLineEdit()
        self.name.setPlaceholderText("name")
        self.name.setAccessibleName("Name of the data set")
        self.name.setFixedWidth(240)
        self.start = QPushButton("Import")
        self.start.setProperty("primary", True)
        self.cancel = QPushButton("Cancel")
        self.back = QPushButton("Back to the corpora")
        self.bar = Bar()
        self.bar.setAccessibleName("Progress of the import")
        self.words = ElidedLabel()
        self.words.setObjectName("muted")

    def _lay_out(self) -> None:
        heading = QLabel("Import a data set")
        heading.setObjectName("heading")
        words = QLabel(_WHAT_IT_IS)
        words.setObjectName("muted")
        words.setWordWrap(True)
        top = QVBoxLayout()
        top.setContentsMargins(24, 16, 24, 16)
        top.setSpacing(8)
        top.addWidget(heading)
        top.addWidget(words)
        top.addLayout(
            in_a_row((self.source, 1), self.choose_file, self.choose_folder, (self.look, 0))
        )
        top.addWidget(self.options)
        top.addWidget(self.options.columns)
        self._asking = QWidget()
        self._asking.setObjectName("notes")
        self._asking.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        asking = in_a_row((self.question, 1), self.agree, self.disagree)
        asking.setContentsMargins(8, 8, 8, 8)
        self._asking.setLayout(asking)
        top.addWidget(self._asking)
        top.addWidget(self.problem)
        foot = in_a_row(self.bar, (self.words, 1), self.cancel, self.back, self.name, self.start)
        foot.setContentsMargins(24, 8, 24, 8)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addLayout(top)
        page.addWidget(hairline())
        page.addWidget(self.preview, 1)
        page.addWidget(hairline())
        page.addLayout(foot)

    def _bind(self) -> None:
        self.source.textEdited.connect(self._source_changed)
        self.source.returnPressed.connect(self.look_into)
        self.look.clicked.connect(self.look_into)
        self.choose_file.clicked.connect(lambda: self._choose(QFileDialog.FileMode.ExistingFile))
        self.choose_folder.clicked.connect(lambda: self._choose(QFileDialog.FileMode.Directory))
        self.options.changed.connect(self.look_into)
        self.agree.clicked.connect(self._agree)
        self.disagree.clicked.connect(self._disagree)
        self.name.textEdited.connect(self._show_state)
        self.name.returnPressed.connect(self.import_it)
        self.start.clicked.connect(self.import_it)
        self.cancel.clicked.connect(self._stop)
        self.back.clicked.connect(self.left)
        self._session.engine.event.connect(self.on_event)

    # -- what the user does

    def offer(self, source: str) -> None:
        """Put a source into the field and look into it."""
        self.source.setText(source)
        self._source_changed()
        self.look_into()

    def look_into(self) -> None:
        """Find out what the source is and what it would give."""
        if not self.source.text().strip():
            self.source.setFocus()
            return
        self._ask("")
        self._say("")
        self._found = None
        self._job = self._session.preview_dataset(self._request())
        self.words.setText("looking into it")
        self.bar.show_share(0, None)
        self._show_state()

    def import_it(self) -> None:
        """Import what the preview shows, under the name that is written."""
        if not self.start.isEnabled():
            return
        name = self.name.text().strip()
        if self._session.corpus(name) is not None:
            self._say(f"there is a corpus “{name}” already; choose another name")
            self.name.setFocus()
            return
        self._say("")
        self._job = self._session.import_dataset(self._request())
        self._importing = True
        self.words.setText("importing")
        self.bar.show_share(0, None)
        self._show_state()

    def _choose(self, mode: QFileDialog.FileMode) -> None:
        self._dialog = QFileDialog(self, "Choose a data set to import")
        self._dialog.setFileMode(mode)
        self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog.fileSelected.connect(self.offer)
        self._dialog.open()

    def _source_changed(self) -> None:
        self._stop()
        self._session.engine.drop("preview_dataset")  # what comes of it is of the former source
        self._job = 0 if not self._importing else self._job
        self._found = None
        self._agreed = ""
        self.options.reset()
        self.preview.clear()
        self.name.clear()
        self._ask("")
        self._say("")
        self._show_state()

    def _agree(self) -> None:
        self._agreed = self._request().source
        self.look_into()

    def _disagree(self) -> None:
        self._ask("")
        self.source.setFocus()

    def _stop(self) -> None:
        if self._job:
            self._session.engine.cancel(self._job)
            self.words.setText("stopping; nothing of it is kept")

    def _request(self) -> DatasetRequest:
        source = self.source.text().strip().strip("\"'").removeprefix("file://")
        return DatasetRequest(
            source=source,
            name=self.name.text().strip(),
            format=self.options.chosen_format,
            columns=self.options.mapping(),
            split=self.options.chosen_split,
            allow_download=bool(source) and source == self._agreed,
            normalise_names=self.options.hide_names.isChecked(),
        )

    # -- what the engine says

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Follow the job of this page."""
        if not self._job or event.id != self._job:
            return
        if event.state is TaskState.PROGRESS:
            self.words.setText(texts.progress(event.value))
            self.bar.show_share(event.value.done, event.value.total)
            return
        if not event.final:
            return
        self._job = 0
        self._importing = False
        if event.state is TaskState.FAILED:
            self._say(event.error)
            if not self.isVisible():
                self.failed.emit(event.error)
        elif event.state is TaskState.DONE and event.method == "preview_dataset":
            self._show_found(event.value)
        elif event.state is TaskState.DONE:
            self._finished(event.value.name)
        self._show_state()

    def _show_found(self, found: DatasetPreview) -> None:
        if found.download:
            self._ask(
                f"“{found.download}” is not a file or folder here. It can be fetched from "
                "huggingface.co: only the files that are needed, with the revision noted."
            )
            return
        self.options.show_found(found)
        if found.problem:
            self._say(_in_the_window(found.problem))
            self.preview.clear()
            return
        self._found = found
        self.preview.show_preview(found)
        if not self.name.text().strip():
            self.name.setText(self._suggested())
            self.name.setCursorPosition(0)
        self.start.setFocus()

    def _finished(self, name: str) -> None:
        self.source.clear()
        self._source_changed()
        if self.isVisible():  # who has gone elsewhere stays there
            self.imported.emit(name)

    def _suggested(self) -> str:
        taken = [info.name for info in self._session.corpora]
        source = Path(self._request().source)
        split = self.options.chosen_split
        stem = source.name.removesuffix(".gz")
        stem = stem if source.is_dir() else stem.rpartition(".")[0] or stem
        base = stem if split in ("", "test") else f"{stem}-{split}"
        return free_name(re.sub(r"[^\w.-]+", "-", base).strip("-") or "data", taken)

    # -- how it looks

    def _ask(self, question: str) -> None:
        self.question.setText(question)
        self._asking.setVisible(bool(question))
        if question:
            self.agree.setFocus()

    def _say(self, line: str) -> None:
        self.problem.setText(line)
        self.problem.setVisible(bool(line))

    def _show_state(self) -> None:
        busy = bool(self._job)
        for widget in (self.bar, self.words, self.cancel):
            widget.setVisible(busy)
        self.words.setVisible(True)  # keeps its place, so that the buttons keep theirs
        if not busy:
            self.words.setText("")
        self.back.setVisible(not busy)
        self.options.setVisible(self._found is not None or bool(self.options.split.count()))
        if self.options.columns.isVisibleTo(self):
            self.options.show()
        for widget in (self.source, self.choose_file, self.choose_folder, self.options):
            widget.setEnabled(not self._importing)  # changing them would stop the import
        self.options.columns.setEnabled(not self._importing)
        self.look.setEnabled(not busy)
        ready = self._found is not None and not busy
        self.name.setEnabled(ready)
        self.start.setEnabled(ready and bool(self.name.text().strip()))


def _in_the_window(problem: str) -> str:
    """A line that names options of the command line, in the window's words."""
    return (
        problem.replace("choose one with --split", "choose one")
        .replace("say --columns text=…; ", "choose it above; ")
        .replace("say so with --columns text=…; ", "choose it above; ")
        .replace("take a part with --limit", "import a part of it from the command line")
    )
