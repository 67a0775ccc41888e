"""The share in the final order that a cross-encoder brings along.

The share of the bundled cross-encoder is fitted on published sets. One that was fine-tuned on a
person's judgements may earn another on theirs: it is fitted with the training, for each kind of
query that was judged, and kept in the model's folder. For other kinds it counts as what it was
trained from does, or it would forget where nobody asked it to learn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from engine.types import QueryKind

NAME = "ranking.json"


@dataclass(frozen=True, slots=True)
class OwnShare:
    """Shares in [0, 1] by kind of query, and the fingerprint of the model that was there first."""

    start: str = ""
    shares: Mapping[QueryKind, float] = field(default_factory=dict)


def write_share(folder: Path, own: OwnShare) -> None:
    """Keep in a model's folder which share its scores have."""
    record = {"start": own.start, "shares": {k.value: share for k, share in own.shares.items()}}
    (folder / NAME).write_text(json.dumps(record) + "\n", encoding="utf-8")
    own_share.cache_clear()


@lru_cache(maxsize=16)
def own_share(name: str, fingerprint: str) -> OwnShare:
    """What the model in the folder `name` brings along; nothing if it says nothing."""
    try:
        record = json.loads((Path(name) / NAME).read_text(encoding="utf-8"))
        shares = {QueryKind(kind): float(share) for kind, share in record["shares"].items()}
        start = str(record.get("start", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return OwnShare()
    return OwnShare(start, {kind: min(max(share, 0.0), 1.0) for kind, share in shares.items()})
