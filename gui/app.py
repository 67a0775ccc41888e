"""Start the window: it shows first, then the engine comes up behind it."""

from __future__ import annotations

import logging
import logging.handlers
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from gui.engine_thread import EngineThread, data_folder, engine_factory
from gui.main_window import MainWindow
from gui.theme import apply_theme

LOG_BYTES = 1_000_000
SWITCH_INTERVAL_S = 0.001


def run(basedir: Path | None = None, corpus: str | None = None) -> int:
    """Open the window and stay until it is closed. Returns the exit status."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("counterpart")
    app.setApplicationDisplayName("Counterpart")
    app.setDesktopFileName("counterpart")
    # The window shares the interpreter with the engine: a short turn keeps it answering.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    folder = data_folder(basedir)
    log_file = _start_log(folder)
    apply_theme(app)
    engine = EngineThread(engine_factory(basedir), log_file)
    window = MainWindow(engine, folder)
    window.show()
    QTimer.singleShot(0, lambda: _begin(engine, window, corpus))
    signal.signal(signal.SIGINT, lambda *_: window.close())
    heartbeat = QTimer()  # lets Python look at its signals while Qt waits
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start(500)
    try:
        return int(app.exec())
    finally:
        engine.close()


def _begin(engine: EngineThread, window: MainWindow, corpus: str | None) -> None:
    engine.start()
    window.begin(corpus)


def _start_log(folder: Path) -> Path | None:
    """Keep tracebacks in a file of the data folder; without one if it cannot be written."""
    path = folder / "counterpart.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8"
        )
    except OSError:
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logger = logging.getLogger("counterpart")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    return path
