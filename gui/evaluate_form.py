"""What to measure: a data set, the pipelines, and a name to keep the runs under."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.types_evaluation import EvaluationRequest, EvaluationSource
from gui.choice import HEIGHT, Choice
from gui.pane import in_a_row
from gui.wrap_layout import WrapLayout

PIPELINES = (
    ("bm25", "BM25", "BM25 alone"),
    ("dense", "Dense", "Dense vectors alone"),
    ("hybrid", "Hybrid", "Both legs, mixed as in a search"),
    ("rerank", "Default", "Hybrid, then the cross-encoder over the best"),
    ("rrf", "RRF", "Reciprocal rank fusion of both legs, k = 100, lists of 500"),
    ("ablation", "Each stage out", "The default, and the default with each stage taken out"),
    ("depths", "K = 10, 30, 100", "The default with 10, 30 and 100 candidates reranked"),
)
PRESETS = (
    ("", "a set as it is"),
    ("nanocoir", "NanoCoIR"),
    ("coir", "CoIR"),
    ("codesearchnet", "CodeSearchNet"),
    ("advtest", "AdvTest"),
    ("challenge", "CodeSearchNet challenge"),
    ("cosqa", "CoSQA"),
    ("webquery", "WebQueryTest"),
)
_OTHER = "folder"
LABEL_WIDTH = 76


class EvaluateForm(QWidget):
    """Three rows, wrapped where it is narrow; `wanted` has what they ask for."""

    wanted = Signal(object)  # EvaluationRequest
    wrong = Signal(str)  # one line

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._taken: set[str] = set()
        self._suggested = ""
        self._chosen = False  # a set, by hand
        self.source = Choice(44)
        self.source.setAccessibleName("Data set")
        self.folder = QLineEdit()
        self.folder.setPlaceholderText("a folder in BEIR layout, or a protocol's own files")
        self.folder.setAccessibleName("Folder of the data set")
        self.browse = QPushButton("Folder…")
        self.browse_file = QPushButton("File…")
        self.preset = Choice(22)
        self.preset.setAccessibleName("Protocol")
        for name, words in PRESETS:
            self.preset.addItem(words, name or _OTHER)
        self.pipelines = {name: QCheckBox(words) for name, words, _ in PIPELINES}
        for name, _, tip in PIPELINES:
            self.pipelines[name].setToolTip(tip)
        for name in ("bm25", "dense", "hybrid", "rerank"):
            self.pipelines[name].setChecked(True)
        self.more = QLineEdit()
        self.more.setPlaceholderText("others, such as rerank:top=50 or dense:encoder=FOLDER")
        self.more.setAccessibleName("Other pipelines, separated by blanks")
        self.limit = QLineEdit()
        self.limit.setPlaceholderText("all")
        self.limit.setValidator(QIntValidator(1, 1_000_000))
        self.limit.setFixedWidth(64)
        self.limit.setAccessibleName("Only the first so many queries")
        self.use_target = QCheckBox("in the target framework only")
        self.drop_identical = QCheckBox("without the query's own text")
        self.threshold = Choice(18)
        self.threshold.setAccessibleName("The grade from which a document counts as relevant")
        for grade in (1, 2, 3):
            self.threshold.addItem(f"relevant from {grade}", grade)
        self.threshold.setToolTip(
            "For MRR, hit, recall and the other binary metrics; nDCG takes every grade as it is"
        )
        self.name = QLineEdit()
        self.name.setPlaceholderText("a name to keep the runs under")
        self.name.setAccessibleName("Name of the evaluation")
        self.start = QPushButton("Measure")
        self.start.setProperty("primary", True)
        self._lay_out()
        self._bind()
        self.set_sources(())

    def _lay_out(self) -> None:
        last = QWidget()  # the button stays beside what is typed before it is pressed
        last.setLayout(in_a_row((self.name, 1), self.start))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(8)
        lines.addLayout(
            _line(
                "Data set",
                self.source,
                self.folder,
                self.browse,
                self.browse_file,
                self.preset,
                grow=self.folder,
            )
        )
        lines.addLayout(_line("Pipelines", *self.pipelines.values(), self.more, grow=self.more))
        lines.addLayout(
            _line(
                *("Queries", self.limit, self.use_target, self.drop_identical),
                *(self.threshold, last),
                grow=last,
            )
        )

    def _bind(self) -> None:
        self.source.activated.connect(self._on_chosen)
        self.source.currentIndexChanged.connect(self._on_source)
        self.browse.clicked.connect(lambda: self._choose(QFileDialog.FileMode.Directory))
        self.browse_file.clicked.connect(lambda: self._choose(QFileDialog.FileMode.ExistingFile))
        self.start.clicked.connect(self.submit)
        for line in (self.folder, self.more, self.limit, self.name):
            line.returnPressed.connect(self.submit)
        self.folder.textChanged.connect(self._suggest)
        self.preset.currentIndexChanged.connect(self._suggest)

    def set_sources(self, sources: Iterable[EvaluationSource]) -> None:
        """Offer these sets; a folder can always be named. What was chosen by hand stays."""
        by_hand = self._chosen or bool(self.folder.text())
        before = self.source.currentData() if by_hand else None
        self.source.blockSignals(True)
        self.source.clear()
        for found in sources:
            self.source.addItem(found.label, found.source)
        self.source.addItem("a folder…", _OTHER)
        place = self.source.findData(before)
        self.source.setCurrentIndex(max(place, 0))
        self.source.blockSignals(False)
        self._on_source()

    def set_taken(self, names: Iterable[str]) -> None:
        """The names of evaluations there are."""
        self._taken = set(names)
        self._suggest()

    def offer(self, folder: str) -> None:
        """Take a folder, as after choosing or dropping it."""
        self._chosen = True
        self.source.setCurrentIndex(self.source.findData(_OTHER))
        self.folder.setText(folder)

    def request(self) -> EvaluationRequest:
        """What the form says."""
        chosen = [name for name, box in self.pipelines.items() if box.isChecked()]
        preset = str(self.preset.currentData())
        return EvaluationRequest(
            source=self._source(),
            pipelines=_together([*chosen, *self.more.text().split()]),
            save=self.name.text().strip(),
            preset="" if preset == _OTHER or not self._is_folder() else preset,
            limit=int(self.limit.text()) if self.limit.text() else None,
            use_target=self.use_target.isChecked(),
            drop_identical=self.drop_identical.isChecked(),
            threshold=int(self.threshold.currentData()),
        )

    def submit(self) -> None:
        """Ask for the measurement, or say what is missing."""
        request = self.request()
        if not request.source:
            self.wrong.emit("Choose a data set, or name a folder.")
            self.folder.setFocus()
        elif not request.pipelines:
            self.wrong.emit("Choose at least one pipeline.")
            self.pipelines["bm25"].setFocus()
        elif not request.save:
            self.wrong.emit("Give the evaluation a name, so that its runs can be compared.")
            self.name.setFocus()
        else:
            self.wanted.emit(request)

    def set_busy(self, busy: bool) -> None:
        """While something is being measured nothing else is."""
        self.start.setEnabled(not busy)

    def _is_folder(self) -> bool:
        return self.source.currentData() == _OTHER

    def _source(self) -> str:
        return self.folder.text().strip() if self._is_folder() else str(self.source.currentData())

    def _on_chosen(self) -> None:
        self._chosen = True

    def _on_source(self) -> None:
        for widget in (self.folder, self.browse, self.browse_file, self.preset):
            widget.setVisible(self._is_folder())
        self._suggest()

    def _suggest(self) -> None:
        """A name that is free, as long as the user has not written one."""
        if self.name.text() not in ("", self._suggested):
            return
        base = self._source().replace("judgements:", "own ").rstrip("/\\")
        base = re.sub(r"[^\w.+ -]+", "-", re.split(r"[/\\]", base)[-1]).strip("- .")
        preset = str(self.preset.currentData())
        if self._is_folder() and preset != _OTHER:
            base = preset
        name, number = base, 1
        while name and name in self._taken:
            number += 1
            name = f"{base} {number}"
        self._suggested = name
        self.name.setText(name)

    def _choose(self, mode: QFileDialog.FileMode) -> None:
        dialog = QFileDialog(self, "A data set", self.folder.text())
        dialog.setFileMode(mode)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()


def _together(names: Sequence[str]) -> tuple[str, ...]:
    """`all` for the four usual ones, so that a set's published rankings come too."""
    usual = ("bm25", "dense", "hybrid", "rerank")
    if all(name in names for name in usual):
        return ("all", *(name for name in names if name not in usual))
    return tuple(names)


def _line(label: str, *widgets: QWidget, grow: QWidget) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setSpacing(8)
    words = QLabel(label)
    words.setObjectName("fieldLabel")
    words.setFixedWidth(LABEL_WIDTH)
    words.setFixedHeight(HEIGHT)
    line.addWidget(words, 0, Qt.AlignmentFlag.AlignTop)
    line.addLayout(WrapLayout(*widgets, grow=grow), 1)
    return line
