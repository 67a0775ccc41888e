"""The window: rail, pages, menus and the status area, bound together."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QByteArray, QMimeData, QSettings, QUrl, Slot
from PySide6.QtGui import QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.types import Query, QueryKind
from engine.types_corpora import CorpusInfo, IndexReport
from engine.types_models import ModelInfo
from gui import texts
from gui.actions import SearchActions, WindowActions, connect, fill_menus
from gui.aligned_actions import add_align_menu
from gui.corpora_page import CorporaPage, dropped_source
from gui.editing import copy_selected, to_editor
from gui.engine_thread import EngineThread, Event, TaskState
from gui.evaluate_page import EvaluatePage
from gui.fonts import code_font
from gui.help_page import HelpPage
from gui.icons import app_icon
from gui.import_page import ImportPage
from gui.judge_actions import JudgeActions
from gui.judge_page import JudgePage
from gui.lexers import lexer_for
from gui.models_page import ModelsPage
from gui.pane import hairline
from gui.prompt import Prompt
from gui.rail import Rail
from gui.search_page import SearchPage
from gui.session import SAMPLE, Session
from gui.shell_style import shell_style
from gui.shown_elsewhere import SHOWN_ELSEWHERE
from gui.status_area import StatusArea
from gui.style import style_sheet
from gui.theme import Mode, apply_theme, current_theme, theme_signal
from gui.train_page import TrainPage

EDITOR_SETTING = "editor.command"
_STEPPING = (CorporaPage, EvaluatePage, JudgePage, ModelsPage, TrainPage)
"""Pages in which Escape first closes what is open."""


class MainWindow(QMainWindow):
    """Built without the engine; everything that needs it arrives as events."""

    def __init__(self, engine: EngineThread, folder: Path) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("Counterpart")
        self.setWindowIcon(app_icon())
        self.setAcceptDrops(True)
        self._engine = engine
        self._folder = folder
        self._settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        self.session = Session(engine, self)
        self.search_actions = SearchActions(self)
        self.actions_ = WindowActions(self)
        for action in self.search_actions.from_anywhere():  # first there, then what the page does
            action.triggered.connect(lambda _=False: self.go("search"))
        self.search = SearchPage(engine, self.search_actions)
        self.corpora = CorporaPage(self.session)
        self.judge_actions = JudgeActions(self)
        self.judging = JudgePage(engine, self.judge_actions)
        self.training = TrainPage(engine)
        self.importing = ImportPage(self.session)
        self.evaluation = EvaluatePage(self.session)
        self.models = ModelsPage(self.session)
        self.help = HelpPage(self.menuBar())
        self.status = StatusArea()
        self.prompt = Prompt()
        self.rail = Rail()
        self._pages = QStackedWidget()
        self._places: dict[str, QWidget] = {}
        self._lay_out()
        self._bind()
        self._dress()
        self._restore()
        self.go("search")

    # -- building

    def _lay_out(self) -> None:
        self._add_place("search", "Search", "search", 1, self.search)
        self._add_place("judge", "Judge", "scale", 2, self.judging)
        self._add_place("corpora", "Corpora", "library", 3, self.corpora)
        self._add_place("train", "Train", "graduation-cap", 4, self.training)
        self._add_place("evaluate", "Evaluate", "chart-column", 5, self.evaluation)
        for place, page in (
            ("import", self.importing),
            ("models", self.models),
            ("help", self.help),
        ):
            self._places[place] = page
            self._pages.addWidget(page)
        across = QHBoxLayout()
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.rail)
        across.addWidget(hairline(vertical=True))
        across.addWidget(self._pages, 1)
        centre = QWidget()
        down = QVBoxLayout(centre)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        down.addLayout(across, 1)
        down.addWidget(self.prompt)
        down.addWidget(self.status)
        self.setCentralWidget(centre)
        places = list(self.rail.actions_by_place.values())
        fill_menus(
            self.menuBar(), self.actions_, self.search_actions, places, self.judge_actions.all
        )

    def _add_place(self, place: str, word: str, icon: str, number: int, page: QWidget) -> None:
        self.rail.add_place(place, word, icon, number)
        self._places[place] = page
        self._pages.addWidget(page)

    def _bind(self) -> None:
        add_align_menu(self.menuBar(), self.search.viewer.align_actions)
        self.rail.went.connect(self.go)
        self._engine.event.connect(self._on_event)
        self._engine.event.connect(self.status.on_event)
        self.status.cancel_wanted.connect(self._engine.cancel)
        self.search.said.connect(self.status.say)
        self.search.failed.connect(self.status.show_error)
        self.training.said.connect(self.status.say)
        self.training.failed.connect(self.status.show_error)
        self.training.query_wanted.connect(self._search_again)
        self.judging.said.connect(self.status.say)
        self.judging.failed.connect(self.status.show_error)
        self.session.corpora_changed.connect(self.judging.form.set_corpora)
        self.corpora.search_wanted.connect(self.search_in)
        self.corpora.import_wanted.connect(lambda: self.go("import"))
        self.models.left.connect(lambda: self.go("search"))
        self.evaluation.said.connect(self.status.say)
        self.evaluation.failed.connect(self.status.show_error)
        self.importing.left.connect(lambda: self.go("corpora"))
        self.importing.imported.connect(lambda _name: self.go("corpora"))
        self.importing.failed.connect(self.status.show_error)
        self.session.corpora_changed.connect(self._show_corpora)
        self.session.models_changed.connect(self._show_models)
        self.session.models_ready.connect(self.search.flow.ask_again)
        self.session.searchable.connect(self._became_searchable)
        self.session.following.followed.connect(self._say_followed)
        self.session.following.trouble.connect(self.status.show_error)
        theme_signal().changed.connect(self._dress)
        self._bind_actions()

    def _bind_actions(self) -> None:
        window, search = self.actions_, self.search_actions
        connect(
            {
                window.add_folder: self._add_folder,
                window.import_dataset: lambda: self.go("import"),
                window.quit: self.close,
                window.undo: self._undo,
                window.redo: lambda: to_editor("redo"),
                window.cut: lambda: to_editor("cut"),
                window.copy: self._copy,
                window.paste: lambda: to_editor("paste"),
                window.editor_command: self._ask_editor_command,
                window.models: lambda: self.go("models"),
                window.larger: code_font().larger,
                window.smaller: code_font().smaller,
                window.normal_size: code_font().reset,
                window.shortcuts: self._show_help,
                window.doctor: self._show_state,
                window.data_folder: self._open_data_folder,
            }
        )
        connect({a: lambda mode=mode: self.set_theme(mode) for mode, a in window.themes.items()})
        connect({a: lambda kind=kind: self._read_as(kind) for kind, a in search.kinds.items()})
        search.switch.triggered.connect(self._escape)
        window.wrap.toggled.connect(self.search.set_wrap)
        window.wrap.toggled.connect(self.judging.panes.set_wrap)

    @Slot()
    def _dress(self) -> None:
        # Not on the application: that dresses every widget anew five times as slowly.
        self.setStyleSheet(style_sheet(current_theme()) + shell_style(current_theme()))

    # -- going about

    def go(self, place: str) -> None:
        """Show a place."""
        if self._pages.currentWidget() is self.judging:
            self.judging.leave()
        self._pages.setCurrentWidget(self._places[place])
        self.rail.show_place("corpora" if place == "import" else place)
        if place == "import":
            self.importing.source.setFocus()
        elif place == "models":
            self.models.enter()
        self.search_actions.set_active(place == "search")
        if place == "search" and not self.search.isAncestorOf(QApplication.focusWidget() or self):
            self.search.query.editor.setFocus()
        elif place == "corpora":
            self.corpora.form.source.setFocus()
        elif place == "evaluate":
            self.evaluation.enter()
        elif place == "judge":
            self.judging.form.prefer(self.search.filters.filters().corpus)
            self.judging.enter()
        elif place == "train":
            self.training.enter()

    def search_in(self, corpus: str) -> None:
        """Go and search in a corpus."""
        if not self.search.filters.choose_corpus(corpus):
            self.status.show_error(f"there is no corpus {corpus} any more; choose another one")
        self.go("search")

    @Slot(object)
    def _search_again(self, query: Query) -> None:
        """Ask a query that was judged, to see its results side by side."""
        self.search_in(query.corpus)
        if self.search.filters.filters().corpus != query.corpus:
            return
        self.search.filters.clear()
        self.search.filters.choose_framework(query.framework)
        self.search.ask(query.text)

    def begin(self, corpus: str | None = None) -> None:
        """Start the engine's work; the window is already there."""
        lexer_for("Python")  # compiles its patterns once, now rather than under the first result
        self.search.filters.choose_corpus(corpus or self._last_corpus())
        self._engine.call("setting", EDITOR_SETTING, "", key="editor")
        self.session.begin(corpus)
        self.search.flow.load_recent()
        self._engine.call("troubles")

    def set_theme(self, mode: Mode) -> None:
        """Dress the application, and remember it."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply_theme(app, mode)
        self._settings.setValue("theme", mode)
        for name, action in self.actions_.themes.items():
            action.setChecked(name == mode)

    # -- events

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if event.key == "editor" and event.state is TaskState.DONE:
            self.search.editor_command = str(event.value or "")
        elif event.method == "troubles" and event.state is TaskState.DONE:
            for line in event.value:
                self.status.show_error(line)
        elif event.method == "doctor" and event.state is TaskState.DONE:
            self.help.show_report(event.value)
        if event.state is TaskState.FAILED and event.method not in SHOWN_ELSEWHERE:
            self.status.show_error(event.error)

    @Slot(object)
    def _show_corpora(self, infos: tuple[CorpusInfo, ...]) -> None:
        self.search.filters.set_corpora(infos)
        self._show_standing()

    @Slot()
    def _show_standing(self) -> None:
        count = texts.count(len(self.session.corpora), "corpus", "corpora")
        self.status.set_standing(f"{count} · {texts.models(self.session.models)}")

    @Slot(object)
    def _show_models(self, infos: tuple[ModelInfo, ...]) -> None:
        self._show_standing()
        for info in infos:
            if info.problem:
                self.status.show_error(f"No {info.role}: {info.problem}")

    @Slot(str)
    def _became_searchable(self, name: str) -> None:
        query = self.search.flow.query
        if query is not None and query.corpus == name:
            self.search.flow.ask_again()

    @Slot(object)
    def _say_followed(self, report: IndexReport) -> None:
        self.status.say(texts.followed(report))

    # -- actions

    def _add_folder(self) -> None:
        self.go("corpora")
        self.corpora.choose_folder()

    def _undo(self) -> None:
        if to_editor("undo"):
            return
        if self._pages.currentWidget() is self.judging:
            self.judging.undo()
        else:
            self.search.flow.undo_grade()

    def _copy(self) -> None:
        if not copy_selected() and self._pages.currentWidget() is self.search:
            self.search.copy_current()

    def _escape(self) -> None:
        page = self._pages.currentWidget()
        over = QApplication.activePopupWidget() or self.prompt
        if over.isVisible():
            over.hide()
        elif page is self.search:
            self.search.switch_focus()
        elif not (isinstance(page, _STEPPING) and page.step_back()):
            self.go("search")

    def _read_as(self, kind: QueryKind) -> None:
        for other, action in self.search_actions.kinds.items():
            action.setChecked(other is kind)
        self.search.query.kind = kind
        self.search.query.submit()

    def _ask_editor_command(self) -> None:
        self.prompt.ask(
            "Editor command",
            self.search.editor_command,
            "for example: code -g {file}:{line}   (empty: the editor that is found)",
            self._keep_editor_command,
        )

    def _keep_editor_command(self, command: str) -> None:
        self.search.editor_command = command
        self._engine.call("set_setting", EDITOR_SETTING, command, durable=True)

    def _show_help(self) -> None:
        self.help.fill()
        self.go("help")

    def _show_state(self) -> None:
        self._engine.call("doctor", replaces=True)
        self._show_help()

    def _open_data_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    # -- the window itself

    def _last_corpus(self) -> str:
        return str(self._settings.value("corpus", SAMPLE))

    def _restore(self) -> None:
        mode = str(self._settings.value("theme", "system"))
        self.set_theme(mode if mode in self.actions_.themes else "system")  # type: ignore[arg-type]
        with suppress(ValueError):  # somebody edited the file
            points = self._settings.value("code_points", code_font().points)
            code_font().set_points(float(str(points)))
        self.actions_.wrap.setChecked(self._settings.value("wrap", "false") == "true")
        geometry = self._settings.value("geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            screen = self.screen().availableGeometry()
            self.resize(min(1600, screen.width()), min(1000, screen.height()))
        self.search.restore_layout(self._settings)

    def _save(self) -> None:
        self._settings.setValue("geometry", self.saveGeometry())
        self._settings.setValue("corpus", self.search.filters.filters().corpus)
        self._settings.setValue("wrap", str(self.actions_.wrap.isChecked()).lower())
        self._settings.setValue("code_points", code_font().points)
        self.search.save_layout(self._settings)
        self._settings.sync()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout, disappear, then let the engine finish its step."""
        self._save()
        self.hide()
        self._engine.close()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A folder or file may be dropped anywhere."""
        if dropped_source(event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Offer what was dropped as a corpus."""
        if self.take_drop(event.mimeData()):
            event.acceptProposedAction()

    def take_drop(self, data: QMimeData) -> bool:
        """Offer a dropped folder or file as a corpus. False if there is none."""
        source = dropped_source(data.urls())
        if source:
            self.go("corpora")
            self.corpora.offer(source)
        return bool(source)
