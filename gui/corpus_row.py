"""One corpus on the Corpora page: what it holds, how it fares, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.types import Progress
from engine.types_corpora import CorpusInfo, SkippedFile
from gui import texts
from gui.bar import Bar
from gui.pane import ElidedLabel

MOST_SKIPPED = 2_000
"""Lines of the list of files left out; more would take the window long to lay out."""

SKIPPED_HEIGHT = 160


class CorpusRow(QWidget):
    """Lines of words, with the buttons at the right; removing is confirmed in their place."""

    search_wanted = Signal(str)
    reindex_wanted = Signal(str)
    embed_wanted = Signal(str)
    remove_wanted = Signal(str)
    cancel_wanted = Signal(str)
    watch_wanted = Signal(str, bool)
    skipped_wanted = Signal(str)

    def __init__(self, info: CorpusInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("corpusRow")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.info = info
        self._name = QLabel()
        self._name.setObjectName("rowTitle")
        self._health = QLabel()
        self._health.setObjectName("problem")
        self._health.setWordWrap(True)
        self._sources = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self._counts = ElidedLabel()
        self._shares = ElidedLabel()
        self._vectors = ElidedLabel()
        self._bar = Bar()
        for label in (self._sources, self._counts, self._shares):
            label.setObjectName("muted")
        self._make_buttons()
        self._make_list()
        self._lay_out()
        self._job = ""
        self.show_info(info)

    def _make_buttons(self) -> None:
        self.search = QPushButton("Search")
        self.reindex = QPushButton("Re-index")
        self.embed = QPushButton("Compute vectors")
        self.watch = QPushButton()
        self.skipped = QPushButton()
        self.cancel = QPushButton("Cancel")
        self.remove = QPushButton("Remove…")
        self.really = QPushButton("Remove the index")
        self.keep = QPushButton("Keep it")
        self.search.clicked.connect(lambda: self.search_wanted.emit(self.info.name))
        self.reindex.clicked.connect(lambda: self.reindex_wanted.emit(self.info.name))
        self.embed.clicked.connect(lambda: self.embed_wanted.emit(self.info.name))
        self.watch.clicked.connect(
            lambda: self.watch_wanted.emit(self.info.name, not self.info.watch)
        )
        self.cancel.clicked.connect(lambda: self.cancel_wanted.emit(self.info.name))
        self.skipped.setCheckable(True)
        self.skipped.setProperty("flat", True)
        self.skipped.toggled.connect(self._show_list)
        self.remove.clicked.connect(self._ask)
        self.keep.clicked.connect(self._back)
        self.really.clicked.connect(self._remove)

    def _make_list(self) -> None:
        """The files left out, asked for when they are to be shown."""
        self.skipped_list = QPlainTextEdit()
        self.skipped_list.setReadOnly(True)
        self.skipped_list.setTabChangesFocus(True)
        self.skipped_list.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.skipped_list.setFixedHeight(SKIPPED_HEIGHT)
        self.skipped_list.hide()

    def _lay_out(self) -> None:
        title = QHBoxLayout()
        title.setSpacing(12)
        title.addWidget(self._name)
        title.addWidget(self._health, 1)
        vectors = QHBoxLayout()
        vectors.setSpacing(12)
        vectors.addWidget(self._bar)
        vectors.addWidget(self._vectors, 1)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addLayout(title)
        for label in (self._sources, self._counts, self._shares):
            words.addWidget(label)
        words.addLayout(vectors)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addLayout(words, 1)
        top.addWidget(self._make_choices(), 0, Qt.AlignmentFlag.AlignTop)
        row = QVBoxLayout(self)
        row.setContentsMargins(24, 16, 24, 16)
        row.setSpacing(8)
        row.addLayout(top)
        row.addWidget(self.skipped_list)

    def _make_choices(self) -> QWidget:
        """The buttons, and the question that takes their place."""
        usual, confirm = QWidget(), QWidget()
        buttons, confirming = QHBoxLayout(usual), QHBoxLayout(confirm)
        self._question = QLabel()
        self._question.setObjectName("muted")
        for line in (buttons, confirming):
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(8)
            line.addStretch(1)
        for button in (
            *(self.skipped, self.cancel, self.embed, self.search),
            *(self.reindex, self.watch, self.remove),
        ):
            buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        confirming.addWidget(self._question)
        for button in (self.really, self.keep):
            confirming.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._choices = QStackedWidget()
        self._choices.addWidget(usual)
        self._choices.addWidget(confirm)
        self._choices.setFixedHeight(32)
        return self._choices

    def show_info(self, info: CorpusInfo) -> None:
        """Show what is known now."""
        if info.skipped != self.info.skipped and self.skipped.isChecked():
            self.skipped_wanted.emit(info.name)
        self.info = info
        self._name.setText(info.name)
        self._sources.setText(_sources(info))
        what = "document" if info.dataset else "file"
        parts = [texts.count(info.files, what), texts.count(info.chunks, "chunk")]
        parts += [f"changed {texts.ago(info.updated)}", _watching(info)]
        self._counts.setText(" · ".join(filter(None, parts)) if info.updated else "not indexed yet")
        self._shares.setText(
            "   ".join(filter(None, (texts.shares(info.languages), texts.shares(info.frameworks))))
        )
        self._question.setText(
            "The copy imported here goes, your own judgements stay."
            if info.dataset
            else "Your files and your judgements stay."
        )
        self.really.setText("Remove the data set" if info.dataset else "Remove the index")
        self._name_list()
        self.watch.setText("Pause" if info.watch else "Resume")
        for button in (
            *(self.search, self.reindex, self.embed, self.cancel, self.remove, self.watch),
        ):
            button.setAccessibleName(f"{button.text().rstrip('…')}: {info.name}")
        self.watch.setToolTip(
            "Stop following the files on disk" if info.watch else "Follow the files on disk again"
        )
        self.skipped.setToolTip("Show the files that are left out, and why")
        self.skipped_list.setAccessibleName(f"Files of {info.name} that are left out")
        self._show_state()

    def show_job(self, words: str, progress: Progress | None = None) -> None:
        """Show the work under way on this corpus; empty words when there is none."""
        self._job = words
        if words:
            done, total = (progress.done, progress.total) if progress else (0, None)
            self._bar.show_share(done, total)
        self._show_state()

    def show_skipped(self, skipped: Sequence[SkippedFile]) -> None:
        """Fill the list of the files left out."""
        lines = [f"{item.path}: {item.reason}" for item in skipped[:MOST_SKIPPED]]
        if len(skipped) > MOST_SKIPPED:
            lines.append(f"… and {len(skipped) - MOST_SKIPPED:,} more")
        self.skipped_list.setPlainText("\n".join(lines))

        lines_height = self.skipped_list.fontMetrics().lineSpacing() * (len(lines) + 2)
        self.skipped_list.setFixedHeight(min(lines_height, SKIPPED_HEIGHT))

    def _show_list(self, shown: bool) -> None:
        if shown:
            self.skipped_wanted.emit(self.info.name)
        self.skipped_list.setVisible(shown)
        self._name_list()

    def _name_list(self) -> None:
        shown = self.skipped.isChecked()
        self.skipped.setText(f"{'Hide ' if shown else ''}{self.info.skipped:,} left out")
        self.skipped.setAccessibleName(f"{self.skipped.text()}: {self.info.name}")

    def _show_state(self) -> None:
        info, busy = self.info, bool(self._job)
        # Work under way may be the cure.
        self._health.setText("" if busy else info.problem or info.watch_problem)
        complete = info.vectors >= info.chunks
        if busy:
            words = self._job
        elif info.lexical_only:
            words = "searched by words only, as you chose"
        elif info.chunks and complete:
            words = "searched by words and by meaning"
        else:
            words = f"vectors: {texts.share(info.vectors, info.chunks)}"
            self._bar.show_share(info.vectors, info.chunks)
        self._vectors.setText(words)
        self._bar.setVisible(busy or not (info.lexical_only or complete))
        self._bar.setAccessibleName(f"Progress of {info.name}")
        self.cancel.setVisible(busy)
        self.embed.setVisible(not busy and not info.lexical_only and not complete)
        self.search.setVisible(info.chunks > 0)
        self.skipped.setVisible(info.skipped > 0)
        self.watch.setVisible(info.watchable and not busy and info.chunks > 0)
        for button in (self.reindex, self.remove):
            button.setVisible(not info.builtin and not busy)
        if info.dataset and not info.problem:  # it does not change, so there is nothing to take in
            self.reindex.hide()

    def _ask(self) -> None:
        self._choices.setCurrentIndex(1)
        self.keep.setFocus()

    def step_back(self) -> bool:
        """Keep the corpus that is asked about. False if nothing is asked."""
        asking = self._choices.currentIndex() == 1
        if asking:
            self._back()
        return asking

    def _back(self) -> None:
        self._choices.setCurrentIndex(0)
        self.remove.setFocus()

    def _remove(self) -> None:
        self._back()
        self.remove_wanted.emit(self.info.name)


def _sources(info: CorpusInfo) -> str:
    if info.builtin:
        return "comes with Counterpart: the same tasks written in six frameworks"
    return info.dataset or "   ".join(info.sources)


def _watching(info: CorpusInfo) -> str:
    """Whether changes on the disk are noticed, in words."""
    if info.builtin or info.dataset:
        return ""
    if not info.watchable:
        return "re-index to take in a newer state"
    if not info.watch:
        return "paused: re-index or resume to take in what you save"
    return "watching: what you save is found at once" if info.watching else "not watched"
