"""Asking for alignments, and for what is made of them, without any widget."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from engine.types import Query
from engine.types_alignment import Alignment, AlignmentRequest
from gui.engine_thread import EngineThread, Event, TaskState

_TEXTS = {"aligned_part": "the aligned part", "aligned_table": "a Markdown table"}


class AlignFlow(QObject):
    """Only the newest request is answered: choosing another result cancels the one before."""

    aligned = Signal(object)  # Alignment, complete or made without the encoder
    text_ready = Signal(str, str)  # what was made, and what it is in words
    page_saved = Signal(str)  # where
    failed = Signal(str)
    explained = Signal(object)  # Receipt
    places_found = Signal(object)  # the chunks that may be meant
    unexplained = Signal(str)  # why there is no receipt

    def __init__(self, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        engine.event.connect(self._on_event)

    def ask(self, request: AlignmentRequest) -> None:
        """Ask for an alignment instead of the one asked for before."""
        self._engine.call("align", request, replaces=True)

    def forget(self) -> None:
        """Nobody waits for an alignment any more."""
        self._engine.drop("align")

    def ask_part(self, alignment: Alignment, of_lines: Sequence[int] | None) -> None:
        """Ask for the result's lines that have a counterpart."""
        self._engine.call("aligned_part", alignment, of_lines, replaces=True)

    def ask_table(self, alignment: Alignment, titles: tuple[str, str]) -> None:
        """Ask for both sides as a Markdown table."""
        self._engine.call("aligned_table", alignment, titles, replaces=True)

    def save_page(
        self, alignment: Alignment, titles: tuple[str, str], first_line: int, path: Path
    ) -> None:
        """Write both sides as an HTML page."""
        self._engine.call("save_aligned_page", alignment, titles, first_line, path, durable=True)

    def ask_receipt(self, query: Query, chunk: str) -> None:
        """Ask for the receipt of a chunk: an id, or path:line."""
        self._engine.call("explain", query, chunk, replaces=True)

    def ask_places(self, corpus: str, text: str) -> None:
        """Ask which chunks somebody may mean who types this."""
        self._engine.call("chunks_called", corpus, text, replaces=True)

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if event.method == "align" and event.state in (TaskState.PARTIAL, TaskState.DONE):
            self.aligned.emit(event.value)
        elif event.method in _TEXTS and event.state is TaskState.DONE:
            self.text_ready.emit(event.value, _TEXTS[event.method])
        elif event.method == "save_aligned_page" and event.state is TaskState.DONE:
            self.page_saved.emit(str(event.value))
        elif event.method == "chunks_called" and event.state is TaskState.DONE:
            self.places_found.emit(event.value)
        elif event.method == "explain" and event.state is TaskState.DONE:
            self.explained.emit(event.value)
        elif event.method == "explain" and event.state is TaskState.FAILED:
            self.unexplained.emit(event.error)
        elif event.state is TaskState.FAILED and event.method in (
            "align", "save_aligned_page", *_TEXTS
        ):  # fmt: skip
            self.failed.emit(event.error)
