"""The scale that the similarities of an encoder from elsewhere are put on."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from engine.code.understand import understand
from engine.corpus.collection import MemoryCollection
from engine.errors import DiskError
from engine.job import JobContext
from engine.models.catalogue import ModelChoice, load_encoder
from engine.models.encoder import BertEncoder
from engine.models.own_closeness import (
    AS_IT_IS,
    LEAST,
    NAME,
    STEEPEST,
    STRAIGHT,
    Closeness,
    Line,
    line_from,
    read_closeness,
    write_closeness,
)
from engine.retrieval.search import Searcher
from engine.retrieval.views import query_view
from engine.types import QueryKind
from tests.models.tiny import make_encoder_folder
from tests.retrieval.conftest import CPU
from tests.retrieval.corpora import ask, embed, functions

BEFORE = [0.80 + 0.01 * n for n in range(12)]
LINES = Closeness(Line(0.5, 0.25, 0.01), Line(0.5, 0.3, 0.02), Line(1.0, 0.1, 0.03), 0.4)


def test_what_lies_higher_and_tighter_gets_its_place_and_spread_back() -> None:
    after = [0.5 + value / 2 for value in BEFORE]
    line = line_from(BEFORE, after)
    assert (line.slope, line.shift) == pytest.approx((2.0, -1.0))
    assert [line.of(value) for value in after] == pytest.approx(BEFORE)
    assert line.of(0.45) == pytest.approx(BEFORE[0] / 2)  # half of the least that was measured
    assert line.of(1.1) == 1.0


def test_a_handful_of_queries_measures_nothing() -> None:
    few = BEFORE[: LEAST - 1]
    assert line_from(few, [0.99] * len(few)) == STRAIGHT


def test_what_hardly_differs_is_shifted_more_than_it_is_stretched() -> None:
    alike = line_from(BEFORE, [0.9] * len(BEFORE))
    assert (alike.slope, alike.of(0.9)) == (1.0, pytest.approx(sum(BEFORE) / len(BEFORE)))
    tight = line_from(BEFORE, [0.9 + value / 1000 for value in BEFORE])
    assert tight.slope == STEEPEST


def test_each_kind_of_query_has_its_line_and_code_lies_between_two() -> None:
    assert LINES.of(0.6, QueryKind.WORDS, taken=0.4) == pytest.approx(0.55)
    assert LINES.of(0.6, QueryKind.CODE) == pytest.approx(0.6)
    assert LINES.of(0.6, QueryKind.CODE, taken=0.4) == pytest.approx(0.7)
    assert LINES.of(0.6, QueryKind.CODE, taken=0.1) == pytest.approx(0.625)
    assert LINES.of(0.6, QueryKind.CODE, taken=0.6) == pytest.approx(0.75)  # and beyond
    assert LINES.of(0.9, QueryKind.CODE, taken=0.9) == 1.0


def test_what_is_written_is_read(tmp_path: Path) -> None:
    for lines in (LINES, replace(LINES, whole=True)):
        write_closeness(tmp_path / "new" / NAME, lines)
        assert read_closeness(tmp_path / "new" / NAME) == lines


GOOD = asdict(LINES)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"slope": 1, "shift": 0, "least": 0}',  # as versions before had it
        json.dumps({**GOOD, "words": {"slope": "x", "shift": 0, "least": 0}}),
        json.dumps({**GOOD, "code": {"slope": float("nan"), "shift": 0, "least": 0}}),
        json.dumps({**GOOD, "compared": 1}),
        json.dumps({**GOOD, "taken": 0}),
    ],
)
def test_a_file_that_says_nothing_is_as_if_there_were_none(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content, encoding="utf-8")
    assert read_closeness(tmp_path / NAME) is None


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError, match="cannot write"):
        write_closeness(tmp_path / "file" / NAME, AS_IT_IS)


def test_only_the_bundled_encoder_is_on_the_scale_itself(tmp_path: Path) -> None:
    folder = make_encoder_folder(tmp_path / "encoder")
    assert load_encoder(ModelChoice("encoder")).closeness == AS_IT_IS
    assert load_encoder(ModelChoice("encoder", str(folder)), CPU).closeness is None
    write_closeness(folder / NAME, LINES)  # it was trained here
    assert load_encoder(ModelChoice("encoder", str(folder)), CPU).closeness == LINES


def test_a_search_counts_closeness_on_that_scale(tmp_path: Path) -> None:
    encoder = BertEncoder.load(make_encoder_folder(tmp_path / "encoder"), CPU)
    collection = MemoryCollection(functions())
    embed(collection, encoder)
    code = ask("def softmax(values):\n    return exp(values) / exp(values).sum()")
    words = ask("the softmax of some values")
    raw = [Searcher(collection, encoder).closest(query, JobContext()) for query in (code, words)]
    assert min(found.similarity for found in raw) > 0.0
    assert [found.kind for found in raw] == [QueryKind.CODE, QueryKind.WORDS]
    encoder.closeness = LINES
    for query, before in zip((code, words), raw, strict=True):
        found = Searcher(collection, encoder).closest(query, JobContext())
        expected = LINES.of(before.similarity, before.kind, before.taken)
        assert found == before._replace(similarity=pytest.approx(expected))
    encoder.closeness = Closeness(whole=True)
    for query in (code, words):
        found = Searcher(collection, encoder).closest(query, JobContext())
        view = query_view(query.text, understand(query.text))
        cosines = embed(collection, encoder) @ encoder.encode([view], role="query")[0]
        assert found.similarity == pytest.approx(max(cosines), abs=1e-5)
    without = Searcher(MemoryCollection(functions()), encoder).closest(code, JobContext())
    assert without.similarity == 0.0  # no vectors, and nothing to put on a scale
