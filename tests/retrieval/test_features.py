"""What is known of a query once both legs have answered."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.corpus.table import build_table
from engine.retrieval.candidates import NO_CANDIDATES, Candidates
from engine.retrieval.features import LanguageMix, query_features
from engine.types import QueryKind, Understanding
from tests.retrieval.corpora import functions


def candidates(bm25: list[float], lexical: list[int], dense: list[int]) -> Candidates:
    rows = np.arange(len(bm25))
    scores = np.array(bm25, dtype=np.float32)
    ranks = np.array(lexical), np.array(dense)
    return Candidates(rows, rows, scores, scores, scores, *ranks, scores, scores)


def test_legs_that_name_the_same_agree() -> None:
    found = candidates([3.0, 2.0, 1.0], [1, 2, 3], [2, 0, 1])
    assert query_features(4, 10.0, found, 0.5).agreement == pytest.approx(0.2)
    late = candidates([3.0, 2.0], [1, 2], [11, 12])
    assert query_features(4, 10.0, late, 0.5).agreement == 0.0


def test_the_best_match_explains_its_part_of_the_bound() -> None:
    found = candidates([5.0, 1.0], [1, 2], [1, 2])
    assert query_features(3, 20.0, found, 1.0).explained == pytest.approx(math.log(0.25))


@given(st.integers(0, 10_000), st.floats(0, 1e4), st.floats(0, 1))
def test_features_are_finite_even_without_candidates(
    tokens: int, bound: float, same: float
) -> None:
    found = query_features(tokens, bound, NO_CANDIDATES, same)
    assert np.isfinite(np.array(found)).all()
    assert found.explained <= 0.0


def test_the_part_of_the_corpus_in_a_language() -> None:
    chunks = functions()
    table = build_table(chunks)
    languages = [chunk.language for chunk in chunks]
    mix = LanguageMix(table)
    of = {name: languages.count(name) / len(languages) for name in languages}
    for name, part in of.items():
        assert mix.same(Understanding(QueryKind.CODE, name)) == pytest.approx(part)
    assert mix.same(Understanding(QueryKind.CODE, "Cobol")) == 0.0
    assert mix.same(Understanding(QueryKind.WORDS)) == pytest.approx(max(of.values()))


def test_an_empty_corpus_has_no_language() -> None:
    mix = LanguageMix(build_table([]))
    assert mix.same(Understanding(QueryKind.WORDS)) == 0.0


def test_the_closest_is_the_highest_similarity_and_nothing_without_vectors() -> None:
    found = candidates([3.0, 2.0, 1.0], [1, 2, 3], [2, 1, 0])
    dense = np.array([0.4, 0.7, np.nan], dtype=np.float32)
    assert query_features(3, 20.0, replace(found, dense=dense), 1.0).closest == pytest.approx(0.7)
    unknown = replace(found, dense=np.full(3, np.nan, dtype=np.float32))
    assert query_features(3, 20.0, unknown, 1.0).closest == 0.0
