"""Working through a queue, without any widget: what is shown, what is on its way to the store."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from engine.types import Grade, Mark
from engine.types_judging import Candidate, QueueSpec, QueueView, Standing, Verdict
from gui.engine_thread import EngineThread, Event, TaskState

LAST_QUEUE = "judge.queue"


class JudgeFlow(QObject):
    """The queue at hand.

    The next candidates are here before they are wanted, so that a key press shows the next one at
    once; the answer is on its way to the store meanwhile. If the store refuses it, its candidate
    comes back.
    """

    queues_changed = Signal(object)  # list[QueueInfo]
    judge_changed = Signal(str)
    opened = Signal(object)  # QueueView
    shown = Signal(object)  # Candidate or None: nothing is left
    standing_changed = Signal(object)  # Standing
    said = Signal(str)
    failed = Signal(str)
    making = Signal(bool)
    pooling = Signal(object)  # Progress of the queue that is being made
    made = Signal(str)  # the name of a queue

    def __init__(self, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self.queue = ""
        self.last = ""  # the queue that was open when the program ended
        self.current: Candidate | None = None
        self.standing = Standing(0, 0, 0, 0)
        self._upcoming: deque[Candidate] = deque()
        self._under_way: dict[int, Candidate] = {}  # by the id of the call to the store
        self._making = 0
        self._opening = 0  # a call; until it is answered, nothing that is shown may be graded
        engine.event.connect(self._on_event)

    @property
    def is_opening(self) -> bool:
        """Whether it is not known yet what comes next."""
        return self._opening != 0

    def load(self) -> None:
        """Ask for the queues and the judge's name."""
        if not self.queue:
            self._engine.call("setting", LAST_QUEUE, "", key=LAST_QUEUE)
        self._engine.call("queues", replaces=True)
        self._engine.call("judge_name", replaces=True)

    def set_judge(self, name: str) -> None:
        """Judge under another name, in the queue at hand too: the order is another one then."""
        self._leave(self._engine.call("set_judge_name", name, durable=True))

    def make(self, spec: QueueSpec) -> None:
        """Pool a new queue."""
        key = f"make_queue:{spec.name}"
        self._making = self._engine.start_job("make_queue", spec, key=key)
        self.making.emit(True)

    def stop_making(self) -> None:
        """Stop pooling; the queries that are finished stay in the queue."""
        self._engine.cancel(self._making)

    def open(self, queue: str) -> None:
        """Begin, or go on with, a queue."""
        anew = queue != self.queue or self._opening != 0
        self.queue = queue
        call = self._engine.call("open_queue", queue, replaces=True)
        if anew:
            self._leave(call)
            self._engine.call("set_setting", LAST_QUEUE, queue, durable=True)

    def remove(self, queue: str) -> None:
        """Remove a queue; its judgements stay."""
        if not queue:
            return
        self._engine.call("remove_queue", queue, durable=True)
        self.said.emit(f"the queue “{queue}” is removed; what was judged in it stays")
        if queue == self.queue:
            self.queue = ""
            self._upcoming.clear()
            self._show(None)
        self.load()

    def set_guidelines(self, queue: str, text: str) -> None:
        """Keep what the grades mean in a queue."""
        self._engine.call("set_guidelines", queue, text, durable=True)

    def grade(self, grade: Grade, note: str = "") -> None:
        """Grade what is shown, and go on."""
        self._answer(grade, None, note)

    def mark(self, mark: Mark, note: str = "") -> None:
        """Skip what is shown, or say that one cannot tell, and go on."""
        self._answer(None, mark, note)

    def undo(self) -> None:
        """Take back the last change of a grade, and go to it."""
        if self.queue and not self._opening:
            self._engine.call("undo_answer", durable=True)

    def back(self) -> None:
        """Look at what was answered before what is shown."""
        if self.queue and not self._opening:
            slot = self.current.slot if self.current is not None else self.standing.total
            self._engine.call("answered_before", slot, replaces=True)

    def forward(self) -> None:
        """From an earlier candidate to the one that is next to be judged."""
        if not self._opening:
            self._show(self._upcoming[0] if self._upcoming else None)

    def looks_back(self) -> bool:
        """Whether something earlier is shown than what is next to be judged."""
        return self.current is not None and not any(
            candidate.slot == self.current.slot for candidate in self._upcoming
        )

    def _answer(self, grade: Grade | None, mark: Mark | None, note: str) -> None:
        candidate = self.current
        if candidate is None:
            return
        verdict = Verdict(candidate.slot, grade, mark, note, candidate.item)
        task = self._engine.call("answer", verdict, durable=True)
        self._under_way[task] = candidate
        if self._upcoming and self._upcoming[0].slot == candidate.slot:
            self._upcoming.popleft()
            if mark is not Mark.SKIPPED:
                self._stand(replace(self.standing, done=self.standing.done + 1))
        self.forward()

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        done = event.state is TaskState.DONE
        match event.method:
            case "setting" if done and event.key == LAST_QUEUE:
                self.last = str(event.value)
            case "queues" if done:
                self.queues_changed.emit(event.value)
            case "judge_name" if done:
                self.judge_changed.emit(event.value)
            case "set_judge_name" if event.final:
                self._on_named(event)
            case "make_queue" if event.final:
                self._on_made(event)
            case "make_queue" if event.state is TaskState.PROGRESS:
                self.pooling.emit(event.value)
            case "open_queue" if event.final:
                self._on_opened(event)
            case "answer" if event.final:
                self._on_answered(event)
            case "undo_answer" if done:
                self._take(event.value)
            case "answered_before" if done and not self._opening:
                if event.value is None:
                    self.said.emit("this is the first one")
                else:
                    self._show(event.value)
        if event.state is TaskState.FAILED and event.method in _OURS:
            self.failed.emit(event.error)

    def _leave(self, call: int) -> None:
        """Of what is shown nothing is graded any more, until `call` is answered."""
        self._opening = call
        self.current = None
        self._upcoming.clear()

    def _on_named(self, event: Event) -> None:
        if event.state is TaskState.DONE:
            self.judge_changed.emit(event.value)
        if event.id != self._opening:
            return
        if self.queue:
            self.open(self.queue)  # under whichever name holds now
        else:
            self._opening = 0

    def _on_opened(self, event: Event) -> None:
        if self._opening not in (0, event.id):
            return  # a later one is under way
        self._opening = 0
        if event.state is TaskState.DONE:
            self._under_way.clear()
            self.opened.emit(event.value)
            self._take(event.value)

    def _on_made(self, event: Event) -> None:
        self.making.emit(False)
        self.load()
        if event.state is TaskState.DONE:
            self.made.emit(event.value.name)

    def _on_answered(self, event: Event) -> None:
        candidate = self._under_way.pop(event.id, None)
        if self._opening:
            return  # it was of what was left
        if event.state is TaskState.DONE:
            self._take(event.value)
        elif candidate is not None:
            self._upcoming.appendleft(candidate)
            self._show(candidate)

    def _take(self, view: QueueView) -> None:
        """What the store says now; what is still on its way to it is ahead of that."""
        if self._opening:
            return
        gone = {candidate.slot for candidate in self._under_way.values()}
        ahead = self.current is not None and self.current.slot not in {
            candidate.slot for candidate in self._upcoming
        }
        self._upcoming = deque(c for c in view.upcoming if c.slot not in gone)
        if not gone:
            self._stand(view.standing)
        if view.said:
            self.said.emit(view.said)
        if view.shown is not None:
            self._show(view.shown)
        elif not ahead or self.current is None or view.said:
            self.forward()

    def _show(self, candidate: Candidate | None) -> None:
        if candidate is not None or self.current is not None or not self._under_way:
            former, self.current = self.current, candidate
            if candidate is None or former is None or candidate != former:
                self.shown.emit(candidate)

    def _stand(self, standing: Standing) -> None:
        self.standing = standing
        self.standing_changed.emit(standing)


_OURS = frozenset(
    {
        "answer",
        "answered_before",
        "judge_name",
        "make_queue",
        "open_queue",
        "queues",
        "remove_queue",
        "set_guidelines",
        "set_judge_name",
        "undo_answer",
    }
)
