"""The engine's thread: order, replacing, cancelling, stepping, failing, closing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.errors import CorpusError
from engine.job import Job, JobContext
from engine.types import Progress
from gui.engine_thread import EngineThread, Event, TaskState


class Bench:
    """An engine whose work is counted, and held at a gate where a test needs it held."""

    def __init__(self) -> None:
        self.thread = threading.current_thread()
        self.trace: list[str] = []
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.closed = False

    def echo(self, value: object) -> object:
        self.trace.append(f"echo {value}")
        return value

    def where(self) -> bool:
        return threading.current_thread() is self.thread

    def search(self, text: str, ctx: JobContext) -> str:
        """Hands over a first answer, then looks up until it is released or cancelled."""
        ctx.partial(f"first {text}")
        self.entered.set()
        while not self.gate.wait(0.005):
            ctx.check()
        return text

    def count(self, name: str, steps: int) -> Job[str]:
        try:
            for i in range(steps):
                self.trace.append(f"{name} {i}")
                yield Progress("counting", i, steps)
            return f"{name} counted"
        finally:
            self.trace.append(f"{name} left")

    def endless(self) -> Generator[Progress, None, None]:
        try:
            for i in iter(int, 1):
                self.entered.set()
                yield Progress("endless", i, None)
        finally:
            self.trace.append("endless left")

    def missing(self) -> None:
        raise CorpusError("there is no corpus 'x'; add one under Corpora")

    def bug(self) -> None:
        raise ValueError("odd\nsecond line")

    def bug_in_job(self) -> Job[None]:
        yield Progress("counting", 0, None)
        raise ValueError("odd")

    def close(self) -> None:
        self.closed = True


class Rig:
    """A running engine thread, what it said, and ways to wait for it."""

    def __init__(self, qtbot: QtBot, log_file: Path | None = None) -> None:
        self.qtbot = qtbot
        self.bench: Bench
        self.events: list[Event] = []
        self.engine = EngineThread(self._make, log_file)
        self.engine.event.connect(self.events.append)
        self.made = threading.Event()

    def _make(self) -> Bench:
        self.bench = Bench()
        self.made.set()
        return self.bench

    def wait(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=10_000)

    def final(self, task: int) -> Event:
        self.wait(lambda: any(e.id == task and e.final for e in self.events))
        return next(e for e in self.events if e.id == task and e.final)

    def of(self, task: int) -> list[Event]:
        return [e for e in self.events if e.id == task]


@pytest.fixture
def rig(qtbot: QtBot, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(qtbot, tmp_path / "counterpart.log")
    rig.engine.start()
    assert rig.made.wait(10)
    yield rig
    rig.bench.gate.set()
    rig.engine.close()
    assert not rig.engine.running


def test_an_answer_comes_back_with_its_id(rig: Rig) -> None:
    first = rig.engine.call("echo", 1)
    second = rig.engine.call("echo", "two", key="named")
    assert first != second
    assert rig.final(first) == Event(first, "echo", TaskState.DONE, 1, key="echo")
    assert rig.final(second).value == "two"
    assert rig.final(second).key == "named"


def test_the_engine_is_made_and_used_on_its_own_thread(rig: Rig) -> None:
    assert rig.final(rig.engine.call("where")).value is True
    assert rig.bench.thread is not threading.current_thread()


def test_questions_asked_before_the_start_are_answered(qtbot: QtBot) -> None:
    rig = Rig(qtbot)
    task = rig.engine.call("echo", "early")
    rig.engine.start()
    assert rig.final(task).value == "early"
    rig.engine.close()


def test_a_newer_question_replaces_the_older_one(rig: Rig) -> None:
    old = rig.engine.call("search", "old", replaces=True)
    assert rig.bench.entered.wait(10)
    queued = rig.engine.call("search", "queued", replaces=True)
    new = rig.engine.call("search", "new", replaces=True)
    rig.wait(lambda: any(e.value == "first new" for e in rig.events))
    rig.bench.gate.set()
    assert rig.final(new).value == "new"
    assert rig.of(queued) == []
    assert not any(e.final for e in rig.of(old))


def test_nothing_is_replaced_unless_asked(rig: Rig) -> None:
    tasks = [rig.engine.call("echo", i) for i in range(5)]
    assert [rig.final(task).value for task in tasks] == list(range(5))


def test_a_late_answer_to_a_superseded_question_is_dropped(rig: Rig) -> None:
    old = rig.engine.call("echo", "old", key="k", replaces=True)
    new = rig.engine.call("echo", "new", key="k", replaces=True)
    rig.final(new)
    assert rig.of(old) == []


def test_partial_results_come_before_the_answer(rig: Rig) -> None:
    rig.bench.gate.set()
    task = rig.engine.call("search", "q")
    rig.final(task)
    assert [(e.state, e.value) for e in rig.of(task)] == [
        (TaskState.PARTIAL, "first q"),
        (TaskState.DONE, "q"),
    ]


def test_cancelling_a_running_call_says_so(rig: Rig) -> None:
    task = rig.engine.call("search", "q")
    assert rig.bench.entered.wait(10)
    rig.engine.cancel(task)
    assert rig.final(task).state is TaskState.CANCELLED
    assert rig.final(rig.engine.call("echo", "alive")).value == "alive"


def test_cancelling_what_is_over_does_nothing(rig: Rig) -> None:
    task = rig.engine.call("echo", 1)
    rig.final(task)
    rig.engine.cancel(task)
    rig.engine.cancel(99_999)
    assert rig.final(rig.engine.call("echo", 2)).value == 2


def test_a_call_is_answered_between_two_steps_of_a_job(rig: Rig) -> None:
    job = rig.engine.start_job("endless")
    assert rig.bench.entered.wait(10)
    assert rig.final(rig.engine.call("echo", "meanwhile")).value == "meanwhile"
    assert not any(e.final for e in rig.of(job))
    rig.engine.cancel(job)
    assert rig.final(job).state is TaskState.CANCELLED
    assert "endless left" in rig.bench.trace


def test_jobs_take_turns(rig: Rig) -> None:
    rig.engine.call("search", "hold")
    assert rig.bench.entered.wait(10)  # both jobs are queued before either starts
    one = rig.engine.start_job("count", "a", 3)
    two = rig.engine.start_job("count", "b", 3)
    rig.bench.gate.set()
    assert rig.final(one).value == "a counted"
    assert rig.final(two).value == "b counted"
    steps = [line for line in rig.bench.trace if "left" not in line]
    assert steps == ["a 0", "b 0", "a 1", "b 1", "a 2", "b 2"]


def test_an_urgent_job_is_done_before_others_go_on(rig: Rig) -> None:
    rig.engine.call("search", "hold")
    assert rig.bench.entered.wait(10)
    rig.engine.start_job("count", "a", 3)
    last = rig.engine.start_job("count", "b", 3)
    short = rig.engine.start_job("count", "short", 3, urgent=True)
    rig.bench.gate.set()
    assert rig.final(short).value == "short counted"
    assert rig.final(last).value == "b counted"
    steps = [line for line in rig.bench.trace if "left" not in line]
    assert steps == [f"short {i}" for i in range(3)] + ["a 0", "b 0", "a 1", "b 1", "a 2", "b 2"]


def test_a_job_is_not_started_twice_under_one_key(rig: Rig) -> None:
    job = rig.engine.start_job("endless", key="index:x")
    assert rig.engine.start_job("endless", key="index:x") == job
    other = rig.engine.start_job("endless", key="index:y")
    assert other != job
    rig.engine.cancel(job)
    again = rig.engine.start_job("count", "a", 1, key="index:x")
    assert again != job
    assert rig.final(again).value == "a counted"


def test_progress_is_thinned_out_and_never_outlives_its_job(rig: Rig) -> None:
    job = rig.engine.start_job("count", "a", 20_000)
    rig.final(job)
    states = [e.state for e in rig.of(job)]
    assert states[-1] is TaskState.DONE
    assert states.count(TaskState.DONE) == 1
    assert 0 < states.count(TaskState.PROGRESS) < 2_000
    rig.final(rig.engine.call("echo", "later"))
    assert rig.of(job)[-1].state is TaskState.DONE


def test_trouble_of_the_users_is_told_in_its_own_line(rig: Rig) -> None:
    event = rig.final(rig.engine.call("missing"))
    assert event.state is TaskState.FAILED
    assert event.error == "there is no corpus 'x'; add one under Corpora"


def test_a_bug_is_one_line_with_the_traceback_in_the_log(
    rig: Rig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    event = rig.final(rig.engine.call("bug"))
    assert event.state is TaskState.FAILED
    log_file = tmp_path / "counterpart.log"
    assert event.error == (f"Internal error in bug: ValueError: odd; the details are in {log_file}")
    assert any(record.exc_info for record in caplog.records)
    assert rig.final(rig.engine.call("echo", "alive")).value == "alive"


def test_a_bug_in_a_job_or_an_unknown_method_leaves_the_thread_alive(rig: Rig) -> None:
    assert rig.final(rig.engine.start_job("bug_in_job")).state is TaskState.FAILED
    assert rig.final(rig.engine.call("no_such_method")).state is TaskState.FAILED
    assert rig.final(rig.engine.call("echo", "alive")).value == "alive"


def test_an_engine_that_cannot_be_made_fails_every_question(qtbot: QtBot) -> None:
    def make() -> Bench:
        raise CorpusError("cannot write to /nowhere; choose another folder with --basedir")

    engine = EngineThread(make)
    events: list[Event] = []
    engine.event.connect(events.append)
    engine.start()
    task = engine.call("echo", 1)
    qtbot.waitUntil(lambda: any(e.id == task for e in events), timeout=10_000)
    assert [e.state for e in events] == [TaskState.FAILED, TaskState.FAILED]
    assert all(e.error.startswith("cannot write to /nowhere") for e in events)
    engine.close()


def test_closing_stops_calls_and_jobs_and_closes_the_engine(qtbot: QtBot) -> None:
    rig = Rig(qtbot)
    rig.engine.start()
    rig.engine.start_job("endless")
    assert rig.made.wait(10)
    assert rig.bench.entered.wait(10)
    rig.bench.entered.clear()
    rig.engine.call("search", "held")
    rig.engine.call("search", "never begun")
    rig.engine.call("echo", "not needed any more")
    rig.engine.call("echo", "grade", durable=True)
    assert rig.bench.entered.wait(10)
    rig.engine.close()
    assert not rig.engine.running
    assert rig.bench.closed
    assert rig.bench.trace == ["echo grade", "endless left"]
    rig.engine.close()  # a second time is harmless


def test_closing_what_never_started_is_harmless(qtbot: QtBot) -> None:
    rig = Rig(qtbot)
    rig.engine.call("echo", 1)
    rig.engine.close()
    assert not rig.engine.running
