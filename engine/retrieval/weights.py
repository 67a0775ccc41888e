"""How much each stage counts, by the kind of query; read from `resources/fusion.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from engine.errors import DataError
from engine.paths import RESOURCES
from engine.types import QueryKind

FUSION_FILE = RESOURCES / "fusion.json"

UNKNOWN_SHARE = 0.5
"""The share of a cross-encoder that no share was fitted for: as much as the first stage."""


@dataclass(frozen=True, slots=True)
class StageWeights:
    """Shares in [0, 1]: `dense` against BM25, `rerank` against the two together.

    `trust` (≥ 0) is how fast BM25 loses its share where its best match explains little of the
    query; see `engine.retrieval.fuse`.
    """

    dense: float
    rerank: float
    trust: float = 0.0


@dataclass(frozen=True, slots=True)
class Weights:
    """The shares for each kind of query.

    `cross_encoder` is the fingerprint of the model that the reranking shares were fitted for; None
    where they are meant for any.
    """

    words: StageWeights
    code: StageWeights
    cross_encoder: str | None = None

    def of(self, kind: QueryKind) -> StageWeights:
        """The shares for a kind of query, which must have been understood."""
        return self.words if kind is QueryKind.WORDS else self.code

    def rerank(self, kind: QueryKind, cross_encoder: str) -> float:
        """The share of the cross-encoder of that fingerprint."""
        if self.cross_encoder not in (None, cross_encoder):
            return UNKNOWN_SHARE
        return self.of(kind).rerank


def load_weights(path: Path = FUSION_FILE) -> Weights:
    """Read the file. Raises `DataError` if it does not have the expected form."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        fitted = raw.get("fitted", {}).get("cross_encoder")
        return Weights(_stage(raw["words"]), _stage(raw["code"]), fitted)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"{path} does not hold fusion weights ({reason}); "
            "it needs words and code, each with dense and rerank between 0 and 1"
        ) from None


def _stage(raw: dict[str, float]) -> StageWeights:
    weights = StageWeights(
        dense=float(raw["dense"]), rerank=float(raw["rerank"]), trust=float(raw.get("trust", 0.0))
    )
    if weights.trust < 0.0:
        raise ValueError(f"trust is {weights.trust}")
    for name, value in (("dense", weights.dense), ("rerank", weights.rerank)):
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{name} is {value}")
    return weights
