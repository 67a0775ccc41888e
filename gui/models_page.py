"""The Models page: which models there are, which are in use, and how to get others."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.types_corpora import EMBEDDING
from engine.types_models import ModelListing, ModelPlan
from gui import texts
from gui.bar import Bar
from gui.choice import Choice
from gui.engine_thread import Event, TaskState
from gui.model_row import ModelRow
from gui.pane import ElidedLabel, hairline, in_a_row
from gui.session import Session

_WHAT_IT_IS = (
    "Two models rank what is found. Others can take their place: larger ones find more and take "
    "longer. Nothing is asked of huggingface.co, and nothing is downloaded, before you say so."
)
_ROLES = {
    "encoder": "Encoder · turns every chunk of a corpus into a vector, and the query too",
    "cross-encoder": "Cross-encoder · reads the best results together with the query",
}
_ABSENT = "is not on this machine"


class ModelsPage(QWidget):
    """The catalogue by role, a line for any other model, and a question before each download."""

    left = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modelsPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._rows: dict[tuple[str, str], ModelRow] = {}
        self._lists: dict[str, QVBoxLayout] = {}
        self._jobs: dict[str, int] = {}  # model → its download
        self._embedded: dict[str, int] = {}  # corpus → chunks with a vector, while that goes on
        self._wanted: dict[str, tuple[str, bool]] = {}  # downloading to be used: role, anyway
        self._plan = 0
        self._plans: dict[tuple[str, str], int] = {}  # questions under way, by role and name
        self._chosen_name = ""
        self._asking_hub = False
        self._then: Callable[[], None] | None = None
        self._dialog: QFileDialog | None = None
        self._make_fields()
        self._lay_out()
        self._bind()
        self._source_edited()
        self._show_vectors()

    # -- building

    def _make_fields(self) -> None:
        self.role = Choice(14)
        self.role.setAccessibleName("What the other model is for")
        for role in _ROLES:
            self.role.addItem(role.capitalize(), role)
        self.source = QLineEdit()
        self.source.setPlaceholderText(
            "another model: a folder, or a Hugging Face id such as owner/model"
        )
        self.source.setAccessibleName("Another model: a folder or a Hugging Face id")
        self.choose_folder = QPushButton("Folder…")
        self.choose_folder.setAccessibleName("Choose the folder of a model")
        self.look = QPushButton("Use it")
        self.look.setAccessibleName("Use the model that is named here")
        self.back = QPushButton("Back to search")
        self.question = QLabel()
        self.question.setObjectName("modelQuestion")
        self.question.setWordWrap(True)
        self.question.setTextFormat(Qt.TextFormat.PlainText)
        self.yes = QPushButton()
        self.no = QPushButton("No")
        self.problem, self.looking = QLabel(), QLabel("looking for what is on this machine…")
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self._vector_bar = Bar()
        self._vector_bar.setAccessibleName("Vectors of the encoder in use")
        self.vectors = ElidedLabel()

    def _lay_out(self) -> None:
        heading = QLabel("Models")
        heading.setObjectName("heading")
        words = QLabel(_WHAT_IT_IS)
        words.setObjectName("muted")
        words.setWordWrap(True)
        self._question_row = QWidget()
        self._question_row.setObjectName("notes")
        self._question_row.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        question = in_a_row((self.question, 1), self.yes, self.no)
        question.setContentsMargins(16, 8, 8, 8)
        self._question_row.setLayout(question)
        self._vector_row = QWidget()
        self._vector_row.setLayout(in_a_row(self._vector_bar, (self.vectors, 1), spacing=12))
        top = QVBoxLayout()
        top.setContentsMargins(24, 16, 24, 16)
        top.setSpacing(8)
        top.addLayout(in_a_row((heading, 1), self.back))
        top.addWidget(words)
        top.addLayout(in_a_row(self.role, (self.source, 1), self.choose_folder, self.look))
        for widget in (self._question_row, self.problem, self._vector_row):
            top.addWidget(widget)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addLayout(top)
        page.addWidget(hairline())
        page.addWidget(self._make_lists(), 1)

    def _make_lists(self) -> QScrollArea:
        inside = QWidget()
        inside.setObjectName("corporaList")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for role, words in _ROLES.items():
            title = QLabel(words)
            title.setObjectName("modelRole")
            title.setContentsMargins(24, 16, 24, 8)
            title.setIndent(0)
            column.addWidget(title)
            self._lists[role] = QVBoxLayout()
            self._lists[role].setSpacing(0)
            column.addLayout(self._lists[role])
        self.looking.setObjectName("muted")
        self.looking.setContentsMargins(24, 0, 24, 0)
        column.addWidget(self.looking)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setObjectName("corporaScroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        self._scroll = scroll
        return scroll

    def _bind(self) -> None:
        self.source.returnPressed.connect(self.use_named)
        self.source.textEdited.connect(self._source_edited)
        self.look.clicked.connect(self.use_named)
        self.choose_folder.clicked.connect(self._choose)
        self.yes.clicked.connect(self._agree)
        self.no.clicked.connect(self._disagree)
        self.back.clicked.connect(self.left)
        self._session.engine.event.connect(self.on_event)
        self._session.models_changed.connect(self._refresh)
        self._session.corpora_changed.connect(self._show_vectors)

    # -- what the user does

    def enter(self) -> None:
        """The page is shown: look at what there is."""
        self._session.list_models()
        self.source.setFocus()

    def use_named(self) -> None:
        """Use the model that is written in the line, or say what that would take."""
        if name := self._named():
            self._look_into(str(self.role.currentData()), name, ask=False)
        else:
            self.source.setFocus()

    def _named(self) -> str:
        return self.source.text().strip().strip("\"'").removeprefix("file://")

    def _look_into(self, role: str, name: str, *, ask: bool) -> None:
        self._source_edited()
        self._asking_hub = ask
        self._plan = self._plans[role, name] = self._session.plan_model(role, name, ask=ask)
        if ask and (row := self._rows.get((role, name))):
            row.show_job("asking huggingface.co for size and licence")

    def _use(self, model: ModelListing) -> None:
        self._look_into(model.role, model.name, ask=False)

    def _look_up(self, model: ModelListing) -> None:
        self._look_into(model.role, model.name, ask=True)

    def _remove(self, model: ModelListing) -> None:
        self._ask(
            f"Delete what was downloaded of {model.name} ({texts.size(model.here)})?",
            "Delete it",
            lambda: self._session.remove_model(model.name),
        )
        self.no.setFocus()

    def _cancel(self, model: ModelListing) -> None:
        job = self._jobs.get(model.name) or self._plans.get((model.role, model.name), 0)
        self._session.engine.cancel(job)
        if model.name in self._jobs:
            self._rows[model.role, model.name].show_job("stopping; what has come is kept")

    def _choose(self) -> None:
        self._dialog = QFileDialog(self, "Choose the folder of a model")
        self._dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog.fileSelected.connect(self.offer)
        self._dialog.open()

    def offer(self, source: str) -> None:
        """Put a folder or an id into the line."""
        self.source.setText(source)
        self.look.setFocus()

    def _source_edited(self) -> None:
        self._ask("")
        self._say("")

    def _agree(self) -> None:
        then = self._then
        self._disagree()
        if then is not None:
            then()

    def step_back(self) -> bool:
        """Answer the question with no. False if there is none."""
        asking = self._question_row.isVisible()
        if asking:
            self._disagree()
        return asking

    def _disagree(self) -> None:
        self._ask("")
        self.source.setFocus()

    # -- what the engine says

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Follow the work on models."""
        if event.method == "list_models" and event.state is TaskState.DONE:
            self._show_models(event.value)
        elif event.method == "plan_model" and event.final:
            self._planned(event)
        elif event.method == "download_model":
            self._downloading(event)
        elif event.method in ("choose_model", "remove_model") and event.final:
            self._chosen(event)
        elif event.method == "embed":
            self._embedding(event)

    def _planned(self, event: Event) -> None:
        role, _, name = event.key.partition(":")[2].partition(":")
        if self._plans.get((role, name)) == event.id:
            del self._plans[role, name]
            if row := self._rows.get((role, name)):
                row.show_job("")
        if event.id != self._plan:
            return  # another one was asked for since
        self._plan = 0
        if event.state is TaskState.DONE:
            self._decide(event.value)
        elif event.state is TaskState.FAILED and _ABSENT in event.error and not self._asking_hub:
            self._ask(
                f"{name} is not on this machine. Ask huggingface.co how large it is, and under "
                "which licence it may be used?",
                "Ask huggingface.co",
                lambda: self._look_into(role, name, ask=True),
            )
        elif event.state is TaskState.FAILED:
            self._say(event.error)

    def _decide(self, plan: ModelPlan) -> None:
        """Use what is here and fits; ask about anything else."""
        if plan.missing:
            yes = "Download and use it" if plan.fits else "Download it anyway"
            self._ask(texts.model_question(plan), yes, lambda: self._fetch(plan))
        elif not plan.fits:
            self._ask(
                texts.model_question(plan),
                "Use it anyway",
                lambda: self._session.choose_model(plan.role, plan.name, anyway=True),
            )
        else:
            self._chosen_name = plan.name
            self._session.choose_model(plan.role, plan.name)

    def _chosen(self, event: Event) -> None:
        """The line keeps a model that could not be used: it may be a slip of the pen."""
        if event.state is TaskState.DONE and self._named() == self._chosen_name:
            self.source.clear()
        self._refresh()

    def _fetch(self, plan: ModelPlan) -> None:
        self.source.clear()
        self._wanted[plan.name] = (plan.role, not plan.fits)
        self._jobs[plan.name] = self._session.download_model(plan.role, plan.name)
        if row := self._rows.get((plan.role, plan.name)):
            row.show_job("connecting")

    def _downloading(self, event: Event) -> None:
        role, _, name = event.key.partition(":")[2].partition(":")
        row = self._rows.get((role, name))
        if event.state is TaskState.PROGRESS:
            self._jobs[name] = event.id
            if row is not None:
                row.show_job(texts.progress(event.value), event.value)
            elif event.value.unit:  # some of it is here now, so that it is listed
                self._session.list_models()
        elif event.final:
            self._jobs.pop(name, None)
            if row is not None:
                row.show_job("")
            wanted = self._wanted.pop(name, None)
            if event.state is TaskState.DONE and wanted is not None:
                self._session.choose_model(wanted[0], name, anyway=wanted[1])
            self._refresh()

    def _embedding(self, event: Event) -> None:
        name = event.key.partition(":")[2]
        corpus = self._session.corpus(name)
        if event.final:
            self._embedded.pop(name, None)
        elif corpus is not None and getattr(event.value, "stage", "") == EMBEDDING:
            missing = event.value.total - event.value.done
            self._embedded[name] = max(0, corpus.chunks - missing)
            self._show_vectors()

    @Slot()
    def _refresh(self) -> None:
        if self.isVisible():
            self._session.list_models()
        self._show_vectors()

    # -- how it looks

    def rows(self) -> dict[tuple[str, str], ModelRow]:
        """The rows by role and name."""
        return dict(self._rows)

    def _show_models(self, models: Iterable[ModelListing]) -> None:
        """Show the models there are; rows stay where they are."""
        self.looking.hide()
        known = set()
        for model in models:
            key = (model.role, model.name)
            known.add(key)
            if key in self._rows:
                self._rows[key].show_model(model)
            else:
                self._add_row(model)
        for key in self._rows.keys() - known:
            row = self._rows.pop(key)
            row.hide()
            row.deleteLater()

    def _add_row(self, model: ModelListing) -> None:
        row = self._rows[model.role, model.name] = ModelRow(model)
        row.use_wanted.connect(self._use)
        row.look_wanted.connect(self._look_up)
        row.remove_wanted.connect(self._remove)
        row.cancel_wanted.connect(self._cancel)
        self._lists[model.role].addWidget(row)

    @Slot()
    def _show_vectors(self) -> None:
        """How far the vectors of the encoder in use are, as long as some are missing."""
        counted = [c for c in self._session.corpora if not (c.lexical_only or c.problem)]
        done = sum(self._embedded.get(c.name, min(c.vectors, c.chunks)) for c in counted)
        total = sum(corpus.chunks for corpus in counted)
        missing = self._session.encoder_ready and done < total
        self._vector_row.setVisible(missing)
        if missing:
            former = " · the former encoder's serve until then" if self._session.changing else ""
            self.vectors.setText(
                f"Vectors of the encoder in use: {texts.share(done, total)}{former}"
            )
            self._vector_bar.show_share(done, total)

    def _ask(self, question: str, yes: str = "", then: Callable[[], None] | None = None) -> None:
        self.question.setText(question)
        self.yes.setText(yes)
        self.yes.setAccessibleDescription(question)
        self._then = then
        self._question_row.setVisible(bool(question))
        if question:
            self.yes.setFocus()

    def _say(self, line: str) -> None:
        self.problem.setText(line)
        self.problem.setVisible(bool(line))
