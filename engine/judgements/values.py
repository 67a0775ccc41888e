"""Values that come with a file, each looked at before it is kept.

What a store holds is read back without another look, so that a wrong value would be noticed long
after it came in, in mining or in a training. All raise TypeError or ValueError.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.judgements.records import time_text
from engine.types import Framework, StageRanks, StageScores

LARGEST = 2**63 - 1
"""SQLite keeps no larger number."""


def whole(value: Any, name: str) -> int:
    """A number of lines, a place, a rank: nothing here is below 0."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is no whole number")
    if not 0 <= value <= LARGEST:
        raise ValueError(f"{name} is below 0 or too large")
    return value


def number(value: Any, name: str) -> float:
    """A score or a share."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is no number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} is too large") from None


def text(value: Any, name: str) -> str:
    """A text, also an empty one."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value


def time(value: Any) -> str:
    """A time that says its zone, as the store keeps it: which is later is told by the text."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"the time {value} has no zone")
    try:
        return time_text(moment)
    except OverflowError:
        raise ValueError(f"the time {value} is none") from None


def listed(value: Any, name: str) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        raise TypeError(f"{name} is no list")
    return value


def mapping(value: Any, name: str) -> dict[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise TypeError(f"{name} is no object")
    return value


def frameworks(value: Any) -> tuple[Framework, ...]:
    """A list of known frameworks."""
    return tuple(Framework(name) for name in listed(value, "frameworks"))


def filters(value: Any) -> dict[str, Any]:
    """The framework, language and path that a query asks for, each a text or nothing."""
    found = mapping(value, "the filters")
    for name in ("framework", "language", "path"):
        if found.get(name) is not None:
            text(found[name], name)
    if found.get("framework"):
        Framework(found["framework"])
    return found


def ranks(value: Any) -> StageRanks:
    """The rank in each stage, or None."""
    found = mapping(value, "ranks")
    for stage, rank in found.items():
        if rank is not None:
            whole(rank, f"the rank {stage}")
    return StageRanks(**found)


def scores(value: Any) -> StageScores:
    """The score in each stage, or None."""
    found = mapping(value, "scores")
    for stage, score in found.items():
        if score is not None:
            number(score, f"the score {stage}")
    return StageScores(**found)
