"""Receipts: the parts add up to what the list shows, and a missing chunk says where it was lost."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.corpus.collection import MemoryCollection
from engine.corpus.table import build_table
from engine.errors import CorpusError, DataError
from engine.job import JobContext
from engine.models.cross_encoder import BertCrossEncoder
from engine.models.encoder import BertEncoder
from engine.retrieval.rerank import combine
from engine.retrieval.search import Searcher
from engine.retrieval.weights import Share, Weights
from engine.types import Framework, Query
from engine.types_alignment import Receipt
from tests.retrieval.corpora import FUNCTIONS, ask, chunk, embed, functions

WEIGHTS = Weights(
    dense=Share.fixed(0.8, 0.4), rerank=Share.fixed(0.3, 0.6), shape=Share.fixed(0.0, 0.2)
)
QUESTIONS = [
    "def sort_rows(rows):\n    return sorted(rows)",
    "read lines of a csv file",
    FUNCTIONS["softmax"],
    "count the words of a text",
    "x = torch.exp(x)",
]


@pytest.fixture
def searcher(encoder: BertEncoder, cross_encoder: BertCrossEncoder) -> Searcher:
    chunks = functions()
    twin = chunk(90, FUNCTIONS["clip"], "clip_again", path="src/copy.py")
    other = chunk(
        91, FUNCTIONS["fibonacci"].replace("fib", "lib"), "l", "Java", (Framework.JAX,), "a/l.java"
    )
    collection = MemoryCollection([*chunks, twin, other])
    embed(collection, encoder)
    return Searcher(collection, encoder, cross_encoder, WEIGHTS)


def assert_adds_up(receipt: Receipt) -> None:
    for step in receipt.steps:
        if step.parts:
            assert math.fsum(part.value for part in step.parts) == step.total
        for part in step.parts:
            if part.name == "rounding":
                assert abs(part.value) <= 2e-6 * max(1.0, abs(step.total))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.sampled_from(QUESTIONS), k=st.integers(1, 12), rerank=st.sampled_from([0, 3, 30]))
def test_every_part_of_every_result_adds_up_to_what_is_shown(
    searcher: Searcher, text: str, k: int, rerank: int
) -> None:
    query = ask(text, k=k, rerank=rerank)
    result = searcher.search(query, JobContext())
    assert result.hits
    for hit in result.hits:
        receipt = searcher.explain(query, hit.chunk.id, JobContext())
        assert_adds_up(receipt)
        assert receipt.rank == hit.rank
        totals = {step.title: step.total for step in receipt.steps}
        assert totals["BM25"] == hit.scores.bm25
        assert totals["dense"] == hit.scores.dense
        assert totals.get("shape", totals["fusion"]) == hit.scores.fused
        assert ("cross-encoder" in totals) == (hit.scores.rerank is not None)
        assert receipt.score == receipt.steps[-1].total
        assert receipt.verdict == ""


def test_the_cross_encoders_step_is_what_orders_the_list(searcher: Searcher) -> None:
    query = ask(QUESTIONS[0], rerank=30)
    result = searcher.search(query, JobContext())
    fused = np.array([hit.scores.fused for hit in result.hits], dtype=np.float32)
    judged = np.array([hit.scores.rerank for hit in result.hits], dtype=np.float32)
    expected = combine(fused, judged, 0.6)
    scores = [searcher.explain(query, hit.chunk.id, JobContext()).score for hit in result.hits]
    assert scores == pytest.approx(expected.tolist(), abs=1e-6)
    assert scores == sorted(scores, reverse=True)  # type: ignore[type-var]


def test_a_receipt_names_the_terms_that_matched(searcher: Searcher) -> None:
    query = ask("sorted rows of a table", rerank=0)
    receipt = searcher.explain(query, "c0", JobContext())
    bm25 = receipt.steps[0]
    assert {"sorted", "rows"} <= {part.name for part in bm25.parts}
    assert "rank 1" in bm25.words
    assert "words query → dense 0.80" in receipt.steps[2].words


def test_a_receipt_without_a_search_before_is_the_same(searcher: Searcher) -> None:
    query = ask(QUESTIONS[2])
    first = searcher.explain(query, "c2", JobContext())
    searcher.search(ask("something else"), JobContext())
    searcher.search(query, JobContext())
    assert searcher.explain(query, "c2", JobContext()) == first


def test_without_models_bm25_is_all_there_is() -> None:
    searcher = Searcher(MemoryCollection(functions()))
    receipt = searcher.explain(ask("sort rows"), "c0", JobContext())
    assert [step.title for step in receipt.steps] == ["BM25", "fusion"]
    assert_adds_up(receipt)
    assert "BM25 alone" in receipt.steps[-1].words


def why(searcher: Searcher, query: Query, chunk_id: str) -> Receipt:
    receipt = searcher.explain(query, chunk_id, JobContext())
    assert receipt.rank is None
    assert receipt.verdict and receipt.remedy
    assert_adds_up(receipt)
    return receipt


def test_a_chunk_that_a_filter_leaves_out_says_which(searcher: Searcher) -> None:
    query = ask(QUESTIONS[0], language="Python", path="src/")
    receipt = why(searcher, query, "c91")
    assert "language: Python and path: src/" in receipt.verdict
    assert receipt.filters == ("language: Python", "path: src/")
    assert "without the filter on language and path" in receipt.remedy
    only = why(searcher, ask(QUESTIONS[0], framework=Framework.JAX), "c0")
    assert "framework: JAX" in only.verdict


def test_a_copy_says_what_stands_for_it(searcher: Searcher) -> None:
    query = ask(FUNCTIONS["clip"])
    shown = {hit.chunk.id for hit in searcher.search(query, JobContext()).hits}
    copy = ({"c7", "c90"} - shown).pop()
    receipt = why(searcher, query, copy)
    assert "folded" in receipt.verdict
    assert receipt.folded == tuple({"c7", "c90"} - {copy})


def test_a_chunk_below_the_list_says_how_far(searcher: Searcher) -> None:
    query = ask(QUESTIONS[0], k=2, rerank=0)
    shown = [hit.chunk.id for hit in searcher.search(query, JobContext()).hits]
    deep = searcher.search(ask(QUESTIONS[0], k=20, rerank=0), JobContext()).hits[5]
    assert deep.chunk.id not in shown
    receipt = why(searcher, query, deep.chunk.id)
    assert receipt.verdict.startswith("rank 6 after fusion: below the 2 shown")
    assert receipt.remedy == "ask for at least 6 results"


def test_a_chunk_that_neither_leg_lists_says_its_ranks_there() -> None:
    texts = [f"alpha {'beta ' * (number % 7)}{number}" for number in range(450)]
    chunks = [chunk(number, text) for number, text in enumerate(texts)]
    collection = MemoryCollection(chunks)
    assert len(build_table(chunks)) == 450
    searcher = Searcher(collection)
    receipt = why(searcher, ask("beta"), "c0")
    assert "no BM25 match" in receipt.verdict
    last = min(
        (number for number in range(450) if number % 7 == 1),
        key=lambda n: searcher._lexical_index().scores(["beta"])[n],
    )
    receipt = why(searcher, ask("beta"), f"c{last}")
    assert "the first 200" in receipt.verdict
    assert receipt.score is None


def test_what_does_not_exist_cannot_be_explained(searcher: Searcher) -> None:
    with pytest.raises(CorpusError, match="no chunk nowhere"):
        searcher.explain(ask("sort"), "nowhere", JobContext())
    with pytest.raises(DataError, match="empty query"):
        searcher.explain(ask("  "), "c0", JobContext())
