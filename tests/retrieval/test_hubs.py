"""What a chunk is similar to anyway, and what a search makes of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.corpus.collection import MemoryCollection
from engine.errors import DataError
from engine.job import JobContext
from engine.models.encoder import BertEncoder
from engine.retrieval import dense
from engine.retrieval.candidates import Candidates, DenseScores
from engine.retrieval.dense import LEAST, NEIGHBOURS, DenseIndex
from engine.retrieval.dialects import ENOUGH, Dialects, Levels
from engine.retrieval.hubs import LOOKED_AT, without_hubs
from engine.retrieval.search import Searcher
from engine.retrieval.weights import FUSION_FILE, NOTHING, Share, Weights, load_weights
from tests.retrieval.corpora import ask, chunk, embed

COUNT, DIMENSION = 400, 16
Vectors = NDArray[np.float32]


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    found = np.random.default_rng(5).normal(size=(COUNT, DIMENSION)).astype(np.float32)
    found[0] = found[1:60].mean(axis=0)  # near to many
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def index_of(vectors: Vectors, present: NDArray[np.bool_] | None = None) -> DenseIndex:
    index = DenseIndex(len(vectors), vectors.shape[1])
    index.extend(vectors, np.ones(len(vectors), dtype=np.bool_) if present is None else present)
    return index


def to_neighbours(vectors: Vectors, row: int, count: int = NEIGHBOURS) -> float:
    others = np.delete(vectors @ vectors[row], row)
    return float(np.sort(others)[::-1][:count].mean())


def test_hubness_is_the_mean_similarity_to_the_nearest_neighbours(vectors: Vectors) -> None:
    rows = np.array([7, 0, 123, 7])
    found = index_of(vectors).hubness(rows)
    assert found == pytest.approx([to_neighbours(vectors, row) for row in rows], abs=1e-5)
    assert found[1] > found[0]


def test_copies_are_no_neighbours(vectors: Vectors) -> None:
    copied = np.concatenate([vectors, vectors[[7, 7, 7]]])
    found = index_of(copied).hubness(np.array([7, COUNT]))
    assert found == pytest.approx(to_neighbours(vectors, 7), abs=1e-5)


def test_who_has_nothing_but_copies_nearby_is_not_known(vectors: Vectors) -> None:
    copied = np.concatenate([vectors, np.repeat(vectors[[7]], 40, axis=0)])
    found = index_of(copied).hubness(np.array([7, 8]))
    assert np.isnan(found[0])
    assert not np.isnan(found[1])


def test_without_a_vector_and_among_few_nothing_is_known(vectors: Vectors) -> None:
    present = np.arange(COUNT) != 3
    assert np.isnan(index_of(vectors, present).hubness(np.array([3, 4]))).tolist() == [True, False]
    few = index_of(vectors[: LEAST - 1]).hubness(np.arange(LEAST - 1))
    assert np.isnan(few).all()


def test_vectors_that_come_later_are_neighbours_too(vectors: Vectors) -> None:
    present = np.arange(COUNT) >= 200
    index = DenseIndex(COUNT, DIMENSION)
    index.extend(vectors, present)
    row = np.array([300])
    assert index.hubness(row)[0] == pytest.approx(to_neighbours(vectors[200:], 100), abs=1e-5)
    index.extend(vectors, np.ones(COUNT, dtype=np.bool_))
    assert index.hubness(row)[0] == pytest.approx(to_neighbours(vectors, 300), abs=1e-5)


def test_a_few_more_vectors_leave_what_is_known(vectors: Vectors) -> None:
    index = DenseIndex(COUNT, DIMENSION)
    index.extend(vectors, np.arange(COUNT) < 390)
    before = index.hubness(np.array([0, 395]))
    index.extend(vectors, np.ones(COUNT, dtype=np.bool_))
    after = index.hubness(np.array([0, 395]))
    assert after[0] == before[0] == pytest.approx(to_neighbours(vectors[:390], 0), abs=1e-5)
    assert np.isnan(before[1])
    others = np.sort(vectors[:390] @ vectors[395])[::-1]
    assert after[1] == pytest.approx(others[:NEIGHBOURS].mean(), abs=1e-5)


def test_of_many_vectors_fewer_are_compared_with_fewer_neighbours(
    vectors: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "COMPARED", 200)
    found = index_of(vectors).hubness(np.arange(COUNT))
    sample = vectors[np.linspace(0, COUNT - 1, 200).astype(np.int64)]
    similar = vectors[5] @ sample.T
    expected = np.sort(similar[similar < dense.COPY])[::-1][: NEIGHBOURS // 2].mean()
    assert found[5] == pytest.approx(expected, abs=1e-5)


def test_where_too_few_would_be_compared_nothing_is_known(
    vectors: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "COMPARED", COUNT // 4)
    assert not np.isnan(index_of(vectors).hubness(np.arange(9))).any()
    monkeypatch.setattr(dense, "COMPARED", COUNT // 4 - 1)
    assert np.isnan(index_of(vectors).hubness(np.arange(9))).all()


def test_the_usual_hubness_of_a_dialect_is_its_mean(vectors: Vectors) -> None:
    dialects = np.where(np.arange(COUNT) < 40, 1, 0)
    found = index_of(vectors).usual_hubness(dialects)
    own = np.mean(
        [to_neighbours(vectors, row) for row in range(0, 40, math.ceil(40 / dense.USUAL))]
    )
    step = math.ceil(360 / dense.USUAL)
    other = np.mean([to_neighbours(vectors, row) for row in range(40, COUNT, step)])
    overall = (40 * own + 360 * other) / COUNT
    trust = np.array([360 / (360 + ENOUGH), 40 / (40 + ENOUGH)])
    expected = trust * np.array([other, own]) + (1 - trust) * overall
    assert found == pytest.approx(expected, abs=1e-5)


def candidates(index: DenseIndex, query: Vectors, rows: NDArray[np.int64]) -> Candidates:
    scores = index.scores(query, rows)
    none = np.zeros(len(rows), dtype=np.float32)
    ranks = np.arange(1, len(rows) + 1)
    return Candidates(rows, rows, none, scores, scores, ranks, ranks, none, scores)


def test_a_part_of_the_hubness_is_taken_off(vectors: Vectors) -> None:
    index, rows = index_of(vectors), np.arange(20)
    found = candidates(index, vectors[350], rows)
    changed = without_hubs(found, DenseScores(index, vectors[350]), 0.25)
    assert changed.distinct == pytest.approx(found.dense - 0.25 * index.hubness(rows), abs=1e-6)
    assert changed.dense_level is changed.distinct
    assert changed.dense is found.dense


def test_a_level_loses_what_is_more_than_usual_in_its_dialect(vectors: Vectors) -> None:
    index, rows = index_of(vectors), np.arange(20)
    dialects = np.where(np.arange(COUNT) < 200, 1, 0)
    levels = Levels(dialects, np.array([0.0, 0.1]), np.array([0.2, 0.4]))
    found = candidates(index, vectors[350], rows)
    changed = without_hubs(found, DenseScores(index, vectors[350], levels), 0.5)
    more = 0.5 * (index.hubness(rows) - index.usual_hubness(dialects)[1]) / 0.4
    assert changed.dense_level == pytest.approx(found.dense_level - more, abs=1e-5)


def test_those_that_are_not_looked_at_are_as_the_others_on_average(vectors: Vectors) -> None:
    index, rows = index_of(vectors), np.arange(300)
    found = candidates(index, vectors[350], rows)
    changed = without_hubs(found, DenseScores(index, vectors[350]), 0.25)
    order = np.argsort(-found.dense, kind="stable")
    looked = index.hubness(order[:LOOKED_AT])
    late = order[LOOKED_AT:]
    expected = found.dense[late] - 0.25 * looked.mean()
    assert changed.distinct[late] == pytest.approx(expected, abs=1e-6)


def test_nothing_changes_without_vectors_or_without_a_penalty(vectors: Vectors) -> None:
    index = index_of(vectors)
    found = candidates(index, vectors[350], np.arange(20))
    assert without_hubs(found, None, 0.25) is found
    assert without_hubs(found, DenseScores(index, vectors[350]), 0.0) is found
    few = index_of(vectors[:20])
    assert without_hubs(found, DenseScores(few, vectors[350]), 0.25) is found


@pytest.fixture
def collection(encoder: BertEncoder) -> MemoryCollection:
    words = (
        "rows",
        "key",
        "path",
        "text",
        "tree",
        "leaf",
        "mean",
        "limit",
        "branch",
        "word",
        "bag",
    )
    texts = [
        f"def {one}_{other}({one}):\n    return {other}({one}, {number})"
        for number, (one, other) in enumerate((a, b) for a in words for b in words if a != b)
    ]
    found = MemoryCollection([chunk(number, text) for number, text in enumerate(texts)])
    embed(found, encoder)
    return found


WEIGHTS = Weights(Share.fixed(0.9, 0.9), NOTHING, hubs=0.25)


@pytest.mark.parametrize("text", ["count the rows", "def rows_key(rows):\n    return key(rows)"])
def test_a_search_takes_it_off_and_a_receipt_says_so(
    collection: MemoryCollection, encoder: BertEncoder, text: str
) -> None:
    searcher = Searcher(collection, encoder, None, WEIGHTS)
    query = ask(text, k=20)
    hits = searcher.search(query, JobContext()).hits
    index = DenseIndex(len(collection.table), encoder.dimension)
    kept = collection.vectors(encoder.fingerprint)
    assert kept is not None
    index.extend(*kept)
    for hit in hits:
        receipt = searcher.explain(query, hit.chunk.id, JobContext())
        (step,) = [step for step in receipt.steps if step.title == "distinct"]
        assert math.fsum(part.value for part in step.parts) == step.total
        hubness = index.hubness(np.array([collection.table.ids.index(hit.chunk.id)]))[0]
        assert hit.scores.dense is not None
        assert step.total == pytest.approx(hit.scores.dense - 0.25 * hubness, abs=1e-5)
    plain = Searcher(collection, encoder, None, replace(WEIGHTS, hubs=0.0))
    assert "distinct" not in {
        step.title for step in plain.explain(query, hits[0].chunk.id, JobContext()).steps
    }
    before = [hit.chunk.id for hit in plain.search(query, JobContext()).hits]
    assert before != [hit.chunk.id for hit in hits]


def test_a_leg_by_itself_is_what_the_field_knows_by_its_name(
    collection: MemoryCollection, encoder: BertEncoder
) -> None:
    searcher = Searcher(collection, encoder, None, WEIGHTS)
    ranked = searcher.rank(ask("count the rows"), JobContext(), pipeline="dense")
    plain = Searcher(collection, encoder, None, replace(WEIGHTS, hubs=0.0))
    assert ranked == plain.rank(ask("count the rows"), JobContext(), pipeline="dense")


def test_the_dialects_of_one_corpus_have_a_usual_hubness_each(
    collection: MemoryCollection, encoder: BertEncoder
) -> None:
    index = DenseIndex(len(collection.table), encoder.dimension)
    kept = collection.vectors(encoder.fingerprint)
    assert kept is not None
    index.extend(*kept)
    dialects = Dialects(collection.table)
    assert index.usual_hubness(dialects.rows).shape == dialects.counts.shape


@pytest.mark.parametrize("wrong", [1.5, -0.1, math.nan, "much", None])
def test_a_penalty_that_is_no_part_is_refused(tmp_path: Path, wrong: object) -> None:
    place = tmp_path / "fusion.json"
    place.write_text(json.dumps({**json.loads(FUSION_FILE.read_text("utf-8")), "hubs": wrong}))
    with pytest.raises(DataError, match="does not hold fusion weights"):
        load_weights(place)
