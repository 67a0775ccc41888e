"""The pane of the chosen result, without an engine behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from engine.types import QueryKind, SearchResult, Understanding
from engine.types_alignment import AlignmentRequest
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
