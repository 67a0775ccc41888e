"""One corpus on the Corpora page: what it holds, how it fares, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.types import CorpusInfo, Progress
from gui import texts
from gui.bar import Bar
from gui.pane import ElidedLabel


class CorpusRow(QWidget):
    """Five lines of words, with the buttons at the right; removing is confirmed in their place."""

    search_wanted = Signal(str)
    reindex_wanted = Signal(str)
    embed_wanted = Signal(str)
    remove_wanted = Signal(str)
    cancel_wanted = Signal(str)

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
        self._lay_out()
        self._job = ""
        self.show_info(info)

    def _make_buttons(self) -> None:
        self.search = QPushButton("Search")
        self.reindex = QPushButton("Re-index")
        self.embed = QPushButton("Compute vectors")
        self.cancel = QPushButton("Cancel")
        self.remove = QPushButton("Remove…")
        self.really = QPushButton("Remove the index")
        self.keep = QPushButton("Keep it")
        self.search.clicked.connect(lambda: self.search_wanted.emit(self.info.name))
        self.reindex.clicked.connect(lambda: self.reindex_wanted.emit(self.info.name))
        self.embed.clicked.connect(lambda: self.embed_wanted.emit(self.info.name))
        self.cancel.clicked.connect(lambda: self.cancel_wanted.emit(self.info.name))
        self.remove.clicked.connect(self._ask)
        self.keep.clicked.connect(self._back)
        self.really.clicked.connect(self._remove)

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
        usual = QWidget()
        buttons = QHBoxLayout(usual)
        confirm = QWidget()
        confirming = QHBoxLayout(confirm)
        question = QLabel("Your files and your judgements stay.")
        question.setObjectName("muted")
        for line in (buttons, confirming):
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(8)
            line.addStretch(1)
        for button in (self.cancel, self.embed, self.search, self.reindex, self.remove):
            buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        confirming.addWidget(question)
        for button in (self.really, self.keep):
            confirming.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._choices = QStackedWidget()
        self._choices.addWidget(usual)
        self._choices.addWidget(confirm)
        self._choices.setFixedHeight(32)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 16, 24, 16)
        row.setSpacing(16)
        row.addLayout(words, 1)
        row.addWidget(self._choices, 0, Qt.AlignmentFlag.AlignTop)

    def show_info(self, info: CorpusInfo) -> None:
        """Show what is known now."""
        self.info = info
        self._name.setText(info.name)
        self._sources.setText(_sources(info))
        parts = [texts.count(info.files, "file"), texts.count(info.chunks, "chunk")]
        if info.skipped:
            parts.append(f"{texts.count(info.skipped, 'file')} left out")
        parts.append(f"changed {texts.ago(info.updated)}")
        self._counts.setText(" · ".join(parts) if info.updated else "not indexed yet")
        self._shares.setText(
            "   ".join(filter(None, (texts.shares(info.languages), texts.shares(info.frameworks))))
        )
        for button in (self.search, self.reindex, self.embed, self.cancel, self.remove):
            button.setAccessibleName(f"{button.text().rstrip('…')}: {info.name}")
        self._show_state()

    def show_job(self, words: str, progress: Progress | None = None) -> None:
        """Show the work under way on this corpus; empty words when there is none."""
        self._job = words
        if words:
            done, total = (progress.done, progress.total) if progress else (0, None)
            self._bar.show_share(done, total)
        self._show_state()

    def _show_state(self) -> None:
        info, busy = self.info, bool(self._job)
        self._health.setText("" if busy else info.problem)  # work under way may be the cure
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
        for button in (self.reindex, self.remove):
            button.setVisible(not info.builtin and not busy)

    def _ask(self) -> None:
        self._choices.setCurrentIndex(1)
        self.keep.setFocus()

    def _back(self) -> None:
        self._choices.setCurrentIndex(0)
        self.remove.setFocus()

    def _remove(self) -> None:
        self._choices.setCurrentIndex(0)
        self.remove_wanted.emit(self.info.name)


def _sources(info: CorpusInfo) -> str:
    if info.builtin:
        return "comes with Counterpart: the same tasks written in six frameworks"
    return "   ".join(info.sources)
