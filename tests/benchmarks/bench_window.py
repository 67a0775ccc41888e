"""How long the window does not answer, against the mark of 50 ms.

    python -m tests.benchmarks.bench_window [--source FOLDER] [--seconds N]

A timer in the running window ticks every few milliseconds; the longest time between two ticks is
what a user feels. Beside it stands the longest time the window's own thread was at work in one
gap: what is left is waiting for the interpreter or for a processor. The engine is the real one; it
loads the models, indexes Python's standard library (or FOLDER) and answers searches meanwhile.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from engine.types_corpora import CorpusSpec
from gui.app import SWITCH_INTERVAL_S
from gui.engine_thread import EngineThread, Event, engine_factory
from gui.examples import EXAMPLES
from gui.main_window import MainWindow
from gui.theme import apply_theme

TICK_MS = 4
SEARCH_EVERY_S = 1.5


@dataclass
class Phase:
    """The longest gaps of one phase, in milliseconds."""

    name: str
    gap: float = 0.0
    work: float = 0.0
    ticks: int = 0


class Stethoscope:
    """Listens to the window's event loop."""

    def __init__(self) -> None:
        self.phases: list[Phase] = []
        self._last = (time.perf_counter(), time.thread_time())
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def begin(self, name: str) -> None:
        """Count from now on for this phase."""
        self.phases.append(Phase(name))
        self._last = (time.perf_counter(), time.thread_time())
        self._timer.start()

    def _tick(self) -> None:
        now, work = time.perf_counter(), time.thread_time()
        phase = self.phases[-1]
        phase.gap = max(phase.gap, 1000 * (now - self._last[0]))
        phase.work = max(phase.work, 1000 * (work - self._last[1]))
        phase.ticks += 1
        self._last = (now, work)


class Bench:
    """One window, driven through its day."""

    def __init__(self, source: str, seconds: float) -> None:
        self._source, self._seconds = source, seconds
        self._home = Path(tempfile.mkdtemp(prefix="counterpart-bench-"))
        self._done: set[str] = set()
        self._ear = Stethoscope()
        self._example = 0

    def run(self) -> None:
        """Go through the phases and print the table."""
        start = time.perf_counter()
        app = QApplication(sys.argv[:1])
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        apply_theme(app)
        self._engine = EngineThread(engine_factory(self._home))
        self._engine.event.connect(self._note)
        self._window = MainWindow(self._engine, self._home)
        self._window.resize(1600, 1000)
        self._window.show()
        app.processEvents()
        visible = 1000 * (time.perf_counter() - start)
        torch = "torch" in sys.modules
        self._ear.begin("sample prepared")
        self._engine.start()
        self._window.begin()
        self._until(lambda: "prepare" in self._done)
        self._ear.begin("models loading, searching")
        self._until(lambda: "load_models" in self._done, searching=True)
        self._ear.begin("indexing, searching")
        self._window.session.index(CorpusSpec("bench", (self._source,)))
        self._until(lambda: "index" in self._done, searching=True)
        self._ear.begin("vectors filling in, searching")
        end = time.perf_counter() + self._seconds
        self._until(lambda: time.perf_counter() > end, searching=True)
        self._window.close()
        self._print(visible, torch)

    def _note(self, event: Event) -> None:
        if event.final:
            self._done.add(event.method)
            if event.error:
                print(f"{event.method}: {event.error}", file=sys.stderr)

    def _until(self, reached: Callable[[], bool], searching: bool = False) -> None:
        app = QApplication.instance()
        assert app is not None
        next_search = time.perf_counter()
        while not reached():
            app.processEvents()
            time.sleep(0.001)
            if searching and time.perf_counter() > next_search:
                next_search = time.perf_counter() + SEARCH_EVERY_S
                self._example += 1
                self._window.search.ask(EXAMPLES[self._example % len(EXAMPLES)].text)

    def _print(self, visible: float, torch: bool) -> None:
        print(f"window visible after {visible:.0f} ms, torch imported: {'yes' if torch else 'no'}")
        print(f"{'phase':<32}{'longest gap':>14}{'own work':>12}{'ticks':>9}")
        for phase in self._ear.phases:
            print(f"{phase.name:<32}{phase.gap:>11.0f} ms{phase.work:>9.0f} ms{phase.ticks:>9}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", default=sysconfig.get_paths()["stdlib"])
    parser.add_argument("--seconds", type=float, default=10, help="how long vectors are watched")
    chosen = parser.parse_args()
    Bench(chosen.source, chosen.seconds).run()


if __name__ == "__main__":
    multiprocessing.freeze_support()
    main()
