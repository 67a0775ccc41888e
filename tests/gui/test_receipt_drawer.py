"""The drawer that says why a result has its rank, and why a chunk has none."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible

from engine.types import Framework, SearchStage
from gui.examples import EXAMPLES
from tests.gui.conftest import OpenWindow


def opened_drawer(opened: OpenWindow) -> None:
    opened.search.ask(EXAMPLES[0].text)
    opened.result()
    opened.search.viewer.align_actions.receipt.trigger()
    opened.wait(lambda: opened.search.viewer.drawer.tree.topLevelItemCount())


def test_the_drawer_shows_what_adds_up_to_the_score(opened: OpenWindow) -> None:
    opened_drawer(opened)
    drawer = opened.search.viewer.drawer
    assert drawer.head.text().startswith("Rank 1 with a score of 1.000000.")
    titles = [drawer.tree.topLevelItem(i).text(0) for i in range(drawer.tree.topLevelItemCount())]
    assert titles == ["BM25", "fusion"]
    bm25 = drawer.tree.topLevelItem(0)
    parts = [float(bm25.child(i).text(1)) for i in range(bm25.childCount())]
    assert (
        math.fsum(parts) == float(bm25.text(1))
        or abs(math.fsum(parts) - float(bm25.text(1))) < 1e-4
    )


def test_it_follows_the_chosen_result(opened: OpenWindow) -> None:
    opened_drawer(opened)
    drawer = opened.search.viewer.drawer
    opened.search.results.move(+1)
    opened.wait(lambda: drawer.head.text().startswith("Rank 2"))


def test_a_chunk_that_is_missing_says_why(opened: OpenWindow) -> None:
    opened.search.filters.choose_framework(Framework.JAX)
    opened.search.ask(EXAMPLES[0].text)
    other = opened.result().hits[0].chunk
    opened.search.filters.choose_framework(Framework.PYTORCH)
    opened_drawer(opened)
    drawer = opened.search.viewer.drawer
    drawer.question.setText(f"{other.path}:{other.start_line}")
    opened.qtbot.keyClick(drawer.question, Qt.Key.Key_Return)
    opened.wait(lambda: "Not in the list" in drawer.head.text())
    assert "framework: PyTorch" in drawer.head.text()
    drawer.question.setText("nowhere.py:1")
    opened.qtbot.keyClick(drawer.question, Qt.Key.Key_Return)
    opened.wait(lambda: "no chunk nowhere.py:1" in drawer.head.text())


def test_what_is_typed_offers_chunks_to_choose(opened: OpenWindow) -> None:
    opened.search.filters.choose_framework(Framework.JAX)
    opened.search.ask(EXAMPLES[0].text)
    other = next(hit.chunk for hit in opened.result().hits if hit.chunk.name)
    opened.search.filters.choose_framework(Framework.PYTORCH)
    opened_drawer(opened)
    drawer = opened.search.viewer.drawer
    drawer.question.setFocus()
    opened.qtbot.keyClicks(drawer.question, other.name)
    popup = drawer.completer.popup()
    opened.wait(popup.isVisible)
    lines = [popup.model().index(i, 0).data() for i in range(popup.model().rowCount())]
    wanted = f"{other.path}:{other.start_line}–{other.end_line}  {other.name}"
    assert wanted in lines
    for _ in range(lines.index(wanted) + 1):
        opened.qtbot.keyClick(popup, Qt.Key.Key_Down)
    opened.qtbot.keyClick(popup, Qt.Key.Key_Return)
    opened.wait(lambda: "Not in the list" in drawer.head.text())
    assert drawer.question.text() == f"{other.path}:{other.start_line}"
    assert "framework: PyTorch" in drawer.head.text()


def test_rows_are_read_aloud(opened: OpenWindow) -> None:
    opened_drawer(opened)
    tree = opened.search.viewer.drawer.tree
    assert tree.hasFocus() or opened.window.focusWidget() is tree
    interface = QAccessible.queryAccessibleInterface(tree)
    assert interface.text(QAccessible.Text.Name) == "How the score came about"
    spoken = tree.topLevelItem(0).data(0, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("BM25: ")
    assert "terms occur here" in spoken


def test_no_receipt_stands_under_another_list(opened: OpenWindow) -> None:
    opened.search.ask("beam search")
    result = opened.result()
    viewer = opened.search.viewer
    viewer.align_actions.receipt.trigger()
    opened.wait(lambda: viewer.drawer.tree.topLevelItemCount() > 0)
    receipt = next(e.value for e in reversed(opened.events) if e.method == "explain" and e.final)
    viewer.show_hit(None)
    assert viewer.drawer.tree.topLevelItemCount() == 0
    other = replace(result, query=replace(result.query, text="another question"))
    viewer.show_hit(other.hits[0], replace(other, stage=SearchStage.LEXICAL))
    viewer.show_receipt(receipt)  # it was under way
    assert viewer.drawer.tree.topLevelItemCount() == 0
