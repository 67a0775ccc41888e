"""The choices of an import: its format, its split, and what the columns of a table are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QWidget

from engine.types_corpora import DatasetPreview
from gui.choice import Choice
from gui.wrap_layout import WrapLayout

FORMATS = {
    "": "found by itself",
    "beir": "BEIR folder",
    "coir": "CoIR, NanoCoIR, MTEB",
    "codesearchnet": "CodeSearchNet",
    "codesearchnet-challenge": "CodeSearchNet challenge",
    "cosqa": "CoSQA, WebQueryTest",
    "advtest": "AdvTest",
    "humaneval-x": "HumanEval-X",
    "code-translation": "Parallel programs",
    "table": "Table of code",
}
ROLES = {
    "text": "code",
    "query": "query",
    "id": "id",
    "query_id": "query id",
    "grade": "grade",
    "language": "language",
}
"""The roles of columns that the window offers, and what it calls them."""

NONE = "—"


class ImportOptions(QWidget):
    """Format and split; columns, if it is a table that has some. Wrapped where it is narrow."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.format = Choice(34)
        self.split = Choice(22)
        self.hide_names = QCheckBox("Hide names in Python code, as AdvTest does")
        self._columns = {role: Choice(14) for role in ROLES}
        self._split_field = _field("Split", self.split)
        self._column_fields = [
            _field(words.capitalize(), self._columns[role]) for role, words in ROLES.items()
        ]
        self._lay_out()
        for key, words in FORMATS.items():
            self.format.addItem(words, key)
        for choice in (self.format, self.split, *self._columns.values()):
            choice.activated.connect(lambda _=0: self.changed.emit())
        self.hide_names.clicked.connect(lambda _=False: self.changed.emit())
        self.reset()

    def _lay_out(self) -> None:
        first = (_field("Format", self.format), self._split_field, self.hide_names)
        self.setLayout(WrapLayout(*first, spacing=16))
        self.columns = QWidget()
        self.columns.setLayout(WrapLayout(*self._column_fields, spacing=16))

    def reset(self) -> None:
        """Forget all choices, as for another source."""
        self.format.setCurrentIndex(0)
        self.split.clear()
        self.hide_names.setChecked(False)
        for choice in self._columns.values():
            choice.clear()
        self._split_field.hide()
        self.columns.hide()

    def show_found(self, found: DatasetPreview) -> None:
        """Offer what there is to choose from, with what was taken for each."""
        self.format.setItemText(
            0, f"{FORMATS[found.format]} (found)" if found.format else FORMATS[""]
        )
        several = len(found.splits) > 1
        self._split_field.setVisible(several)
        if several:
            _fill(self.split, found.splits, found.split, none="" if found.split else "choose…")
        self.columns.setVisible(bool(found.columns))
        for role, choice in self._columns.items():
            _fill(choice, found.columns, found.mapping.get(role, ""), none=NONE)

    def mapping(self) -> Mapping[str, str]:
        """Role → column, as chosen; a role without one is mapped to nothing."""
        return {
            role: str(choice.currentData() or "")
            for role, choice in self._columns.items()
            if choice.count()
        }

    @property
    def chosen_format(self) -> str:
        """The format chosen; empty if it is to be found out."""
        return str(self.format.currentData() or "")

    @property
    def chosen_split(self) -> str:
        """The split chosen; empty for the usual one."""
        return str(self.split.currentData() or "")


def _fill(choice: Choice, names: Iterable[str], chosen: str, none: str) -> None:
    choice.clear()
    if none:
        choice.addItem(none, "")
    for name in names:
        choice.addItem(name, name)
    choice.setCurrentIndex(max(choice.findData(chosen), 0))


def _field(words: str, choice: Choice) -> QWidget:
    label = QLabel(words)
    label.setObjectName("fieldLabel")
    label.setBuddy(choice)
    choice.setAccessibleName(words)
    field = QWidget()
    layout = QHBoxLayout(field)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    layout.addWidget(label, 0, Qt.AlignmentFlag.AlignVCenter)
    layout.addWidget(choice)
    return field
