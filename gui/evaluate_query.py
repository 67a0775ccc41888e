"""One query and two rankings of it, side by side, with the texts of what was found."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine.types_evaluation import QueryRanking, QueryView, RankedDocument
from gui.choice import Choice
from gui.code_view import CodeView
from gui.evaluate_table import RowsView, TableRow
from gui.pane import ElidedLabel, hairline
from gui.result_text import first_line

_STAGES = (("bm25", "BM25"), ("dense", "dense"), ("fused", "fused"), ("rerank", "rerank"))
_HEADERS = ("document", "grade", "rank and score in each stage", "what it says")


class RankingSide(QWidget):
    """One run's ranking: a choice of the run, where the relevant ones went, a list, the text."""

    def __init__(self, side: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rankings: dict[str, QueryRanking] = {}
        self.run = Choice(26)
        self.run.setAccessibleName(f"Run shown {side}")
        self.went = ElidedLabel()
        self.went.setObjectName("muted")
        self.list = RowsView(f"Ranking {side}", _HEADERS, figures=False)
        self.code = CodeView()
        self.code.setAccessibleName(f"Text of the document chosen {side}")
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.list)
        split.addWidget(self.code)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        line = QHBoxLayout()
        line.setContentsMargins(16, 8, 8, 8)
        line.setSpacing(8)
        line.addWidget(self.run)
        line.addWidget(self.went, 1)
        down = QVBoxLayout(self)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        down.addLayout(line)
        down.addWidget(hairline())
        down.addWidget(split, 1)
        self.run.currentIndexChanged.connect(self._show)
        self.list.chosen.connect(self._show_text)

    def show_view(self, view: QueryView, number: int) -> None:
        """Show a query; the run of that number unless another was chosen before."""
        before = self.run.currentData()
        self._rankings = {ranking.run: ranking for ranking in view.rankings}
        self.run.blockSignals(True)
        self.run.clear()
        for name in self._rankings:
            self.run.addItem(name, name)
        place = self.run.findData(before)
        self.run.setCurrentIndex(place if place >= 0 else min(number, self.run.count() - 1))
        self.run.blockSignals(False)
        self._show()

    def _show(self) -> None:
        ranking = self._rankings.get(str(self.run.currentData()))
        if ranking is None:
            return
        went = [
            f"{document} on rank {rank}" if rank else f"{document} not in the first {ranking.depth}"
            for document, rank in ranking.relevant[:4]
        ]
        self.went.setText(
            "; ".join(filter(None, [f"Relevant: {', '.join(went)}", ranking.failure]))
        )
        self.list.show_rows([_row(found) for found in ranking.documents])
        if ranking.documents:
            self.list.choose([ranking.documents[0].document])
        else:
            self.code.set_code("", None)

    def _show_text(self, keys: tuple[str, ...]) -> None:
        ranking = self._rankings.get(str(self.run.currentData()))
        found = (
            next((d for d in ranking.documents if d.document in keys), None) if ranking else None
        )
        if found is not None:
            text = found.text or "The data set is not where it was: there is no text to show."
            self.code.set_code(text, found.language if found.text else None)


class QueryPage(QWidget):
    """The query above, the two rankings below it."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.back = QPushButton("Back to the queries")
        self.back.clicked.connect(self.left)
        self.title = ElidedLabel()
        self.title.setObjectName("paneTitle")
        self.query = CodeView()
        self.query.setAccessibleName("The query")
        self.sides = (RankingSide("at the left"), RankingSide("at the right"))
        line = QHBoxLayout()
        line.setContentsMargins(16, 8, 8, 8)
        line.addWidget(self.title, 1)
        line.addWidget(self.back)
        across = QSplitter()
        for side in self.sides:
            across.addWidget(side)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.query)
        split.addWidget(across)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 5)
        split.setSizes([96, 480])
        down = QVBoxLayout(self)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        down.addLayout(line)
        down.addWidget(hairline())
        down.addWidget(split, 1)

    def show_view(self, view: QueryView) -> None:
        """Show a query."""
        right = ", ".join(found.document for found in view.relevant[:5])
        self.title.setText(f"{view.query} · {right} should come first" if right else view.query)
        self.query.set_code(view.text, None)
        for number, side in enumerate(self.sides):
            side.show_view(view, number * (len(view.rankings) - 1))

    def focus(self) -> None:
        """Let the keyboard walk the first ranking."""
        self.sides[0].list.setFocus()


def _row(found: RankedDocument) -> TableRow:
    way = []
    for name, word in _STAGES:
        rank, score = getattr(found.ranks, name), getattr(found.scores, name)
        if rank is not None:
            way.append(f"{word} {rank}" if score is None else f"{word} {rank} ({score:.3g})")
    grade = "not judged" if found.grade is None else f"grade {found.grade}"
    said = " → ".join(way)
    # Those of one's own corpora are called by what nobody can read.
    cells = (f"{found.rank}  {found.document}", grade, said, first_line(found.text))
    return TableRow(found.document, cells, tip=f"{found.document}: {said}")
