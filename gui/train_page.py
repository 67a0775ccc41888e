"""Training on one's own judgements: what there is, what it gave, which version is in use."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.types import Progress
from engine.types_models import ModelInfo
from engine.types_training import (
    MiningOptions,
    TrainingEstimate,
    TrainingOutlook,
    TrainingSpec,
    Version,
)
from gui import texts
from gui.bar import Bar
from gui.engine_thread import EngineThread, Event, TaskState
from gui.pane import hairline, in_a_row
from gui.train_curve import LossCurve
from gui.train_negatives import NegativesView
from gui.train_unfinished import UnfinishedList
from gui.train_version import VersionList
from gui.train_words import estimate_in_words, outlook_in_words, progress_in_words

_CURVE_EVERY = 1.0  # seconds between two looks at the curve
WHAT_IT_IS_FOR = (
    "Your judgements train the models that rank: each counterpart against what you or others found "
    "to be none. Some queries are held out to measure what it gave. Searching goes on meanwhile."
)


class TrainPage(QWidget):
    """Outlook, start, progress, versions; the negatives have a view of their own."""

    said = Signal(str)
    failed = Signal(str)
    query_wanted = Signal(object)  # Query, to be searched for

    def __init__(self, engine: EngineThread, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainPage")
        self._engine = engine
        self._job = 0
        self._name = ""
        self._looked = 0.0
        self._stopping = False
        self._measured: tuple[str, ...] = ()  # the stages that an estimate was asked for
        self.outlook, self.estimate, self.advice = QLabel(), QLabel(), QLabel("looking…")
        self.cross_encoder = QCheckBox("Cross-encoder (the second stage)")
        self.encoder = QCheckBox("Encoder (the first stage; all vectors are computed anew)")
        self.name = QLineEdit()
        self.start = QPushButton("Train")
        self.measure = QPushButton("How long?")
        self.look = QPushButton("Look at the negatives")
        self.unfinished, self.versions = UnfinishedList(), VersionList()
        self.cancel = QPushButton("Cancel")
        self.bar, self.words, self.curve = Bar(), QLabel(), LossCurve()
        self.former = QPushButton("Go back to what was in use before")
        self.bundled = QPushButton("Use the bundled models")
        self.load = QPushButton("Import…")
        self.none = QLabel("No version yet. What you train is kept here, with what made it.")
        self.negatives = NegativesView()
        self._lay_out()
        self._bind()
        for button in (self.former, self.bundled):
            button.setEnabled(False)  # until it is known that there is something to change
        self._show_job(False)

    # -- layout

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setObjectName("trainInside")
        inside.setMaximumWidth(960)
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        self.cross_encoder.setChecked(True)
        self.name.setPlaceholderText("name of the version; empty: the date")
        self.name.setAccessibleName("Name of the version")
        self.name.setFixedWidth(280)
        self.start.setProperty("primary", True)
        column.addWidget(_label("Train on your judgements", "heading"))
        column.addWidget(_label(WHAT_IT_IS_FOR, "muted"))
        self.encoder.setToolTip("Both stages gain more than the second alone, and take longer")
        self.measure.setToolTip("Tries a few steps and searches, which are thrown away")
        self.look.setToolTip("What counterparts are trained against; some may be right after all")
        self.estimate.hide()
        for label in (self.outlook, self.estimate, self.advice):
            label.setWordWrap(True)
            column.addWidget(label)
        for box in (self.cross_encoder, self.encoder):
            column.addWidget(box)
        column.addLayout(_row(self.name, self.start, self.measure, self.look))
        column.addLayout(_row(self.bar, self.words, self.cancel))
        column.addWidget(self.curve)
        column.addWidget(self.unfinished)
        column.addSpacing(12)
        column.addWidget(_label("Versions", "messageHeading"))
        column.addLayout(_row(self.former, self.bundled, self.load))
        column.addWidget(hairline())
        self.none.setObjectName("muted")
        column.addWidget(self.none)
        column.addWidget(self.versions)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setObjectName("trainScroll")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        self._main = scroll
        self._stack = QStackedWidget()
        self._stack.addWidget(scroll)
        self._stack.addWidget(self.negatives)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self._stack)

    def _bind(self) -> None:
        self.start.clicked.connect(lambda: self.train(self.name.text().strip()))
        self.name.returnPressed.connect(lambda: self.train(self.name.text().strip()))
        self.name.textChanged.connect(lambda _="": self._enable())
        self.unfinished.go_on_wanted.connect(self.train)
        self.unfinished.remove_wanted.connect(
            lambda name: self._engine.call("remove_training", name, durable=True)
        )
        self.versions.use_wanted.connect(lambda name: self._activate("activate_version", name))
        self.versions.remove_wanted.connect(
            lambda name: self._engine.call("remove_version", name, durable=True)
        )
        self.versions.export_wanted.connect(
            lambda name, path: self._engine.call("export_version", name, path, durable=True)
        )
        self.versions.query_wanted.connect(self.query_wanted)
        self.measure.clicked.connect(self._measure)
        self.look.clicked.connect(self._mine)
        self.cancel.clicked.connect(self._stop)
        self.former.clicked.connect(lambda: self._activate("activate_former"))
        self.bundled.clicked.connect(lambda: self._activate("activate_version", "bundled"))
        self.load.clicked.connect(self._ask_import)
        self.negatives.left.connect(self.step_back)
        self.negatives.rejected.connect(
            lambda draft: self._engine.call("reject_negative", draft, durable=True)
        )
        for box in (self.cross_encoder, self.encoder):
            box.toggled.connect(lambda _=False: self._choose_stages())
        self._engine.event.connect(self._on_event)

    def enter(self) -> None:
        """The page comes on the screen: say how things stand now."""
        self._refresh()
        if self.isVisible() and self._stack.currentWidget() is self._main:
            self.start.setFocus()

    def step_back(self) -> bool:
        """Close the negatives. False if they are not shown."""
        if self._stack.currentWidget() is not self.negatives:
            return False
        self._stack.setCurrentWidget(self._main)
        self.look.setFocus()
        return True

    def _refresh(self) -> None:
        self._ask_outlook()
        self._engine.call("unfinished_trainings", replaces=True)
        self._engine.call("versions", replaces=True)
        self._engine.call("can_go_back", replaces=True)

    # -- what is asked of the engine

    def train(self, name: str) -> None:
        """Train a version of that name, or go on with it."""
        going_on = name in self.unfinished.names()  # its stages were chosen then
        stages = self._stages() or (("cross-encoder",) if going_on else ())
        if self._job or not stages:
            return
        self._name = name or datetime.now().strftime("%Y-%m-%d %H.%M.%S")
        spec = TrainingSpec(name=self._name, stages=stages)
        self._begin("train_from_judgements", spec)

    def _stages(self) -> tuple[str, ...]:
        boxes = (("cross-encoder", self.cross_encoder), ("encoder", self.encoder))
        return tuple(stage for stage, box in boxes if box.isChecked())

    def _choose_stages(self) -> None:
        self._enable()
        self.estimate.hide()  # it was of other stages
        self._ask_outlook()

    def _ask_outlook(self) -> None:
        stages = self._stages()
        if stages:
            self._engine.call("training_outlook", TrainingSpec(stages=stages), replaces=True)

    def _measure(self) -> None:
        if not self._job:
            self._measured = self._stages()
            self._begin("training_estimate", TrainingSpec(stages=self._measured))

    def _mine(self) -> None:
        if not self._job:
            self._begin("mine_negatives", MiningOptions())

    def _begin(self, method: str, *args: object) -> None:
        self._job = self._engine.start_job(method, *args, key=f"training:{self._name}")
        self._stopping = False
        pressed = QApplication.focusWidget()
        self.curve.show_points(())
        self._show_job(True, method)
        self.words.setText("starting…")
        if isinstance(pressed, QPushButton) and self.isAncestorOf(pressed):
            self.cancel.setFocus()  # what was pressed is disabled now

    def _stop(self) -> None:
        self._engine.cancel(self._job)
        self._stopping = True
        self.words.setText("stopping after this step…")

    def _activate(self, method: str, *args: object) -> None:
        self._engine.start_job(method, *args, key="activate_version")

    def _ask_import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import a version", "", "Versions (*.zip)")
        if path:
            self._engine.call("import_version", path, durable=True)

    # -- what the engine says

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if event.method in _LOADING and event.state is TaskState.DONE:
            self.bundled.setEnabled(any(info.name != "bundled" for info in event.value))
        if event.id and event.id == self._job:
            self._on_job(event)
        if event.state is TaskState.FAILED and event.method in _OURS:
            self.failed.emit(event.error)
        if event.state is not TaskState.DONE:
            return
        match event.method:
            case "training_outlook":
                self._show_outlook(event.value)
            case "unfinished_trainings":
                self._show_unfinished(event.value)
            case "begun_training" if event.value is not None:
                self.unfinished.show_begun(event.value)
            case "remove_training":
                self._engine.call("unfinished_trainings", replaces=True)
            case "versions":
                self._show_versions(event.value)
            case "can_go_back":
                self.former.setEnabled(event.value)
            case "training_curve":
                self.curve.show_points(event.value)
            case "activate_version" | "activate_former":
                self._show_activated(event.value)
            case "undo_judgement" if (undone := event.value) is not None:
                self.negatives.take_back(undone.corpus, undone.query_text, undone.chunk_id)
            case "remove_version" | "import_version":
                self._engine.call("versions", replaces=True)
            case "export_version":
                self.said.emit(f"exported to {event.value}")

    def _on_job(self, event: Event) -> None:
        if event.state is TaskState.PROGRESS:
            self._show_progress(event.value)
        if not event.final:
            return
        self._job = 0
        had_focus = self.cancel.hasFocus()  # which goes; where something is typed, it stays
        self._show_job(False)
        self._refresh()
        if had_focus:
            (self.measure if event.method == "training_estimate" else self.start).setFocus()
        if event.state is TaskState.CANCELLED and event.method != "train_from_judgements":
            self.said.emit("stopped")
        elif event.state is TaskState.DONE and event.method == "training_estimate":
            self._show_estimate(event.value)
        elif event.state is TaskState.DONE and event.method == "mine_negatives":
            self.negatives.show_report(event.value)
            self._stack.setCurrentWidget(self.negatives)
            if self.isVisible():
                self.negatives.list.setFocus()

    def _show_progress(self, progress: Progress) -> None:
        if self._stopping:
            return
        self.bar.show_share(progress.done, progress.total)
        self.words.setText(progress_in_words(progress))
        now = time.monotonic()
        if progress.stage.startswith("training") and now - self._looked > _CURVE_EVERY:
            self._looked = now
            self._engine.call("training_curve", self._name, replaces=True)

    def _show_outlook(self, found: TrainingOutlook) -> None:
        self.outlook.setText(outlook_in_words(found))
        self.advice.setText(found.advice)
        self.advice.setObjectName("muted" if found.enough else "problem")
        self.advice.style().polish(self.advice)

    def _show_estimate(self, found: TrainingEstimate) -> None:
        self.estimate.setText(estimate_in_words(found))
        self.estimate.setVisible(self._measured == self._stages())

    def _show_unfinished(self, names: Sequence[str]) -> None:
        if self.unfinished.show_names(names):
            self.start.setFocus()
        self.unfinished.come_after(self.cancel)
        for name in names:
            self._engine.call("begun_training", name, key=f"begun:{name}", replaces=True)
        self._enable()

    def _show_versions(self, versions: Sequence[Version]) -> None:
        if self.versions.show_versions(versions):
            self.start.setFocus()
        self.none.setVisible(not versions)

    def _show_activated(self, models: tuple[ModelInfo, ...]) -> None:
        self.said.emit(f"now in use: {texts.in_use(models)}")
        self._engine.call("can_go_back", replaces=True)
        self._engine.call("versions", replaces=True)

    def _show_job(self, running: bool, method: str = "") -> None:
        for widget in (self.bar, self.words, self.cancel):
            widget.setVisible(running)
        self.curve.setVisible(running and method == "train_from_judgements")
        self.unfinished.set_at_work(running)
        self._enable()

    def _enable(self) -> None:
        chosen = self.cross_encoder.isChecked() or self.encoder.isChecked()
        going_on = self.name.text().strip() in self.unfinished.names()
        self.start.setText("Go on" if going_on else "Train")
        self.start.setEnabled((chosen or going_on) and not self._job)
        self.measure.setEnabled(chosen and not self._job)
        self.look.setEnabled(not self._job)


_LOADING = ("load_models", "choose_model", "activate_version", "activate_former")
_OURS = frozenset(
    {
        "activate_former",
        "activate_version",
        "begun_training",
        "can_go_back",
        "export_version",
        "import_version",
        "mine_negatives",
        "reject_negative",
        "remove_training",
        "remove_version",
        "train_from_judgements",
        "training_estimate",
        "training_outlook",
    }
)


def _label(text: str, name: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setWordWrap(True)
    return label


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = in_a_row(*widgets)
    row.addStretch(1)
    return row
