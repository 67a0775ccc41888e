"""A corpus's row says how it fares, and asks before it removes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pytestqt.qtbot import QtBot

from engine.types import Progress
from engine.types_corpora import CorpusInfo, SkippedFile
from gui.corpus_row import CorpusRow

INFO = CorpusInfo("repo", ("/src/repo",), 12, 400, 100, {"Python": 400}, {"JAX": 3}, 2, None)


@pytest.fixture
def row(qtbot: QtBot) -> CorpusRow:
    row = CorpusRow(replace(INFO, updated=datetime.now(UTC)))
    qtbot.addWidget(row)
    row.resize(1000, 200)
    row.show()
    return row


def test_it_says_what_the_corpus_holds(row: CorpusRow) -> None:
    assert row._counts.full_text() == (
        "12 files · 400 chunks · changed just now · re-index to take in a newer state"
    )
    assert row.skipped.text() == "2 left out"
    assert row._shares.full_text() == "Python 400   JAX 3"
    assert row._vectors.full_text() == "vectors: 100 of 400 (25 %)"


def test_a_data_set_has_no_newer_state(row: CorpusRow) -> None:
    said = "data set (beir) · 3 queries · from /src/set"
    row.show_info(replace(INFO, dataset=said, updated=datetime.now(UTC)))
    assert row._counts.full_text() == "12 documents · 400 chunks · changed just now"


def test_complete_and_lexical_corpora_show_no_bar(row: CorpusRow) -> None:
    row.show_info(replace(INFO, vectors=400))
    assert row._vectors.full_text() == "searched by words and by meaning"
    assert not row._bar.isVisible()
    row.show_info(replace(INFO, lexical_only=True))
    assert row._vectors.full_text() == "searched by words only, as you chose"
    assert not row.embed.isVisible()


def test_work_under_way_can_be_cancelled_and_nothing_else(row: CorpusRow, qtbot: QtBot) -> None:
    row.show_job("reading files", Progress("reading files", 1, 4))
    assert row.cancel.isVisible() and row.search.isVisible()
    assert not row.reindex.isVisible() and not row.remove.isVisible()
    with qtbot.waitSignal(row.cancel_wanted) as asked:
        row.cancel.click()
    assert asked.args == ["repo"]
    row.show_job("")
    assert not row.cancel.isVisible() and row.remove.isVisible()


def test_the_sample_can_neither_be_removed_nor_reindexed(row: CorpusRow) -> None:
    row.show_info(replace(INFO, builtin=True))
    assert not row.remove.isVisible() and not row.reindex.isVisible()


def test_removing_is_confirmed_in_place(row: CorpusRow, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(row.remove_wanted):
        row.remove.click()
        assert row.really.isVisible()
        row.keep.click()
    assert row.remove.isVisible()
    row.remove.click()
    with qtbot.waitSignal(row.remove_wanted) as asked:
        row.really.click()
    assert asked.args == ["repo"]


def test_trouble_is_said_beside_the_name(row: CorpusRow) -> None:
    row.show_info(replace(INFO, problem="the folder is gone; put it back"))
    assert row._health.text() == "the folder is gone; put it back"


def test_every_button_says_whose_it_is(row: CorpusRow) -> None:
    assert row.remove.accessibleName() == "Remove: repo"
    assert row.search.accessibleName() == "Search: repo"


def test_it_says_whether_it_is_watched(row: CorpusRow, qtbot: QtBot) -> None:
    watched = replace(INFO, updated=datetime.now(UTC), watchable=True, watching=True)
    row.show_info(watched)
    assert row._counts.full_text().endswith("watching: what you save is found at once")
    assert row.watch.text() == "Pause" and row.watch.accessibleName() == "Pause: repo"
    with qtbot.waitSignal(row.watch_wanted) as asked:
        row.watch.click()
    assert asked.args == ["repo", False]
    row.show_info(replace(watched, watch=False, watching=False))
    assert "paused" in row._counts.full_text() and row.watch.text() == "Resume"
    row.show_info(replace(watched, watching=False, watch_problem="the limit is reached"))
    assert row._counts.full_text().endswith("not watched")
    assert row._health.text() == "the limit is reached"
    row.show_info(replace(watched, watchable=False))
    assert not row.watch.isVisible()


def test_the_files_left_out_are_shown_and_hidden(row: CorpusRow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(row.skipped_wanted):
        row.skipped.click()
    row.show_skipped([SkippedFile("/src/repo/x.py", "a binary file")] * 2_500)
    lines = row.skipped_list.toPlainText().splitlines()
    assert lines[0] == "/src/repo/x.py: a binary file" and lines[-1] == "… and 500 more"
    assert row.skipped_list.isVisible() and row.skipped.text() == "Hide 2 left out"
    row.skipped.click()
    assert not row.skipped_list.isVisible() and row.skipped.text() == "2 left out"
