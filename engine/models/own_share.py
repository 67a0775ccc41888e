"""The share in the final order that a cross-encoder brings along.

The share of the bundled cross-encoder is fitted on published sets. One that was fine-tuned on a
person's judgements earns its share on theirs: it is fitted with the training, and kept in the
model's folder.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

NAME = "ranking.json"


def write_share(folder: Path, share: float) -> None:
    """Keep in a model's folder which share, in [0, 1], its scores have."""
    (folder / NAME).write_text(json.dumps({"share": share}) + "\n", encoding="utf-8")


@lru_cache(maxsize=16)
def own_share(name: str, fingerprint: str) -> float | None:
    """The share of the model in the folder `name`; None if it brings none along."""
    try:
        share = float(json.loads((Path(name) / NAME).read_text(encoding="utf-8"))["share"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return min(max(share, 0.0), 1.0)
