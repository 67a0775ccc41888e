"""The pane of the chosen result, without an engine behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from engine.types import Chunk, QueryKind, SearchResult, Understanding
from engine.types_alignment import Alignment, AlignmentRequest, Link, Statement
from gui.aligned_actions import ViewMode
from gui.aligned_bands import Side
from gui.viewer_pane import ViewerPane
from tests.gui.hits import CODE, make_chunk, make_hit, make_result


@pytest.fixture
def pane(qtbot: QtBot) -> ViewerPane:
    pane = ViewerPane([])
    qtbot.addWidget(pane)
    return pane


def result_in(corpus: str, code: str = CODE) -> SearchResult:
    """A result for a query in code, with one hit, which always has the same id."""
    result = make_result([make_hit("a", chunk=make_chunk("a", text=code))], "def f(x):\n    pass")
    query = replace(result.query, corpus=corpus)
    return replace(
        result, query=query, understanding=Understanding(QueryKind.CODE, language="Python")
    )


def test_links_made_by_hand_belong_to_the_text_and_the_corpus_they_were_made_in(
    pane: ViewerPane,
) -> None:
    asked: list[AlignmentRequest] = []
    pane.alignment_wanted.connect(asked.append)

    def anchors_of(result: SearchResult) -> tuple[tuple[int, int], ...]:
        pane.show_hit(None)
        pane.show_hit(result.hits[0], result)
        return asked[-1].anchors

    assert anchors_of(result_in("one")) == ()
    pane.add_anchors((0,), (2,))
    assert asked[-1].anchors == ((0, 2),)
    assert anchors_of(result_in("one", "import torch\n" + CODE)) == ()
    assert anchors_of(result_in("other")) == ()
    assert anchors_of(result_in("one")) == ((0, 2),)


OUTLINE = "class Trainer:\n    def step(self): ...\n    def run(self): ..."


def a_class(last: int) -> Chunk:
    """A class from line 10 on, of which three lines are kept."""
    return make_chunk("a", "Trainer", OUTLINE, kind="class", end_line=last)


@pytest.mark.parametrize(
    ("chunk", "subtitle", "number", "in_column"),
    [
        (a_class(12), "src/nn/a.py, lines 10–12", "11", "› 11"),
        (a_class(200), "src/nn/a.py, outline of lines 10–200", "", "›"),
    ],
)
def test_an_outline_is_called_one_and_its_lines_have_no_numbers(
    pane: ViewerPane, chunk: Chunk, subtitle: str, number: str, in_column: str
) -> None:
    asked: list[AlignmentRequest] = []
    pane.alignment_wanted.connect(asked.append)
    result = replace(result_in("one"), hits=(make_hit("a", chunk=chunk),))
    pane.show_hit(result.hits[0], result)
    assert pane.subtitle.text() == subtitle
    assert pane.code.number_text(1) == number
    assert pane.aligned.sides[Side.RIGHT].number_text(1) == number
    assert pane.aligned.sides[Side.LEFT].number_text(1) == "2"
    ours = (Statement(0, 0), Statement(1, 1, 1))
    theirs = (Statement(0, 0), Statement(1, 1, 1), Statement(2, 2, 1))
    pane.show_alignment(Alignment(asked[-1], ours, theirs, (Link(0, 0, 0.9), Link(1, 1, 0.9))))
    pane.set_mode(ViewMode.UNIFIED)
    shown = [pane.unified.number_text(row) for row in range(pane.unified.blockCount())]
    assert in_column in shown
    assert "‹ 2" in shown
