"""The shares of the stages: what the file says, and what a query gets."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import DataError
from engine.models.catalogue import ModelChoice, load_cross_encoder
from engine.retrieval.features import FEATURES, NO_FEATURES, QueryFeatures
from engine.retrieval.weights import (
    FUSION_FILE,
    NOTHING,
    UNKNOWN_SHARE,
    Line,
    Share,
    Weights,
    load_weights,
    share_record,
)
from engine.types import QueryKind

FINITE = st.floats(-50, 50)
LINES = st.none() | st.builds(Line, FINITE, st.tuples(*[FINITE] * len(FEATURES)))
SHARES = st.builds(Share, LINES, LINES)
VALUES = st.builds(QueryFeatures, *[st.floats(-10, 10)] * len(FEATURES))
STAGES = ("dense", "level", "shape", "witness", "rerank")
KINDS = st.sampled_from([QueryKind.WORDS, QueryKind.CODE])


@given(SHARES, KINDS, VALUES)
def test_a_share_is_a_share(share: Share, kind: QueryKind, features: QueryFeatures) -> None:
    assert 0.0 <= share.of(kind, features) <= 1.0


@given(st.floats(0, 1), st.floats(0, 1), VALUES)
def test_a_fixed_share_heeds_no_feature(words: float, code: float, features: QueryFeatures) -> None:
    share = Share.fixed(words, code)
    assert share.of(QueryKind.WORDS, features) == pytest.approx(words, abs=1e-9)
    assert share.of(QueryKind.CODE, features) == pytest.approx(code, abs=1e-9)


@given(KINDS, VALUES)
def test_a_kind_without_intercept_has_no_share(kind: QueryKind, features: QueryFeatures) -> None:
    assert NOTHING.of(kind, features) == 0.0


def test_a_slope_raises_the_share_with_its_feature() -> None:
    slopes = tuple(float(name == "explained") for name in FEATURES)
    share = Share(None, Line(0.0, slopes))
    low, high = (NO_FEATURES._replace(explained=value) for value in (-2.0, -0.5))
    assert share.of(QueryKind.CODE, low) < share.of(QueryKind.CODE, high)


@given(st.fixed_dictionaries(dict.fromkeys(STAGES, SHARES)))
def test_what_is_written_is_read(stages: dict[str, Share]) -> None:
    shares = {name: share_record(share) for name, share in stages.items()}
    record = json.loads(json.dumps({**shares, "hubs": 0.3}))
    with TemporaryDirectory() as folder:
        path = Path(folder, "fusion.json")
        path.write_text(json.dumps(record))
        weights = load_weights(path)
    assert weights.hubs == 0.3
    for name, share in stages.items():
        assert share_record(getattr(weights, name)) == share_record(share)


def test_the_shares_that_ship_are_readable_and_small() -> None:
    weights = load_weights()
    assert 0.0 < weights.dense.of(QueryKind.CODE, NO_FEATURES) < 1.0
    assert weights.reranking(QueryKind.WORDS, NO_FEATURES, "another model") == UNKNOWN_SHARE
    raw = json.loads(FUSION_FILE.read_text())
    shares = {name: raw[name] for name in STAGES}
    assert len(json.dumps(shares)) < 1_300


def test_the_shipped_shares_are_fitted_for_the_shipped_cross_encoder() -> None:
    bundled = load_cross_encoder(ModelChoice("cross-encoder"))
    assert load_weights().cross_encoder == bundled.fingerprint


def test_a_changed_share_is_for_every_query_and_model() -> None:
    weights = Weights(NOTHING, NOTHING, cross_encoder="one").changed(dense=1.0, rerank=0.25)
    assert weights.dense.of(QueryKind.CODE, NO_FEATURES) == pytest.approx(1.0, abs=1e-9)
    assert weights.reranking(QueryKind.WORDS, NO_FEATURES, "two") == pytest.approx(0.25)
    assert weights.changed() == weights


LINE = {"intercept": 0.5}
GOOD = {"words": LINE, "code": {"intercept": -1.0}}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        json.dumps({"dense": GOOD, "rerank": GOOD}),
        json.dumps({"dense": {"words": LINE}, "level": GOOD, "shape": GOOD, "rerank": GOOD}),
        json.dumps(
            {
                "dense": {**GOOD, "words": {**LINE, "weather": 1.0}},
                "level": GOOD,
                "shape": GOOD,
                "rerank": GOOD,
            }
        ),
        json.dumps(
            {
                "dense": {**GOOD, "words": {"intercept": "x"}},
                "level": GOOD,
                "shape": GOOD,
                "rerank": GOOD,
            }
        ),
        '{"dense": {"words": {"intercept": Infinity}, "code": null}, '
        '"level": {}, "shape": {}, "rerank": {}}',
    ],
)
def test_wrong_weights_are_said_in_one_line(content: str, tmp_path: Path) -> None:
    path = tmp_path / "fusion.json"
    path.write_text(content)
    with pytest.raises(DataError, match="fusion weights") as caught:
        load_weights(path)
    assert "\n" not in str(caught.value)


def test_other_keys_in_the_file_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "fusion.json"
    path.write_text(json.dumps({**dict.fromkeys(STAGES, GOOD), "hubs": 0, "fitted": {"sets": {}}}))
    assert load_weights(path).rerank == Share(Line(0.5), Line(-1.0))
