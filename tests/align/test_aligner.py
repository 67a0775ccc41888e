"""What holds of every alignment, whatever the snippets."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.align.aligner import Aligner
from engine.align.decode import best_block, monotone
from engine.align.large import MOST_PAIRS
from engine.errors import Cancelled
from engine.job import JobContext
from engine.types_alignment import Alignment, AlignmentRequest
from tests.align.labelled import LabelledPair, labelled_pairs

PAIRS = {pair.number: pair for pair in labelled_pairs()}
LINES = st.lists(
    st.sampled_from(
        [
            "x = load(path)",
            "    y = x + 1",
            "for i in range(n):",
            "    total += f(i)",
            "return total",
            "# nothing",
            "",
            "}",
            "def f(a, b):",
            "if (a) {",
            'print("é", 3)',
            "((",
        ]
    ),
    max_size=12,
).map("\n".join)


def request_of(pair: LabelledPair, *anchors: tuple[int, int]) -> AlignmentRequest:
    left, right = pair.left, pair.right
    return AlignmentRequest(left.text, left.language, right.text, right.language, anchors)


def align(request: AlignmentRequest, encoder: object | None = None) -> Alignment:
    return Aligner().align(request, encoder, JobContext())


def lines_of(alignment: Alignment) -> set[tuple[int, int]]:
    return {
        (alignment.left[link.left].first, alignment.right[link.right].first)
        for link in alignment.links
    }


@settings(max_examples=60, deadline=None)
@given(LINES, LINES, st.sampled_from(["Python", "Java", "Kotlin", None]))
def test_any_two_texts_can_be_aligned(left: str, right: str, language: str | None) -> None:
    alignment = align(AlignmentRequest(left, language, right, language))
    pairs = [(link.left, link.right) for link in alignment.links]
    assert len(set(pairs)) == len(pairs)
    for link in alignment.links:
        assert 0.0 < link.confidence <= 1.0
        assert 0 <= link.left < len(alignment.left)
        assert 0 <= link.right < len(alignment.right)
    in_order = sorted((link.left, link.right) for link in alignment.links if not link.moved)
    assert all(a[1] <= b[1] for a, b in pairwise(in_order))
    for side, text in ((alignment.left, left), (alignment.right, right)):
        assert all(0 <= s.first <= s.last < len(text.split("\n")) for s in side)
        assert all(a.first < b.first for a, b in pairwise(side))


@pytest.mark.parametrize("number", [6, 11, 39, 48])
def test_a_text_is_its_own_counterpart(number: int) -> None:
    side = PAIRS[number].left
    alignment = align(AlignmentRequest(side.text, side.language, side.text, side.language))
    assert {(link.left, link.right) for link in alignment.links} == {
        (i, i) for i in range(len(alignment.left))
    }


def test_an_api_stands_against_its_counterpart_under_other_names() -> None:
    alignment = align(
        AlignmentRequest(
            "state = np.zeros((d, 1))\nprint(1)",
            "Python",
            "import torch\nmomentum = torch.zeros((width, 1))",
            "Python",
        )
    )
    assert (0, 1) in lines_of(alignment)


def test_an_anchor_holds_and_what_is_around_follows() -> None:
    pair = PAIRS[58]
    without = align(request_of(pair))
    anchor = (1, 1)  # the opposite of what anybody would say
    assert anchor not in lines_of(without)
    alignment = align(request_of(pair, anchor))
    by_hand = [link for link in alignment.links if link.by_hand]
    assert lines_of(alignment) >= {anchor}
    assert [(alignment.left[k.left].first, alignment.right[k.right].first) for k in by_hand] == [
        anchor
    ]
    assert by_hand[0].confidence == 1.0
    others = {(a, b) for a, b in lines_of(alignment) if (a, b) != anchor}
    assert all(a != anchor[0] and b != anchor[1] for a, b in others)


def test_anchors_that_cross_all_hold() -> None:
    pair = PAIRS[39]
    anchors = ((1, 8), (8, 1))
    assert lines_of(align(request_of(pair, *anchors))) >= set(anchors)


def test_an_anchor_on_a_continuation_line_means_its_statement() -> None:
    text = "a = f(\n    1,\n    2)\nb = 2"
    alignment = align(AlignmentRequest(text, "Python", "c = 5\nd = 6", "Python", ((2, 1),)))
    assert (0, 1) in lines_of(alignment)


def test_what_has_no_counterpart_gets_no_band() -> None:
    left = "import csv\nwith open(path) as f:\n    rows = list(csv.reader(f))"
    right = "def relu(x):\n    return np.maximum(x, 0)"
    assert len(align(AlignmentRequest(left, "Python", right, "Python")).links) <= 1


def test_blocks_that_have_moved_are_found_and_said_to_be() -> None:
    blocks = (
        "def read_rows(path):\n    with open(path) as file:\n        return list(reader(file))\n",
        "def softmax(scores):\n    peak = np.exp(scores)\n    return peak / peak.sum()\n",
        "def word_count(text):\n    counts = Counter(text.split())\n    return counts.total()\n",
    )
    alignment = align(
        AlignmentRequest("\n".join(blocks), "Python", "\n".join(blocks[::-1]), "Python")
    )
    assert len(alignment.links) == 9
    assert sum(link.moved for link in alignment.links) == 6


def a_function(k: int) -> str:
    """Eleven lines that resemble those of another `k` in shape only."""
    body = "\n".join(f"    value_{k}_{i} = compute_{k}(value_{k}_{i - 1}, {i})" for i in range(9))
    return f"def task_{k}(value):\n{body}\n    return value_{k}_8\n"


def test_large_files_are_aligned_block_by_block_wherever_the_blocks_are() -> None:
    left = "\n\n".join(a_function(k) for k in range(40))
    right = "\n\n".join(a_function(k) for k in reversed(range(40)))
    alignment = align(AlignmentRequest(left, "Python", right, "Python"))
    ours, theirs = left.split("\n"), right.split("\n")
    same = sum(ours[a] == theirs[b] for a, b in lines_of(alignment))
    assert same >= 0.95 * len(alignment.left)
    assert same >= 0.98 * len(alignment.links)


def test_in_large_files_anchors_hold_across_blocks_too() -> None:
    text = "\n\n".join(a_function(k) for k in range(40)) + "\n\nlast = task_39(1)"
    start = {k: text.split("\n").index(f"def task_{k}(value):") for k in range(40)}
    last = text.count("\n")
    anchors = (
        (start[3] + 2, start[20] + 4),  # the second and third want another partner for task 3
        (start[3] + 3, start[30] + 5),
        (start[3] + 3, start[30] + 6),  # one statement stands for two
        (start[5], last),  # from within a block to outside of all
        (last, start[5] + 1),
    )
    alignment = align(AlignmentRequest(text, "Python", text, "Python", anchors))
    assert len(alignment.left) ** 2 > MOST_PAIRS
    by_hand = {
        (alignment.left[link.left].first, alignment.right[link.right].first)
        for link in alignment.links
        if link.by_hand and link.confidence == 1.0
    }
    assert by_hand == set(anchors)
    ours, theirs = {a for a, _ in anchors}, {b for _, b in anchors}
    others = lines_of(alignment) - by_hand
    assert not any(a in ours or b in theirs for a, b in others)
    assert len(others) >= 0.9 * len(alignment.left)
    pairs = [(link.left, link.right) for link in alignment.links]
    assert len(set(pairs)) == len(pairs)
    assert pairs == sorted(pairs)


def test_it_stops_when_asked_to() -> None:
    context = JobContext()
    context.cancel()
    with pytest.raises(Cancelled):
        Aligner().align(request_of(PAIRS[6]), None, context)


def test_two_large_files_can_be_stopped_at_any_time() -> None:
    text = "\n\n".join(f"def f{k}(x):\n    y = x + {k}\n    return y * {k}" for k in range(200))
    request = AlignmentRequest(text, "Python", text, "Python")
    asked = Asked()
    Aligner().align(request, None, asked)
    assert asked.times > 200  # at least once for each function
    for times in (1, 2, 100, asked.times - 1):
        stopped = Asked(times)
        with pytest.raises(Cancelled):
            Aligner().align(request, None, stopped)
        assert stopped.times == times


class Asked(JobContext):
    """Counts how often it is asked whether to go on, and says no the given time."""

    def __init__(self, last: int = 0) -> None:
        super().__init__()
        self.times, self._last = 0, last

    def check(self) -> None:
        self.times += 1
        if self.times == self._last:
            self.cancel()
        super().check()


class Letters:
    """An encoder whose vectors are letter counts; counts what it is asked."""

    fingerprint = "letters"

    def __init__(self) -> None:
        self.asked = 0

    def encode_pieces(self, texts: list[list[str]]) -> list[NDArray[np.float32]]:
        self.asked += len(texts)
        tables = [
            np.array([[1 + p.count(chr(97 + i)) for i in range(26)] for p in t], dtype=np.float32)
            for t in texts
        ]
        return [table / np.linalg.norm(table, axis=1, keepdims=True) for table in tables]


def test_with_an_encoder_a_first_opinion_comes_at_once_and_texts_are_read_once() -> None:
    told: list[Alignment] = []
    encoder, aligner = Letters(), Aligner()
    one, other = PAIRS[6], PAIRS[8]
    context = JobContext(on_partial=told.append)
    done = aligner.align(request_of(one), encoder, context)
    assert [a.with_model for a in (*told, done)] == [False, True]
    again = aligner.align(request_of(one), encoder, context)
    assert len(told) == 1
    assert again == done
    mixed = AlignmentRequest(one.left.text, "Python", other.right.text, "Python")
    aligner.align(mixed, encoder, context)
    assert encoder.asked == 3


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 6).flatmap(
        lambda n: st.integers(1, 6).flatmap(
            lambda m: st.lists(st.floats(-3, 3, width=32), min_size=n * m, max_size=n * m).map(
                lambda v: np.array(v).reshape(n, m)
            )
        )
    )
)
def test_without_one_to_many_it_is_the_best_monotone_matching(gains: NDArray[np.float64]) -> None:
    found = monotone(gains, more=1e9)
    best = np.zeros((gains.shape[0] + 1, gains.shape[1] + 1))
    for i, row in enumerate(gains):
        for j, gain in enumerate(row):
            best[i + 1, j + 1] = max(best[i, j + 1], best[i + 1, j], best[i, j] + gain)
    assert sum(gains[a, b] for a, b in found) == pytest.approx(best[-1, -1])
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(found))


def worth_of_best(gains: NDArray[np.float64], more: float) -> float:
    """What `monotone` should reach, by trying everything: (row, column, how it was reached)."""

    @cache
    def best(i: int, j: int, way: str) -> float:
        if i == gains.shape[0] or j == gains.shape[1]:
            return 0.0
        gain = float(gains[i, j])
        goes_on = []
        if way in ("fresh", "row") and j + 1 < gains.shape[1]:
            goes_on.append(float(gains[i, j + 1]) - more + best(i, j + 1, "row"))
        if way in ("fresh", "column") and i + 1 < gains.shape[0]:
            goes_on.append(float(gains[i + 1, j]) - more + best(i + 1, j, "column"))
        if way != "free":  # (i, j) is linked and paid for
            return max(best(i + 1, j + 1, "free"), *goes_on, 0.0)
        return max(best(i + 1, j, "free"), best(i, j + 1, "free"), gain + best(i, j, "fresh"))

    return best(0, 0, "free")


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 5).flatmap(
        lambda n: st.integers(1, 5).flatmap(
            lambda m: st.lists(st.integers(-8, 8), min_size=n * m, max_size=n * m).map(
                lambda v: np.array(v, dtype=float).reshape(n, m) / 4
            )
        )
    ),
    st.sampled_from([-0.75, 0.0, 0.25, 1.0]),
)
def test_with_one_to_many_nothing_is_worth_more(gains: NDArray[np.float64], more: float) -> None:
    found = monotone(gains, more)
    rows, columns = Counter(a for a, _ in found), Counter(b for _, b in found)
    extra = sum(times - 1 for counts in (rows, columns) for times in counts.values())
    worth = sum(gains[a, b] for a, b in found) - more * extra
    assert worth == pytest.approx(worth_of_best(gains, more))
    assert not any(rows[a] > 1 and columns[b] > 1 for a, b in found)


def test_one_statement_may_stand_for_several() -> None:
    gains = np.array([[2.0, 1.5, 1.5, -5.0], [-5.0, -5.0, -5.0, 2.0]])
    assert monotone(gains, more=0.5) == [(0, 0), (0, 1), (0, 2), (1, 3)]
    assert monotone(gains.T, more=0.5) == [(0, 0), (1, 0), (2, 0), (3, 1)]
    assert monotone(gains, more=2.0) == [(0, 0), (1, 3)]


def test_the_best_block_is_the_longest_diagonal() -> None:
    gains = np.full((5, 5), -2.0)
    gains[2, 0] = gains[3, 1] = gains[4, 2] = 1.0
    gains[0, 4] = 2.0
    assert best_block(gains) == ([(2, 0), (3, 1), (4, 2)], 3.0)
    assert best_block(-np.ones((2, 2))) == ([], 0.0)
