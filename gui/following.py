"""Asks the engine now and then which corpora have changed on the disk, and has it take that in."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.types_corpora import IndexReport, WatchNews
from gui.engine_thread import EngineThread, Event, TaskState

ASK_MS = 250
"""How often; each time takes the engine a millisecond for each corpus it watches."""


class Following(QObject):
    """Runs while there is something to follow."""

    followed = Signal(object)  # IndexReport: changes can be searched now
    trouble = Signal(str)  # a corpus that can no longer be watched, in one line

    def __init__(self, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._asked = 0
        self._timer = QTimer(self)
        self._timer.setInterval(ASK_MS)
        self._timer.timeout.connect(self._ask)
        engine.event.connect(self._on_event)

    def set_active(self, active: bool) -> None:
        """Whether there is anything to ask about."""
        if active and not self._timer.isActive():
            self._timer.start()
        elif not active:
            self._timer.stop()

    @property
    def active(self) -> bool:
        """Whether it asks."""
        return self._timer.isActive()

    def _ask(self) -> None:
        if not self._asked and self._engine.running:  # an engine that is busy is not asked twice
            self._asked = self._engine.call("news")

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if event.method == "news" and event.final:
            self._asked = 0
            if event.state is TaskState.DONE:
                self._take(event.value)
        elif event.method == "follow" and event.state is TaskState.DONE:
            report: IndexReport | None = event.value
            if report is not None and (report.files_changed or report.files_removed):
                self.followed.emit(report)

    def _take(self, news: WatchNews) -> None:
        for name in news.changed:
            # Before vectors are made on: a step of theirs takes longer than taking in a file.
            self._engine.start_job("follow", name, key=f"follow:{name}", urgent=True)
        for problem in news.problems:
            self.trouble.emit(problem)
