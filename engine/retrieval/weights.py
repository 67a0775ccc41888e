"""How much each stage counts for a query; read from `resources/fusion.json`.

Each share is a logistic regression on what is known of the query before the stage is asked:

    share = 1 / (1 + exp(-(intercept of the kind of query + sum of slope * feature)))

with the features of `engine.retrieval.features`. `engine.evaluation.fit` fits them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import DataError
from engine.paths import RESOURCES
from engine.retrieval.features import FEATURES, QueryFeatures
from engine.types import QueryKind

FUSION_FILE = RESOURCES / "fusion.json"

UNKNOWN_SHARE = 0.5
"""The share of a cross-encoder that no share was fitted for: as much as the first stage."""

CERTAIN = 30.0
"""Log-odds that stand for a share of 1; their negative for one of 0."""


@dataclass(frozen=True, slots=True)
class Share:
    """A logistic regression: log-odds at features of 0, by kind of query, and one slope a feature.

    A kind whose intercept is None has no share at all, whatever its features.
    """

    words: float | None
    code: float | None
    slopes: tuple[float, ...] = (0.0,) * len(FEATURES)

    @classmethod
    def fixed(cls, words: float, code: float) -> Share:
        """The same share, in [0, 1], for every query of a kind."""
        return cls(_log_odds(words), _log_odds(code))

    def of(self, kind: QueryKind, features: QueryFeatures) -> float:
        """The share for a query of a kind that must have been understood, in [0, 1]."""
        intercept = self.words if kind is QueryKind.WORDS else self.code
        if intercept is None:
            return 0.0
        slopes = zip(self.slopes, features, strict=True)
        odds = intercept + sum(slope * value for slope, value in slopes)
        return 1.0 / (1.0 + math.exp(-min(max(odds, -CERTAIN), CERTAIN)))


NOTHING = Share(None, None)


@dataclass(frozen=True, slots=True)
class Weights:
    """The shares: `dense` against BM25, `shape` against these two, `rerank` against all three.

    `cross_encoder` is the fingerprint of the model that the reranking share was fitted for; None
    where it is meant for any.
    """

    dense: Share
    rerank: Share
    shape: Share = NOTHING
    cross_encoder: str | None = None

    def reranking(self, kind: QueryKind, features: QueryFeatures, cross_encoder: str) -> float:
        """The share of the cross-encoder of that fingerprint."""
        if self.cross_encoder not in (None, cross_encoder):
            return UNKNOWN_SHARE
        return self.rerank.of(kind, features)

    def changed(self, dense: float | None = None, rerank: float | None = None) -> Weights:
        """With fixed shares where one is given; that of the cross-encoder is for any model."""
        found = self
        if dense is not None:
            found = replace(found, dense=Share.fixed(dense, dense))
        if rerank is not None:
            found = replace(found, rerank=Share.fixed(rerank, rerank), cross_encoder=None)
        return found


def load_weights(path: Path = FUSION_FILE) -> Weights:
    """Read the file. Raises `DataError` if it does not have the expected form."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Weights(
            dense=_share(raw["dense"]),
            rerank=_share(raw["rerank"]),
            shape=_share(raw["shape"]),
            cross_encoder=raw.get("fitted", {}).get("cross_encoder"),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"{path} does not hold fusion weights ({reason}); it needs dense, shape and rerank, "
            "each with words and code"
        ) from None


def share_record(share: Share) -> dict[str, float | None]:
    """A share in terms of JSON."""
    slopes = dict(zip(FEATURES, share.slopes, strict=True))
    record = {"words": share.words, "code": share.code, **slopes}
    return {name: None if value is None else round(value, 4) for name, value in record.items()}


def _share(raw: Mapping[str, Any]) -> Share:
    words, code = (_number(raw[kind]) for kind in ("words", "code"))
    slopes = tuple(_number(raw.get(name, 0.0)) or 0.0 for name in FEATURES)
    unknown = raw.keys() - {"words", "code", *FEATURES}
    if unknown:
        raise ValueError(f"there is no feature {min(unknown)!r}")
    return Share(words, code, slopes)


def _number(raw: Any) -> float | None:
    if raw is None:
        return None
    value = float(raw)
    if not math.isfinite(value):
        raise ValueError(f"{value} is not finite")
    return value


def _log_odds(share: float) -> float:
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"a share of {share}")
    if share in (0.0, 1.0):
        return math.copysign(CERTAIN, share - 0.5)
    return math.log(share / (1.0 - share))
