"""The line above the judge page: which queue, who judges, how far it is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QToolButton, QWidget

from engine.types_judging import QueueInfo, Standing
from gui import texts
from gui.bar import Bar
from gui.choice import Choice
from gui.judge_actions import JudgeActions
from gui.pane import ElidedLabel
from gui.theme import GRID


class JudgeBar(QWidget):
    """Choices at the left, progress and the side panels' buttons at the right."""

    queue_chosen = Signal(str)
    new_wanted = Signal()
    judge_named = Signal(str)

    def __init__(self, actions: JudgeActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filterBar")
        self.queue = Choice(20)
        self.queue.setAccessibleName("Queue")
        self.queue.addItem("none yet", "")
        self.queue.setEnabled(False)
        self.new = QPushButton("New queue")
        self.judge = QLineEdit()
        self.judge.setAccessibleName("Your name as a judge")
        self.judge.setPlaceholderText("unnamed")
        self.judge.setFixedWidth(112)
        self.progress = Bar()
        self.progress.setAccessibleName("Judged")
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._lay_out(actions)
        self.queue.activated.connect(lambda _=0: self.queue_chosen.emit(self.chosen))
        self.new.clicked.connect(self.new_wanted)
        self.judge.editingFinished.connect(self._named)
        self._name = ""

    def _lay_out(self, actions: JudgeActions) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 8, 16, 8)
        line.setSpacing(8)
        for text, widget in (("Queue", self.queue), ("", self.new), ("Judge", self.judge)):
            if text:
                label = QLabel(text)
                label.setObjectName("fieldLabel")
                label.setBuddy(widget)
                line.addWidget(label)
            line.addWidget(widget)
            line.addSpacing(8)
        line.addWidget(self.words, 1)
        line.addWidget(self.progress, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addSpacing(8)
        self._side_buttons: list[QToolButton] = []
        for action in (actions.guidelines, actions.agreement):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setAccessibleName(action.text().replace("&", ""))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            line.addWidget(button)
            self._side_buttons.append(button)

    @property
    def chosen(self) -> str:
        """The queue chosen."""
        return str(self.queue.currentData() or "")

    def set_queues(self, queues: Sequence[QueueInfo], chosen: str) -> None:
        """Offer these queues."""
        self.queue.clear()
        for info in queues:
            self.queue.addItem(info.name, info.name)
        if not queues:
            self.queue.addItem("none yet", "")
        self.queue.setCurrentIndex(max(self.queue.findData(chosen), 0))
        self.queue.setEnabled(bool(queues))

    def set_judge(self, name: str) -> None:
        """Show who judges."""
        self._name = name
        self.judge.setText(name)

    def show_standing(self, standing: Standing | None) -> None:
        """Show how far it is; None, or nothing of nothing, while there is nothing to judge."""
        there_is = standing is not None and standing.total > 0
        self.progress.setVisible(there_is)
        if standing is None or not there_is:
            self.words.setText("")
            return
        self.progress.show_share(standing.done, standing.total)
        self.words.setText(standing_in_words(standing))
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What the words say matters more than the bar."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Show the bar only where the words stand whole beside it."""
        said = self.words.full_text()
        needed = self.words.fontMetrics().horizontalAdvance(said)
        bar = self.progress.width() + self.layout().spacing()
        left, right = self.judge.geometry().right(), self._side_buttons[0].x()
        self.progress.setVisible(bool(said) and needed + bar + 4 * GRID <= right - left)

    def _named(self) -> None:
        name = self.judge.text().strip()
        if name != self._name:
            self._name = name
            self.judge_named.emit(name)


def standing_in_words(standing: Standing) -> str:
    """`query 2 of 12 · 31 of 240 · 209 left, about 14 min at 4 s each`."""
    left = f"{standing.left:,} left"
    if standing.seconds_left and standing.seconds_each:
        each = max(1, round(standing.seconds_each))
        left += f", about {texts.duration(standing.seconds_left)} at {each} s each"
    parts = [f"query {standing.query} of {standing.queries}"]
    parts += [f"{standing.done:,} of {standing.total:,}", left]
    if standing.skipped:
        parts.append(f"{standing.skipped:,} skipped")
    return " · ".join(parts)
