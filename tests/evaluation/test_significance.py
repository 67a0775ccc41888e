"""Intervals and tests, against what is known of them."""

from __future__ import annotations

import math
import random

import pytest
import scipy.special  # noqa: F401 - slow to import, so not inside a timed example
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.evaluation.significance import (
    bootstrap_interval,
    compare,
    holm,
    paired_randomisation,
    paired_t,
    verdict,
)

shares = st.floats(0.0, 1.0, allow_nan=False)
pairs = st.lists(st.tuples(shares, shares), min_size=1, max_size=60)


@settings(deadline=None)
@given(st.lists(shares, min_size=1, max_size=40))
def test_the_interval_holds_the_mean_and_stays_within_the_values(values: list[float]) -> None:
    low, high = bootstrap_interval(values, samples=500)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert low - 1e-9 <= math.fsum(values) / len(values) <= high + 1e-9 or len(set(values)) > 1


def test_the_interval_is_about_as_wide_as_the_normal_one() -> None:
    source = random.Random(1)
    values = [source.random() for _ in range(400)]
    low, high = bootstrap_interval(values)
    error = math.sqrt(1 / 12 / 400)
    assert (high - low) == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert bootstrap_interval(values) == (low, high)  # seeded


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_p_values_do_not_depend_on_which_comes_first(found: list[tuple[float, float]]) -> None:
    a, b = [x for x, _ in found], [y for _, y in found]
    assert paired_t(a, b) == pytest.approx(paired_t(b, a))
    forth = compare(a, b)
    back = compare(b, a)
    assert 0.0 < forth.p_randomisation <= 1.0
    assert forth.p_randomisation == pytest.approx(back.p_randomisation, abs=0.03)
    assert forth.difference == pytest.approx(-back.difference)
    assert (forth.wins, forth.losses, forth.ties) == (back.losses, back.wins, back.ties)


def test_the_randomisation_test_tries_all_signs_of_few_queries() -> None:
    # All five differ the same way: 2 of the 32 signs are as extreme.
    assert paired_randomisation([0.0] * 5, [0.1, 0.2, 0.3, 0.4, 0.5]) == pytest.approx(2 / 32)


def test_the_two_tests_agree_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    source = random.Random(5)
    a = [source.random() for _ in range(80)]
    b = [x + source.gauss(0.02, 0.1) for x in a]
    assert paired_t(a, b) == pytest.approx(stats.ttest_rel(a, b).pvalue, abs=1e-12)
    assert paired_randomisation(a, b) == pytest.approx(paired_t(a, b), abs=0.02)


def test_no_difference_is_no_difference() -> None:
    same = [0.1, 0.5, 0.9]
    test = compare(same, same)
    assert (test.p_randomisation, test.p_t, test.queries_needed) == (1.0, 1.0, None)
    assert "score the same on every query" in verdict(test, "one", "other", "nDCG@10")


def test_holm_is_the_textbook_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(shares, max_size=12))
def test_holm_only_raises_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    for before, after in zip(p_values, adjusted, strict=True):
        assert before <= after <= 1.0
        assert after <= before * len(p_values) or after in adjusted
    ranked = [after for _, after in sorted(zip(p_values, adjusted, strict=True))]
    assert ranked == sorted(ranked)


def test_few_queries_get_the_plain_sentence() -> None:
    source = random.Random(2)
    a = [source.random() for _ in range(50)]
    b = [min(1.0, max(0.0, x + source.gauss(0.01, 0.2))) for x in a]
    test = compare(a, b)
    said = verdict(test, "hybrid", "rerank", "nDCG@10")
    assert said.startswith("50 queries cannot tell these two apart: hybrid and rerank")
    assert "it takes about" in said
    assert test.queries_needed is not None and test.queries_needed > 50


def test_a_clear_difference_is_said_with_its_size_and_interval() -> None:
    source = random.Random(4)
    a = [source.random() * 0.5 for _ in range(200)]
    b = [x + 0.1 + source.gauss(0, 0.05) for x in a]
    test = compare(a, b)
    said = verdict(test, "old", "new", "nDCG@10")
    assert said.startswith("new is better than old by 0.1")
    turned = compare(b, a)
    assert verdict(turned, "new", "old", "nDCG@10").startswith("new is better than old by 0.1")
    assert turned.low < 0 > turned.high


def test_values_that_cannot_be_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be paired"):
        compare([0.1], [0.1, 0.2])
