"""The drawer that says why a result has its rank, and why a chunk has none."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from engine.types import Framework, Query, QueryKind, SearchStage, Understanding
from engine.types_alignment import Receipt, ReceiptPart, ReceiptStep
from gui.examples import EXAMPLES
from gui.receipt_bar import MARGIN, ROW
from gui.receipt_drawer import ReceiptDrawer
from gui.theme import current_theme
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
    assert drawer.tree.hasFocus() and drawer.tree.currentItem().text(0) == "BM25"
    bm25 = drawer.tree.topLevelItem(0)
    parts = [float(bm25.child(i).text(1)) for i in range(bm25.childCount())]
    assert (
        math.fsum(parts) == float(bm25.text(1))
        or abs(math.fsum(parts) - float(bm25.text(1))) < 1e-4
    )


def test_long_words_stand_whole_on_several_lines(qtbot: QtBot) -> None:
    words = "what stands out in its own dialect counts, in deviations from its mean " * 3
    step = ReceiptStep("fusion", 0.5, (), words)
    understanding = Understanding(QueryKind.CODE, "Python")
    drawer = ReceiptDrawer()
    qtbot.addWidget(drawer)
    drawer.show_receipt(Receipt(Query("x", "y"), understanding, "id", 1, 0.5, (step,)))
    item, tree = drawer.tree.topLevelItem(0), drawer.tree
    drawer.resize(tree.fontMetrics().horizontalAdvance(words) + 600, 300)
    drawer.show()
    qtbot.waitUntil(lambda: tree.visualItemRect(item).height() == ROW)
    drawer.resize(500, 300)
    qtbot.waitUntil(lambda: _stands_whole(tree, item))
    assert tree.visualItemRect(item).height() > 2 * tree.fontMetrics().height()


def test_a_bar_is_seen_in_a_row_that_is_chosen_too(qtbot: QtBot) -> None:
    parts = (ReceiptPart("BM25", 0.4), ReceiptPart("dense", 0.1))
    first, step = ReceiptStep("BM25", 7.0, ()), ReceiptStep("fusion", 0.5, parts)
    drawer = ReceiptDrawer()
    qtbot.addWidget(drawer)
    drawer.show_receipt(
        Receipt(Query("x", "y"), Understanding(QueryKind.CODE), "id", 1, 0.5, (first, step))
    )
    drawer.resize(600, 400)
    drawer.show()
    tree = drawer.tree
    item = tree.topLevelItem(1).child(0)
    for chosen in (None, item):
        tree.setCurrentItem(chosen)
        image = tree.viewport().grab().toImage()
        row = tree.visualItemRect(item)
        column = range(tree.columnViewportPosition(1), tree.columnViewportPosition(2))
        lengths = [
            sum(image.pixelColor(x, y).name() == current_theme().accent for x in column)
            for y in range(row.top(), row.bottom() + 1)
        ]
        assert max(lengths) == len(column) - 2 * MARGIN


def _stands_whole(tree: QTreeWidget, item: QTreeWidgetItem) -> bool:
    width = tree.columnWidth(2) - 2 * MARGIN
    room = QRect(0, 0, width, 1000)
    flags = Qt.TextFlag.TextWordWrap
    needed = tree.fontMetrics().boundingRect(room, flags, item.text(2)).height()
    return tree.visualItemRect(item).height() >= needed


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
    opened.qtbot.keyClick(popup, Qt.Key.Key_Escape)
    assert not popup.isVisible() and drawer.question.hasFocus()
    opened.qtbot.keyClick(drawer.question, Qt.Key.Key_Backspace)
    opened.wait(popup.isVisible)
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
