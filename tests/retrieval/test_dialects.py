"""Dialects, the levels of scores within them, and what they change in a search."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from engine.corpus.collection import MemoryCollection
from engine.corpus.table import build_table
from engine.job import JobContext
from engine.models.encoder import BertEncoder
from engine.retrieval.candidates import DenseScores, dense_legs, group_rows
from engine.retrieval.dense import DenseIndex
from engine.retrieval.dialects import ENOUGH, Dialects
from engine.retrieval.search import Searcher
from engine.retrieval.weights import NOTHING, Share, Weights
from engine.types import Chunk, Framework, QueryKind, Understanding
from tests.retrieval.corpora import ask, chunk, embed

NUMPY, PYTORCH = Framework.NUMPY, Framework.PYTORCH
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]
PLAIN = Weights(Share.fixed(0.5, 0.5), NOTHING)
LEVELLED = Weights(Share.fixed(0.5, 0.5), NOTHING, level=Share.fixed(1.0, 1.0))


def dialects_of(*kinds: tuple[str, tuple[Framework, ...]]) -> Dialects:
    chunks = [
        chunk(number, f"text {number}", language=language, frameworks=frameworks)
        for number, (language, frameworks) in enumerate(kinds)
    ]
    return Dialects(build_table(chunks))


def test_numbered_from_the_most_frequent_and_numpy_is_a_helper() -> None:
    found = dialects_of(
        ("Java", ()), ("Python", (PYTORCH, NUMPY)), ("Python", (PYTORCH,)), ("Python", (NUMPY,))
    )
    assert found.rows.tolist()[1:3] == [0, 0]
    assert len(set(found.rows.tolist())) == 3
    assert found.name(0) == "Python · PyTorch"
    assert found.of(Understanding(QueryKind.CODE, "Python", (NUMPY, PYTORCH))) == 0
    assert found.of(Understanding(QueryKind.CODE, "Python", (NUMPY,))) == found.rows[3]
    assert found.of(Understanding(QueryKind.CODE, "Java")) == found.rows[0]
    assert found.of(Understanding(QueryKind.CODE, "Python")) is None
    assert found.of(Understanding(QueryKind.CODE, "Rust")) is None
    assert found.of(Understanding(QueryKind.WORDS)) is None


def test_a_level_is_how_far_a_score_stands_out_in_its_dialect() -> None:
    many = 1_000
    found = dialects_of(*[("Java", ())] * many, *[("Go", ())] * many)
    scores = np.concatenate([np.linspace(0, 8, many), np.linspace(10, 30, many)])
    scores = scores.astype(np.float32)
    levels = found.levels(scores).of(scores, np.arange(2 * many))
    trust = many / (many + ENOUGH)
    pooled = (scores[:many].var() + scores[many:].var()) / 2
    mean = trust * 20 + (1 - trust) * scores.mean()
    variance = trust * scores[many:].var() + (1 - trust) * pooled
    assert levels[-1] == pytest.approx((30 - mean) / np.sqrt(variance), rel=1e-4)
    assert levels[many - 1] > 1.0 > levels[many] > -2.0  # the best of its dialect, the worst


def test_what_matches_stays_a_match_however_low_and_nothing_else_becomes_one() -> None:
    found = dialects_of(*[("Java", ())] * 200, *[("Go", ())] * 200)
    scores = np.array([9.0] * 199 + [1.0] + [0.0] * 199 + [2.0], dtype=np.float32)
    compared = found.levels(scores).of_matches(scores)
    assert (compared > 0).tolist() == (scores > 0).tolist()
    assert compared[399] > 5 * compared[:199].max()  # alone among its like


def test_nothing_is_compared_where_there_is_one_dialect_or_hardly_a_second() -> None:
    assert not dialects_of(*[("Java", ())] * 50, *[("Go", ())] * (ENOUGH - 1)).differ
    assert dialects_of(*[("Java", ())] * 50, *[("Go", ())] * ENOUGH).differ


def mixed() -> list[Chunk]:
    """Thirty tasks in Python, and the same in JavaScript; the words of a task are its own."""
    rng = random.Random(4)
    chunks = []
    for number in range(30):
        first, second, third = rng.sample(WORDS, 3)
        python = f"def {first}(self, x):\n    if x is None:\n        return {second}(self, {third})"
        script = f"function {first}(x) {{\n  if (!x) return {second}(this, {third});\n}}"
        chunks.append(chunk(2 * number, python, f"p{number}", "Python"))
        chunks.append(chunk(2 * number + 1, script, f"j{number}", "JavaScript"))
    return chunks


def reciprocal_rank(searcher: Searcher, query: str, wanted: str, pipeline: str) -> float:
    result = searcher.search(ask(query, k=60), JobContext(), pipeline)  # type: ignore[arg-type]
    names = [hit.chunk.name for hit in result.hits]
    return 1.0 / (names.index(wanted) + 1) if wanted in names else 0.0


def test_the_twin_in_another_language_comes_before_strangers_in_the_same(
    encoder: BertEncoder,
) -> None:
    chunks = mixed()
    collection = MemoryCollection(chunks)
    embed(collection, encoder)
    means = []
    for weights in (PLAIN, LEVELLED):
        searcher = Searcher(collection, encoder, None, weights)
        ranks = [
            reciprocal_rank(searcher, chunks[2 * n].text, f"j{n}", "hybrid") for n in range(30)
        ]
        means.append(sum(ranks) / len(ranks))
    assert means[1] > means[0] + 0.1


def test_words_legs_alone_and_corpora_of_one_dialect_are_left_as_they_are(
    encoder: BertEncoder,
) -> None:
    chunks = mixed()
    collection, python = MemoryCollection(chunks), MemoryCollection(chunks[::2])
    for found in (collection, python):
        embed(found, encoder)
    asked = [
        (collection, "alpha beta and gamma of a kappa", "hybrid"),
        (collection, chunks[0].text, "bm25"),
        (collection, chunks[0].text, "dense"),
        (python, chunks[0].text, "hybrid"),
        (python, chunks[1].text, "hybrid"),
    ]
    for where, query, pipeline in asked:
        first, second = (
            Searcher(where, encoder, None, weights).search(ask(query), JobContext(), pipeline)  # type: ignore[arg-type]
            for weights in (PLAIN, LEVELLED)
        )
        assert [hit.chunk.id for hit in first.hits] == [hit.chunk.id for hit in second.hits]
        assert first.hits[0].scores == second.hits[0].scores


def test_the_dense_leg_lists_what_levels_of_all_rows_would() -> None:
    random_vectors = np.random.default_rng(2).normal(size=(900, 8)).astype(np.float32)
    random_vectors[:300] += 4.0  # a dialect that lies near the query
    vectors = random_vectors / np.linalg.norm(random_vectors, axis=1, keepdims=True)
    kinds = [("Python", ())] * 300 + [("Go", ())] * 300 + [("Rust", ())] * 300
    chunks = [chunk(n, f"text {n}", language=language) for n, (language, _) in enumerate(kinds)]
    table = build_table(chunks)
    dialects, index = Dialects(table), DenseIndex(900, 8)
    index.extend(vectors, np.ones(900, dtype=np.bool_))
    query = vectors[0]
    asked = DenseScores(index, query, index.levels(query, dialects))
    plain, leg = dense_legs(asked, group_rows(table, "document"), None, 50)
    every = asked.of(np.arange(900))[1]
    assert leg.scores == pytest.approx(np.sort(every)[::-1][:50], abs=1e-5)
    found = np.bincount(dialects.rows[leg.groups], minlength=3)
    assert found[dialects.rows[0]] < 25  # the near dialect does not fill the list
    assert plain.scores == pytest.approx(np.sort(vectors @ query)[::-1][:50], abs=1e-5)
    assert np.bincount(dialects.rows[plain.groups], minlength=3)[dialects.rows[0]] >= 49


def test_a_query_loses_what_its_dialect_has_in_common_but_never_all_of_a_corpus() -> None:
    common = np.array([1.0, 0.0, 0.0], dtype=np.float32)
    own = np.array([0.0, 1.0, 0.0], dtype=np.float32)
    vectors = np.stack([common + own] * 100 + [own] * 300) / np.float32(2.0)
    chunks = [chunk(n, f"text {n}", language="Go" if n < 100 else "C") for n in range(400)]
    dialects, index = Dialects(build_table(chunks)), DenseIndex(400, 3)
    index.extend(vectors, np.ones(400, dtype=np.bool_))
    asked = np.array([0.8, 0.0, 0.6], dtype=np.float32)
    neutral, taken = index.neutral(asked, dialects, 1)  # of Go
    weight = 100 / (100 + ENOUGH) * 0.75
    expected = asked - weight * (common + own) / 2
    assert neutral == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
    assert taken == pytest.approx(weight)
    whole, nothing = index.neutral(asked, dialects, None)
    assert (whole == pytest.approx(asked), nothing) == (True, 0.0)


def test_a_receipt_adds_up_with_levels_and_says_whose_they_are(encoder: BertEncoder) -> None:
    chunks = mixed()
    collection = MemoryCollection(chunks)
    embed(collection, encoder)
    weights = Weights(Share.fixed(0.5, 0.5), NOTHING, level=Share.fixed(0.0, 0.7))
    searcher, query = Searcher(collection, encoder, None, weights), ask(chunks[0].text)
    hit = searcher.search(query, JobContext()).hits[2]
    receipt = searcher.explain(query, hit.chunk.id, JobContext())
    fusion = next(step for step in receipt.steps if step.title == "fusion")
    names = [part.name for part in fusion.parts]
    assert names[:4] == ["BM25", "dense", "BM25 level", "dense level"]
    assert math.fsum(part.value for part in fusion.parts) == fusion.total == receipt.score
    assert all(abs(part.value) < 2e-6 for part in fusion.parts if part.name == "rounding")
    assert f"the mean of {hit.chunk.language}" in fusion.words


def test_copies_and_chunks_of_one_document_do_not_hide_other_groups() -> None:
    near = np.tile([1.0, 0.0], (400, 1))
    vectors = np.concatenate([near, np.tile([0.8, 0.6], (300, 1)), np.tile([0.1, 0.99], (300, 1))])
    chunks = [
        chunk(
            n,
            f"text {n}",
            language="Python" if n < 700 else "Go",
            path=f"{n % 4 if n < 400 else n}",
        )
        for n in range(1_000)
    ]
    table = build_table(chunks)
    index = DenseIndex(1_000, 2)
    index.extend(vectors.astype(np.float32), np.ones(1_000, dtype=np.bool_))
    query = np.array([1.0, 0.0], dtype=np.float32)
    asked = DenseScores(index, query, index.levels(query, Dialects(table)))
    plain, _ = dense_legs(asked, group_rows(table, "document"), None, 200)
    assert plain.scores[:4] == pytest.approx([1.0] * 4)
    assert plain.scores[4:] == pytest.approx([0.8] * 196)


def test_one_chance_match_in_a_dialect_without_others_is_not_more_than_a_copy() -> None:
    found = dialects_of(*[("Python", ())] * 300, *[("SQL", ())] * 300)
    scores = np.zeros(600, dtype=np.float32)
    scores[:300] = np.random.default_rng(3).uniform(0, 6, 300)
    scores[17], scores[599] = 25.0, 4.0  # a copy of the query, a number that it has too
    compared = found.levels(scores).of_matches(scores)
    assert compared[17] == compared.max()
    assert compared[599] > np.median(compared[:300])


def test_levels_need_vectors(encoder: BertEncoder) -> None:
    chunks = mixed()
    plain, levelled = (
        Searcher(MemoryCollection(chunks), encoder, None, weights).search(
            ask(chunks[0].text), JobContext()
        )
        for weights in (PLAIN, LEVELLED)
    )
    assert [hit.chunk.id for hit in plain.hits] == [hit.chunk.id for hit in levelled.hits]
