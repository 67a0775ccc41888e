"""Trainings that were stopped: what each was begun with, and goes on with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.types_training import MiningOptions, TrainingSpec
from gui import texts
from gui.twice import TwiceButton


class UnfinishedRow(QWidget):
    """Its name, what it was begun with, and buttons to go on with it or remove it."""

    go_on_wanted = Signal(str)
    remove_wanted = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("corpusRow")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.name = name
        self.go_on = QPushButton("Go on")
        self.remove = TwiceButton("Remove", "Remove for good")  # its steps cannot be had again
        self.begun = QLabel("unfinished")
        self.begun.setObjectName("muted")
        title = QLabel(name)
        title.setObjectName("rowTitle")
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(title, 1)
        for button in (self.go_on, self.remove):
            button.setAccessibleDescription(name)
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(4)
        column.addLayout(top)
        for label in (title, self.begun):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        column.addWidget(self.begun)
        self.go_on.clicked.connect(lambda: self.go_on_wanted.emit(name))
        self.remove.pressed_twice.connect(lambda: self.remove_wanted.emit(name))


class UnfinishedList(QWidget):
    """A row for each training that was stopped, the newest first; nothing is seen of none."""

    go_on_wanted = Signal(str)
    remove_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[UnfinishedRow] = []
        self._at_work = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.hide()

    def names(self) -> list[str]:
        """The trainings that can be gone on with."""
        return [row.name for row in self.rows]

    def show_names(self, names: Sequence[str]) -> bool:
        """List these; rows that are there stay. True if the focus was on one that went."""
        focus = QApplication.focusWidget()
        there = {row.name: row for row in self.rows}
        gone = [row for name, row in there.items() if name not in names]
        had_focus = focus is not None and any(row.isAncestorOf(focus) for row in gone)
        for row in gone:
            row.setParent(None)
            row.deleteLater()
        self.rows = [there.get(name) or self._make(name) for name in names]
        for place, row in enumerate(self.rows):
            self._column.insertWidget(place, row)
        self.setVisible(bool(names))
        self.set_at_work(self._at_work)
        return had_focus

    def come_after(self, before: QWidget) -> None:
        """Put the buttons behind `before` for Tab: rows made later would be the last of all."""
        for row in self.rows:
            for button in (row.go_on, row.remove):
                QWidget.setTabOrder(before, button)
                before = button

    def show_begun(self, spec: TrainingSpec) -> None:
        """Say what a training was begun with."""
        for row in self.rows:
            if row.name == spec.name:
                row.begun.setText(f"unfinished · {begun_in_words(spec)}")

    def set_at_work(self, at_work: bool) -> None:
        """While one is trained, none can be gone on with or removed."""
        self._at_work = at_work
        for row in self.rows:
            for button in (row.go_on, row.remove):
                button.setEnabled(not at_work)

    def _make(self, name: str) -> UnfinishedRow:
        row = UnfinishedRow(name)
        row.go_on_wanted.connect(self.go_on_wanted)
        row.remove_wanted.connect(self.remove_wanted)
        return row


def begun_in_words(spec: TrainingSpec) -> str:
    """`goes on as it was begun, whatever is chosen above: cross-encoder, 12 steps, seed 3`."""
    usual = TrainingSpec()
    parts = {
        "corpus": f"judged in {spec.corpus}",
        "judges": f"by {' and '.join(spec.judges)}",
        "held_out": f"{spec.held_out * 100:.0f} % held out",
        "steps": texts.count(spec.steps, "step"),
        "minutes": f"at most {texts.duration(spec.minutes * 60)}",
        "batch": f"batches of {spec.batch}",
        "learning_rate": f"learning rate {spec.learning_rate:g}",
        "max_tokens": f"{spec.max_tokens} tokens of each text",
        "seed": f"seed {spec.seed}",
        "sample": "not measured on the sample corpus",
    }
    said = [
        words for field, words in parts.items() if getattr(spec, field) != getattr(usual, field)
    ]
    if replace(spec.mining, corpus="", judges=()) != MiningOptions():
        said.append("negatives mined by settings of its own")
    stages = " and ".join(spec.stages)
    return f"goes on as it was begun, whatever is chosen above: {', '.join((stages, *said))}"
