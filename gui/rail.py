"""The rail at the left: the places one can be, with icon and word."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from gui.icons import icon

WIDTH = 80


class Rail(QWidget):
    """One checkable button for each place; `went` names the place chosen."""

    went = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAccessibleName("Places")
        self.setFixedWidth(WIDTH)
        self.actions_by_place: dict[str, QAction] = {}
        self._group = QActionGroup(self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(4, 8, 4, 8)
        self._layout.setSpacing(4)
        self._layout.addStretch(1)

    def add_place(self, place: str, word: str, icon_name: str, number: int) -> QAction:
        """Add a place, reached by Ctrl and its number."""
        action = QAction(icon(icon_name), word, self)
        action.setCheckable(True)
        action.setShortcut(QKeySequence(f"Ctrl+{number}"))
        action.setToolTip(f"{word} (Ctrl+{number})")
        action.triggered.connect(lambda _=False: self.went.emit(place))
        self._group.addAction(action)
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(20, 20))
        button.setFixedSize(WIDTH - 8, 56)
        button.setAccessibleName(word)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._layout.insertWidget(self._layout.count() - 1, button)
        self.actions_by_place[place] = action
        return action

    def show_place(self, place: str) -> None:
        """Mark where one is; a page that has no button here marks none."""
        self._group.setExclusive(False)
        for name, action in self.actions_by_place.items():
            action.setChecked(name == place)
        self._group.setExclusive(True)
