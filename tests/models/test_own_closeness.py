"""The scale that a trained encoder's similarities are put back on."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.corpus.collection import MemoryCollection
from engine.errors import DiskError
from engine.job import JobContext
from engine.models.encoder import BertEncoder
from engine.models.own_closeness import (
    AS_IT_IS,
    LEAST,
    NAME,
    STEEPEST,
    Closeness,
    measured,
    own_closeness,
    write_closeness,
)
from engine.retrieval.search import Searcher
from tests.models.tiny import make_encoder_folder
from tests.retrieval.conftest import CPU
from tests.retrieval.corpora import ask, embed, functions

BEFORE = [0.80 + 0.01 * n for n in range(12)]


def test_what_lies_higher_and_tighter_gets_its_place_and_spread_back() -> None:
    line = measured([(value, 0.5 + value / 2) for value in BEFORE])
    assert (line.slope, line.shift) == pytest.approx((2.0, -1.0))
    assert [line.of(0.5 + value / 2) for value in BEFORE] == pytest.approx(BEFORE)
    assert line.of(0.45) == pytest.approx(BEFORE[0] / 2)  # half of the least that was measured
    assert line.of(1.1) == 1.0


def test_a_handful_of_queries_measures_nothing() -> None:
    assert measured([(value, 0.99) for value in BEFORE[: LEAST - 1]]) == AS_IT_IS


def test_what_hardly_differs_is_shifted_more_than_it_is_stretched() -> None:
    alike = measured([(value, 0.9) for value in BEFORE])
    assert (alike.slope, alike.of(0.9)) == (1.0, pytest.approx(sum(BEFORE) / len(BEFORE)))
    tight = measured([(value, 0.9 + value / 1000) for value in BEFORE])
    assert tight.slope == STEEPEST


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"slope": 1}',
        '{"slope": "x", "shift": 0, "least": 0}',
        '{"slope": NaN, "shift": 0, "least": 0}',
    ],
)
def test_a_file_that_says_nothing_changes_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content, encoding="utf-8")
    assert own_closeness(str(tmp_path), f"of {content}") == AS_IT_IS


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="cannot write"):
        write_closeness(tmp_path / "none", AS_IT_IS)


def test_a_search_counts_closeness_on_that_scale(tmp_path: Path) -> None:
    encoder = BertEncoder.load(make_encoder_folder(tmp_path / "encoder"), CPU)
    collection = MemoryCollection(functions())
    embed(collection, encoder)
    query = ask("def softmax(values):\n    return exp(values) / exp(values).sum()")
    raw = Searcher(collection, encoder).features(query, JobContext())
    assert raw.closest > 0.0
    write_closeness(tmp_path / "encoder", Closeness(0.5, 0.25, 0.01))
    found = Searcher(collection, encoder).features(query, JobContext())
    assert found == raw._replace(closest=pytest.approx(0.5 * raw.closest + 0.25))
    without = Searcher(MemoryCollection(functions()), encoder).features(query, JobContext())
    assert without.closest == 0.0  # no vectors, and nothing to put on a scale
