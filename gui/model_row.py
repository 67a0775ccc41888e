"""One model on the Models page: what it is, what it takes, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.types import Progress
from engine.types_models import ModelListing, ModelPlace
from gui import texts
from gui.bar import Bar
from gui.pane import ElidedLabel


class ModelRow(QWidget):
    """Three lines of words, with the buttons at the right; a bar while it is being fetched."""

    use_wanted = Signal(object)  # ModelListing
    look_wanted = Signal(object)
    remove_wanted = Signal(object)
    cancel_wanted = Signal(object)

    def __init__(self, model: ModelListing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("corpusRow")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = model
        self._job = ""
        self._name = QLabel()
        self._name.setObjectName("rowTitle")
        self._state = QLabel()
        self._state.setObjectName("modelInUse")
        self._warning = QLabel()
        self._warning.setObjectName("problem")
        self._facts = ElidedLabel()
        self._purpose = ElidedLabel()
        for label in (self._facts, self._purpose):
            label.setObjectName("muted")
        self._words = ElidedLabel()
        self._bar = Bar()
        self._make_buttons()
        self._lay_out()
        self.show_model(model)

    def _make_buttons(self) -> None:
        self.use = QPushButton("Use")
        self.look = QPushButton("Look up on huggingface.co…")
        self.remove = QPushButton("Remove…")
        self.cancel = QPushButton("Cancel")
        for button, signal in (
            (self.use, self.use_wanted),
            (self.look, self.look_wanted),
            (self.remove, self.remove_wanted),
            (self.cancel, self.cancel_wanted),
        ):
            button.clicked.connect(lambda _=False, signal=signal: signal.emit(self.model))

    def _lay_out(self) -> None:
        title = QHBoxLayout()
        title.setSpacing(12)
        for label in (self._name, self._state, self._warning):
            title.addWidget(label)
        title.addStretch(1)
        job = QHBoxLayout()
        job.setSpacing(12)
        job.addWidget(self._bar)
        job.addWidget(self._words, 1)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addLayout(title)
        words.addWidget(self._purpose)
        words.addWidget(self._facts)
        words.addLayout(job)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 12, 24, 12)
        row.setSpacing(8)
        row.addLayout(words, 1)
        for button in (self.cancel, self.look, self.use, self.remove):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def show_model(self, model: ModelListing) -> None:
        """Show what is known now."""
        self.model = model
        name = texts.model_name(model.name)
        self._name.setText(name)
        self._state.setText("in use" if model.in_use else "")
        self._warning.setText(texts.model_warning(model))
        self._facts.setText(texts.model_facts(model))
        self._purpose.setText(model.purpose)
        self._bar.setAccessibleName(f"Progress of {name}")
        partly = model.place is ModelPlace.PARTIAL
        self.look.setText("Go on with the download…" if partly else "Look up on huggingface.co…")
        self.look.setToolTip("Asks for size and licence; nothing is fetched before a yes")
        for button in (self.use, self.look, self.remove, self.cancel):
            button.setAccessibleName(f"{button.text().rstrip('…')}: {name}, {model.role}")
        self._show_state()

    def show_job(self, words: str, progress: Progress | None = None) -> None:
        """Show the work under way on this model; empty words when there is none."""
        self._job = words
        if words:
            done, total = (progress.done, progress.total) if progress else (0, None)
            self._bar.show_share(done, total)
        self._show_state()

    @property
    def words(self) -> str:
        """What is said of the work under way."""
        return self._job

    def _show_state(self) -> None:
        model, busy = self.model, bool(self._job)
        here = model.place is ModelPlace.HERE
        self._words.setText(self._job)
        self._state.setVisible(model.in_use)
        self._warning.setVisible(bool(self._warning.text()))
        self._purpose.setVisible(bool(model.purpose))
        self._facts.setVisible(bool(self._facts.full_text()))
        for widget in (self._bar, self._words, self.cancel):
            widget.setVisible(busy)
        self.use.setVisible(here and not model.in_use and not busy)
        # What is in use and not to be found may be a folder that has gone: no use asking the hub.
        known = model.group != "own" or model.removable
        self.look.setVisible(not here and known and not busy)
        self.remove.setVisible(model.removable and not model.in_use and not busy)
