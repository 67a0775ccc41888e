"""How much each stage counts for a query; read from `resources/fusion.json`.

Each share is a logistic regression on what is known of the query before the stage is asked:

    share = 1 / (1 + exp(-(intercept + sum of slope * feature)))

with the features of `engine.retrieval.features`, one for questions in words and one for code.
`engine.evaluation.fit` fits them.
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
"""Log-odds that stand for a share of 1."""


@dataclass(frozen=True, slots=True)
class Line:
    """Log-odds where every feature is 0, and one slope a feature."""

    intercept: float
    slopes: tuple[float, ...] = (0.0,) * len(FEATURES)


@dataclass(frozen=True, slots=True)
class Share:
    """A logistic regression for each kind of query; None is no share at all."""

    words: Line | None
    code: Line | None

    @classmethod
    def fixed(cls, words: float, code: float) -> Share:
        """The same share, in [0, 1], for every query of a kind."""
        return cls(*(Line(_log_odds(share)) if share else None for share in (words, code)))

    def line(self, kind: QueryKind) -> Line | None:
        """The regression for a kind of query that must have been understood."""
        return self.words if kind is QueryKind.WORDS else self.code

    def of(self, kind: QueryKind, features: QueryFeatures) -> float:
        """The share for a query of a kind that must have been understood, in [0, 1]."""
        line = self.line(kind)
        if line is None:
            return 0.0
        slopes = zip(line.slopes, features, strict=True)
        odds = line.intercept + sum(slope * value for slope, value in slopes)
        return 1.0 / (1.0 + math.exp(-min(max(odds, -CERTAIN), CERTAIN)))


NOTHING = Share(None, None)


@dataclass(frozen=True, slots=True)
class Weights:
    """The shares: `dense` against BM25, `level` of what is fused of their levels within dialects
    against what is fused of the scores as they are, `shape` against these, `witness` against these
    and shapes, `rerank` against all.

    `hubs` is what of its hubness is taken off a similarity (`engine.retrieval.hubs`), in [0, 1].
    `cross_encoder` is the fingerprint of the model that the reranking share was fitted for; None
    where it is meant for any.
    """

    dense: Share
    rerank: Share
    shape: Share = NOTHING
    level: Share = NOTHING
    witness: Share = NOTHING
    hubs: float = 0.0
    cross_encoder: str | None = None

    def reranking(self, kind: QueryKind, features: QueryFeatures, cross_encoder: str) -> float:
        """The share of the cross-encoder of that fingerprint."""
        if self.cross_encoder not in (None, cross_encoder):
            return UNKNOWN_SHARE
        return self.rerank.of(kind, features)

    def with_share(self, name: str, share: Share) -> Weights:
        """With another share in the place of the one of that name."""
        changed: Weights = replace(self, **{name: share})  # type: ignore[arg-type]
        return changed

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
            level=_share(raw["level"]),
            witness=_share(raw["witness"]),
            hubs=_part(raw["hubs"]),
            cross_encoder=raw.get("fitted", {}).get("cross_encoder"),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"{path} does not hold fusion weights ({reason}); it needs dense, level, shape, "
            "witness and rerank, each with words and code, and hubs"
        ) from None


def share_record(share: Share) -> dict[str, dict[str, float] | None]:
    """A share in terms of JSON."""
    return {"words": _line_record(share.words), "code": _line_record(share.code)}


def _line_record(line: Line | None) -> dict[str, float] | None:
    if line is None:
        return None
    values = {"intercept": line.intercept, **dict(zip(FEATURES, line.slopes, strict=True))}
    rounded = {name: round(value, 4) for name, value in values.items()}
    return {name: value for name, value in rounded.items() if value or name == "intercept"}


def _share(raw: Mapping[str, Any]) -> Share:
    return Share(_line(raw["words"]), _line(raw["code"]))


def _line(raw: Mapping[str, Any] | None) -> Line | None:
    if raw is None:
        return None
    unknown = raw.keys() - {"intercept", *FEATURES}
    if unknown:
        raise ValueError(f"there is no feature {min(unknown)!r}")
    slopes = tuple(_number(raw.get(name, 0.0)) for name in FEATURES)
    return Line(_number(raw["intercept"]), slopes)


def _part(raw: Any) -> float:
    value = _number(raw)
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{value:g} is no part between 0 and 1")
    return value


def _number(raw: Any) -> float:
    value = float(raw)
    if not math.isfinite(value):
        raise ValueError(f"{value} is not finite")
    return value


def _log_odds(share: float) -> float:
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"a share of {share}")
    if share == 1.0:
        return CERTAIN
    return math.log(share / (1.0 - share))
