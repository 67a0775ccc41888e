"""Carrying an alignment over: to the clipboard, or into a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from gui.aligned_flow import AlignFlow
from gui.code_view import first_number
from gui.viewer_pane import ViewerPane


class Carrier(QObject):
    """Binds the viewer to the flow of alignments, and its actions to what they make."""

    said = Signal(str)
    failed = Signal(str)

    def __init__(self, viewer: ViewerPane, flow: AlignFlow, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._flow = flow
        actions = viewer.align_actions
        actions.copy_part.triggered.connect(self.copy_part)
        actions.copy_table.triggered.connect(self.copy_table)
        actions.save_page.triggered.connect(self.choose_page)
        viewer.alignment_wanted.connect(flow.ask)
        flow.aligned.connect(viewer.show_alignment)
        flow.text_ready.connect(self._to_clipboard)
        flow.page_saved.connect(self._say_saved)
        flow.failed.connect(self.failed)
        viewer.receipt_wanted.connect(flow.ask_receipt)
        viewer.places_wanted.connect(flow.ask_places)
        flow.places_found.connect(viewer.drawer.show_places)
        flow.explained.connect(viewer.show_receipt)
        flow.unexplained.connect(viewer.drawer.show_problem)

    @Slot()
    def copy_part(self) -> None:
        """Copy the result's lines that have a counterpart, or one in the selection."""
        if self._viewer.alignment is not None:
            self._flow.ask_part(self._viewer.alignment, self._viewer.selected_query_lines())

    @Slot()
    def copy_table(self) -> None:
        """Copy both sides as a Markdown table."""
        if self._viewer.alignment is not None:
            self._flow.ask_table(self._viewer.alignment, self._viewer.titles())

    @Slot()
    def choose_page(self) -> None:
        """Ask where to, and save both sides as a page."""
        if self._viewer.alignment is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self._viewer, "Save query and result", "counterpart.html", "Web pages (*.html)"
        )
        if path:
            self.save_page(Path(path))

    def save_page(self, path: Path) -> None:
        """Save both sides as an HTML page."""
        viewer = self._viewer
        if viewer.alignment is not None and viewer.hit is not None:
            first = first_number(viewer.hit.chunk) or 1
            self._flow.save_page(viewer.alignment, viewer.titles(), first, path)

    @Slot(str, str)
    def _to_clipboard(self, text: str, what: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.said.emit(f"copied {what}" if text else "nothing here has a counterpart")

    @Slot(str)
    def _say_saved(self, path: str) -> None:
        self.said.emit(f"saved {path}")
