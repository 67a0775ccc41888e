"""The stored runs at the left of the Evaluate page, their verdict, and what is done with them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.evaluate_rows import RUN_HEADERS
from gui.evaluate_table import RowsView
from gui.pane import hairline


class RunsPane(QWidget):
    """A table to choose from, the verdict on what is chosen, and buttons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.runs = RowsView(
            "Stored runs", RUN_HEADERS, several=True, empty="What is measured is kept here."
        )
        self.go_on = QPushButton("Go on")
        self.go_on.setToolTip("Answer the queries that are still missing in the run chosen")
        self.bring = QPushButton("Import…")
        self.bring.setToolTip(
            "Store what another system found for the set above, a TREC run, to compare it"
        )
        self.export = QPushButton("Export…")
        self.export.setToolTip("Write the run chosen as a TREC run, as JSON, or its qrels")
        self.remove = QPushButton("Remove…")
        self.really = QPushButton("Remove for good")
        self.keep = QPushButton("Keep")
        for button in (self.go_on, self.really, self.keep):
            button.hide()  # before it is laid out: the page would keep room for all of them
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.verdict.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._lay_out()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setContentsMargins(16, 8, 8, 8)
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (
            *(self.go_on, self.bring, self.export),
            *(self.remove, self.really, self.keep),
        ):
            buttons.addWidget(button)
        said = QVBoxLayout()
        said.setContentsMargins(16, 8, 16, 0)
        said.addWidget(self.verdict)
        down = QVBoxLayout(self)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        down.addWidget(self.runs, 1)
        down.addWidget(hairline())
        down.addLayout(said)
        down.addLayout(buttons)

    def say_verdict(self, words: str) -> None:
        """Say what the runs chosen come to; nothing takes no room."""
        self.verdict.setText(words)
        self.verdict.setVisible(bool(words))

    def ask_to_remove(self, asking: bool) -> None:
        """Ask whether to remove what is chosen, with *Keep* in hand; or be done with asking."""
        for button in (self.bring, self.export, self.remove):
            button.setVisible(not asking)
        for button in (self.really, self.keep):
            button.setVisible(asking)
        (self.keep if asking else self.runs).setFocus()
