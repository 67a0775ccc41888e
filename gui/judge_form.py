"""Making a queue: which queries, over which corpus, pooled how."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.types import Progress
from engine.types_corpora import CorpusInfo
from engine.types_judging import RUNS, Order, QuerySource, QueueSpec
from gui import texts
from gui.bar import Bar
from gui.choice import Choice

_SOURCES = (
    ("history", "my recent queries"),
    ("dataset", "a data set"),
    ("file", "a file"),
    ("texts", "typed here, one a line"),
)
_MISSING = {
    "history": "Say how many queries.",
    "dataset": "No data set is imported yet: Corpora → Import data set… brings one in.",
    "file": "Choose a file of queries.",
    "texts": "Type a query, or several, one a line.",
}
_HINTS = {
    "history": "the newest ones",
    "depth": "first results of each ranking",
    "repeats": "are shown a second time, to see how steady you are",
}
_RUN_WORDS = {"bm25": "BM25", "dense": "dense", "hybrid": "hybrid", "rerank": "reranked"}


class QueueForm(QWidget):
    """One column of fields; `wanted` carries what was chosen."""

    wanted = Signal(object)  # QueueSpec
    left = Signal()
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("judgeForm")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.name = QLineEdit()
        self.name.setPlaceholderText("for example: attention twins")
        self.corpus, self.source, self.order = Choice(24), Choice(24), Choice(24)
        self._corpus_chosen = False  # by hand
        self.dataset = Choice(24)
        self.history = _number(20, 1, 1000)
        self.file = QLineEdit()
        self.file.setPlaceholderText(".txt, .jsonl, .csv, .tsv, or a snippet")
        self.browse = QPushButton("Choose…")
        self.texts = QPlainTextEdit()
        self.texts.setTabChangesFocus(True)
        self.texts.setMaximumHeight(96)
        self.depth = _number(10, 1, 200)
        self.runs = {run: QCheckBox(_RUN_WORDS[run]) for run in RUNS}
        self.repeats = _number(10, 0, 50)
        self.repeats.setSuffix(" %")
        self.problem = QLabel()
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.start = QPushButton("Make the queue")
        self.start.setProperty("primary", True)
        self.cancel = QPushButton("Back")
        self.bar, self.words, self.stop = Bar(), QLabel(), QPushButton("Cancel")
        self._stopping = False
        self._fill()
        self._lay_out()
        self._bind()

    def _fill(self) -> None:
        for key, words in _SOURCES:
            self.source.addItem(words, key)
        self.order.addItem("shuffled", Order.RANDOM)
        self.order.addItem("taking turns among the runs", Order.INTERLEAVED)
        for box in self.runs.values():
            box.setChecked(True)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        self._rows: dict[str, tuple[QLabel, QWidget]] = {}
        file = _across(self.file, self.browse)
        for row, (key, words, widget, field) in enumerate(
            (
                ("name", "Name", self.name, self.name),
                ("corpus", "Corpus", self.corpus, self.corpus),
                ("source", "Queries", self.source, self.source),
                ("history", "How many", self.history, self.history),
                ("dataset", "Data set", self.dataset, self.dataset),
                ("file", "File", file, self.file),
                ("texts", "Queries", self.texts, self.texts),
                ("depth", "How deep", self.depth, self.depth),
                ("runs", "Found by", _across(*self.runs.values()), self.runs["bm25"]),
                ("order", "Order", self.order, self.order),
                ("repeats", "Come back", self.repeats, self.repeats),
            )
        ):
            label = QLabel(words)
            label.setObjectName("fieldLabel")
            label.setBuddy(field)
            if field is not self.runs["bm25"]:
                field.setAccessibleName(words)
            middle = Qt.AlignmentFlag.AlignVCenter
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop if key == "texts" else middle)
            if hint := _HINTS.get(key):
                widget = _across(widget, _hint(hint))
                field.setAccessibleDescription(hint)
            grid.addWidget(widget, row, 1)
            self._rows[key] = (label, widget)
        heading = QLabel("A new queue")
        heading.setObjectName("heading")
        words = QLabel(
            "What several rankings find for each query goes into one pool, and comes in an order "
            "that tells nothing of where it ranked."
        )
        words.setObjectName("muted")
        words.setWordWrap(True)
        column = QVBoxLayout()
        column.setSpacing(12)
        for widget in (heading, words):
            column.addWidget(widget)
        column.addLayout(grid)
        column.addWidget(self.problem)
        buttons = QHBoxLayout()
        buttons.addWidget(self.start)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        column.addLayout(buttons)
        under_way = QHBoxLayout()
        for widget in (self.bar, self.words, self.stop):
            under_way.addWidget(widget)
            widget.hide()
        under_way.addStretch(1)
        column.addLayout(under_way)
        column.addStretch(1)
        inside = QWidget()
        inside.setLayout(column)
        inside.setMaximumWidth(640)
        across = QHBoxLayout(self)
        across.setContentsMargins(24, 24, 24, 24)
        across.addWidget(inside, 1)
        across.addStretch(1)

    def _bind(self) -> None:
        self.corpus.activated.connect(self._choose_corpus)
        self.source.currentIndexChanged.connect(lambda _=0: self._show_source())
        self.start.clicked.connect(self._submit)
        self.name.returnPressed.connect(self._submit)
        self.cancel.clicked.connect(self.left)
        self.browse.clicked.connect(self._browse)
        self.stop.clicked.connect(self._stop)
        self._show_source()
        self.say("")

    def prefer(self, corpus: str) -> None:
        """Start with this corpus, as long as none was chosen here."""
        place = self.corpus.findData(corpus)
        if not self._corpus_chosen and place >= 0:
            self.corpus.setCurrentIndex(place)

    def set_corpora(self, infos: Sequence[CorpusInfo]) -> None:
        """Offer these corpora."""
        chosen = self.corpus.currentData()
        self.corpus.clear()
        self.dataset.clear()
        for info in infos:
            self.corpus.addItem(info.name, info.name)
            if info.dataset:
                self.dataset.addItem(info.name, info.name)
        self.corpus.setCurrentIndex(max(self.corpus.findData(chosen), 0))
        self.dataset.setEnabled(bool(self.dataset.count()))

    def _choose_corpus(self) -> None:
        self._corpus_chosen = True

    def say(self, problem: str) -> None:
        """Say what is wrong; nothing hides the line."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def set_busy(self, busy: bool) -> None:
        """While a queue is being made, no second one; how far that is stands below."""
        gives, takes = (self.start, self.stop) if busy else (self.stop, self.start)
        had_focus = gives.hasFocus()
        self.start.setEnabled(not busy)
        self._stopping = False
        self.words.setText("starting…")
        self.bar.show_share(0, None)
        for widget in (self.bar, self.words, self.stop):
            widget.setVisible(busy)
        if had_focus:
            takes.setFocus()

    def show_progress(self, progress: Progress) -> None:
        """Say how far the queue is that is being made."""
        if not self._stopping:
            self.bar.show_share(progress.done, progress.total)
            self.words.setText(texts.progress(progress))

    def _stop(self) -> None:
        self._stopping = True
        self.words.setText("stopping; the queries that are finished stay in the queue…")
        self.stop_wanted.emit()

    def spec(self) -> QueueSpec:
        """What was chosen."""
        key = self.source.currentData()
        lines = (line.strip() for line in self.texts.toPlainText().splitlines())
        source = QuerySource(
            history=self.history.value() if key == "history" else 0,
            dataset=str(self.dataset.currentData() or "") if key == "dataset" else "",
            file=self.file.text().strip() if key == "file" else "",
            texts=tuple(filter(None, lines)) if key == "texts" else (),
        )
        return QueueSpec(
            name=self.name.text().strip(),
            corpus=str(self.corpus.currentData() or ""),
            source=source,
            depth=self.depth.value(),
            runs=tuple(run for run, box in self.runs.items() if box.isChecked()),
            order=Order(self.order.currentData()),
            repeats=self.repeats.value() / 100,
        )

    def _submit(self) -> None:
        spec = self.spec()
        if not spec.name:
            self.say("Give the queue a name.")
            self.name.setFocus()
        elif spec.source == QuerySource():
            self.say(_MISSING[self.source.currentData()])
        else:
            self.say("")
            self.wanted.emit(spec)

    def _browse(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Queries")
        if name:
            self.file.setText(name)

    def _show_source(self) -> None:
        chosen = self.source.currentData()
        for key in ("history", "dataset", "file", "texts"):
            for widget in self._rows[key]:
                widget.setVisible(key == chosen)


def _number(value: int, low: int, high: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.lineEdit().setTextMargins(6, 0, 6, 0)
    box.setFixedSize(96, 28)
    return box


def _hint(words: str) -> QLabel:
    label = QLabel(words)
    label.setObjectName("muted")
    return label


def _across(*widgets: QWidget) -> QWidget:
    row = QWidget()
    row.setMinimumHeight(28)  # as high as the fields
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(16)
    for widget in widgets:
        layout.addWidget(widget)
    if not isinstance(widgets[0], QLineEdit):
        layout.addStretch(1)
    return row
