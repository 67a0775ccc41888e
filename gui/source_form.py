"""The line that adds a corpus: a source, a name, and a question where one has to be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.types_corpora import CorpusSpec, Fetching, Source, SourceKind
from gui.engine_thread import EngineThread, Event, TaskState
from gui.sources import free_name

TYPING_MS = 150
"""How long the user has stopped typing when the source is looked up."""

ARCHIVES = "Archives (*.zip *.whl *.tar *.tar.gz *.tgz *.tar.bz2 *.tbz2 *.tar.xz *.txz)"

_KINDS = {
    SourceKind.FOLDER: "A folder: it is followed, and what you save can be found at once.",
    SourceKind.FILE: "A file: it is followed, and what you save can be found at once.",
    SourceKind.ARCHIVE: "An archive: its code is unpacked into Counterpart’s cache.",
    SourceKind.PACKAGE: "An installed Python package: read where it is, not imported.",
    SourceKind.GIT: "A git repository: its newest state is cloned into Counterpart’s cache.",
}


class SourceForm(QWidget):
    """What a source is, the engine says; `wanted` is emitted once all is clear and agreed."""

    wanted = Signal(object, object)  # CorpusSpec, Fetching

    def __init__(self, engine: EngineThread, taken: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self._engine = engine
        self._taken = taken
        self._dialog: QFileDialog | None = None
        self._name_is_ours = True  # the name is a suggestion, not what the user typed
        self._found: tuple[str, Source] | None = None  # a text, and what it names
        self._goes_on = False  # index as soon as it is known what the text names
        self._asked = (0, "")  # the call under way, and the text it is about
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self._look_up)
        self._make_fields()
        self._make_question()
        self._lay_out()
        engine.event.connect(self._on_event)

    def _make_fields(self) -> None:
        self.source = QLineEdit()
        self.source.setPlaceholderText("a folder, file, archive, git URL, or installed package")
        self.source.setAccessibleName("Folder, file, archive, git URL or installed package to add")
        self.choose = QPushButton("Choose…")
        self.choose.setAccessibleName("Choose a folder, or a file or archive, to add")
        menu = QMenu(self.choose)
        menu.addAction("&Folder…").triggered.connect(self.choose_folder)
        menu.addAction("File or &archive…").triggered.connect(self.choose_file)
        self.choose.setMenu(menu)
        self.name = QLineEdit()
        self.name.setPlaceholderText("name")
        self.name.setAccessibleName("Name of the new corpus")
        self.name.setMaximumWidth(200)
        self.add = QPushButton("Index")
        self.add.setProperty("primary", True)
        self.add.setAccessibleName("Index this source")
        self.kind = QLabel()
        self.kind.setObjectName("muted")
        self.problem = QLabel()
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        for label in (self.kind, self.problem):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.hide()
        self.source.textEdited.connect(self._edited)
        self.name.textEdited.connect(self._name_typed)
        self.source.returnPressed.connect(self.start_index)
        self.name.returnPressed.connect(self.start_index)
        self.add.clicked.connect(self.start_index)

    def _make_question(self) -> None:
        self.question = QWidget()
        self.asked = QLabel()
        self.asked.setTextFormat(Qt.TextFormat.PlainText)
        self.asked.setWordWrap(True)
        self.agree = QPushButton("Clone it")
        self.agree.setProperty("primary", True)
        self.refuse = QPushButton("Not now")
        self.agree.clicked.connect(self._agreed)
        self.refuse.clicked.connect(self._refused)
        line = QHBoxLayout(self.question)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.asked, 1)
        line.addWidget(self.agree)
        line.addWidget(self.refuse)
        self.question.hide()

    def _lay_out(self) -> None:
        fields = QHBoxLayout()
        fields.setSpacing(8)
        fields.addWidget(self.source, 1)
        for widget in (self.choose, self.name, self.add):
            fields.addWidget(widget)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(8)
        lines.addLayout(fields)
        for line in (self.kind, self.problem, self.question):
            lines.addWidget(line)

    # -- filling it in

    def choose_folder(self) -> None:
        """Open the system's folder dialog; the window goes on meanwhile."""
        self._open_dialog("Choose a folder to index", QFileDialog.FileMode.Directory)

    def choose_file(self) -> None:
        """Open the system's file dialog; the window goes on meanwhile."""
        self._open_dialog("Choose a file or an archive to index", QFileDialog.FileMode.ExistingFile)

    def _open_dialog(self, title: str, mode: QFileDialog.FileMode) -> None:
        self._dialog = QFileDialog(self, title)
        self._dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.ExistingFile:
            self._dialog.setNameFilters(["All files (*)", ARCHIVES])
        self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog.fileSelected.connect(self.offer)
        self._dialog.open()

    def offer(self, source: str) -> None:
        """Put a source into the form, as after choosing or dropping it."""
        self.source.setText(source)
        self._name_is_ours = True
        self._say("")
        self._look_up()
        self.add.setFocus()

    def _edited(self) -> None:
        self._say("")
        self._goes_on = False
        self._typing.start()

    def _name_typed(self, text: str) -> None:
        self._name_is_ours = not text.strip()
        self._say("")

    # -- what the text names

    def _look_up(self) -> None:
        self._typing.stop()
        text = self.source.text()
        if text.strip():
            self._asked = (self._engine.call("parse_source", text, replaces=True), text)
        else:
            self._know(text, None)

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if event.id != self._asked[0] or not event.final:
            return
        found = event.value if event.state is TaskState.DONE else None
        self._know(self._asked[1], found)
        if self._goes_on and found is not None:
            self.start_index()
        elif self._goes_on and event.error:
            self._say(event.error)
            self.source.setFocus()
        self._goes_on = False

    def _know(self, text: str, found: Source | None) -> None:
        self._found = (text, found) if found is not None else None
        self.kind.setText(_KINDS[found.kind] if found is not None else "")
        self.kind.setVisible(found is not None)
        if self._name_is_ours:
            self.name.setText(free_name(found.name, self._taken()) if found is not None else "")

    # -- indexing

    def start_index(self) -> None:
        """Index what the form says, ask first, or say what is wrong with it."""
        text = self.source.text()
        if self._found is None or self._found[0] != text:
            self._goes_on = True
            if text.strip():
                self._look_up()
            else:
                self._say("name a folder, a file, an archive, a package or a git URL")
            return
        source = self._found[1]
        if self._new_name(source) is None:
            return
        if source.remote:
            self.asked.setText(
                f"{source.text} will be downloaded: its newest state, without its history. "
                "Nothing in it is run."
            )
            self.kind.hide()  # the question says it
            self.question.show()
            self.agree.setFocus()
        else:
            self._emit(source, Fetching())

    def _new_name(self, source: Source) -> str | None:
        name = self.name.text().strip() or free_name(source.name, self._taken())
        if name not in set(self._taken()):
            return name
        self._say(f"there is a corpus “{name}” already; choose another name or re-index it")
        self.name.setFocus()
        return None

    def _agreed(self) -> None:
        if self._found is not None and self._found[0] == self.source.text():
            self._emit(self._found[1], Fetching(clone=True))
        else:
            self._say("")

    def _refused(self) -> None:
        self._say("")
        self.source.setFocus()

    def _emit(self, source: Source, fetching: Fetching) -> None:
        name = self._new_name(source)
        if name is None:
            return
        self._say("")
        self.wanted.emit(CorpusSpec(name, (source.text,)), fetching)
        self.source.clear()
        self._name_is_ours = True
        self._know("", None)
        self.source.setFocus()

    def _say(self, line: str) -> None:
        self.question.hide()
        self.problem.setText(line)
        self.problem.setVisible(bool(line))
