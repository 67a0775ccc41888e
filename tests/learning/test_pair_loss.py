"""The cross-encoder's losses, against figures computed by hand."""

from math import exp, log
from pathlib import Path

import pytest
import torch

from engine.errors import DataError
from engine.learning.augment import Chances
from engine.learning.cross_encoder_training import CrossEncoderTraining, pair_loss
from engine.learning.pair_rows import Rows

TWO_LISTS = Rows("pairs", ["q"] * 6, ["t"] * 6, [1.0, 0.0, 0.0] * 2, 3)
SCORES = torch.tensor([2.0, 0.0, -1.0, 0.5, 1.5, 0.0])


def by_hand(scores, kind):
    lists = [scores[:3], scores[3:]]
    pointwise = sum(log(1 + exp(-row[0])) + sum(log(1 + exp(x)) for x in row[1:]) for row in lists)
    listwise = sum(log(sum(map(exp, row))) - row[0] for row in lists)
    parts = {"pointwise": pointwise / 6, "listwise": listwise / 2}
    return sum(parts.values()) if kind == "both" else parts[kind]


@pytest.mark.parametrize("kind", ["pointwise", "listwise", "both"])
def test_the_losses_are_those_computed_by_hand(kind):
    expected = by_hand(SCORES.tolist(), kind)
    assert pair_loss(SCORES, TWO_LISTS, kind).item() == pytest.approx(expected, abs=1e-6)


def test_only_the_order_counts_in_lists():
    moved = SCORES + torch.tensor([5.0] * 3 + [-3.0] * 3)
    before, after = (pair_loss(each, TWO_LISTS, "listwise").item() for each in (SCORES, moved))
    assert after == pytest.approx(before, abs=1e-6)
    assert pair_loss(moved, TWO_LISTS, "pointwise") > pair_loss(SCORES, TWO_LISTS, "pointwise")


def test_pairs_with_targets_of_their_own_are_no_lists():
    graded = Rows("graded", ["q"] * 3, ["t"] * 3, [1.0, 1 / 3, 0.0], 0)
    scores = torch.tensor([1.0, 0.0, -1.0])
    assert pair_loss(scores, graded, "both") == pair_loss(scores, graded, "pointwise")


def test_an_unknown_loss_is_one_line():
    with pytest.raises(DataError, match="pointwise, listwise, both, not hinge"):
        CrossEncoderTraining(Path("start"), [], {}, {}, Chances(), {"loss": "hinge"})
