"""On which scale the similarities of a fine-tuned encoder are.

How much each stage counts follows, among other things, how close the closest vector is
(`engine.retrieval.features`), and was fitted with the bundled encoder. Training draws together what
belongs together: all that is close gets closer and lies more tightly, so that the same query would
be weighed as if something almost equal were there. So what a trained encoder says of closeness is
put back on the scale of the one before: a straight line, measured with the training on its queries,
and kept in the model's folder.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from functools import lru_cache
from pathlib import Path
from statistics import fmean, pstdev

from engine.errors import DiskError

NAME = "closeness.json"

LEAST = 8
"""Queries below which nothing is measured."""

STEEPEST = 4.0
"""The slope at most: closeness that hardly differs among few queries says nothing of a slope."""


@dataclass(frozen=True, slots=True)
class Closeness:
    """The line from an encoder's similarities to those that the shares were fitted with.

    Below `least`, the lowest that it was measured at, the line would soon leave all that is known;
    what is there is nearer to what it was, and is changed in proportion.
    """

    slope: float = 1.0
    shift: float = 0.0
    least: float = 0.0

    def of(self, similarity: float) -> float:
        """A similarity on the scale that the shares know."""
        found = self.slope * max(similarity, self.least) + self.shift
        if similarity < self.least:
            found *= similarity / self.least
        return min(max(found, 0.0), 1.0)


AS_IT_IS = Closeness()


def measured(pairs: Sequence[tuple[float, float]]) -> Closeness:
    """The line that gives the second of each pair the mean and the spread of the first.

    Of each query: the closest similarity with the encoder before, then with the one that it became.
    """
    if len(pairs) < LEAST:
        return AS_IT_IS
    before, after = zip(*pairs, strict=True)
    spread = pstdev(after)
    slope = min(pstdev(before) / spread, STEEPEST) if spread > 0.0 else 1.0
    return Closeness(slope, fmean(before) - slope * fmean(after), min(after))


def write_closeness(folder: Path, closeness: Closeness) -> None:
    """Keep it in a model's folder. Raises `DiskError`."""
    try:
        (folder / NAME).write_text(json.dumps(asdict(closeness)) + "\n", encoding="utf-8")
    except OSError as error:
        raise DiskError(f"cannot write to {folder}: {error.strerror or error}") from error
    own_closeness.cache_clear()


@lru_cache(maxsize=16)
def own_closeness(name: str, fingerprint: str) -> Closeness:
    """What the model in the folder `name` brings along; `AS_IT_IS` if it says nothing."""
    try:
        record = json.loads((Path(name) / NAME).read_text(encoding="utf-8"))
        found = Closeness(*(float(record[name]) for name in ("slope", "shift", "least")))
    except (OSError, ValueError, KeyError, TypeError):
        return AS_IT_IS
    return found if all(map(math.isfinite, astuple(found))) else AS_IT_IS
