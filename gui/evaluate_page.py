"""The Evaluate page: measure pipelines on a set, keep the runs, see what changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.types import Progress
from engine.types_evaluation import Comparison, EvaluationRequest, RunInfo
from gui import texts
from gui.bar import Bar
from gui.engine_thread import Event, TaskState
from gui.evaluate_form import EvaluateForm
from gui.evaluate_query import QueryPage
from gui.evaluate_results import ResultsPane
from gui.evaluate_rows import fresh_runs, run_rows, summary
from gui.evaluate_runs import RunsPane
from gui.pane import ElidedLabel, hairline
from gui.plotting import plotting_library
from gui.session import Session
from gui.welcome import Message

JOB = "evaluate"
EXPORTS = {
    "TREC run (*.trec)": "trec",
    "JSON, everything there is (*.json)": "json",
    "TREC qrels (*.qrels)": "qrels",
}
WHAT_THIS_IS_FOR = (
    "Is it better, is that real, and which queries changed? Measure pipelines on an imported data "
    "set, a folder, or your own judgements above. The runs are kept at the left; choose two or "
    "more to compare them with the first one chosen."
)


class EvaluatePage(QWidget):
    """The form and the work under way above; runs at the left, what they say at the right."""

    said = Signal(str)
    failed = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evaluatePage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._job = 0
        self._request: EvaluationRequest | None = None
        self._infos: tuple[RunInfo, ...] = ()
        self.form = EvaluateForm()
        self.bar = Bar()
        self.bar.setAccessibleName("How far the measurement is")
        self.words = ElidedLabel()
        self.cancel = QPushButton("Cancel")
        self.problem = QLabel()
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.left = left = RunsPane()
        self.runs, self.verdict = left.runs, left.verdict
        self.go_on, self.export = left.go_on, left.export
        self.remove, self.really, self.keep = left.remove, left.really, left.keep
        self.results = ResultsPane()
        self.query = QueryPage()
        self.message = Message()
        self._lay_out()
        self._bind()
        self.left.say_verdict("")
        self.message.say("", "looking for what was measured before…")
        self._show_state()

    # -- building

    def _lay_out(self) -> None:
        heading = QLabel("Evaluate")
        heading.setObjectName("heading")
        work = QHBoxLayout()
        work.setSpacing(12)
        for widget in (self.bar, self.words, self.cancel):
            work.addWidget(widget, 1 if widget is self.words else 0)
        top = QVBoxLayout()
        top.setContentsMargins(24, 16, 24, 12)
        top.setSpacing(8)
        top.addWidget(heading)
        top.addWidget(self.form)
        top.addLayout(work)
        top.addWidget(self.problem)
        self._right = QStackedWidget()
        for shown in (self.message, self.results, self.query):
            self._right.addWidget(shown)
        self._split = QSplitter()
        self._split.addWidget(self.left)
        self._split.addWidget(self._right)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([548, 652])
        self._split.setChildrenCollapsible(False)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addLayout(top)
        page.addWidget(hairline())
        page.addWidget(self._split, 1)

    def _bind(self) -> None:
        self.form.wanted.connect(self.measure)
        self.form.wrong.connect(self._say)
        self.cancel.clicked.connect(self._cancel)
        self.runs.chosen.connect(lambda _keys: self._compare())
        self.go_on.clicked.connect(self._go_on)
        self.export.clicked.connect(self._ask_where_to)
        self.left.bring.clicked.connect(self._ask_what_to_import)
        self.remove.clicked.connect(lambda: self.left.ask_to_remove(True))
        self.keep.clicked.connect(lambda: self.left.ask_to_remove(False))
        self.really.clicked.connect(self._remove)
        self.results.metric_changed.connect(lambda _name: self._compare())
        self.results.query_chosen.connect(self.open_query)
        self.results.report_wanted.connect(self._save_report)
        self.results.said.connect(self.said)
        self.results.failed.connect(self.failed)
        self.query.left.connect(self._leave_query)
        self._session.engine.event.connect(self.on_event)
        self._handlers: dict[str, Callable[[Event], None]] = {
            JOB: self._on_job,
            "runs": self._on_runs,
            "compare_runs": self._on_comparison,
            "view_query": self._on_query,
            "evaluation_sources": self._on_sources,
            "save_comparison": self._on_saved,
            "export_run": self._on_saved,
            "import_run": self._on_imported,
            "remove_run": self._on_removed,
        }

    # -- what can be asked

    def enter(self) -> None:
        """The page comes on the screen."""
        plotting_library().fetch()  # before there is anything to draw
        self.refresh()
        (self.runs if self._infos else self.form.source).setFocus()

    def refresh(self) -> None:
        """Ask what is there."""
        self._session.engine.call("evaluation_sources", replaces=True)
        self._session.engine.call("runs", replaces=True)

    def measure(self, request: EvaluationRequest) -> None:
        """Start a measurement, or go on with one."""
        self._say("")
        self._request = request
        self._begin(self._session.engine.start_job(JOB, request, key=f"{JOB}:{request.save}"))

    def _begin(self, job: int) -> None:
        self._job = job
        self.words.setText("waiting")
        self.bar.show_share(0, None)
        self._show_state()

    def open_query(self, query: str) -> None:
        """Show a query side by side."""
        self._session.engine.call("view_query", self.results.runs(), query, replaces=True)

    def _compare(self) -> None:
        keys = self.runs.selected()
        self._show_state()
        if keys:
            metric = str(self.results.measured_by.currentData())
            self._session.engine.call("compare_runs", keys, metric, replaces=True)

    def _cancel(self) -> None:
        self._session.engine.cancel(self._job)
        self.words.setText("stopping; what is answered is kept")
        self.cancel.setEnabled(False)

    def _go_on(self) -> None:
        info = self._chosen()
        if info is None:
            return
        rerank = next((o.split()[1] for o in info.options if o.startswith("--rerank")), "")
        self.measure(
            EvaluationRequest(
                source=info.source,
                pipelines=(info.pipeline,),
                save=info.name.rpartition("/")[0],
                preset=info.preset,
                task=info.dataset if info.preset else "",
                limit=info.total,
                rerank=int(rerank) if rerank else None,
                use_target="--use-target" in info.options,
                drop_identical="--drop-identical" in info.options,
                threshold=info.threshold,
            )
        )

    def _remove(self) -> None:
        self._say("")
        for name in self.runs.selected():
            self._session.engine.call("remove_run", name, key=f"remove_run:{name}", durable=True)
        self.left.ask_to_remove(False)

    def _ask_where_to(self) -> None:
        dialog = QFileDialog(self, "Export the run", "run.trec", ";;".join(EXPORTS))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(
            lambda path: self._export(path, EXPORTS[dialog.selectedNameFilter()])
        )
        dialog.open()

    def _ask_what_to_import(self) -> None:
        if not self.form.request().source:
            self._say("Choose the data set that the run was made on above, or name its folder.")
            return
        self._say("")
        dialog = QFileDialog(self, "Import a TREC run", "", "TREC run (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.import_run)
        dialog.open()

    def import_run(self, path: str) -> None:
        """Store a TREC run over the set of the form."""
        request = replace(self.form.request(), save="")
        self._begin(self._session.engine.start_job("import_run", path, request))

    def _export(self, path: str, form: str) -> None:
        info = self._chosen()
        if info is not None:
            self._session.engine.call("export_run", info.name, path, form)

    def _save_report(self, path: str) -> None:
        metric = str(self.results.measured_by.currentData())
        self._session.engine.call("save_comparison", self.results.runs(), metric, path)

    # -- what is heard

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Take in what the engine says."""
        handler = self._handlers.get(event.method)
        if handler is not None and (event.final or event.id == self._job):
            handler(event)

    def _on_job(self, event: Event) -> None:
        if event.id != self._job:
            return
        if event.state is TaskState.PROGRESS:
            self._show_progress(event.value)
        elif event.final:
            self._job = 0
            if event.state is TaskState.FAILED:
                self._say(event.error)
                if not self.isVisible():  # the foot of the window is seen from everywhere
                    self.failed.emit(event.error)
            elif event.state is TaskState.CANCELLED:
                self.said.emit("Stopped; the queries answered so far are kept: choose Go on")
            else:
                self.said.emit("Measured; the runs are kept")
            self.refresh()
            self._show_state()

    def _show_progress(self, news: Progress) -> None:
        if self.cancel.isEnabled():
            said = texts.progress(news)
            self.words.setText(f"{said} · {news.message}" if news.message else said)
        self.bar.show_share(news.done, news.total)

    def _on_runs(self, event: Event) -> None:
        if event.state is not TaskState.DONE:
            self._say(event.error)
            return
        self._infos = tuple(event.value)
        if not self._infos:
            self._show_nothing_yet()
        elif self._right.currentWidget() is self.message:
            self._right.setCurrentWidget(self.results)
        self.form.set_taken({info.name.rpartition("/")[0] for info in self._infos})
        self.runs.show_rows(run_rows(self._infos))
        before = self.runs.selected()  # what was removed is chosen no longer
        request, self._request = self._request, None if not self._job else self._request
        if request is not None and not self._job:
            self.runs.choose(fresh_runs(self._infos, request.save))
        elif not before and self._infos:
            last = self._infos[-1].name.rpartition("/")[0]
            self.runs.choose([i.name for i in self._infos if i.name.rpartition("/")[0] == last])
        self._show_state()

    def _on_comparison(self, event: Event) -> None:
        if event.state is TaskState.DONE:
            comparison: Comparison = event.value
            self.results.show_comparison(comparison)
            self.left.say_verdict(summary(comparison))
        elif event.error:
            self.left.say_verdict(event.error)

    def _on_query(self, event: Event) -> None:
        if event.state is TaskState.DONE:
            self.query.show_view(event.value)
            self._right.setCurrentWidget(self.query)
            self.left.hide()  # two rankings need the room
            self.query.focus()
        elif event.error:
            self._say(event.error)

    def _on_sources(self, event: Event) -> None:
        if event.state is TaskState.DONE:
            self.form.set_sources(event.value)
        elif event.error:
            self._say(event.error)

    def _on_saved(self, event: Event) -> None:
        if event.state is TaskState.DONE:
            self.said.emit(f"Written to {event.value}")
        elif event.error:
            self._say(event.error)

    def _on_imported(self, event: Event) -> None:
        if event.state is TaskState.PROGRESS:
            self._show_progress(event.value)
        if not event.final:
            return
        self._job = 0
        if event.state is TaskState.DONE:
            self.said.emit(f"Imported as {event.value}")
        elif event.error:
            self._say(event.error)
        self.refresh()
        self._show_state()

    def _on_removed(self, event: Event) -> None:
        if event.error:  # of several the one that failed is said
            self._say(event.error)
        self._session.engine.call("runs", replaces=True)

    # -- how it looks

    def _show_nothing_yet(self) -> None:
        self.message.say("Nothing measured yet", WHAT_THIS_IS_FOR)
        self.left.show()  # a query may have hidden it
        self._right.setCurrentWidget(self.message)
        self.left.say_verdict("")

    def _leave_query(self) -> None:
        self._right.setCurrentWidget(self.results)
        self.left.show()
        self.results.queries.setFocus()

    def _chosen(self) -> RunInfo | None:
        """The run chosen if it is one alone."""
        keys = self.runs.selected()
        return next((i for i in self._infos if len(keys) == 1 and i.name == keys[0]), None)

    def step_back(self) -> bool:
        """Keep the run that is asked about, or close the query. False if there is neither."""
        if self.keep.isVisible():
            self.left.ask_to_remove(False)
        elif self.query.isVisible():
            self._leave_query()
        else:
            return False
        return True

    def _say(self, line: str) -> None:
        self.problem.setText(line)
        self.problem.setVisible(bool(line))

    def _show_state(self) -> None:
        busy = bool(self._job)
        for widget in (self.bar, self.words, self.cancel):
            widget.setVisible(busy)
        self.cancel.setEnabled(busy)
        self.form.set_busy(busy)
        self.left.bring.setEnabled(not busy)
        chosen = self._chosen()
        self.go_on.setVisible(chosen is not None and not chosen.complete and not chosen.problem)
        self.go_on.setEnabled(not busy)
        self.export.setEnabled(chosen is not None and not chosen.problem)
        self.remove.setEnabled(bool(self.runs.selected()) and not busy)
        if not self.remove.isVisible() and self.really.isVisible():
            return
        self.really.hide()
        self.keep.hide()
        self.problem.setVisible(bool(self.problem.text()))
