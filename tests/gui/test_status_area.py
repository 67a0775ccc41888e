"""The foot of the window says what is under way, what failed and what is done."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from engine.types import Progress
from engine.types_corpora import IndexReport, SkippedFile
from gui.engine_thread import Event, TaskState
from gui.status_area import StatusArea

REPORT = IndexReport("x", 1760, 50_113, 3, 0, (SkippedFile("big.json", "too big"),), 12.3)


@pytest.fixture
def status(qtbot: QtBot) -> StatusArea:
    status = StatusArea()
    qtbot.addWidget(status)
    status.show()
    return status


def running(task: int, name: str = "x", done: int = 440) -> Event:
    progress = Progress("reading files", done, 1760)
    return Event(task, "index", TaskState.PROGRESS, progress, key=f"index:{name}")


def test_a_job_says_what_it_does_how_far_it_is_and_what_one_can_do(status: StatusArea) -> None:
    status.on_event(running(1))
    assert status.job_words() == [
        "Indexing “x”; you can go on searching · reading files · 440 of 1,760 (25 %)"
    ]
    status.on_event(running(1, done=880))
    assert len(status.job_words()) == 1
    assert "880" in status.job_words()[0]


def test_its_end_is_told_with_what_was_left_out(status: StatusArea) -> None:
    status.on_event(running(1))
    status.on_event(Event(1, "index", TaskState.DONE, REPORT, key="index:x"))
    assert status.job_words() == []
    assert status._message.full_text() == (
        "“x” is searchable: 50,113 chunks of 1,760 files in 12 s · 1 file left out"
    )


def test_a_training_is_told_of_on_every_page(status: StatusArea) -> None:
    method, key = "train_from_judgements", "training:mine"
    progress = Progress("training the cross-encoder", 3, 99, seconds_left=600.0)
    status.on_event(Event(1, method, TaskState.PROGRESS, progress, key=key))
    (said,) = status.job_words()
    assert said.startswith("Training “mine”; you can go on searching · training the cross-encoder")
    assert status._jobs[1].stop.isVisible()
    status.on_event(Event(1, method, TaskState.CANCELLED, key=key))
    assert status._message.full_text().startswith("Stopped; “mine” goes on")


def test_another_version_that_loads_is_told_of(status: StatusArea) -> None:
    progress = Progress("loading models", 0, 1, "reading mine")
    status.on_event(
        Event(1, "activate_version", TaskState.PROGRESS, progress, key="activate_version")
    )
    assert status.job_words() == [
        "Loading other models; search goes on with the former ones · reading mine"
    ]


def test_cancel_asks_for_its_own_job(status: StatusArea, qtbot: QtBot) -> None:
    status.on_event(running(7))
    with qtbot.waitSignal(status.cancel_wanted) as asked:
        status._jobs[7].stop.click()
    assert asked.args == [7]
    assert status.job_words() == ["Stopping; what is done is kept"]
    status.on_event(running(7, done=900))  # a last word that was on its way
    assert status.job_words() == ["Stopping; what is done is kept"]
    status.on_event(Event(7, "index", TaskState.CANCELLED, key="index:x"))
    assert status.job_words() == []


def test_only_the_first_jobs_are_shown_and_the_rest_move_up(status: StatusArea) -> None:
    for task in (1, 2, 3):
        status.on_event(running(task, f"c{task}"))
    assert [row.isVisible() for row in status._jobs.values()] == [True, True, False]
    status.on_event(Event(1, "index", TaskState.CANCELLED, key="index:c1"))
    assert [row.isVisible() for row in status._jobs.values()] == [True, True]


def test_vectors_that_fill_in_stand_back(status: StatusArea) -> None:
    progress = Progress("dense vectors", 100, 900)
    for task in (1, 2):
        status.on_event(Event(task, "embed", TaskState.PROGRESS, progress, key=f"embed:{task}"))
    status.on_event(running(3))
    assert [row.isVisible() for row in status._jobs.values()] == [True, False, True]


def test_an_error_stays_until_it_is_dismissed_and_is_not_repeated(status: StatusArea) -> None:
    for _ in range(2):
        status.on_event(Event(1, "index", TaskState.FAILED, error="no space left", key="index:x"))
    assert status.errors() == ["no space left"]
    status._dismiss(status._errors[0])
    assert status.errors() == []


def test_calls_are_no_jobs(status: StatusArea) -> None:
    status.on_event(Event(1, "search", TaskState.FAILED, error="told elsewhere"))
    assert status.errors() == []
    assert status.job_words() == []


def test_a_measurement_is_told_of_on_every_page_and_its_end_on_its_own(status: StatusArea) -> None:
    news = Progress("encoding documents", 48, 517)
    status.on_event(Event(1, "evaluate", TaskState.PROGRESS, news, key="evaluate:first"))
    (said,) = status.job_words()
    assert said.startswith("Measuring “first”; you can go on searching · encoding documents")
    assert status._jobs[1].stop.isVisible()
    status.on_event(Event(1, "evaluate", TaskState.FAILED, error="no", key="evaluate:first"))
    assert status.job_words() == status.errors() == []
