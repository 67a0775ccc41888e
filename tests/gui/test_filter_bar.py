"""The filters offer what the corpus has, and keep what was chosen."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from engine.types import Framework
from engine.types_corpora import CorpusInfo
from gui.filter_bar import FilterBar, Filters


def info(name: str, languages: dict[str, int], frameworks: dict[str, int]) -> CorpusInfo:
    return CorpusInfo(name, (), 1, 10, 0, languages, frameworks, 0, None)


SAMPLE = info("sample", {"Python": 9}, {"MXNet": 3, "PyTorch": 6})
OTHER = info("other", {"C": 1, "Rust": 8}, {})


@pytest.fixture
def bar(qtbot: QtBot) -> FilterBar:
    bar = FilterBar()
    qtbot.addWidget(bar)
    bar.set_corpora((SAMPLE, OTHER))
    return bar


def items(box) -> list[str]:
    return [box.itemText(i) for i in range(box.count())]


def test_it_starts_with_the_first_corpus_and_no_limits(bar: FilterBar) -> None:
    assert bar.filters() == Filters("sample")


def test_frameworks_and_languages_come_with_their_counts_most_frequent_first(
    bar: FilterBar,
) -> None:
    frameworks = items(bar._framework)
    assert frameworks[:3] == ["any framework", "PyTorch  (6)", "MXNet  (3)"]
    assert len(frameworks) == 1 + len(Framework)
    bar.choose_corpus("other")
    assert items(bar._language) == ["any language", "Rust  (8)", "C  (1)"]


def test_a_choice_is_told_and_kept_when_the_corpora_change(bar: FilterBar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bar.changed):
        bar.choose_framework(Framework.PYTORCH)
    bar.set_corpora((SAMPLE, OTHER, info("third", {}, {})))
    assert bar.filters() == Filters("sample", Framework.PYTORCH)


def test_the_list_of_corpora_changing_is_not_a_choice(bar: FilterBar, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(bar.changed):
        bar.set_corpora((OTHER, SAMPLE))
    assert bar.filters().corpus == "sample"


def test_a_corpus_can_be_chosen_before_it_is_listed(qtbot: QtBot) -> None:
    bar = FilterBar()
    qtbot.addWidget(bar)
    bar.choose_corpus("other")
    assert bar.filters().corpus == "other"
    bar.set_corpora((SAMPLE, OTHER))
    assert bar.filters().corpus == "other"


def test_a_corpus_that_is_gone_gives_way_to_the_first(bar: FilterBar) -> None:
    bar.choose_corpus("other")
    bar.set_corpora((SAMPLE,))
    assert bar.filters().corpus == "sample"


def test_what_is_gone_is_told_once_and_not_jumped_back_to(bar: FilterBar, qtbot: QtBot) -> None:
    bar.choose_corpus("other")
    with qtbot.waitSignal(bar.changed):
        bar.set_corpora((SAMPLE,))
    with qtbot.assertNotEmitted(bar.changed):
        bar.set_corpora((SAMPLE, OTHER))  # made anew
    assert bar.filters().corpus == "sample"


def test_a_corpus_that_the_list_does_not_have_is_not_chosen(bar: FilterBar) -> None:
    assert not bar.choose_corpus("gone")
    assert bar.filters().corpus == "sample"
    assert bar.choose_corpus("other")


def test_clearing_lets_everything_through_and_says_so_once(bar: FilterBar, qtbot: QtBot) -> None:
    bar.choose_framework(Framework.JAX)
    bar._path.setText("src/*")
    told: list[None] = []
    bar.changed.connect(lambda: told.append(None))
    bar.clear()
    assert bar.filters() == Filters("sample")
    assert len(told) == 1


def test_a_path_is_told_on_enter(bar: FilterBar, qtbot: QtBot) -> None:
    qtbot.keyClicks(bar._path, "src/**")
    with qtbot.waitSignal(bar.changed):
        qtbot.keyPress(bar._path, "\r")
    assert bar.filters().path == "src/**"
