"""Judging: query at the left, candidate at the right, one key for each grade."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QApplication, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from engine.types import Grade, Mark
from engine.types_judging import Candidate, Disagreement, QueueInfo, QueueView
from gui.engine_thread import EngineThread, Event, TaskState
from gui.judge_actions import JudgeActions
from gui.judge_bar import JudgeBar
from gui.judge_flow import JudgeFlow
from gui.judge_form import QueueForm
from gui.judge_panes import JudgePanes
from gui.judge_side import SidePanes, merged_in_words
from gui.judge_verdicts import VerdictRow, set_shown
from gui.pane import hairline
from gui.result_text import GRADE_WORDS
from gui.welcome import Message

_TO_SETTLE = 200
WHAT_IT_IS_FOR = (
    "A queue holds what several rankers find for your queries, in an order that tells nothing. "
    "Grade each candidate with 0 to 3: the grades become measurements and training data."
)

MAKE_IT_AGAIN = "It was stopped before its first query. Make it again under the same name."


class JudgePage(QWidget):
    """Binds bar, panes and verdicts to the flow of a queue."""

    said = Signal(str)
    failed = Signal(str)

    def __init__(
        self, engine: EngineThread, actions: JudgeActions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("judgePage")
        self._engine = engine
        self._actions = actions
        self.flow = JudgeFlow(engine, self)
        self.bar = JudgeBar(actions)
        self.form = QueueForm()
        self.panes = JudgePanes()
        self.verdicts = VerdictRow(actions)
        self.side = SidePanes()
        self.guidelines, self.agreement = self.side.guidelines, self.side.agreement
        self.message = Message()
        self._queues: list[QueueInfo] = []
        self._settling: Disagreement | None = None
        self._settled = False  # the next one is on its way
        self._last_settled = 0  # a judgement's id, while the pane is open
        self._lay_out()
        self._bind()
        self._bind_actions()
        self._show_waiting("Looking for queues…")

    # -- layout

    def _lay_out(self) -> None:
        across = QSplitter()
        across.setChildrenCollapsible(False)
        across.setHandleWidth(1)
        self._centre = QStackedWidget()
        self._centre.addWidget(self.panes)
        self._centre.addWidget(self.message)
        across.addWidget(self._centre)
        across.addWidget(self.side)
        across.setStretchFactor(0, 1)
        work = QWidget()
        column = QVBoxLayout(work)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget, stretch in ((across, 1), (hairline(), 0), (self.verdicts, 0)):
            column.addWidget(widget, stretch)
        self._work = work
        self._stack = QStackedWidget()
        self._stack.addWidget(work)
        self._stack.addWidget(self.form)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        for part, share in ((self.bar, 0), (hairline(), 0), (self._stack, 1)):
            page.addWidget(part, share)

    # -- wiring

    def _bind(self) -> None:
        flow, bar = self.flow, self.bar
        bar.queue_chosen.connect(flow.open)
        bar.queue_chosen.connect(lambda _: self._focus())
        bar.new_wanted.connect(self.show_form)
        bar.judge_named.connect(flow.set_judge)
        bar.judge.returnPressed.connect(self._focus)
        self.form.wanted.connect(self.flow.make)
        self.form.left.connect(self._leave_form)
        self.form.stop_wanted.connect(self.flow.stop_making)
        self.message.acted.connect(self.show_form)
        self.guidelines.edited.connect(flow.set_guidelines)
        self.side.left.connect(self._focus)
        self.verdicts.note.returnPressed.connect(self._focus)
        self.agreement.chosen.connect(self._show_disagreement)
        self.agreement.export_wanted.connect(self._export)
        self.agreement.import_wanted.connect(self._import)
        flow.queues_changed.connect(self._show_queues)
        flow.judge_changed.connect(bar.set_judge)
        flow.opened.connect(self._show_opened)
        flow.shown.connect(self._show_candidate)
        flow.standing_changed.connect(bar.show_standing)
        flow.said.connect(self.said)
        flow.failed.connect(self._show_failed)
        flow.making.connect(self.form.set_busy)
        flow.pooling.connect(self.form.show_progress)
        flow.made.connect(self._show_made)
        self._engine.event.connect(self._on_event)

    def _bind_actions(self) -> None:
        actions = self._actions
        for grade, action in actions.grades.items():
            action.triggered.connect(lambda _=False, grade=grade: self.give(grade))
        actions.skip.triggered.connect(lambda: self._mark(Mark.SKIPPED))
        actions.unsure.triggered.connect(lambda: self._mark(Mark.UNSURE))
        actions.note.triggered.connect(self._open_note)
        actions.back.triggered.connect(self.flow.back)
        actions.forward.triggered.connect(self.flow.forward)
        actions.undo.triggered.connect(self.undo)
        actions.remove.triggered.connect(lambda: self.flow.remove(self.flow.queue))
        actions.guidelines.toggled.connect(self._toggle_guidelines)
        actions.agreement.toggled.connect(self._toggle_agreement)

    def enter(self) -> None:
        """The page comes on the screen: go on where one left off."""
        self.flow.load()
        if self.flow.queue:  # something may have been graded elsewhere
            self.flow.open(self.flow.queue)
        self._focus()

    def leave(self) -> None:
        """The page goes from the screen."""
        self.guidelines.flush()

    # -- judging

    def give(self, grade: Grade) -> None:
        """Grade what is shown, or settle the disagreement that is shown."""
        if self._settled:
            return  # of the next one nothing is seen yet
        if self._settling is not None:
            note = self.verdicts.take_note()
            self._last_settled = self._settling.id
            self._engine.call("settle", self._settling.id, grade, note, durable=True)
            self.said.emit(f"settled with {int(grade)} {GRADE_WORDS[grade]}")
            self._settled = True
            self._ask_agreement()
        elif self.flow.current is not None:
            self._last_settled = 0
            self.flow.grade(grade, self.verdicts.take_note())

    def undo(self) -> None:
        """Take back what was settled last, while one settles, or the last change of a grade."""
        if not self._last_settled and self._settling is None:
            self.flow.undo()
            return
        if not self._last_settled:  # what else could be undone is not on the screen
            self.said.emit("nothing more was settled here; A leads back to the queue")
            return
        self._engine.call("settle", self._last_settled, None, durable=True)
        self._last_settled = 0
        self.said.emit("open again: what was settled last")
        self._ask_agreement()

    def _mark(self, mark: Mark) -> None:
        if self._settling is None and self.flow.current is not None:
            self.flow.mark(mark, self.verdicts.take_note())

    def _open_note(self) -> None:
        self.verdicts.note.show()
        self.verdicts.note.setFocus()

    def _focus(self) -> None:
        """Nothing that takes letters has the focus: keys are grades."""
        if self._stack.currentWidget() is self._work:
            at_message = self._centre.currentWidget() is self.message
            (self.message if at_message else self.panes.code).setFocus()

    def _show_centre(self, widget: QWidget) -> None:
        """Show the panes or the message; what had the focus and goes gives it to what comes."""
        focus = QApplication.focusWidget()
        goes = focus is not None and (
            focus is self.verdicts.note
            or (self._centre.isAncestorOf(focus) and self._centre.currentWidget() is not widget)
            or (self.verdicts.isAncestorOf(focus) and widget is self.message)
        )
        self._centre.setCurrentWidget(widget)
        if goes:
            self._focus()

    # -- what is shown

    @Slot(object)
    def _show_queues(self, queues: list[QueueInfo]) -> None:
        self._queues = queues
        names = [info.name for info in queues]
        self.bar.set_queues(queues, self.flow.queue)
        if not names:
            self._show_empty()
        elif self.flow.queue not in names:
            self.flow.open(self.flow.last if self.flow.last in names else names[0])

    def _show_empty(self) -> None:
        self.bar.show_standing(None)
        self.message.say("Nothing to judge yet", WHAT_IT_IS_FOR, "Make a queue")
        self._show_message()

    def _show_waiting(self, words: str) -> None:
        """Say nothing of what is to be judged before it is known."""
        self.bar.show_standing(None)
        self.message.say(words)
        self._show_message()

    @Slot(object)
    def _show_opened(self, view: QueueView) -> None:
        self.guidelines.show_text(view.queue, view.guidelines)
        self.guidelines.title.setText(f"Guidelines of {view.queue}")
        self.bar.show_standing(view.standing)
        self.bar.queue.setCurrentIndex(max(self.bar.queue.findData(view.queue), 0))

    @Slot(object)
    def _show_candidate(self, candidate: Candidate | None) -> None:
        self._settling, self._settled = None, False
        if candidate is None:
            self._show_finished()
            return
        self._show_centre(self.panes)
        self.panes.show_candidate(candidate)
        self.verdicts.show_given(candidate.grade)
        self.verdicts.show_note_of((self.flow.queue, candidate.slot, candidate.item))
        self._enable(True)

    def _show_finished(self) -> None:
        if not self.flow.queue:
            self._show_empty()
            return
        if self.flow.is_opening:
            self._show_waiting("Opening the queue…")
            return
        total = self.flow.standing.total
        words = f"All {total:,} are judged. Back and undo still work."
        if total:
            self.message.say("This queue is done", words, "Make another queue")
        else:  # the program ended while it was made
            self.message.say("Nothing is in this queue", MAKE_IT_AGAIN, "Make a queue")
        self._show_message()
        for action in (self._actions.back, self._actions.undo):
            action.setEnabled(self._is_at_work())

    def _show_message(self) -> None:
        self._show_centre(self.message)
        self.verdicts.show_given(None)
        self.verdicts.show_note_of(None)
        self._enable(False)

    def _enable(self, judging: bool) -> None:
        actions = self._actions
        marks = (actions.skip, actions.unsure, actions.note)
        ways = (actions.back, actions.forward, actions.undo)
        set_shown((*actions.grades.values(), *marks, *ways), judging and self._is_at_work())
        if self._settling is not None:  # a disagreement takes a grade and a note
            set_shown((actions.skip, actions.unsure, actions.back, actions.forward), False)
        elif not self.flow.looks_back():
            actions.forward.setEnabled(False)

    def _is_at_work(self) -> bool:
        """Whether the queue is what is seen: not another page, and not the form."""
        return self.isVisible() and self._stack.currentWidget() is self._work

    def showEvent(self, event: object) -> None:
        """Keys count from now on."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._actions.set_active(True)
        self._enable(self._centre.currentWidget() is self.panes)

    def hideEvent(self, event: object) -> None:
        """Keys do not count any more."""
        super().hideEvent(event)  # type: ignore[arg-type]
        self._actions.set_active(False)

    def show_form(self) -> None:
        """Ask what a new queue is made of."""
        self._stack.setCurrentWidget(self.form)
        self._enable(False)
        self.form.name.setFocus()

    def _leave_form(self) -> None:
        self._stack.setCurrentWidget(self._work)
        self._enable(self._centre.currentWidget() is self.panes)
        self._focus()

    def step_back(self) -> bool:
        """Close what lies over or beside the candidates. False if nothing does."""
        note = self.verdicts.note
        beside = (self._actions.guidelines, self._actions.agreement)
        open_ = next((action for action in beside if action.isChecked()), None)
        if self._stack.currentWidget() is self.form:
            self._leave_form()
        elif note.isVisible() and (note.hasFocus() or not note.text()):
            self.verdicts.take_note()
            self._focus()
        elif open_ is not None:
            open_.setChecked(False)
        else:
            return False
        return True

    @Slot(str)
    def _show_made(self, name: str) -> None:
        self.form.name.clear()
        if self._stack.currentWidget() is self.form:
            self._leave_form()
        elif self.flow.current is not None:
            return  # another queue is being judged
        self.flow.open(name)

    @Slot(str)
    def _show_failed(self, line: str) -> None:
        if self._stack.currentWidget() is self.form:
            self.form.say(line)
        self.failed.emit(line)

    # -- beside the panes

    def _toggle_guidelines(self, shown: bool) -> None:
        if shown:
            self._actions.agreement.setChecked(False)
            self.side.open(self.guidelines)
        else:
            self.guidelines.flush()
            self.side.close_pane()

    def _toggle_agreement(self, shown: bool) -> None:
        if shown:
            self._actions.guidelines.setChecked(False)
            self.side.open(self.agreement)
            self._ask_agreement()
        else:
            self._last_settled = 0
            if self._settling is not None:
                self._show_candidate(self.flow.current)
            self.side.close_pane()

    def _ask_agreement(self) -> None:
        self._engine.call("agreement", replaces=True)
        self._engine.call("disagreements", None, (), False, _TO_SETTLE, replaces=True)

    @Slot(object)
    def _show_disagreement(self, found: Disagreement) -> None:
        if not self._actions.agreement.isChecked():
            return  # the pane was closed meanwhile
        self._settling, self._settled = found, False
        self._show_centre(self.panes)
        self.panes.show_disagreement(found)
        self.verdicts.show_given(found.settled)
        self.verdicts.show_note_of(found.id)
        self._enable(True)

    def _export(self, path: str) -> None:
        self._engine.start_job("export_judgements", path, key="export_judgements")

    def _import(self, path: str) -> None:
        self._engine.start_job("import_judgements", path, key="import_judgements")

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if event.state is not TaskState.DONE:
            if event.state is TaskState.FAILED and event.method in _OURS:
                self.failed.emit(event.error)
            return
        match event.method:
            case "agreement":
                self.agreement.show_report(event.value)
            case "disagreements":
                self.agreement.show_disagreements(event.value)
                if not event.value and self._settling is not None:
                    self._show_candidate(self.flow.current)
            case "export_judgements":
                self.said.emit(f"{event.value.judgements:,} judgements in {event.value.path}")
            case "import_judgements":
                self.said.emit(merged_in_words(event.value))
                self.flow.load()
                self._ask_agreement()


_OURS = frozenset({"agreement", "disagreements", "settle"})
