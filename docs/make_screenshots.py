"""Make the pictures of the README from the real window.

    python docs/make_screenshots.py [--out docs/images] [--source FOLDER]

Needs a screen (or `xvfb-run -s "-screen 0 1920x1080x24" …`). The engine is the real one: it opens
the sample corpus, loads the models, searches, and indexes Python's standard library (or FOLDER).
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from engine.types import Framework, Grade
from gui.engine_thread import EngineThread, Event, engine_factory
from gui.main_window import MainWindow
from gui.theme import apply_theme

SMALL, LARGE = (1280, 800), (1920, 1080)
CELL = """\
from mxnet import nd, gluon
from mxnet.gluon import nn

class Autoencoder(gluon.HybridBlock):
    def __init__(self, hidden, code, **kwargs):
        super().__init__(**kwargs)
        self.encode = nn.Dense(hidden, activation="relu")
        self.moments = nn.Dense(2 * code)
        self.decode = nn.Dense(784)

    def hybrid_forward(self, F, x):
        mean, log_var = F.split(self.moments(self.encode(x)), num_outputs=2, axis=1)
        noise = F.random.normal_like(mean)
        z = mean + F.exp(0.5 * log_var) * noise
        kl = 0.5 * F.sum(1 + log_var - mean ** 2 - F.exp(log_var), axis=1)
        return self.decode(z), -kl
"""
QUESTION = "clip the norm of the gradients before the optimizer step"
LONGEST_WAIT_S = 240


class Photographer:
    """One window, its engine, and where the pictures go."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._done: list[str] = []
        self._app = QApplication(sys.argv[:1])
        apply_theme(self._app, "light")
        home = Path(tempfile.mkdtemp(prefix="counterpart-pictures-"))
        self._engine = EngineThread(engine_factory(home))
        self._engine.event.connect(self._note)
        self.window = MainWindow(self._engine, home)
        self.window.set_theme("light")

    def begin(self) -> None:
        """Show the window and wait until everything is loaded and embedded."""
        self.window.resize(*SMALL)
        self.window.show()
        self._engine.start()
        self.window.begin()
        self.wait(lambda: "load_models" in self._done and "embed" in self._done)

    def search(self, text: str, framework: Framework | None = None) -> None:
        """Search, and wait for the last list."""
        self.window.search.filters.choose_framework(framework)
        self._done.clear()
        self.window.search.ask(text)
        self.wait(lambda: "search" in self._done)

    def link_by_hand(self, ours: str, theirs: str) -> None:
        """Put the first lines of query and result that hold these texts together."""
        viewer = self.window.search.viewer
        sides = viewer.aligned.sides
        for code, text in zip(sides, (ours, theirs), strict=True):
            lines = code.toPlainText().split("\n")
            code.go_to(next((i for i, line in enumerate(lines) if text in line), 0))
        viewer.align_actions.anchor.trigger()
        self.wait(lambda: viewer.alignment is not None and bool(viewer.alignment.request.anchors))
        sides[0].setFocus()

    def index(self, source: str) -> None:
        """Start indexing a folder, and wait until it has gone some way."""
        self.window.corpora.offer(source)
        self.window.corpora.start_index()
        self.wait(lambda: False, seconds=4)

    def shoot(self, name: str, size: tuple[int, int]) -> None:
        """Save the window as it is."""
        self.window.resize(*size)
        self.wait(lambda: False, seconds=0.8)  # layout, highlighting and gliding rows
        self.window.grab().save(str(self._out / f"{name}.png"))

    def wait(self, reached: Callable[[], bool], seconds: float = LONGEST_WAIT_S) -> None:
        """Let the window live until something is reached, or the time is over."""
        end = time.monotonic() + seconds
        while not reached() and time.monotonic() < end:
            self._app.processEvents()
            time.sleep(0.005)

    def close(self) -> None:
        """Close the window, and the engine behind it."""
        self.window.close()
        self._engine.close()

    def _note(self, event: Event) -> None:
        if event.final:
            self._done.append(event.method)


def main() -> None:
    """Make them all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "images")
    parser.add_argument("--source", default=sysconfig.get_paths()["stdlib"])
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    camera = Photographer(chosen.out)
    camera.begin()
    camera.shoot("first-start", SMALL)
    camera.search(CELL, Framework.PYTORCH)
    camera.window.search.grade_current(Grade.EXACT)
    camera.shoot("aligned", SMALL)
    camera.link_by_hand("mean, log_var =", "mu, logvar =")
    camera.shoot("hand-anchored", SMALL)
    camera.window.search.viewer.release_anchors()
    camera.window.set_theme("dark")
    camera.shoot("dark", LARGE)
    camera.window.set_theme("light")
    camera.search(QUESTION)
    camera.index(chosen.source)
    camera.shoot("indexing", SMALL)
    camera.close()


if __name__ == "__main__":
    multiprocessing.freeze_support()
    main()
