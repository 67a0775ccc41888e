"""Every action with its words and shortcut, and the menus that show them all."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from engine.types import QueryKind
from gui.icons import icon
from gui.result_text import GRADE_WORDS


def make_action(
    parent: QObject, text: str, *shortcuts: str, icon_name: str = "", tip: str = ""
) -> QAction:
    """An action with its shortcuts; the first is the one that menus show."""
    action = QAction(text, parent)
    if icon_name:
        action.setIcon(icon(icon_name))
    action.setShortcuts([QKeySequence(keys) for keys in shortcuts])
    plain = text.replace("&", "").rstrip("…")
    action.setToolTip(f"{tip or plain} ({shortcuts[0]})" if shortcuts else tip or plain)
    action.setIconVisibleInMenu(False)
    return action


class SearchActions(QObject):
    """What can be done on the search page.

    Single letters and figures are shortcuts of the whole window: an editor that has the focus takes
    its keys first, so they reach the results only when nothing is being typed.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        make = self._make
        self.search_now = make("&Search Now", "Ctrl+Return", "Ctrl+Enter", icon_name="search")
        self.new_query = make("&New Query", "Ctrl+N")
        self.focus_query = make("Go to &Query", "Ctrl+L")
        self.focus_results = make("Go to &Results", "Ctrl+R")
        self.focus_viewer = make("Go to &Code", "Ctrl+D")
        self.switch = make("&Between Query and Results", "Escape")
        self.find_in = make("&Find in Framework…", "Ctrl+F")
        self.recent = make("Recent &Queries…", "Ctrl+H")
        self.next_result = make("Ne&xt Result", "J", "Ctrl+Down", "Alt+Down")
        self.previous_result = make("&Previous Result", "K", "Ctrl+Up", "Alt+Up")
        self.copy_code = make("&Copy Result Code", "Ctrl+Shift+C", icon_name="copy")
        self.open_file = make("&Open in Editor", "Ctrl+E", icon_name="external-link")
        self.reveal_file = make("Reveal &File", "Ctrl+Shift+E", icon_name="folder-search")
        self.grades = {
            grade: make(f"{int(grade)}  &{GRADE_WORDS[grade].capitalize()}", str(int(grade)))
            for grade in sorted(GRADE_WORDS, reverse=True)
        }
        self.take_back = make("&Take Back Grade", "Backspace", "Delete")
        self.undo_grade = make("&Undo Last Grade", icon_name="undo-2")
        self.kinds = {kind: self._make_kind(kind) for kind in QueryKind}
        self._active, self._chosen, self._graded = True, False, False
        self._enable()

    def _make(self, text: str, *shortcuts: str, icon_name: str = "") -> QAction:
        return make_action(self, text, *shortcuts, icon_name=icon_name)

    def _make_kind(self, kind: QueryKind) -> QAction:
        words = {
            QueryKind.AUTO: "&Automatically",
            QueryKind.WORDS: "As &Words",
            QueryKind.CODE: "As &Code",
        }
        action = make_action(self, words[kind])
        action.setCheckable(True)
        action.setChecked(kind is QueryKind.AUTO)
        return action

    def set_result_chosen(self, chosen: bool, graded: bool) -> None:
        """Enable what needs a result, or a graded one."""
        self._chosen, self._graded = chosen, graded
        self._enable()

    def set_active(self, active: bool) -> None:
        """Whether the search page is shown; elsewhere no key may grade what nobody sees."""
        self._active = active
        self._enable()

    def from_anywhere(self) -> list[QAction]:
        """The actions that lead to the search page from every other."""
        return [self.search_now, self.new_query, self.focus_query, self.find_in, self.recent]

    def _enable(self) -> None:
        on_result = (self.copy_code, self.open_file, self.reveal_file, *self.grades.values())
        for action in (*on_result, self.next_result, self.previous_result):
            action.setEnabled(self._active and self._chosen)
        self.take_back.setEnabled(self._active and self._graded)


class WindowActions(QObject):
    """What belongs to the window rather than to one page."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)

        def make(text: str, *shortcuts: str) -> QAction:
            return make_action(self, text, *shortcuts)

        self.add_folder = make("Add &Folder…", "Ctrl+Shift+O")
        self.import_dataset = make("&Import Data Set…", "Ctrl+Shift+I")
        self.quit = make("&Quit", "Ctrl+Q")
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.undo = make("&Undo", "Ctrl+Z")
        self.redo = make("&Redo", "Ctrl+Shift+Z", "Ctrl+Y")
        self.cut = make("Cu&t", "Ctrl+X")
        self.copy = make("&Copy", "Ctrl+C")
        self.paste = make("&Paste", "Ctrl+V")
        self.editor_command = make("&Editor Command…")
        self.models = make("&Models…", "Ctrl+Shift+M")
        self.themes = {
            "system": make("As the &System"),
            "light": make("&Light"),
            "dark": make("&Dark"),
        }
        for action in self.themes.values():
            action.setCheckable(True)
        self.larger = make("&Larger Code", "Ctrl++", "Ctrl+=")
        self.smaller = make("&Smaller Code", "Ctrl+-")
        self.normal_size = make("&Normal Size", "Ctrl+0")
        self.wrap = make("&Wrap Long Lines", "Alt+Z")
        self.wrap.setCheckable(True)
        self.shortcuts = make("&Keyboard Shortcuts", "F1")
        self.data_folder = make("Open &Data Folder")
        self.doctor = make("State of the &Installation")
        self.shortcuts.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)


def fill_menus(
    bar: QMenuBar,
    window: WindowActions,
    search: SearchActions,
    places: list[QAction],
    judging: list[QAction],
) -> None:
    """File, Edit, View, Search, Judge, Help: every action, each with its shortcut."""
    _menu(
        bar,
        "&File",
        search.new_query,
        window.add_folder,
        window.import_dataset,
        None,
        window.quit,
    )
    _menu(
        bar,
        "&Edit",
        window.undo,
        window.redo,
        None,
        window.cut,
        window.copy,
        window.paste,
        None,
        search.copy_code,
        None,
        window.editor_command,
        window.models,
    )
    view = _menu(bar, "&View", *places, None)
    _submenu(view, "&Theme", list(window.themes.values()))
    view.addSeparator()
    view.addActions([window.larger, window.smaller, window.normal_size, window.wrap])
    find = _menu(
        bar,
        "&Search",
        search.search_now,
        search.find_in,
        search.recent,
        None,
        search.next_result,
        search.previous_result,
        None,
        search.focus_query,
        search.focus_results,
        search.focus_viewer,
        search.switch,
        None,
        search.open_file,
        search.reveal_file,
        None,
    )
    _submenu(find, "Read the Query &…", list(search.kinds.values()))
    grading = _menu(
        bar, "&Judge", *search.grades.values(), None, search.take_back, search.undo_grade, None
    )
    _submenu(grading, "In a &Queue", judging)
    _menu(bar, "&Help", window.shortcuts, window.doctor, window.data_folder)


def _menu(bar: QMenuBar, title: str, *actions: QAction | None) -> QMenu:
    menu = bar.addMenu(title)
    for action in actions:
        if action is None:
            menu.addSeparator()
        else:
            menu.addAction(action)
    return menu


def _submenu(menu: QMenu, title: str, actions: list[QAction]) -> None:
    menu.addMenu(title).addActions(actions)


def connect(pairs: dict[QAction, Callable[[], object]]) -> None:
    """Connect actions to what they do."""
    for action, slot in pairs.items():
        action.triggered.connect(lambda _=False, slot=slot: slot())
