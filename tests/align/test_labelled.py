"""The aligner against alignments made by hand, beside aligners that know nothing of code."""

from __future__ import annotations

from functools import cache

import pytest

from engine.align.aligner import Aligner
from engine.align.statements import statements
from engine.job import JobContext
from engine.types_alignment import AlignmentRequest
from tests.align.labelled import LabelledPair, labelled_pairs
from tests.align.scores import BASELINES, Links, Score, score

APART = [pair for pair in labelled_pairs() if not pair.for_tuning]


def aligned(pair: LabelledPair, aligner: Aligner) -> Links:
    request = AlignmentRequest(
        pair.left.text, pair.left.language, pair.right.text, pair.right.language
    )
    found = aligner.align(request, None, JobContext())
    return {(found.left[link.left].first, found.right[link.right].first) for link in found.links}


@cache
def of_the_aligner() -> Score:
    aligner = Aligner()
    return sum((score(aligned(pair, aligner), pair.links()) for pair in APART), Score())


def test_the_set_is_large_and_every_pair_says_something() -> None:
    pairs = labelled_pairs()
    assert len(pairs) >= 60
    assert len({pair.number for pair in pairs}) == len(pairs)
    assert all(len(pair.links()) >= 4 for pair in pairs)
    languages = {side.language for pair in pairs for side in (pair.left, pair.right)}
    assert len(languages) >= 10


@pytest.mark.parametrize("pair", labelled_pairs(), ids=lambda pair: str(pair.number))
def test_statements_begin_where_the_labels_say(pair: LabelledPair) -> None:
    for side in (pair.left, pair.right):
        found = {unit.first for unit in statements(side.text, side.language)}
        assert found == {line for line, tag in enumerate(side.tags) if tag != ":"}


def test_pairs_that_nothing_was_tuned_on_are_aligned_well() -> None:
    assert of_the_aligner().f1 >= 0.85
    assert of_the_aligner().precision >= 0.85


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_is_far_behind(name: str) -> None:
    baseline = sum((score(BASELINES[name](pair), pair.links()) for pair in APART), Score())
    assert of_the_aligner().f1 >= baseline.f1 + 0.1
