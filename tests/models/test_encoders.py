"""Batches, order, cancellation: what both kinds of model promise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Cancelled
from engine.job import JobContext
from engine.models.batches import batch_rows
from engine.models.cross_encoder import BertCrossEncoder, plan
from engine.models.device import Device, Precision, choose_device, default_rerank_depth
from engine.models.encoder import BertEncoder, Role
from tests.models.conftest import CPU

TEXTS = [("word " * (7 * number % 23)).strip() + str(number) for number in range(40)]


def test_batches_give_what_one_by_one_gives(encoder_folder: Path) -> None:
    encoder = BertEncoder.load(encoder_folder, CPU)
    together = encoder.encode(TEXTS, role="document")
    alone = np.concatenate([encoder.encode([text], role="document") for text in TEXTS])
    assert together == pytest.approx(alone, abs=1e-5)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert together.dtype == np.float32


def test_nothing_to_encode(encoder_folder: Path) -> None:
    encoder = BertEncoder.load(encoder_folder, CPU)
    assert encoder.encode([], role="document").shape == (0, encoder.dimension)
    assert np.isfinite(encoder.encode([""], role="query")).all()


def test_fingerprint_names_the_weights(tmp_path: Path, encoder_folder: Path) -> None:
    from tests.models.tiny import make_encoder_folder

    same = make_encoder_folder(tmp_path / "same")
    other = make_encoder_folder(tmp_path / "other", seed=1)
    mark = BertEncoder.load(encoder_folder, CPU).fingerprint
    assert BertEncoder.load(same, Device("cpu", Precision.BF16)).fingerprint == mark
    assert BertEncoder.load(other, CPU).fingerprint != mark


@pytest.mark.parametrize("role", ["query", "document"])
def test_a_long_text_is_read_beyond_the_limit_up_to_three_windows(
    encoder_folder: Path, role: Role
) -> None:
    encoder = BertEncoder.load(encoder_folder, CPU)
    window = "a b c " * 21  # 63 tokens, where the model takes 62 and two marks
    texts = [window + "x " * 30, window + "y " * 30, window * 3 + "x", window * 3 + "y"]
    vectors = encoder.encode(texts, role=role)
    assert not np.allclose(vectors[0], vectors[1], atol=1e-3)
    assert vectors[2] == pytest.approx(vectors[3], abs=1e-6)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


class StopsAfter(JobContext):
    """Is cancelled after some checks, like a user who presses Stop meanwhile."""

    def __init__(self, checks: int) -> None:
        super().__init__()
        self.checks = 0
        self._stop_after = checks

    def check(self) -> None:
        super().check()
        self.checks += 1
        if self.checks >= self._stop_after:
            self.cancel()


def test_encoding_stops_between_batches(encoder_folder: Path) -> None:
    encoder = BertEncoder.load(encoder_folder, CPU)
    texts = ["word " * 60] * 400  # 64 tokens each: 32 a batch
    ctx = StopsAfter(2)
    with pytest.raises(Cancelled):
        encoder.encode(texts, role="document", ctx=ctx)
    assert ctx.checks == 2


def test_scoring_stops_between_batches(cross_encoder_folder: Path) -> None:
    model = BertCrossEncoder.load(cross_encoder_folder, CPU)
    ctx = StopsAfter(2)
    seen: list[int] = []
    with pytest.raises(Cancelled):
        for rows, _ in model.stream("query", TEXTS, ctx):
            seen.extend(rows.tolist())
    assert len(seen) == 16


def test_scores_do_not_depend_on_batches(cross_encoder_folder: Path) -> None:
    model = BertCrossEncoder.load(cross_encoder_folder, CPU)
    together = model.score("some query", TEXTS)
    alone = np.concatenate([model.score("some query", [text]) for text in TEXTS])
    assert together == pytest.approx(alone, abs=1e-5)
    assert ((together >= 0) & (together <= 1)).all()
    assert len(np.unique(together)) > 10


def test_the_first_candidates_are_scored_first(cross_encoder_folder: Path) -> None:
    model = BertCrossEncoder.load(cross_encoder_folder, CPU)
    batches = [rows.tolist() for rows, _ in model.stream("query", TEXTS)]
    assert batches[0] == list(range(8))
    assert sorted(row for rows in batches for row in rows) == list(range(len(TEXTS)))


def test_pairs_with_any_queries_are_scored_alike(
    cross_encoder_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.models.cross_encoder.PAIRS_AT_ONCE", 16)
    model = BertCrossEncoder.load(cross_encoder_folder, CPU)
    queries = ["some query", "another one"]
    pairs = [(query, text) for text in TEXTS for query in queries]
    found = model.score_pairs(pairs).reshape(len(TEXTS), 2)
    for column, query in enumerate(queries):
        assert found[:, column] == pytest.approx(model.score(query, TEXTS), abs=1e-5)
    assert model.score_pairs([]).shape == (0,)
    with pytest.raises(Cancelled):
        model.score_pairs(pairs, StopsAfter(2))


def test_a_long_query_leaves_room_for_the_text(cross_encoder_folder: Path) -> None:
    model = BertCrossEncoder.load(cross_encoder_folder, CPU)
    scores = model.score("word " * 500, ["a b c " * 50, "x y z " * 50])
    assert scores[0] != scores[1]


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(1, 2000))
def test_batches_hold_every_row_once_and_keep_to_the_limit(lengths: list[int], limit: int) -> None:
    groups = batch_rows(lengths, limit)
    assert sorted(row for group in groups for row in group) == list(range(len(lengths)))
    for group in groups:
        cells = len(group) * max(lengths[row] for row in group)
        assert cells <= limit or len(group) == 1


@given(st.lists(st.integers(1, 300), max_size=200))
def test_a_plan_holds_every_row_once(lengths: list[int]) -> None:
    for device in (CPU, Device("cuda", Precision.FP16)):
        rows = [row for group in plan(lengths, device) for row in group]
        assert sorted(rows) == list(range(len(lengths)))


def test_the_device_decides_the_depth() -> None:
    assert default_rerank_depth(Device("cuda", Precision.BF16)) == 100
    assert default_rerank_depth(Device("cpu", Precision.BF16)) == 30
    assert default_rerank_depth(Device("cpu", Precision.FP32)) == 10
    assert choose_device().name in {"cuda", "mps", "cpu"}
