"""Agreement against published worked examples and against reference libraries."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from engine.judgements.agreement import (
    Level,
    Weights,
    alpha_with_interval,
    coincidence_matrix,
    contingency,
    kappa_with_interval,
    krippendorff_alpha,
    weighted_kappa,
)

grades = st.integers(0, 3)
# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, example C: four observers, twelve
# units, missing values; the values 1 to 5 here from 0.
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_of_krippendorffs_worked_example(level: Level, published: float) -> None:
    units = [
        [value - 1 for value in unit if value is not None] for unit in zip(*OBSERVERS, strict=True)
    ]
    assert krippendorff_alpha(coincidence_matrix(units, 5), level) == pytest.approx(
        published, abs=5e-4
    )


def test_weighted_kappa_by_hand() -> None:
    # po = 1 - (1*1)/(9*4), pe by the margins (2, 1, 1) and (1, 2, 1): linear weights 0, 1, 2.
    table = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    rows, columns = np.array([2, 1, 1]), np.array([1, 2, 1])
    expected = sum(abs(i - j) * rows[i] * columns[j] for i in range(3) for j in range(3)) / 16
    assert weighted_kappa(table, "linear") == pytest.approx(1 - (1 / 4) / expected, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(grades, grades), min_size=1, max_size=60))
@pytest.mark.parametrize("weights", ["linear", "quadratic"])
def test_weighted_kappa_is_that_of_scikit_learn(
    weights: Weights, pairs: list[tuple[int, int]]
) -> None:
    first, second = zip(*pairs, strict=True)
    found = weighted_kappa(contingency(first, second), weights)
    if len({*first, *second}) == 1:
        assert found is None
        return
    reference = cohen_kappa_score(first, second, weights=weights, labels=[0, 1, 2, 3])
    assert found == pytest.approx(reference, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.one_of(st.none(), grades), min_size=3, max_size=3), min_size=1, max_size=30
    )
)
@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_is_that_of_the_reference(level: Level, units: list[list[int | None]]) -> None:
    there = [[value for value in unit if value is not None] for unit in units]
    values = {value for unit in there if len(unit) > 1 for value in unit}
    found = krippendorff_alpha(coincidence_matrix(there), level)
    assume(values)
    if len(values) == 1:
        assert found is None
        return
    data = np.array([[np.nan if v is None else float(v) for v in unit] for unit in units]).T
    reference = krippendorff.alpha(
        reliability_data=data, level_of_measurement=level, value_domain=[0, 1, 2, 3]
    )
    assert found == pytest.approx(reference, abs=1e-9)


def test_intervals_hold_the_value_and_shrink_with_more_queries() -> None:
    rng = np.random.default_rng(3)

    def clusters(count: int) -> dict[str, list[tuple[int, int]]]:
        return {
            str(query): [
                (int(one), int(one if rng.random() < 0.7 else rng.integers(4)))
                for one in rng.integers(0, 4, 8)
            ]
            for query in range(count)
        }

    few, many = (kappa_with_interval(clusters(count)) for count in (10, 200))
    for found in (few, many):
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.value <= found.high
    assert few.high is not None
    assert few.low is not None
    assert many.high - many.low < (few.high - few.low) / 2  # type: ignore[operator]


def test_intervals_resample_queries_not_items() -> None:
    """Queries judged a hundred times over say no more than the same queries judged once."""
    once = {"a": [(0, 0)], "b": [(3, 3)], "c": [(1, 2)], "d": [(2, 2)], "e": [(0, 1)]}
    often = {query: pairs * 100 for query, pairs in once.items()}
    first, second = kappa_with_interval(once), kappa_with_interval(often)
    assert first.low == pytest.approx(second.low)
    assert first.high == pytest.approx(second.high)


def test_one_query_has_a_value_and_no_interval() -> None:
    found = kappa_with_interval({"only": [(0, 0), (3, 2), (1, 1)]})
    assert found.value is not None
    assert (found.low, found.high) == (None, None)


def test_nothing_in_common_is_not_defined() -> None:
    assert kappa_with_interval({}).value is None
    assert alpha_with_interval({}).value is None
