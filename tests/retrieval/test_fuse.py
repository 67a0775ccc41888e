"""What fusion and reranking promise, whatever the scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.retrieval.fuse import ENOUGH, Scores, estimate_missing, fuse, mix_in
from engine.retrieval.rerank import combine, order_by, rerank

SIZE = st.shared(st.integers(2, 30), key="size")
LEXICAL = SIZE.flatmap(lambda n: arrays(np.float32, n, elements=st.floats(0, 50, width=32)))
DENSE = SIZE.flatmap(lambda n: arrays(np.float32, n, elements=st.floats(-1, 1, width=32)))
PRESENT = SIZE.flatmap(lambda n: arrays(np.bool_, n))
WEIGHT = st.floats(0, 1)


def gapped(dense: Scores, present: np.ndarray) -> Scores:
    return np.where(present, dense, np.float32(np.nan))


@given(LEXICAL, DENSE, PRESENT, WEIGHT)
def test_fused_scores_are_shares(
    bm25: Scores, dense: Scores, present: np.ndarray, weight: float
) -> None:
    fused = fuse(bm25, gapped(dense, present), weight)
    assert fused.shape == bm25.shape
    assert np.isfinite(fused).all()
    assert ((fused >= 0) & (fused <= 1 + 1e-6)).all()


@given(LEXICAL, DENSE)
def test_the_weights_0_and_1_are_the_legs(bm25: Scores, dense: Scores) -> None:
    assume(bm25.any() and np.ptp(dense) > 1e-3)
    lexical, semantic = fuse(bm25, dense, 0.0), fuse(bm25, dense, 1.0)
    for fused, leg in ((lexical, bm25), (semantic, dense)):
        order = np.argsort(-leg, kind="stable")
        assert (np.diff(fused[order]) <= 1e-6).all()


@given(LEXICAL, DENSE, WEIGHT)
def test_best_in_both_legs_is_best(bm25: Scores, dense: Scores, weight: float) -> None:
    bm25[0], dense[0] = 60.0, 1.0
    assert fuse(bm25, dense, weight).argmax() == 0


@given(LEXICAL, DENSE, WEIGHT, st.integers(0, 29), st.integers(0, 29))
def test_better_in_both_legs_is_never_below(
    bm25: Scores, dense: Scores, weight: float, one: int, other: int
) -> None:
    one, other = one % len(bm25), other % len(bm25)
    assume(bm25[one] >= bm25[other] and dense[one] >= dense[other])
    fused = fuse(bm25, dense, weight)
    assert fused[one] >= fused[other] - 1e-6


@given(LEXICAL, DENSE, PRESENT, WEIGHT, st.floats(0.0625, 64, width=32))
def test_the_unit_of_bm25_does_not_matter(
    bm25: Scores, dense: Scores, present: np.ndarray, weight: float, unit: float
) -> None:
    bm25 = np.round(bm25, 2)
    dense = np.round(dense, 2)
    found = fuse(bm25 * np.float32(unit), gapped(dense, present), weight)
    assert found == pytest.approx(fuse(bm25, gapped(dense, present), weight), abs=1e-3)


@given(LEXICAL, DENSE, PRESENT, WEIGHT, st.randoms())
def test_the_order_of_candidates_does_not_matter(
    bm25: Scores, dense: Scores, present: np.ndarray, weight: float, random: object
) -> None:
    bm25, dense = np.round(bm25, 2), np.round(dense, 2)
    order = np.arange(len(bm25))
    random.shuffle(order)  # type: ignore[attr-defined]
    given_dense = gapped(dense, present)
    found = fuse(bm25[order], given_dense[order], weight)
    assert found == pytest.approx(fuse(bm25, given_dense, weight)[order], abs=1e-3)


@given(LEXICAL, WEIGHT)
def test_without_vectors_the_order_is_that_of_bm25(bm25: Scores, weight: float) -> None:
    fused = fuse(bm25, np.full_like(bm25, np.nan), weight)
    # Scores that differ in the last bit may become equal, but none may overtake another.
    assert (np.diff(fused[np.argsort(-bm25)]) <= 0).all()


def test_a_chunk_without_vector_is_judged_by_its_words() -> None:
    bm25 = np.array([1.0, 0.9, 0.5, 0.4, 0.3, 0.2, 0.95], dtype=np.float32)
    dense = np.array([0.9, 0.8, 0.5, 0.4, 0.3, 0.2, np.nan], dtype=np.float32)
    order = np.argsort(-fuse(bm25, dense, 0.8)).tolist()
    assert order.index(6) == 1  # between the two that its BM25 score lies between


@given(LEXICAL, DENSE, PRESENT)
def test_an_estimate_is_a_share_and_touches_nothing_else(
    bm25: Scores, dense: Scores, present: np.ndarray
) -> None:
    shares = (bm25 / 50).astype(np.float32)
    semantic = gapped((dense + 1) / 2, present)
    filled = estimate_missing(semantic, shares)
    assert np.array_equal(filled[present], semantic[present])
    assert ((filled >= 0) & (filled <= 1)).all()
    missing = np.flatnonzero(~present)
    by_words = missing[np.argsort(shares[missing])]
    assert (np.diff(filled[by_words]) >= -1e-5).all()


def test_with_too_few_to_go_by_the_lexical_score_stands_in() -> None:
    bm25 = np.linspace(0, 1, ENOUGH, dtype=np.float32)
    dense = np.full(ENOUGH, np.nan, dtype=np.float32)
    dense[: ENOUGH - 1] = 0.0
    assert estimate_missing(dense, bm25)[-1] == bm25[-1]


def test_no_lexical_match_leaves_the_dense_order() -> None:
    dense = np.array([0.1, 0.9, np.nan, 0.5], dtype=np.float32)
    fused = fuse(np.zeros(4, dtype=np.float32), dense, 0.3)
    assert np.argsort(-fused, kind="stable").tolist()[:2] == [1, 3]


JUDGED = SIZE.flatmap(lambda n: arrays(np.float32, n, elements=st.floats(0, 1, width=32)))


@given(JUDGED, JUDGED, WEIGHT, st.integers(1, 9))
def test_reranking_moves_only_what_it_has_seen(
    fused: Scores, judged: Scores, weight: float, size: int
) -> None:
    fused = np.sort(fused)[::-1].copy()
    parts = [np.arange(len(fused))[start : start + size] for start in range(0, len(fused), size)]
    batches = [(part, judged[part]) for part in parts]
    seen = 0
    for (part, _), (order, found, combined) in zip(
        batches, rerank(fused, batches, weight), strict=True
    ):
        seen += len(part)
        assert sorted(order.tolist()) == list(range(len(fused)))
        assert sorted(order[:seen].tolist()) == list(range(seen))
        assert order[seen:].tolist() == list(range(seen, len(fused)))
        assert (np.diff(combined[order[:seen]]) <= 1e-6).all()
        assert np.isnan(found[seen:]).all()


@given(JUDGED)
def test_a_cross_encoder_without_weight_changes_nothing(fused: Scores) -> None:
    fused = np.sort(fused)[::-1].copy()
    batches = [(np.arange(len(fused)), fused[::-1].copy())]
    ((order, _, _),) = rerank(fused, batches, 0.0)
    assert order.tolist() == list(range(len(fused)))


@given(JUDGED, st.floats(0.2, 5.0), st.floats(-3.0, 3.0))
def test_only_how_a_cross_encoder_tells_candidates_apart_counts(
    judged: Scores, steepness: float, shift: float
) -> None:
    judged = np.clip(judged, 0.1, 0.9)
    assume(judged.std() > 0.01)
    fused = np.linspace(1.0, 0.0, len(judged), dtype=np.float32)
    odds = steepness * np.log(judged / (1.0 - judged)) + shift
    other = (1.0 / (1.0 + np.exp(-odds))).astype(np.float32)
    assert combine(fused, other, 0.3) == pytest.approx(combine(fused, judged, 0.3), abs=1e-3)


def test_a_certain_or_an_undecided_cross_encoder_gives_finite_scores() -> None:
    fused = np.array([0.9, 0.5, 0.1], dtype=np.float32)
    certain = np.array([0.0, 1.0, np.nan], dtype=np.float32)
    combined = combine(fused, certain, 0.5)
    assert np.isfinite(combined[:2]).all()
    assert np.isnan(combined[2])
    assert combined[1] > combined[0]
    undecided = combine(fused, np.full(3, 0.5, dtype=np.float32), 0.5)
    assert np.argsort(-undecided).tolist() == [0, 1, 2]


def test_equal_scores_keep_their_order() -> None:
    same = np.full(5, 0.5, dtype=np.float32)
    assert order_by(same, same).tolist() == [0, 1, 2, 3, 4]


@given(JUDGED, JUDGED, WEIGHT, st.integers(0, 30))
def test_nothing_overtakes_what_was_compared(
    fused: Scores, alike: Scores, share: float, seen: int
) -> None:
    fused = np.sort(fused)[::-1].copy()
    known = np.where(np.arange(len(fused)) < seen, alike, np.float32(np.nan))
    mixed = mix_in(fused, known, share)
    assert ((mixed >= 0) & (mixed <= 1 + 1e-6)).all()
    head, rest = mixed[:seen], mixed[seen:]
    if len(head) and len(rest):
        assert rest.max() <= head.min() + 1e-6
    assert (np.diff(rest) <= 1e-6).all()


@given(JUDGED)
def test_a_third_score_without_share_changes_nothing(fused: Scores) -> None:
    assert np.array_equal(mix_in(fused, fused[::-1].copy(), 0.0), fused)
    assert np.array_equal(mix_in(fused, np.full_like(fused, np.nan), 0.7), fused)
