"""Query, results and viewer, side by side where there is room."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from engine.types import Grade, Hit, Query, RecentQuery, SearchResult
from gui.actions import SearchActions
from gui.aligned_actions import ViewMode
from gui.aligned_carry import Carrier
from gui.aligned_flow import AlignFlow
from gui.engine_thread import EngineThread
from gui.filter_bar import FilterBar
from gui.open_file import open_in_editor, reveal
from gui.pane import hairline
from gui.query_pane import QueryPane
from gui.results_pane import ResultsPane
from gui.search_flow import RESULTS, SearchFlow
from gui.viewer_pane import ViewerPane

WIDE = 1500  # pixels of the window from which query, results and viewer stand in one row


class SearchPage(QWidget):
    """Binds the panes to the flow of a search."""

    said = Signal(str)
    failed = Signal(str)

    def __init__(
        self, engine: EngineThread, actions: SearchActions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("searchPage")
        self.flow = SearchFlow(engine, self)
        self.editor_command = ""  # the user's own, from the settings
        self._actions = actions
        self.filters = FilterBar()
        self.query = QueryPane()
        self.results = ResultsPane()
        self.viewer = ViewerPane([actions.copy_code, actions.open_file, actions.reveal_file])
        self.align_flow = AlignFlow(engine, self)
        self.carrier = Carrier(self.viewer, self.align_flow, self)
        self._lay_out()
        self._bind_panes()
        self._bind_actions()
        self._show_selected(None)

    # -- layout

    def _lay_out(self) -> None:
        self._outer = QSplitter(Qt.Orientation.Horizontal)
        self._left = QSplitter(Qt.Orientation.Vertical)
        for splitter in (self._outer, self._left):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(1)
        for pane, name in ((self.query, "query"), (self.results, "results"), (self.viewer, "code")):
            pane.setMinimumSize(240, 120)
            pane.setAccessibleName(name)
        self._outer.addWidget(self._left)
        self._outer.addWidget(self.viewer)
        self._left.addWidget(self.query)
        self._left.addWidget(self.results)
        self._wide = self._beside = False
        self._sizes = {
            "wide": [560, 420, 560],
            "narrow": [560, 640],
            "beside": [330, 870],
            "left": [230, 490],
        }
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addWidget(self.filters)
        page.addWidget(hairline())
        page.addWidget(self._outer, 1)

    def resizeEvent(self, event: object) -> None:
        """Change the arrangement where the width asks for it."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit_arrangement()

    def _fit_arrangement(self) -> None:
        # Beside the result stands the query: a third column would show it twice.
        beside = self.viewer.mode is ViewMode.ALIGNED
        wide = self.window().width() >= WIDE and not beside
        if (wide, beside) != (self._wide, self._beside):
            self._arrange(wide, beside)

    def _arrange(self, wide: bool, beside: bool) -> None:
        self._keep_sizes()
        focus = self.window().focusWidget()  # also before the window is active
        self._wide, self._beside = wide, beside
        if wide:
            self._outer.insertWidget(0, self.query)
            self._outer.insertWidget(1, self.results)
            self._left.hide()
            self._outer.addWidget(self._left)  # last, so that it takes no part in the sizes
        else:
            self._outer.insertWidget(0, self._left)
            self._left.addWidget(self.query)
            self._left.addWidget(self.results)
            self._left.show()
        self._apply_sizes()
        if focus is not None and self.isAncestorOf(focus):
            focus.setFocus()

    def _keep_sizes(self) -> None:
        if not self.isVisible():
            return
        if self._wide:
            self._sizes["wide"] = self._outer.sizes()[:3]
        else:
            self._sizes["beside" if self._beside else "narrow"] = self._outer.sizes()[:2]
            self._sizes["left"] = self._left.sizes()

    def _apply_sizes(self) -> None:
        if self._wide:
            self._outer.setSizes([*self._sizes["wide"], 0])
        else:
            self._outer.setSizes(self._sizes["beside" if self._beside else "narrow"])
            self._left.setSizes(self._sizes["left"])

    def save_layout(self, settings: QSettings) -> None:
        """Remember where the splitters are."""
        self._keep_sizes()
        for name, sizes in self._sizes.items():
            settings.setValue(f"splitters/{name}", ",".join(map(str, sizes)))

    def restore_layout(self, settings: QSettings) -> None:
        """Put the splitters where they were."""
        for name, former in self._sizes.items():
            value = settings.value(f"splitters/{name}", "")
            words = value if isinstance(value, list) else str(value).split(",")
            sizes = [int(word) for word in words if str(word).isdigit()]
            if len(sizes) == len(former) and sum(sizes) > 0:
                self._sizes[name] = sizes
        self._apply_sizes()

    # -- asking

    def _bind_panes(self) -> None:
        flow, query, results = self.flow, self.query, self.results
        query.submitted.connect(self.search)
        query.edited.connect(lambda text: flow.understand(text, query.kind))
        query.cleared.connect(self._cleared)
        query.recent_chosen.connect(self._ask_recent)
        query.recent_wanted.connect(flow.load_recent)
        query.refused.connect(self.failed)
        self.filters.changed.connect(self._filters_changed)
        results.selected.connect(self._show_selected)
        results.activated.connect(self.open_current)
        results.example_chosen.connect(self.ask)
        results.retried.connect(query.submit)
        results.widened.connect(self.filters.clear)
        flow.asked.connect(results.show_asked)
        flow.answered.connect(self._show_result)
        flow.failed.connect(results.show_failed)
        flow.understood.connect(query.set_understanding)
        flow.grade_shown.connect(results.show_grade)
        flow.grade_failed.connect(self.failed)
        flow.undone.connect(self.said)
        self.viewer.mode_changed.connect(self._fit_arrangement)
        self.carrier.said.connect(self.said)
        self.carrier.failed.connect(self.failed)
        flow.recent_changed.connect(query.set_recent)

    def search(self, text: str, deliberate: bool = True) -> None:
        """Search for a text under the filters."""
        chosen = self.filters.filters()
        if not text.strip() or not chosen.corpus:
            return
        self.flow.ask(
            Query(
                text=text,
                corpus=chosen.corpus,
                kind=self.query.kind,
                framework=chosen.framework,
                language=chosen.language,
                path=chosen.path,
                k=RESULTS,
            ),
            deliberate,
        )

    def ask(self, text: str) -> None:
        """Put a text into the editor and search for it."""
        self.query.set_text(text)
        self.query.submit()
        self.query.editor.setFocus()

    def _ask_recent(self, recent: RecentQuery) -> None:
        if not self.filters.choose_corpus(recent.corpus):
            self.failed.emit(f"there is no corpus {recent.corpus} any more; choose another one")
            return
        self.filters.choose_framework(recent.framework)
        self.ask(recent.text)

    def _filters_changed(self) -> None:
        if self.flow.query is not None:
            self.query.submit()

    def _cleared(self) -> None:
        self.flow.forget()
        self.results.show_welcome()

    def _show_result(self, result: SearchResult) -> None:
        self.results.show_result(result)
        if self.query.text() == result.query.text:
            self.query.set_understanding(result.understanding)

    # -- the chosen result

    def _bind_actions(self) -> None:
        actions = self._actions
        actions.search_now.triggered.connect(self.query.submit)
        actions.new_query.triggered.connect(self.query.clear)
        actions.focus_query.triggered.connect(self.query.editor.setFocus)
        actions.focus_results.triggered.connect(self.results.focus_list)
        actions.focus_viewer.triggered.connect(self.viewer.focus_code)
        actions.find_in.triggered.connect(self.filters.focus_framework)
        actions.recent.triggered.connect(self.query.recent_button.showMenu)
        actions.next_result.triggered.connect(lambda: self.results.move(+1))
        actions.previous_result.triggered.connect(lambda: self.results.move(-1))
        actions.copy_code.triggered.connect(self.copy_current)
        actions.open_file.triggered.connect(self.open_current)
        actions.reveal_file.triggered.connect(self.reveal_current)
        for grade, action in actions.grades.items():
            action.triggered.connect(lambda _=False, grade=grade: self.grade_current(grade))
        actions.take_back.triggered.connect(lambda: self.grade_current(None))
        actions.undo_grade.triggered.connect(self.flow.undo_grade)

    def switch_focus(self) -> None:
        """From the query to the results, and from anywhere else to the query."""
        if self.query.editor.hasFocus():
            self.results.focus_list()
        else:
            self.query.editor.setFocus()

    def set_wrap(self, wrap: bool) -> None:
        """Break long lines in both panes, or let them run on."""
        self.query.editor.set_wrap(wrap)
        self.viewer.set_wrap(wrap)

    def _show_selected(self, hit: Hit | None) -> None:
        self.viewer.show_hit(hit, self.flow.result)
        self._actions.set_result_chosen(hit is not None, hit is not None and hit.grade is not None)

    def grade_current(self, grade: Grade | None) -> None:
        """Grade the chosen result; None takes its grade back."""
        hit = self.results.current()
        if hit is not None:
            self.results.keep_choice()
            self.flow.grade(hit.chunk.id, grade)

    def copy_current(self) -> None:
        """Copy the chosen result's code."""
        if hit := self.results.current():
            self.flow.remember()
            QGuiApplication.clipboard().setText(hit.chunk.text)
            self.said.emit(f"copied {hit.chunk.name or hit.chunk.path}")

    def open_current(self) -> None:
        """Open the chosen result's file at its line, in the user's editor."""
        if hit := self.results.current():
            line = open_in_editor(hit.chunk.file, hit.chunk.start_line, self.editor_command)
            self.failed.emit(line) if line else self.said.emit(f"opened {hit.chunk.path}")

    def reveal_current(self) -> None:
        """Show the chosen result's file in the file manager."""
        if (hit := self.results.current()) and (line := reveal(hit.chunk.file)):
            self.failed.emit(line)
