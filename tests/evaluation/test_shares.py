"""Fitting a share to made-up curves."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.shares import GRID, LOG_ODDS, Curves, fit_share
from engine.retrieval.features import FEATURES, QueryFeatures
from engine.retrieval.weights import NOTHING, Line, Share
from engine.types import QueryKind

CURRENT = Share.fixed(0.25, 0.75)


def peak(at: float, height: float = 0.9) -> np.ndarray:
    """A curve with its top at some log-odds, 0.02 lower for each step away."""
    return height - 0.04 * np.abs(LOG_ODDS - at)


def curves(
    rows: list[np.ndarray],
    words: bool,
    floor: float = 0.0,
    without: float = 0.0,
    lengths: list[float] | None = None,
) -> Curves:
    features = np.zeros((len(rows), len(FEATURES)))
    features[:, 0] = lengths or [2.0] * len(rows)
    return Curves(
        scores=np.array(rows),
        without=np.full(len(rows), without),
        features=features,
        is_words=np.array([words] * len(rows)),
        legs=np.full((len(rows), 2), floor),
    )


def log_odds(share: Share, kind: QueryKind, length: float = 2.0) -> float:
    value = share.of(kind, QueryFeatures(length, 0.0, 0.0, 0.0, 0.0))
    return float(np.log(value / (1.0 - value)))


def test_each_kind_gets_the_share_that_is_best_for_it() -> None:
    found = fit_share([curves([peak(2.0)], True), curves([peak(-3.0)], False)], CURRENT, False)
    assert log_odds(found, QueryKind.WORDS) == pytest.approx(2.0, abs=0.6)
    assert log_odds(found, QueryKind.CODE) == pytest.approx(-3.0, abs=0.6)


def test_a_share_follows_a_feature() -> None:
    lengths = [1.0, 3.0] * 10
    rows = [peak(-2.0 if length == 1.0 else 2.0) for length in lengths]
    found = fit_share([curves(rows, False, lengths=lengths)], CURRENT, False)
    assert log_odds(found, QueryKind.CODE, 1.0) < -1.0
    assert log_odds(found, QueryKind.CODE, 3.0) > 1.0


def test_sets_count_alike_however_many_queries_they_have() -> None:
    step = 0.01 * (LOG_ODDS > 0)
    many = curves([0.5 + step] * 30, True)
    few = curves([0.5 - 4.0 * step], True)
    assert log_odds(fit_share([many, few], CURRENT, False), QueryKind.WORDS) < 0.0


def test_a_set_is_kept_at_its_floor_even_for_a_lower_mean() -> None:
    gains = curves([0.5 + 0.02 * LOG_ODDS], True)
    loses = curves([0.5 - 0.01 * LOG_ODDS], True, floor=0.5)
    found = fit_share([gains, loses], CURRENT, False)
    assert loses.mean(found.words) >= 0.5 - 1e-3
    unguarded = curves([0.5 - 0.01 * LOG_ODDS], True)
    assert unguarded.mean(fit_share([gains, unguarded], CURRENT, False).words) < 0.5


def test_a_stage_takes_nothing_from_a_set_to_give_it_to_another() -> None:
    gains = curves([0.5 + 0.02 * LOG_ODDS], True, without=0.4)
    loses = curves([0.5 - 0.01 * LOG_ODDS], True, floor=0.2, without=0.5)
    assert loses.mean(fit_share([gains, loses], CURRENT, False).words) >= 0.5 - 1e-3


def test_the_higher_of_two_summits_is_found() -> None:
    near, far = peak(0.5, 0.6), peak(-5.0, 0.8)
    found = fit_share([curves([np.maximum(near, far)], True)], CURRENT, False)
    assert log_odds(found, QueryKind.WORDS) == pytest.approx(-5.0, abs=0.6)


def test_the_line_there_is_stays_unless_another_gives_more_than_noise() -> None:
    top = [curves([peak(1.0)], True)]
    there = Share(Line(1.0), None)
    assert fit_share(top, there, False).words == there.words
    assert fit_share(top, Share(Line(-1.0), None), False).words != Line(-1.0)


def test_a_kind_that_gains_nothing_gets_no_share() -> None:
    harmed = curves([peak(0.0, 0.6)], True, without=0.7)
    helped = curves([peak(0.0, 0.8)], False, without=0.7)
    found = fit_share([harmed, helped], CURRENT, True)
    assert found.words is None
    assert found.of(QueryKind.WORDS, QueryFeatures(2.0, 0.0, 0.0, 0.0, 0.0)) == 0.0
    assert log_odds(found, QueryKind.CODE) == pytest.approx(0.0, abs=0.6)
    assert fit_share([harmed], NOTHING, True) == NOTHING


def test_a_kind_that_does_not_occur_keeps_what_it_has() -> None:
    assert fit_share([curves([peak(0.0)], True)], CURRENT, False).code == CURRENT.code
    assert fit_share([curves([peak(0.0)], False)], CURRENT, False).words == CURRENT.words
    assert fit_share([], CURRENT, False) == CURRENT


def test_a_score_between_two_points_of_the_grid_is_interpolated() -> None:
    found = curves([peak(0.0)], False)
    middle = Line(float(LOG_ODDS[3:5].mean()))
    assert found.mean(middle) == pytest.approx(found.scores[0, 3:5].mean())
    assert found.mean(Line(100.0)) == found.scores[0, -1]
    assert pytest.approx(1.0 / (1.0 + np.exp(-LOG_ODDS[3]))) == GRID[3]
