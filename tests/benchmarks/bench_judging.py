"""What a key press costs in a queue of 10,000 judgements, against the mark of 50 ms.

    python -m tests.benchmarks.bench_judging [--size N]

Fills a store with N judgements of one queue, then measures the engine's side of each action, and in
a real window the time from the key press until the next candidate is painted. Beside the medians
stand the longest times, and the same for a queue of 100.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.engine import Engine
from engine.judgements.queue import OpenQueue
from engine.judgements.queue_store import PooledHit, QueueStore
from engine.judgements.store import JudgementStore
from engine.paths import Paths
from engine.types import (
    Chunk,
    Grade,
    Hit,
    JudgementDraft,
    Query,
    QueryKind,
    StageRanks,
    StageScores,
)
from engine.types_judging import QuerySource, QueueSpec, Verdict
from gui.engine_thread import EngineThread, engine_factory
from gui.main_window import MainWindow
from gui.theme import apply_theme

PER_QUERY = 50
LEFT = 200
REPEATS = 60
BODY = "    total = total + weight * value  # some code\n" * 20


def chunk(query: int, number: int) -> Chunk:
    name = f"function_{query}_{number}"
    text = f"def {name}(value):\n{BODY}"
    return Chunk(name, f"{name}.py", "/code", 1, 21, "function", name, "Python", (), text)


def fill(store: JudgementStore, size: int) -> None:
    """A queue of `size` candidates, all but the last queries' judged."""
    queues = QueueStore(store.database)
    number = queues.create(QueueSpec("q", "sample", QuerySource(), repeats=0.1))
    for query in range(-(-(size + LEFT) // PER_QUERY)):
        asked = Query(f"query {query}", "sample")
        chunks = [chunk(query, n) for n in range(PER_QUERY)]
        pool = [PooledHit(Hit(1, c, StageScores(), StageRanks()), {"bm25": 1}) for c in chunks]
        queues.add(number, asked, QueryKind.WORDS, pool)
        if query < size // PER_QUERY:
            drafts = [JudgementDraft(asked, c, Grade(n % 4)) for n, c in enumerate(chunks)]
            for draft in drafts:
                store.judge(draft, "ada")


def times(action: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        found.append(1000 * (time.perf_counter() - start))
    return found


def engine_side(path: Path) -> dict[str, list[float]]:
    """Milliseconds of each action on the queue."""
    with JudgementStore(path) as store:
        opened = times(lambda: OpenQueue(store, "q", "ada"), 3)
        queue = OpenQueue(store, "q", "ada")
        return {
            "open the queue": opened,
            "grade": times(lambda: queue.answer(Verdict(queue.view().upcoming[0].slot, Grade(2)))),
            "undo": times(queue.undo, 20),
            "back": times(lambda: queue.before(queue.view().upcoming[0].slot)),
            "list the queues": times(QueueStore(store.database).infos, 5),
        }


class Painted(QObject):
    """Notes when a widget was painted last."""

    def __init__(self, widget: QObject) -> None:
        super().__init__()
        self.at = 0.0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.at = time.perf_counter()
        return False


def window_side(home: Path) -> list[float]:
    """Milliseconds from a key press until the next candidate has been painted."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    apply_theme(app)
    engine = EngineThread(engine_factory(home))
    window = MainWindow(engine, home)
    window.resize(1600, 1000)
    window.show()
    engine.start()
    window.begin()
    window.go("judge")
    page = window.judging
    until(app, lambda: page.flow.current is not None and window.session.models)
    painted = Painted(page.panes.code.viewport())
    found = []
    for number in range(REPEATS):
        wait = time.perf_counter() + 0.15  # a fast judge; the store answers meanwhile
        until(app, lambda wait=wait: time.perf_counter() > wait)
        former, start = page.flow.current, time.perf_counter()
        QTest.keyClick(window, Qt.Key(Qt.Key.Key_0 + number % 4))
        until(
            app,
            lambda former=former, start=start: page.flow.current != former and painted.at > start,
        )
        found.append(1000 * (painted.at - start))
    window.close()
    return found


def until(app: QApplication, reached: Callable[[], bool]) -> None:
    end = time.perf_counter() + 60
    while not reached():
        app.processEvents()
        time.sleep(0.0005)
        if time.perf_counter() > end:
            raise SystemExit("the window did not get there within a minute")


def measure(size: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        engine = Engine(Paths(home))
        for role in ("encoder", "cross-encoder"):
            engine.set_setting(role, str(home / "none"))
        engine.set_judge_name("ada")
        engine.close()
        with JudgementStore(Paths(home).store) as store:
            store.database.conn.execute("PRAGMA synchronous=OFF")  # to fill it, not to measure it
            fill(store, size)
        found = engine_side(Paths(home).store)
        return {**found, "key → painted": window_side(home)}


def main() -> None:
    """Measure both sizes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=10_000)
    size = parser.parse_args().size
    few, many = measure(100), measure(size)
    print(f"{'median / longest ms':20} {'100':>16} {size:>16,}   ratio")
    for name, values in few.items():
        row = [f"{median(v):7.1f} / {max(v):6.1f}" for v in (values, many[name])]
        print(f"{name:20} {row[0]:>16} {row[1]:>16} {median(many[name]) / median(values):7.1f}")


if __name__ == "__main__":
    main()
