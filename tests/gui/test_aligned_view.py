"""Query and result side by side: bands, scrolling, anchors, folding, keys, what is read aloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QTextCursor
from pytestqt.qtbot import QtBot

from engine.types import Framework, QueryKind
from engine.types_alignment import Alignment, AlignmentRequest, Link, Statement
from gui.aligned_actions import ViewMode
from gui.aligned_bands import ALONE, Side
from gui.aligned_view import AlignedView
from gui.examples import EXAMPLES
from gui.fonts import code_font
from tests.gui.conftest import OpenWindow

MXNET_CELL = EXAMPLES[0].text


def numbered(count: int, moved: int = 0) -> Alignment:
    """Texts of `count` lines; line i of the left stands for line i + moved of the right."""
    left = "\n".join(f"left_{i} = {i}" for i in range(count))
    right = "\n".join(f"right_{i} = {i}" for i in range(count))
    statements = tuple(Statement(i, i) for i in range(count))
    links = tuple(Link(i, i + moved, 0.9) for i in range(count - moved))
    request = AlignmentRequest(left, "Python", right, "Python")
    return Alignment(request, statements, statements, links)


@pytest.fixture
def view(qtbot: QtBot) -> AlignedView:
    view = AlignedView()
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.show()
    return view


def show(view: AlignedView, alignment: Alignment) -> None:
    view.show_texts(alignment.request, 101, ("query", "result"))
    view.show_alignment(alignment)


def test_scrolling_one_side_levels_the_other(view: AlignedView) -> None:
    show(view, numbered(400, moved=50))
    left, right = view.sides
    left.verticalScrollBar().setValue(150)
    line = left.line_at(100)
    assert abs(right.top_of(line + 50) - left.top_of(line)) <= 2 * left.row_height()
    right.verticalScrollBar().setValue(30)
    assert left.verticalScrollBar().value() < 30
    view.set_locked(False)
    before = right.verticalScrollBar().value()
    left.verticalScrollBar().setValue(200)
    assert right.verticalScrollBar().value() == before


def test_both_ends_can_be_reached(view: AlignedView) -> None:
    show(view, numbered(300, moved=20))
    left, right = view.sides
    right.verticalScrollBar().setValue(right.verticalScrollBar().maximum())
    assert left.line_at(5) > 200
    right.verticalScrollBar().setValue(0)
    assert left.line_at(10) == 0


def test_a_line_lights_its_counterpart(view: AlignedView) -> None:
    show(view, numbered(10, moved=3))
    view.sides[Side.LEFT].hovered.emit(2)
    band = view.bands.at(Side.RIGHT, 5) if view.bands else None
    assert band is not None
    assert view.sides[Side.RIGHT]._lit == band.number == view.gutter._lit
    view.sides[Side.LEFT].hovered.emit(-1)
    assert view.sides[Side.RIGHT]._lit < 0


def test_the_keyboard_steps_and_goes_across(view: AlignedView, qtbot: QtBot) -> None:
    show(view, numbered(10, moved=3))
    view.activateWindow()
    left, right = view.sides
    left.setFocus()
    told: list[str] = []
    view.told.connect(told.append)
    qtbot.keyClick(left, Qt.Key.Key_Down)
    qtbot.keyClick(left, Qt.Key.Key_Down)
    assert left.line == 2
    assert told[-1] == "line 3 ↔ result line 106 · 90 % sure"
    qtbot.keyClick(left, Qt.Key.Key_Return)
    assert view.window().focusWidget() is right
    assert right.line == 5


def test_what_a_line_stands_for_is_read_aloud(view: AlignedView) -> None:
    show(view, numbered(10, moved=3))
    left, right = view.sides
    left.go_to(4)
    interface = QAccessible.queryAccessibleInterface(left)
    assert interface.text(QAccessible.Text.Name) == "Query, aligned with the result"
    assert interface.text(QAccessible.Text.Description) == "line 5 ↔ result line 108 · 90 % sure"
    right.go_to(1)
    description = QAccessible.queryAccessibleInterface(right).text(QAccessible.Text.Description)
    assert description == "line 102: no counterpart"


def test_folds_hide_what_does_not_match_and_open_again(view: AlignedView, qtbot: QtBot) -> None:
    show(view, numbered(30, moved=20))
    left, right = view.sides
    view.set_folding(True)
    assert dict(right.folds) == {0: (0, 19)}
    assert not right.document().findBlockByNumber(5).isVisible()
    assert right.top_of(20) == pytest.approx(right.top_of(0) + right.row_height(), abs=1)
    right.setFocus()
    right.go_to(0)
    qtbot.keyClick(right, Qt.Key.Key_Return)
    assert right.document().findBlockByNumber(5).isVisible()
    view.set_folding(False)
    assert not left.folds


def test_a_band_drawn_in_the_gutter_is_an_anchor(view: AlignedView, qtbot: QtBot) -> None:
    show(view, numbered(10))
    drawn: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    view.anchored.connect(lambda a, b: drawn.append((a, b)))
    gutter, (left, right) = view.gutter, view.sides
    start = QPointF(2, left.top_of(1.5)).toPoint()
    end = QPointF(gutter.width() - 2, right.top_of(4.5)).toPoint()
    qtbot.mousePress(gutter, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(gutter, end)
    qtbot.mouseRelease(gutter, Qt.MouseButton.LeftButton, pos=end)
    assert drawn == [((1,), (4,))]
    assert gutter.band_at(QPointF(gutter.width() / 2, left.top_of(3.5))) == 3
    assert gutter.band_at(QPointF(gutter.width() / 2, 390)) == ALONE


def test_five_thousand_lines_are_painted_by_what_is_in_sight(view: AlignedView) -> None:
    show(view, numbered(5000))
    left = view.sides[Side.LEFT]
    left.verticalScrollBar().setValue(2500)
    assert len(list(left.tinted())) < 60
    assert 10 < len(view.gutter.in_sight()) < 80


def test_it_begins_where_a_long_text_begins_to_match(view: AlignedView) -> None:
    before = "\n".join(f"unrelated_{i} = {i}" for i in range(900))
    few = numbered(5)
    request = AlignmentRequest(
        f"{before}\n{few.request.left}", "Python", few.request.right, "Python"
    )
    lines = tuple(Statement(i, i, 0) for i in range(905))
    links = tuple(Link(900 + k.left, k.right, k.confidence) for k in few.links)
    show(view, Alignment(request, lines, few.right, links))
    assert view.gutter.whole_in_sight()
    left, right = view.sides
    assert left.firstVisibleBlock().blockNumber() == 898
    assert right.firstVisibleBlock().blockNumber() == 0
    left.verticalScrollBar().setValue(10)  # whoever has gone elsewhere is not called back
    show(view, Alignment(request, lines, few.right, links[:-1]))
    assert left.firstVisibleBlock().blockNumber() < 20


def test_wrapped_lines_stay_level(view: AlignedView) -> None:
    alignment = numbered(200)
    long = alignment.request.left.replace("left_7 =", "left_7 = " + "word " * 80)
    request = AlignmentRequest(long, "Python", alignment.request.right, "Python")
    show(view, Alignment(request, alignment.left, alignment.right, alignment.links))
    view.set_wrap(True)
    left, right = view.sides
    left.verticalScrollBar().setValue(100)
    line = left.line_at(200)
    assert abs(right.top_of(line) - left.top_of(line)) <= 3 * left.row_height()


# In the window, with the real engine.


@pytest.fixture
def compared(opened: OpenWindow) -> Iterator[OpenWindow]:
    opened.search.filters.choose_framework(Framework.PYTORCH)
    opened.search.ask(MXNET_CELL)
    opened.result()
    opened.wait(lambda: opened.search.viewer.alignment is not None)
    yield opened


def test_a_result_stands_beside_the_query_at_once(compared: OpenWindow) -> None:
    viewer = compared.search.viewer
    assert viewer.mode is ViewMode.ALIGNED
    assert viewer.aligned.isVisible()
    assert viewer.aligned.sides[Side.LEFT].toPlainText() == MXNET_CELL
    assert viewer.hit is not None
    assert viewer.aligned.sides[Side.RIGHT].toPlainText() == viewer.hit.chunk.text
    assert viewer.aligned.sides[Side.RIGHT].first_line == viewer.hit.chunk.start_line
    assert viewer.aligned.bands is not None and viewer.aligned.bands.bands


def test_choosing_another_result_aligns_that_one(compared: OpenWindow) -> None:
    viewer = compared.search.viewer
    first = viewer.alignment
    compared.search.results.move(+1)
    compared.wait(lambda: viewer.alignment not in (None, first))
    assert viewer.hit is not None and viewer.alignment is not None
    assert viewer.alignment.request.right == viewer.hit.chunk.text


def test_words_have_nothing_to_stand_beside(compared: OpenWindow) -> None:
    compared.search.ask("beam search")
    assert compared.result().understanding.kind is QueryKind.WORDS
    viewer = compared.search.viewer
    assert viewer.mode is ViewMode.PLAIN
    assert viewer.code.isVisible()
    assert not viewer.align_actions.anchor.isEnabled()


def test_one_column_and_the_result_alone(compared: OpenWindow) -> None:
    viewer = compared.search.viewer
    viewer.align_actions.modes[ViewMode.UNIFIED].trigger()
    assert viewer.unified.isVisible()
    texts = viewer.unified.toPlainText().split("\n")
    assert viewer.alignment is not None
    request = viewer.alignment.request
    assert sorted(texts) == sorted(request.left.split("\n") + request.right.split("\n"))
    viewer.align_actions.modes[ViewMode.PLAIN].trigger()
    assert viewer.code.isVisible()
    viewer.align_actions.modes[ViewMode.ALIGNED].trigger()
    assert viewer.aligned.isVisible()


def test_an_anchor_by_keyboard_holds_and_can_be_let_go(compared: OpenWindow) -> None:
    viewer = compared.search.viewer
    left, right = viewer.aligned.sides
    alignment = viewer.alignment
    assert alignment is not None
    a, b = alignment.left[0].first, alignment.right[-1].first
    left.go_to(a)
    right.go_to(b)
    right.setFocus()
    viewer.align_actions.anchor.trigger()
    compared.wait(lambda: viewer.alignment is not None and viewer.alignment.request.anchors)
    bands = viewer.aligned.bands
    assert bands is not None
    band = bands.at(Side.LEFT, a)
    assert band is not None and band.by_hand
    assert band == bands.at(Side.RIGHT, b)
    assert "by hand" in viewer.aligned.spoken(Side.LEFT, a)
    assert viewer.subtitle.text().endswith("· by hand")
    viewer.align_actions.release.trigger()
    compared.wait(lambda: viewer.alignment is not None and not viewer.alignment.request.anchors)


def test_selected_lines_are_all_put_with_the_line_across(compared: OpenWindow) -> None:
    viewer = compared.search.viewer
    left, right = viewer.aligned.sides
    alignment = viewer.alignment
    assert alignment is not None
    first, last, across = alignment.left[1], alignment.left[2], alignment.right[-1].first
    cursor = QTextCursor(left.document().findBlockByNumber(first.first))
    end = left.document().findBlockByNumber(last.last + 1)  # where the next line begins
    cursor.setPosition(end.position(), QTextCursor.MoveMode.KeepAnchor)
    left.setTextCursor(cursor)
    right.go_to(across)
    viewer.align_actions.anchor.trigger()
    compared.wait(lambda: viewer.alignment is not None and viewer.alignment.request.anchors)
    bands = viewer.aligned.bands
    assert bands is not None
    band = bands.at(Side.RIGHT, across)
    assert band is not None and band.by_hand
    assert band == bands.at(Side.LEFT, first.first) == bands.at(Side.LEFT, last.last)
    assert bands.at(Side.LEFT, last.last + 1) != band


def test_a_line_without_a_statement_cannot_be_put_anywhere(compared: OpenWindow) -> None:
    viewer = compared.search.viewer
    compared.search.ask(f"# only words\n{MXNET_CELL}")
    compared.result()
    compared.wait(lambda: viewer.alignment is not None)
    viewer.aligned.sides[Side.LEFT].go_to(0)
    viewer.align_actions.anchor.trigger()
    assert viewer.subtitle.text() == "there is no statement on that line to align"


def test_carrying_over(compared: OpenWindow, tmp_path: Path) -> None:
    viewer, actions = compared.search.viewer, compared.search.viewer.align_actions
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("")
    actions.copy_part.trigger()
    compared.wait(lambda: clipboard.text())
    assert viewer.hit is not None
    for line in clipboard.text().split("\n"):
        assert line.strip() in viewer.hit.chunk.text
    clipboard.setText("")
    actions.copy_table.trigger()
    compared.wait(lambda: clipboard.text())
    assert clipboard.text().split("\n")[1] == "|---|---|"
    page = tmp_path / "pair.html"
    compared.search.carrier.save_page(page)
    compared.wait(page.exists)
    compared.idle()
    assert "<table>" in page.read_text(encoding="utf-8")


def test_every_action_has_words_a_key_and_a_place_in_the_menus(compared: OpenWindow) -> None:
    viewer = compared.search.viewer
    menus = [action.menu() for action in compared.window.menuBar().actions()]
    listed = {action for menu in menus if menu is not None for action in menu.actions()}
    for action in viewer.align_actions.everything():
        assert action in listed
        assert not action.shortcut().isEmpty()
        assert action.text()
    for button in viewer._compare_buttons:
        assert button.accessibleName()


def test_an_api_name_says_what_it_is_called_across(compared: OpenWindow) -> None:
    compared.search.ask("from mxnet import nd\nz = nd.exp(nd.dot(x, w))\ny = z / nd.sum(z)\n")
    compared.result()
    viewer = compared.search.viewer
    compared.wait(lambda: viewer.alignment is not None and viewer.alignment.left_hints)
    left = viewer.aligned.sides[Side.LEFT]
    hint = left.hint_in("z = nd.exp(nd.dot(x, w))", 5)
    assert hint.split("\n")[0] == "mx.np.exp(x) ↔ torch.exp(input)"
    assert left.hint_in("z = nd.exp(nd.dot(x, w))", 0) == ""
    left.go_to(1)
    assert "mx.np.exp(x) ↔ torch.exp(input) (x → input)" in left.accessibleDescription()


def test_the_size_keys_change_both_sides(compared: OpenWindow) -> None:
    points = code_font().points
    compared.window.actions_.larger.trigger()
    sizes = {code.font().pointSizeF() for code in compared.search.viewer.aligned.sides}
    compared.window.actions_.normal_size.trigger()
    assert sizes == {points + 1}
