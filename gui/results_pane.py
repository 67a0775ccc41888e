"""The list of results with its header, and what stands in its place when there are none."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from engine.types import Grade, Hit, Query, SearchResult, SearchStage
from gui import texts
from gui.pane import Pane
from gui.result_list import ResultList, ResultModel
from gui.welcome import Message, Welcome


class ResultsPane(Pane):
    """Follows the best result until the user moves; from then on keeps to what they chose."""

    selected = Signal(object)  # Hit or None
    activated = Signal()
    example_chosen = Signal(str)
    retried = Signal()
    widened = Signal()  # the user wants the filters gone

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Results", parent)
        self.model = ResultModel(self)
        self.list = ResultList()
        self.list.setModel(self.model)
        self.list.setAccessibleName("Results")
        self.welcome = Welcome()
        self.message = Message()
        self._notes = QLabel()
        self._notes.setObjectName("notes")
        self._notes.setWordWrap(True)
        self._notes.setTextFormat(Qt.TextFormat.PlainText)
        self._notes.hide()
        self._stack = QStackedWidget()
        for page in (self.welcome, self.list, self.message):
            self._stack.addWidget(page)
        body = QWidget()
        below = QVBoxLayout(body)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(self._notes)
        below.addWidget(self._stack, 1)
        self.set_body(body)
        self._moved = False  # the user has chosen a result themselves
        self._question: Query | None = None
        self._shown: Hit | None = None
        self.list.selectionModel().currentChanged.connect(self._on_current)
        self.list.clicked.connect(self._on_clicked)
        self.list.activated.connect(self.activated)
        self.welcome.chosen.connect(self.example_chosen)
        self._way_on = self.retried
        self.message.acted.connect(lambda: self._way_on.emit())

    def show_asked(self, query: Query) -> None:
        """A question is on its way; the old list stays until there is a new one."""
        self._question = query
        self._moved = False
        self.subtitle.setText("searching…")
        if self._stack.currentWidget() is not self.list:
            self.message.say("Searching…")
            self._stack.setCurrentWidget(self.message)

    def show_result(self, result: SearchResult) -> None:
        """Show a list, complete or on its way."""
        self.title.setText(texts.count(len(result.hits), "result"))
        self.subtitle.setText(texts.result_line(result))
        self.subtitle.setToolTip(texts.timings(result))
        self._show_notes(result.notes)
        self.model.set_result(result)
        if result.hits:
            self._stack.setCurrentWidget(self.list)
            if not self._moved or not self.list.currentIndex().isValid():
                self.list.setCurrentIndex(self.model.index(0, 0))
            self._tell()
        elif result.stage is SearchStage.DONE:
            self._say_nothing_found(result.query)

    def show_failed(self, line: str) -> None:
        """Say what happened in the list's place."""
        self.title.setText("No results")
        self.subtitle.setText("the search failed")
        self._show_notes(())
        self._way_on = self.retried
        self.message.say("The search failed", line, "Try again")
        self._stack.setCurrentWidget(self.message)
        self._tell_of(None)

    def show_welcome(self) -> None:
        """Back to the beginning."""
        self._question = None
        self.title.setText("Results")
        self.subtitle.setText("")
        self._show_notes(())
        self._stack.setCurrentWidget(self.welcome)
        self._tell_of(None)

    def _show_notes(self, notes: Sequence[str]) -> None:
        self._notes.setText(" · ".join(notes))
        self._notes.setVisible(bool(notes))

    def show_grade(self, chunk_id: str, grade: Grade | None) -> None:
        """Show a grade, or that there is none."""
        self.model.set_grade(chunk_id, grade)
        self._tell()

    def move(self, by: int) -> None:
        """Go to another result, from wherever the focus is."""
        if self._stack.currentWidget() is not self.list:
            return
        row = self.list.currentIndex().row() + by
        if 0 <= row < self.model.rowCount():
            self._moved = True
            self.list.setCurrentIndex(self.model.index(row, 0))

    def current(self) -> Hit | None:
        """The chosen result, if the list is what is shown."""
        if self._stack.currentWidget() is not self.list:
            return None
        return self.model.hit(self.list.currentIndex())

    def focus_list(self) -> None:
        """Go to the list, if there is one."""
        if self._stack.currentWidget() is self.list:
            self.list.setFocus()

    def keep_choice(self) -> None:
        """From now on the chosen result stays, wherever reranking puts it."""
        self._moved = True

    def _on_clicked(self, _index: QModelIndex) -> None:
        self._moved = True

    def _on_current(self, _current: QModelIndex, _former: QModelIndex) -> None:
        if self.list.hasFocus():
            self._moved = True
        self._tell()

    def _tell(self) -> None:
        self._tell_of(self.current())

    def _tell_of(self, hit: Hit | None) -> None:
        if hit is not self._shown:
            self._shown = hit
            self.selected.emit(hit)

    def _say_nothing_found(self, query: Query) -> None:
        self.title.setText("No results")
        filters = [
            f"in {query.framework.value}" if query.framework else "",
            query.language or "",
            f"under {query.path}" if query.path else "",
        ]
        named = ", ".join(filter(None, filters))
        if named:
            self._way_on = self.widened
            self.message.say(
                "Nothing found", f"The results were limited: {named}.", "Search without limits"
            )
        else:
            self.message.say(
                "Nothing found",
                f"“{query.corpus}” has nothing like it. Choose another corpus above, "
                "or add a folder under Corpora.",
            )
        self._stack.setCurrentWidget(self.message)
        self._tell_of(None)
