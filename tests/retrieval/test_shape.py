"""Comparing snippets without their names."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.retrieval.shape import READ, shape, shape_similarity

PYTHON = """
def f(values):
    total = 0
    for value in values:
        if value % 2 == 0 and value > 10:
            total += value * 3
    return total
"""
JAVA = """
public int g(List<Integer> list) {
    int s = 0;
    for (int x : list) {
        if (x % 2 == 0 && x > 10) {
            s += x * 3;
        }
    }
    return s;
}
"""
OTHER = """
public String h(String text) {
    while (text.length() < 80) {
        text = "-" + text;
    }
    return text;
}
"""
CODE = st.text(st.sampled_from("ab1 +-*%=<>&|!'\"\n().for"), max_size=80)


def test_names_do_not_matter() -> None:
    assert shape("total = torch.cat(a, b) + 1") == shape("s = x + 1")
    assert shape("total = cat(a) + 1") != shape("total = cat(a) - 1")


def test_languages_share_a_spelling() -> None:
    assert shape("a && b || c") == shape("x and y or z")
    assert shape("xs.length") == shape("len(xs)")[::-1]
    assert shape("elif") == shape("if")


def test_the_same_steps_in_another_language_are_the_most_alike() -> None:
    found = shape_similarity(PYTHON, [OTHER, JAVA])
    assert found[1] == 1.0
    assert found[0] < 0.6


@given(CODE, st.lists(CODE, min_size=1, max_size=6))
def test_similarities_are_shares_of_the_best(query: str, texts: list[str]) -> None:
    found = shape_similarity(query, texts)
    assert found.shape == (len(texts),)
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()
    assert found.max() in (0.0, 1.0)


@given(CODE, st.lists(CODE, min_size=1, max_size=6), st.randoms())
def test_the_order_of_the_texts_does_not_matter(
    query: str, texts: list[str], random: object
) -> None:
    order = list(range(len(texts)))
    random.shuffle(order)  # type: ignore[attr-defined]
    found = shape_similarity(query, [texts[place] for place in order])
    assert found == pytest.approx(shape_similarity(query, texts)[order], abs=1e-5)


def test_nothing_to_compare() -> None:
    assert len(shape_similarity(PYTHON, [])) == 0
    assert shape_similarity("", ["", "x"]).tolist() == [0.0, 0.0]


def test_a_text_is_read_up_to_a_limit() -> None:
    assert shape("x = 1;\n" * READ) == shape(("x = 1;\n" * READ)[:READ])
