"""The table of the monotone alignment is kept skewed, along the shorter side: nothing else."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.align.decode import Pairs, monotone


def in_a_plain_table(gains: NDArray[np.float64], more: float) -> Pairs:
    """The same, place by place; of ways that are worth the same, the first counts."""
    n, m = gains.shape
    fresh, along, down = (np.full((n + 1, m + 1), -1e18) for _ in range(3))
    best = np.zeros((n + 1, m + 1))
    came = np.zeros((n + 1, m + 1), dtype=int)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            gain = gains[i - 1, j - 1]
            fresh[i, j] = best[i - 1, j - 1] + gain
            along[i, j] = max(fresh[i, j - 1], along[i, j - 1]) + (gain - more)
            down[i, j] = max(fresh[i - 1, j], down[i - 1, j]) + (gain - more)
            ways = [best[i - 1, j], best[i, j - 1], fresh[i, j], along[i, j], down[i, j]]
            came[i, j] = int(np.argmax(ways))
            best[i, j] = max(ways)
    pairs: Pairs = []
    i, j, way = n, m, -1
    while i > 0 and j > 0:
        way = int(came[i, j]) if way < 0 else way
        if way >= 2:
            pairs.append((i - 1, j - 1))
        if way in (0, 1, 2):
            i, j, way = i - (way != 1), j - (way != 0), -1
        elif way == 3:
            j -= 1
            way = 2 if fresh[i, j] >= along[i, j] else 3
        else:
            i -= 1
            way = 2 if fresh[i, j] >= down[i, j] else 4
    return pairs[::-1]


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(st.integers(1, 7), st.integers(1, 7)).flatmap(
        lambda size: st.lists(
            st.integers(-3, 3), min_size=size[0] * size[1], max_size=size[0] * size[1]
        ).map(lambda v: np.array(v, dtype=float).reshape(size) / 2)
    ),
    st.sampled_from([-0.5, 0.0, 0.5, 1.0]),
)
def test_it_is_what_a_plain_table_gives_ties_included(
    gains: NDArray[np.float64], more: float
) -> None:
    assert monotone(gains, more) == in_a_plain_table(gains, more)


@pytest.mark.parametrize("size", [(4000, 3), (3, 4000)])
def test_a_long_text_against_a_short_one_takes_little_memory(size: tuple[int, int]) -> None:
    gains = np.zeros(size)
    np.fill_diagonal(gains, 1.0)
    tracemalloc.start()
    try:
        assert monotone(gains, 0.5) == [(0, 0), (1, 1), (2, 2)]
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
