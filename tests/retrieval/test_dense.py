"""The dense leg: exact, filtered before top-k, filled in as vectors come."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.retrieval.dense import DenseIndex

COUNT, DIMENSION = 6_000, 16


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    random = np.random.default_rng(3).normal(size=(COUNT, DIMENSION)).astype(np.float32)
    return random / np.linalg.norm(random, axis=1, keepdims=True)


def full(vectors: NDArray[np.float32]) -> DenseIndex:
    index = DenseIndex(len(vectors), vectors.shape[1])
    index.extend(vectors, np.ones(len(vectors), dtype=np.bool_))
    return index


def test_nearest_is_exact(vectors: NDArray[np.float32]) -> None:
    rows, scores = full(vectors).nearest(vectors[7], 50)
    truth = vectors @ vectors[7]
    assert rows[0] == 7
    assert scores == pytest.approx(np.sort(truth)[::-1][:50], abs=1e-5)
    assert truth[rows] == pytest.approx(scores, abs=1e-5)


def test_a_filter_finds_what_would_be_rank_5000(vectors: NDArray[np.float32]) -> None:
    order = np.argsort(-(vectors @ vectors[0]))
    wanted = order[5_000]
    allowed = np.zeros(COUNT, dtype=np.bool_)
    allowed[wanted] = True
    rows, _ = full(vectors).nearest(vectors[0], 10, allowed)
    assert rows.tolist() == [wanted]


def test_nothing_allowed_and_nothing_there(vectors: NDArray[np.float32]) -> None:
    rows, scores = full(vectors).nearest(vectors[0], 10, np.zeros(COUNT, dtype=np.bool_))
    assert len(rows) == len(scores) == 0
    assert len(DenseIndex(COUNT, DIMENSION).nearest(vectors[0], 10)[0]) == 0


def test_vectors_that_come_later_are_found(vectors: NDArray[np.float32]) -> None:
    index = DenseIndex(COUNT, DIMENSION)
    present = np.zeros(COUNT, dtype=np.bool_)
    present[::2] = True
    assert index.extend(vectors, present) == COUNT // 2
    assert index.coverage == 0.5
    assert 7 not in index.nearest(vectors[7], 5)[0]
    assert np.isnan(index.scores(vectors[7], np.array([7]))).all()
    present[7] = True
    assert index.extend(vectors, present) == 1
    assert index.extend(vectors, present) == 0
    assert index.nearest(vectors[7], 5)[0][0] == 7
    odd = np.zeros(COUNT, dtype=np.bool_)
    odd[1::2] = True
    assert index.nearest(vectors[7], 5, odd)[0].tolist() == [7]


def test_true_scores_of_given_rows(vectors: NDArray[np.float32]) -> None:
    rows = np.array([5, 5_999, 0])
    scores = full(vectors).scores(vectors[1], rows)
    assert scores == pytest.approx(vectors[rows] @ vectors[1], abs=1e-5)
