"""The metrics against values worked out by hand and against their defining properties."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation import metrics

QRELS = {"a": 3, "b": 2, "c": 0, "d": 1}


def test_linear_ndcg_is_what_trec_eval_computes() -> None:
    # DCG = 0/log2(2) + 3/log2(3) + 1/log2(4); ideal = 3/log2(2) + 2/log2(3) + 1/log2(4)
    dcg = 3 / math.log2(3) + 1 / 2
    ideal = 3 + 2 / math.log2(3) + 1 / 2
    assert metrics.ndcg(["c", "a", "d"], QRELS, 10) == pytest.approx(dcg / ideal)


def test_exponential_ndcg_is_what_the_codesearchnet_challenge_computes() -> None:
    dcg = 7 / math.log2(3) + 1 / 2
    ideal = 7 + 3 / math.log2(3) + 1 / 2
    value = metrics.ndcg(["c", "a", "d"], QRELS, 10, metrics.exponential_gain)
    assert value == pytest.approx(dcg / ideal)


def test_ndcg_counts_relevant_documents_that_were_not_retrieved() -> None:
    assert metrics.ndcg(["a"], QRELS, 1) == 1.0
    assert metrics.ndcg(["a"], QRELS, 10) < 1.0


def test_negative_grades_are_worth_nothing() -> None:
    assert metrics.ndcg(["a", "b"], {"a": -1, "b": 1}) == pytest.approx(1 / math.log2(3))


def test_binary_metrics() -> None:
    ranking = ["c", "x", "b", "a"]
    assert metrics.reciprocal_rank(ranking, QRELS) == pytest.approx(1 / 3)
    assert metrics.hit(ranking, QRELS, 2) == 0.0
    assert metrics.hit(ranking, QRELS, 3) == 1.0
    assert metrics.recall(ranking, QRELS, 3) == pytest.approx(1 / 3)
    assert metrics.recall(ranking, QRELS, 100) == pytest.approx(2 / 3)


@pytest.mark.parametrize("qrels", [{}, {"a": 0}])
def test_without_relevant_documents_everything_is_zero(qrels: dict[str, int]) -> None:
    ranking = ["a", "b"]
    assert metrics.ndcg(ranking, qrels) == 0.0
    assert metrics.reciprocal_rank(ranking, qrels) == 0.0
    assert metrics.hit(ranking, qrels) == 0.0
    assert metrics.recall(ranking, qrels) == 0.0


GRADES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3))


@given(GRADES, st.permutations(list("abcdefgh")), st.integers(1, 10))
def test_every_metric_lies_between_0_and_1(
    qrels: dict[str, int], ranking: list[str], k: int
) -> None:
    for gain in (metrics.linear_gain, metrics.exponential_gain):
        assert 0.0 <= metrics.ndcg(ranking, qrels, k, gain) <= 1.0 + 1e-12
    assert 0.0 <= metrics.recall(ranking, qrels, k) <= 1.0
    assert 0.0 <= metrics.reciprocal_rank(ranking, qrels) <= 1.0


@given(GRADES.filter(lambda qrels: any(qrels.values())), st.integers(1, 10))
def test_the_ideal_ranking_scores_1(qrels: dict[str, int], k: int) -> None:
    ideal = sorted(qrels, key=lambda document: -qrels[document])
    assert metrics.ndcg(ideal, qrels, k) == pytest.approx(1.0)


@given(GRADES, st.permutations(list("abcdefgh")))
def test_moving_a_better_document_up_never_lowers_ndcg(
    qrels: dict[str, int], ranking: list[str]
) -> None:
    for place in range(len(ranking) - 1):
        upper, lower = ranking[place], ranking[place + 1]
        if qrels.get(lower, 0) > qrels.get(upper, 0):
            swapped = [*ranking[:place], lower, upper, *ranking[place + 2 :]]
            assert metrics.ndcg(swapped, qrels) >= metrics.ndcg(ranking, qrels) - 1e-12


def test_percentile_interpolates() -> None:
    assert metrics.percentile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert metrics.percentile([7.0], 0.95) == 7.0
    assert metrics.percentile([], 0.5) == 0.0


def test_mean() -> None:
    assert metrics.mean([1.0, 2.0]) == 1.5
    assert metrics.mean([]) == 0.0
