"""The choice of weights on made-up scores."""

from __future__ import annotations

import numpy as np

from engine.evaluation.grid import Trial, choose

WORDS = np.array([True, True])
CODE = np.array([False, False])


def trial(scores: list[list[float]], is_words: np.ndarray, floor: float = 0.0) -> Trial:
    return Trial(np.array(scores), is_words, floor)


def test_each_kind_gets_its_own_best_weight() -> None:
    words = trial([[0.1, 0.5, 0.9], [0.1, 0.5, 0.9]], WORDS)
    code = trial([[0.2, 0.8, 0.3], [0.2, 0.8, 0.3]], CODE)
    choice = choose([words, code], (0, 0))
    assert (choice.words, choice.code, choice.shortfall) == (2, 1, 0.0)


def test_sets_count_alike_however_many_queries_they_have() -> None:
    many = trial([[0.5, 0.6]] * 10, np.array([True] * 10))
    few = trial([[0.9, 0.5]], np.array([True]))
    assert choose([many, few], (0, 0)).words == 0


def test_no_set_falls_below_its_floor_even_for_a_better_mean() -> None:
    gains = trial([[0.1, 0.2, 0.9]], np.array([True]))
    loses = trial([[0.5, 0.5, 0.4]], np.array([True]), floor=0.5)
    assert choose([gains, loses], (0, 0)).words == 1


def test_a_floor_out_of_reach_is_missed_by_as_little_as_possible() -> None:
    hard = trial([[0.3, 0.6, 0.5]], np.array([True]), floor=0.7)
    easy = trial([[0.1, 0.1, 0.9]], np.array([True]))
    choice = choose([hard, easy], (0, 0))
    assert choice.words == 1
    assert abs(choice.shortfall - 0.1) < 1e-9


def test_a_kind_that_does_not_occur_keeps_its_weight() -> None:
    assert choose([trial([[0.1, 0.9]] * 2, WORDS)], (0, 1)).code == 1
    assert choose([trial([[0.1, 0.9]] * 2, CODE)], (1, 0)).words == 1


def test_a_set_of_both_kinds_is_judged_as_a_whole() -> None:
    mixed = trial([[0.2, 0.9], [0.8, 0.3]], np.array([True, False]), floor=0.85)
    choice = choose([mixed], (0, 0))
    assert (choice.words, choice.code) == (1, 0)
