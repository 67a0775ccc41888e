"""Where to search and what to let through: corpus, framework, language and path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from engine.types import Framework
from engine.types_corpora import CorpusInfo
from gui.choice import Choice

PATH_PAUSE_MS = 500


@dataclass(frozen=True, slots=True)
class Filters:
    """What the bar is set to."""

    corpus: str
    framework: Framework | None = None
    language: str | None = None
    path: str | None = None


class FilterBar(QWidget):
    """One line of choices above the search page."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filterBar")
        self._infos: dict[str, CorpusInfo] = {}
        self._wanted_corpus = ""
        self._corpus = self._choice("Corpus", "Which of your corpora is searched", 20)
        self._framework = self._choice("Find in", "Only results in this framework", 18)
        self._language = self._choice("Language", "Only results in this language", 16)
        self._path = QLineEdit()
        self._path.setPlaceholderText("any path, or a pattern: src/**/*.py")
        self._path.setAccessibleName("Path pattern")
        self._path.setToolTip("Only results whose path matches this pattern")
        self._path.setClearButtonEnabled(True)
        self._path.setMaximumWidth(320)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PATH_PAUSE_MS)
        self._pause.timeout.connect(self.changed)
        self._lay_out()
        self.set_corpora(())
        self._corpus.activated.connect(self._choose_corpus)
        self._framework.currentIndexChanged.connect(self.changed)
        self._language.currentIndexChanged.connect(self.changed)
        self._path.textEdited.connect(self._pause.start)
        self._path.returnPressed.connect(self._path_entered)

    def _choice(self, name: str, tip: str, characters: int) -> Choice:
        box = Choice(characters)
        box.setAccessibleName(name)
        box.setToolTip(tip)
        return box

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 8, 16, 8)
        line.setSpacing(8)
        for text, box in (
            ("Corpus", self._corpus),
            ("Find in", self._framework),
            ("Language", self._language),
            ("Path", self._path),
        ):
            label = QLabel(text)
            label.setObjectName("fieldLabel")
            label.setBuddy(box)
            line.addWidget(label)
            line.addWidget(box, 2 if box is self._path else 0)
            line.addSpacing(8)
        line.addStretch(1)

    def filters(self) -> Filters:
        """What is chosen now."""
        framework = self._framework.currentData()  # a plain string: Qt does not keep enums
        return Filters(
            self._corpus.currentData() or self._wanted_corpus,
            Framework(framework) if framework else None,
            self._language.currentData(),
            self._path.text().strip() or None,
        )

    def set_corpora(self, infos: Iterable[CorpusInfo]) -> None:
        """List the corpora; the chosen one stays chosen while it exists.

        Where that, or a filter, is not to be had any more, `changed` says so: what is shown was
        found with it.
        """
        before = self.filters()
        self._infos = {info.name: info for info in infos}
        chosen = self._wanted_corpus or self._corpus.currentData() or ""
        with QSignalBlocker(self._corpus):
            self._corpus.clear()
            for info in self._infos.values():
                self._corpus.addItem(info.name, info.name)
            self._corpus.setCurrentIndex(max(0, self._corpus.findData(chosen)))
        self._corpus.setEnabled(bool(self._infos))
        self._fill_choices()
        if self._infos:
            self._wanted_corpus = self._corpus.currentData()
            if before.corpus and self.filters() != before:
                self.changed.emit()

    def choose_corpus(self, name: str) -> bool:
        """Choose a corpus, also before there is a list. False if the list does not have it."""
        if self._infos and name not in self._infos:
            return False
        self._wanted_corpus = name
        index = self._corpus.findData(name)
        if index >= 0 and index != self._corpus.currentIndex():
            self._corpus.setCurrentIndex(index)
            self._choose_corpus()
        return True

    def choose_framework(self, framework: Framework | None) -> None:
        """Choose the framework to find in; None lets all through."""
        self._framework.setCurrentIndex(max(0, self._framework.findData(framework)))

    def focus_framework(self) -> None:
        """Go to the framework's choice and open it."""
        self._framework.setFocus()
        self._framework.showPopup()

    def clear(self) -> None:
        """Let everything through."""
        with QSignalBlocker(self):
            self._framework.setCurrentIndex(0)
            self._language.setCurrentIndex(0)
            self._path.clear()
        self.changed.emit()

    def _choose_corpus(self) -> None:
        self._wanted_corpus = self._corpus.currentData() or ""
        self._fill_choices()
        self.changed.emit()

    def _path_entered(self) -> None:
        self._pause.stop()
        self.changed.emit()

    def _fill_choices(self) -> None:
        """Offer what the corpus has, most frequent first, with counts."""
        info = self._infos.get(self._corpus.currentData() or "")
        frameworks = dict(info.frameworks) if info else {}
        languages = dict(info.languages) if info else {}
        known = [(f"{f.value}", f, frameworks.get(f.value, 0)) for f in Framework]
        known.sort(key=lambda item: -item[2])
        _refill(self._framework, "any framework", known)
        ordered = sorted(languages.items(), key=lambda item: (-item[1], item[0]))
        _refill(self._language, "any language", [(name, name, count) for name, count in ordered])


def _refill(box: Choice, everything: str, items: list[tuple[str, object, int]]) -> None:
    chosen = box.currentData()
    with QSignalBlocker(box):
        box.clear()
        box.addItem(everything, None)
        for text, value, count in items:
            box.addItem(f"{text}  ({count:,})" if count else text, value)
        box.setCurrentIndex(max(0, box.findData(chosen)) if chosen is not None else 0)
