"""On which scale the similarities of an encoder are that is not the bundled one.

How much each stage counts follows, among other things, how close the closest vector is
(`engine.retrieval.features`), and was fitted with the bundled encoder. Others have another idea of
closeness: to some, all texts are alike; and training draws together what belongs together, so that
all that is close gets closer and lies more tightly. The same query would be weighed as if something
almost equal were there. So what such an encoder says of closeness is put on the scale of the
bundled one, by straight lines: measured with the training on its queries, and kept in the model's
folder; or on the sample corpus (`engine.closeness`), where a model comes from elsewhere. The
vectors of such a model may all point one way, so that any two are alike; how much of that is left
in what a query's vector is compared with depends on the corpus (`DenseIndex.neutral`). So for these
it is plain cosines that are put on the scale.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

from engine.errors import DiskError
from engine.paths import RESOURCES
from engine.types import QueryKind

NAME = "closeness.json"
BUNDLED_FILE = RESOURCES / NAME
"""How close the closest is to the bundled encoder, on the sample corpus."""

LEAST = 8
"""Queries below which nothing is measured."""

STEEPEST = 4.0
"""The slope at most: closeness that hardly differs among few queries says nothing of a slope."""


@dataclass(frozen=True, slots=True)
class Line:
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
        if self.least > 0.0 and similarity < self.least:
            found *= similarity / self.least
        return min(max(found, 0.0), 1.0)


STRAIGHT = Line()


@dataclass(frozen=True, slots=True)
class Closeness:
    """The lines for queries in words, for those in code, and for code whose vector is without what
    the vectors of its own dialect have in common.

    How much of that is taken off depends on the corpus. `compared` holds where `taken` of it is;
    with less or more, the similarity moves from `code` towards it in proportion. `whole` says that
    the lines are for cosines with the whole vector of the query, whatever the search takes off it.
    """

    words: Line = STRAIGHT
    code: Line = STRAIGHT
    compared: Line = STRAIGHT
    taken: float = 1.0
    whole: bool = False

    def of(self, similarity: float, kind: QueryKind, taken: float = 0.0) -> float:
        """A similarity on the scale that the shares know."""
        if kind is QueryKind.WORDS:
            return self.words.of(similarity)
        part = taken / self.taken
        found = (1.0 - part) * self.code.of(similarity) + part * self.compared.of(similarity)
        return min(max(found, 0.0), 1.0)


AS_IT_IS = Closeness()


def line_from(before: Sequence[float], after: Sequence[float]) -> Line:
    """The line that gives what is there `after` the mean and the spread of what was `before`.

    Of each query: the closest similarity with one encoder, and with the other.
    """
    if min(len(before), len(after)) < LEAST:
        return STRAIGHT
    return line_to(fmean(before), pstdev(before), after)


def line_to(mean: float, spread: float, after: Sequence[float]) -> Line:
    """The line that gives what is there `after` this mean and spread."""
    own = pstdev(after)
    slope = min(spread / own, STEEPEST) if own > 0.0 else 1.0
    return Line(slope, mean - slope * fmean(after), min(after))


def write_closeness(path: Path, closeness: Closeness) -> None:
    """Keep it in a file, whose folder is made if need be. Raises `DiskError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
        partial.write_text(json.dumps(asdict(closeness)) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise DiskError(f"cannot write {path}: {error.strerror or error}") from error


def kept_at(cache: Path, fingerprint: str) -> Path:
    """The file below `cache` with the scale of the encoder of that fingerprint.

    It holds against one bundled encoder alone.
    """
    return cache / "closeness" / _bundled() / f"{fingerprint}.json"


@lru_cache(maxsize=1)
def _bundled() -> str:
    try:
        return blake2b(BUNDLED_FILE.read_bytes(), digest_size=8).hexdigest()
    except OSError:
        return "unknown"  # `engine.closeness` says that it is missing


def read_closeness(path: Path) -> Closeness | None:
    """What a file says; None if it says nothing."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        words, code, compared = (_line(raw[name]) for name in ("words", "code", "compared"))
        found = Closeness(words, code, compared, float(raw["taken"]), bool(raw["whole"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if math.isfinite(found.taken) and found.taken > 0.0 else None


def _line(raw: Any) -> Line:
    """Raises `ValueError`, `KeyError` or `TypeError` for what is none."""
    found = Line(*(float(raw[name]) for name in ("slope", "shift", "least")))
    if not all(map(math.isfinite, astuple(found))):
        raise ValueError("a line of numbers that are none")
    return found
