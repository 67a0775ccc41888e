"""What can be done with a query and a result side by side, with its keys and menu."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gui.actions import make_action
from gui.icons import icon


class ViewMode(StrEnum):
    """How the chosen result is shown."""

    ALIGNED = "aligned"
    UNIFIED = "unified"
    PLAIN = "plain"


_WORDS = {
    ViewMode.ALIGNED: ("Si&de by Side", "Ctrl+Alt+1"),
    ViewMode.UNIFIED: ("In &One Column", "Ctrl+Alt+2"),
    ViewMode.PLAIN: ("Result &Alone", "Ctrl+Alt+3"),
}


class AlignActions(QObject):
    """The actions of the viewer.

    Their keys count only while the focus is in the viewer: Ctrl+Alt is how some keyboards write.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        make = self._make
        self.modes = {mode: make(*words) for mode, words in _WORDS.items()}
        group = QActionGroup(self)
        for action in self.modes.values():
            action.setCheckable(True)
            group.addAction(action)
        self.modes[ViewMode.ALIGNED].setIcon(icon("columns-2"))
        self.lock = make("Scroll Both &Together", "Ctrl+Alt+L", "link")
        self.fold = make("&Fold What Does Not Match", "Ctrl+Alt+F", "fold-vertical")
        for action, checked in ((self.lock, True), (self.fold, False)):
            action.setCheckable(True)
            action.setChecked(checked)
        self.across = make("Go to Counter&part", "Ctrl+Alt+P")
        self.anchor = make("Align the &Lines in Hand", "Ctrl+Alt+A", "pin")
        self.release = make("Let Go of All &Hand-Made Links", "Ctrl+Alt+X")
        self.copy_part = make("&Copy the Aligned Part", "Ctrl+Alt+C")
        self.copy_table = make("Copy as a &Markdown Table", "Ctrl+Alt+M")
        self.save_page = make("Save as a &Web Page…", "Ctrl+Alt+W")
        self.receipt = make("&Why This Rank", "Ctrl+Alt+R", "receipt")
        self.receipt.setCheckable(True)

    def _make(self, text: str, keys: str, icon_name: str = "") -> QAction:
        action = make_action(self, text, keys, icon_name=icon_name)
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        return action

    def of_alignment(self) -> tuple[QAction, ...]:
        """Those that need an alignment."""
        return (self.lock, self.fold, self.across, self.anchor, self.release, *self.carrying())

    def carrying(self) -> tuple[QAction, ...]:
        """Those that carry it elsewhere."""
        return self.copy_part, self.copy_table, self.save_page

    def everything(self) -> tuple[QAction, ...]:
        """All of them."""
        return (*self.modes.values(), *self.of_alignment(), self.receipt)

    def fill(self, menu: QMenu) -> None:
        """List them in a menu."""
        menu.addActions(list(self.modes.values()))
        menu.addSeparator()
        menu.addActions([self.lock, self.fold])
        menu.addSeparator()
        menu.addActions([self.across, self.anchor, self.release])
        menu.addSeparator()
        menu.addActions(list(self.carrying()))
        menu.addSeparator()
        menu.addAction(self.receipt)


def add_align_menu(bar: QMenuBar, actions: AlignActions) -> None:
    """Show them all in the menu bar, before Help."""
    menu = QMenu("&Compare", bar)
    actions.fill(menu)
    bar.insertMenu(bar.actions()[-1], menu)


def add_keys(widget: QWidget, actions: AlignActions) -> None:
    """Let their keys count inside a widget."""
    widget.addActions(list(actions.everything()))
