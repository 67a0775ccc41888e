"""The scale that a trained encoder brings along."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.corpus.collection import MemoryCollection
from engine.job import JobContext, run_to_end
from engine.learning.finetune_closeness import fit_closeness
from engine.models.encoder import BertEncoder
from engine.models.own_closeness import NAME, Closeness, Line, read_closeness
from engine.retrieval.search import Searcher
from engine.types import Query
from tests.models.tiny import make_encoder_folder, words_of
from tests.retrieval.conftest import CPU
from tests.retrieval.corpora import ask, embed, functions

QUERIES = [
    ask(f"{text} {more}")
    for text in ("softmax of values", "read a file", "sort a list")
    for more in ("", "of names", "in place", "by key", "and the sum")
]


def encoder(folder: Path, seed: int) -> BertEncoder:
    words = words_of(" ".join(query.text for query in QUERIES))
    return BertEncoder.load(make_encoder_folder(folder, words, seed), CPU)


@pytest.mark.parametrize("whole", [False, True])
def test_the_trained_encoder_is_put_on_the_scale_of_the_former(tmp_path: Path, whole: bool) -> None:
    former, trained = encoder(tmp_path / "former", 1), encoder(tmp_path / "trained", 2)
    former.closeness = Closeness(Line(0.5, 0.2), whole=whole)
    collection = MemoryCollection(functions())
    before, after = (Searcher(collection, one) for one in (former, trained))
    for one in (former, trained):
        embed(collection, one)
    job = fit_closeness(tmp_path, (former, trained), QUERIES, lambda _: before, lambda _: after)
    run_to_end(job)
    assert trained.closeness == read_closeness(tmp_path / NAME)
    assert trained.closeness is not None
    assert trained.closeness.whole == whole

    def mean(searcher: Searcher) -> float:
        return sum(searcher.closest(q, JobContext()).similarity for q in QUERIES) / len(QUERIES)

    assert mean(after) == pytest.approx(mean(before), abs=0.01)


def test_without_an_encoder_before_there_is_no_line(tmp_path: Path) -> None:
    trained = encoder(tmp_path / "trained", 2)
    collection = MemoryCollection(functions())
    embed(collection, trained)
    before, after = Searcher(collection), Searcher(collection, trained)
    for queries in ([], QUERIES):
        asked: list[Query] = list(queries)
        run_to_end(
            fit_closeness(tmp_path, (None, trained), asked, lambda _: before, lambda _: after)
        )
        assert read_closeness(tmp_path / NAME) == Closeness()
