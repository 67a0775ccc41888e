"""A line that asks for one thing at the foot of the window, where others open a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget


class Prompt(QWidget):
    """Hidden until `ask`; Enter keeps what was typed; the window hides it on Escape."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("promptRow")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._then: Callable[[str], None] | None = None
        self._label = QLabel()
        self.field = QLineEdit()
        self._label.setBuddy(self.field)
        self.option = QCheckBox()
        keep = QPushButton("Keep")
        keep.setProperty("primary", True)
        leave = QPushButton("Leave")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        for widget, stretch in (
            (self._label, 0),
            (self.field, 1),
            (self.option, 0),
            (keep, 0),
            (leave, 0),
        ):
            row.addWidget(widget, stretch)
        self.field.returnPressed.connect(self._keep)
        keep.clicked.connect(self._keep)
        leave.clicked.connect(self.hide)
        self.hide()

    def ask(
        self, label: str, value: str, hint: str, then: Callable[[str], None], option: str = ""
    ) -> None:
        """Ask for a text; `then` gets it when it is kept. `option` is a box to tick beside it."""
        self._then = then
        self.option.setText(option)
        self.option.setChecked(False)
        self.option.setVisible(bool(option))
        self._label.setText(label)
        self.field.setAccessibleName(label)
        self.field.setPlaceholderText(hint)
        self.field.setText(value)
        self.show()
        self.field.setFocus()

    def _keep(self) -> None:
        self.hide()
        if self._then is not None:
            self._then(self.field.text().strip())
