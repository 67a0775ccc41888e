"""The foot of the window: what is under way, what went wrong, and what is ready, in words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.types import Progress
from engine.types_corpora import IndexReport
from gui import texts
from gui.bar import Bar
from gui.engine_thread import Event, TaskState
from gui.icons import icon
from gui.pane import ElidedLabel, hairline

MESSAGE_MS = 8000
WORTH_SHOWING = 64  # chunks to embed
MOST_ROWS = 2  # jobs that are shown; the Corpora page has all of them

_TITLES: dict[str, Callable[[str], str]] = {
    "prepare": lambda name: f"Preparing “{name}”",
    "load_models": lambda _: "Loading the models; search by words already works",
    "choose_model": lambda role: f"Loading another {role}; search goes on with the former one",
    "activate_version": lambda _: "Loading other models; search goes on with the former ones",
    "activate_former": lambda _: "Loading the former models; search goes on meanwhile",
    "download_model": lambda of: f"Downloading {of.partition(':')[2]}; you can go on searching",
    "index": lambda name: f"Indexing “{name}”; you can go on searching",
    "import_dataset": lambda name: f"Importing “{name}”; you can go on searching",
    "make_queue": lambda name: f"Making the queue “{name}”; you can go on searching",
    "train_from_judgements": lambda name: f"Training “{name}”; you can go on searching",
    "evaluate": lambda name: f"Measuring “{name}”; you can go on searching",
    "embed": lambda name: f"Computing vectors of “{name}”; search by words already works",
}
_BY_MESSAGE = frozenset({"load_models", "choose_model", "activate_version", "activate_former"})
"""Their steps are few and have names."""
_STOPPABLE = frozenset(
    {
        "index",
        "embed",
        "import_dataset",
        "download_model",
        "make_queue",
        "train_from_judgements",
        "evaluate",
    }
)
_TELLS_ITS_END = "evaluate"  # the page does
_ALL_OR_NOTHING = frozenset({"import_dataset"})


class _JobRow(QWidget):
    """One job: its words, how far it is, and a way to stop it."""

    def __init__(self, event: Event, cancel: Callable[[], None]) -> None:
        super().__init__()
        name = event.key.partition(":")[2]
        self._title = _TITLES[event.method](name)
        self._by_message = event.method in _BY_MESSAGE
        self.words = ElidedLabel()
        self.bar = Bar()
        self.bar.setAccessibleName(self._title)
        self.stop = QPushButton("Cancel")
        self.stop.setAccessibleName(f"Cancel: {self._title}")
        self.stop.setProperty("flat", True)
        self.stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus where it is
        self.fills_in = event.method == "embed"  # nobody asked for it
        self._kept = "nothing" if event.method in _ALL_OR_NOTHING else "what is done"
        self.stop.clicked.connect(cancel)
        self.stop.clicked.connect(self._stopping)
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 2, 8, 2)
        line.setSpacing(12)
        line.addWidget(self.bar)
        line.addWidget(self.words, 1)
        line.addWidget(self.stop)
        self.stop.setVisible(event.method in _STOPPABLE)  # from here on it is no window
        self.setFixedHeight(32)

    def show_progress(self, news: Progress) -> None:
        """Say how far it is."""
        if not self.stop.isEnabled():
            return  # being stopped
        said = news.message if self._by_message else texts.progress(news)
        self.words.setText(f"{self._title} · {said}")
        self.words.setToolTip(news.message)
        self.bar.show_share(news.done, news.total)

    def _stopping(self) -> None:
        self.stop.setEnabled(False)
        self.words.setText(f"Stopping; {self._kept} is kept")


class _ErrorRow(QWidget):
    """One line of trouble; stays until it is dismissed."""

    def __init__(self, line: str, dismiss: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName("errorRow")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.line = line
        mark = QLabel()
        mark.setPixmap(icon("triangle-alert", "error").pixmap(QSize(16, 16)))
        words = QLabel(line)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        words.setAccessibleName(f"Error: {line}")
        close = QToolButton()
        close.setIcon(icon("x"))
        close.setIconSize(QSize(16, 16))
        close.setToolTip("Dismiss")
        close.setAccessibleName("Dismiss this error")
        close.clicked.connect(dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(mark)
        row.addWidget(words, 1)
        row.addWidget(close)


class StatusArea(QWidget):
    """Rows for errors and jobs above one line that is always there."""

    cancel_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusArea")
        self.setAccessibleName("Status")
        self._jobs: dict[int, _JobRow] = {}
        self._errors: list[_ErrorRow] = []
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self._rows.addWidget(hairline())
        self._message = ElidedLabel()
        self._standing = ElidedLabel()
        self._standing.setObjectName("muted")
        self._standing.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._standing.setText("Starting…")
        self._line = QWidget()
        line = QHBoxLayout(self._line)
        line.setContentsMargins(16, 4, 16, 4)
        line.addWidget(self._message, 1)
        line.addWidget(self._standing, 1)
        self._rows.addWidget(self._line)
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.setInterval(MESSAGE_MS)
        self._fade.timeout.connect(self._forget_message)

    def set_standing(self, words: str) -> None:
        """What is ready, at the right."""
        self._standing.setText(words)

    def say(self, words: str) -> None:
        """Something that just happened; it goes away by itself."""
        self._message.setText(words)
        self._fade.start()
        self._arrange()

    def show_error(self, line: str) -> None:
        """Something that went wrong; said once, until dismissed."""
        if any(row.line == line for row in self._errors):
            return
        row = _ErrorRow(line, lambda: self._dismiss(row))
        self._errors.append(row)
        self._rows.insertWidget(1, row)

    def errors(self) -> list[str]:
        """The errors that are shown."""
        return [row.line for row in self._errors]

    def job_words(self) -> list[str]:
        """What is said of the jobs under way."""
        return [row.words.full_text() for row in self._jobs.values()]

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Follow the jobs."""
        if event.method not in _TITLES:
            return
        if event.state is TaskState.PROGRESS:
            if event.id not in self._jobs and _is_small(event):
                return
            row = self._jobs.get(event.id) or self._add_job(event)
            row.show_progress(event.value)
        elif event.final:
            row_there = self._jobs.pop(event.id, None)
            if row_there is not None:
                row_there.hide()
                row_there.deleteLater()
                self._arrange()
            if row_there is not None or event.method != "embed" or event.error:
                self._say_end(event)

    def _add_job(self, event: Event) -> _JobRow:
        row = _JobRow(event, lambda: self.cancel_wanted.emit(event.id))
        self._jobs[event.id] = row
        self._rows.insertWidget(self._rows.count() - 1, row)
        self._arrange()
        return row

    def _arrange(self) -> None:
        """Show the first jobs; the last line gives way to them unless it has something to say.

        Vectors that fill in by themselves stand back behind what somebody waits for.
        """
        for position, row in enumerate(sorted(self._jobs.values(), key=lambda row: row.fills_in)):
            row.setVisible(position < MOST_ROWS)
        self._line.setVisible(not self._jobs or bool(self._message.full_text()))

    def _forget_message(self) -> None:
        self._message.setText("")
        self._arrange()

    def _say_end(self, event: Event) -> None:
        if event.method == _TELLS_ITS_END:
            return
        name = event.key.partition(":")[2]
        if event.method == "download_model":
            name = name.partition(":")[2]
        if event.state is TaskState.FAILED:
            if event.method not in _ALL_OR_NOTHING:  # the pane it was started from says it
                self.show_error(event.error)
        elif event.state is TaskState.CANCELLED and event.method in _ALL_OR_NOTHING:
            self.say(f"Stopped; nothing of “{name}” is kept")
        elif event.state is TaskState.CANCELLED and event.method == "train_from_judgements":
            self.say(f"Stopped; “{name}” goes on from its last step when you train it again")
        elif event.state is TaskState.CANCELLED:
            self.say(f"Stopped; what was done of “{name}” is kept")
        elif isinstance(event.value, IndexReport):
            self.say(report_words(event.value))
        elif event.method == "import_dataset":
            self.say(
                f"“{name}” is imported: {texts.count(event.value.documents, 'document')}, "
                f"{texts.count(event.value.judgements, 'judgement')}"
            )
        elif event.method == "make_queue":
            candidates = texts.count(event.value.candidates, "candidate")
            again = ", some of them twice" if event.value.repeats else ""
            ready = f"The queue “{name}” is ready: {candidates} to judge{again}"
            self.say(" · ".join((ready, *event.value.notes)))
        elif event.method == "download_model":
            self.say(f"{name} is on this machine")
        elif event.method == "embed":
            self.say(f"Vectors of “{name}” are complete")
        elif event.method == "train_from_judgements":
            self.say(f"trained {name}. {event.value.warning}".strip())
        elif event.method == "choose_model":
            self.say(f"The other {name} is in use")

    def _dismiss(self, row: _ErrorRow) -> None:
        self._errors.remove(row)
        row.hide()
        row.deleteLater()


def _is_small(event: Event) -> bool:
    """Whether it is done before it could be read about, as the vectors of a file just saved."""
    total = event.value.total
    return event.method == "embed" and total is not None and total < WORTH_SHOWING


def report_words(report: IndexReport) -> str:
    """What an indexing run did, in one line."""
    words = (
        f"“{report.name}” is searchable: {texts.count(report.chunks, 'chunk')} "
        f"of {texts.count(report.files, 'file')} in {texts.duration(report.seconds)}"
    )
    if report.skipped:
        words += f" · {texts.count(len(report.skipped), 'file')} left out"
    return words
