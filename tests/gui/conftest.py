"""Shared by the window's tests."""

from __future__ import annotations

import gc
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.engine import Engine
from engine.job import run_to_end
from engine.paths import Paths
from engine.types import Grade, SearchResult, SearchStage
from gui.engine_thread import EngineThread, Event, engine_factory
from gui.main_window import MainWindow


@pytest.fixture(autouse=True)
def no_dangling_threads() -> Iterator[None]:
    """As for all tests, but for the stand-in that Python keeps for a thread Qt has started.

    Those cannot be joined and stay listed when the thread is gone. A QThread left running does not
    go unnoticed: Qt aborts the process when it is destroyed.
    """
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    left = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not isinstance(thread, threading._DummyThread)
    ]
    for thread in left:
        thread.join(max(0.0, deadline - time.monotonic()))
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"threads still running after the test: {alive}"


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the sample corpus is ready, and no model is to be found."""
    home = tmp_path_factory.mktemp("home")
    engine = Engine(Paths(home))
    engine.set_setting("encoder", str(home / "no-encoder"))
    engine.set_setting("cross-encoder", str(home / "no-cross-encoder"))
    run_to_end(engine.prepare("sample"))
    engine.close()
    return home


@pytest.fixture
def home(prepared_home: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own, with the sample corpus ready."""
    return Path(shutil.copytree(prepared_home, tmp_path / "home"))


class OpenWindow:
    """A window with the real engine behind it, and ways to wait for what it shows."""

    def __init__(self, qtbot: QtBot, home: Path) -> None:
        self.qtbot = qtbot
        self.engine = EngineThread(engine_factory(home), home / "counterpart.log")
        self.events: list[Event] = []
        self.engine.event.connect(self.events.append)
        self.window = MainWindow(self.engine, home)
        self.window.resize(1280, 800)
        self.window.show()
        self.window.activateWindow()
        self.search = self.window.search

    def close(self) -> None:
        """Close the window as its user does, and let go of it."""
        self.window.close()
        assert not self.engine.running
        self.window.deleteLater()

    def begin(self) -> None:
        """Start the engine; the sample can be searched when this returns."""
        self.engine.start()
        self.window.begin()
        self.wait(lambda: any(info.chunks for info in self.window.session.corpora))

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=60_000)

    def result(self) -> SearchResult:
        """The complete answer to the question that was asked last."""

        def complete() -> bool:
            result = self.search.flow.result
            return (
                result is not None
                and result.stage is SearchStage.DONE
                and result.query == self.search.flow.query
                and self.search.results.model.order() == [h.chunk.id for h in result.hits]
            )

        self.wait(complete)
        assert self.search.flow.result is not None
        return self.search.flow.result

    def idle(self) -> None:
        """Everything asked so far has been answered."""
        task = self.engine.call("setting", "nothing")
        self.wait(lambda: any(event.id == task for event in self.events))

    def stored_grades(self) -> dict[str, Grade]:
        """What the store has, by chunk id."""
        task = self.engine.call("judgements")
        self.wait(lambda: any(event.id == task for event in self.events))
        judgements = next(event.value for event in self.events if event.id == task)
        return {judgement.chunk_id: judgement.grade for judgement in judgements}


@pytest.fixture
def opened(qtbot: QtBot, home: Path) -> Iterator[OpenWindow]:
    """A window over the sample corpus."""
    # What an earlier test left must die here: collected on the engine's thread, widgets and timers
    # would be destroyed while this thread runs them.
    gc.collect()
    opened = OpenWindow(qtbot, home)
    opened.begin()
    yield opened
    opened.close()
