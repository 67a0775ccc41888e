"""Looks a recipe's settings over before anything is loaded: a slip is told in one line."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from typing import Any

from engine.errors import DataError

WORDS: Mapping[str, tuple[str, ...]] = {
    "precision": ("auto", "bf16", "fp16", "fp32"),
    "distil": ("margin-mse", "kl"),
    "loss": ("pointwise", "listwise", "both"),
}
SWITCHES = frozenset({"symmetric"})
COUNTS = frozenset(
    {
        "seed",
        "steps",
        "batch",
        "max_tokens",
        "warmup",
        "checkpoint_every",
        "evaluations",
        "most_rows",
        "hard",
        "mining_tokens",
        "negatives",
        "in_batch",
        "random",
        "distil_tokens",
        "vocabulary",
        "width",
        "hidden",
    }
)
SHARES = frozenset({"share", "hard_share", "fast_share"})
AMOUNTS = frozenset(
    {
        "learning_rate",
        "weight_decay",
        "temperature",
        "margin",
        "sampling_temperature",
        "distil_weight",
        "distil_temperature",
    }
)
_MAY_BE_ZERO = frozenset(
    {
        "seed",
        "warmup",
        "evaluations",
        "hard",
        "in_batch",
        "random",
        "weight_decay",
        "distil_weight",
    }
)
LISTS = frozenset({"dimensions"})

_TOKENS = 8  # both sides of a pair and the marks around them
_LEAST: Mapping[str, float] = {
    **dict.fromkeys(("max_tokens", "mining_tokens", "distil_tokens"), _TOKENS),
    "sampling_temperature": 0.2,  # below it the largest source is all that is ever drawn
}
_MOST_OF_ALL = 10**9  # no training needs more, and floats hold it
_MOST: Mapping[str, float] = {
    "seed": 10**12,  # times a million and more it still is a seed of torch's
    "width": 4096,
    "hidden": 4096,
    "negatives": 10_000,
    "evaluations": 10_000,
}

_EVERY = frozenset(
    {"seed", "steps", "batch", "learning_rate", "warmup"}
    | {"weight_decay", "checkpoint_every", "evaluations"}
)
_PRETRAINED = _EVERY | {"max_tokens", "precision"}
_FAST = frozenset(
    {"temperature", "symmetric", "most_rows", "dimensions", "sampling_temperature", "share"}
    | {"hard", "hard_share", "mining_tokens"}
    | {"distil", "distil_weight", "distil_temperature", "distil_tokens"}
)
_SLOW = frozenset({"negatives", "random", "in_batch", "loss"})
_READ: Mapping[str, frozenset[str]] = {
    "encoder": _PRETRAINED | _FAST,
    "cross-encoder": _PRETRAINED | _SLOW | {"mining_tokens"},
    "shared": _PRETRAINED | _FAST | _SLOW | {"fast_share"},
    "classifier": _PRETRAINED | _SLOW,
    "codenn": _EVERY | {"vocabulary", "width", "hidden", "margin"},
}
"""What each kind of recipe reads of `[run]` and `[slow]`."""

_TABLES: Mapping[str, frozenset[str]] = {
    "encoder": frozenset({"start", "chances"}),
    "cross-encoder": frozenset({"start", "chances", "mining", "slow"}),
    "shared": frozenset({"start", "chances", "mining", "slow"}),
    "classifier": frozenset({"start"}),
    "codenn": frozenset(),
}
"""The tables that each kind of recipe reads beside `[run]` and `[weights]`."""

RATED = frozenset({"graded", "labelled"})
"""Tasks of pairs with a target of their own, which the slow stage alone reads."""


def check_settings(table: str, settings: Mapping[str, Any]) -> None:
    """Check `[run]` or `[slow]`. Raises `DataError` for a value that its setting cannot have."""
    for name, value in settings.items():
        if (problem := _problem(name, value)) is not None:
            raise DataError(f"[{table}] {name} is {problem}, not {reprlib.repr(value)}")


def unknown_settings(kind: str, recipe: Mapping[str, Any]) -> list[str]:
    """Names that a recipe of this kind does not read: slips of the pen, or another kind's."""
    weighed = {task for task, weight in recipe.get("weights", {}).items() if weight}
    read = {"kind", "run", "weights", *_TABLES[kind]}
    if kind == "encoder" and recipe.get("run", {}).get("hard"):
        read.add("mining")
    if "slow" in read and "graded" in weighed:
        read.add("grades")
    settings = {**recipe.get("run", {}), **(recipe.get("slow", {}) if "slow" in read else {})}
    tasks = (f"[weights] {task}" for task in sorted(weighed & RATED) if kind == "encoder")
    tables = (f"[{name}]" for name in sorted(set(recipe) - read))
    return [*sorted(set(settings) - _READ[kind]), *tasks, *tables]


def check_numbers(table: str, numbers: Mapping[str, Any], most: float = _MOST_OF_ALL) -> None:
    """Check `[weights]`, `[chances]` or `[mining]`: numbers from 0 to `most`.

    Raises `DataError`.
    """
    for name, value in numbers.items():
        if not (_is_number(value) and 0 <= value <= most):
            raise DataError(
                f"[{table}] {name} is a number between 0 and {most:.0f}, not {reprlib.repr(value)}"
            )


def _problem(name: str, value: Any) -> str | None:
    """What the setting should be, if the value is not that."""
    least = _LEAST.get(name, 0 if name in _MAY_BE_ZERO else 1)
    most = _MOST.get(name, _MOST_OF_ALL)
    if name in COUNTS and not (_is_whole(value) and value >= least):
        return f"a whole number from {least}"
    if name in COUNTS and value > most:
        return f"a whole number up to {most}"
    if name in SHARES and not (_is_number(value) and 0 <= value <= 1):
        return "a number between 0 and 1"
    if name in AMOUNTS and not (_is_number(value) and (value > 0 or (value == 0 and not least))):
        return "a number from 0" if not least else "a number above 0"
    if name in AMOUNTS and not _LEAST.get(name, 0) <= value <= most:
        return f"a number between {_LEAST.get(name, 0)} and {most}"
    if name in SWITCHES and not isinstance(value, bool):
        return "true or false"
    if name in LISTS and not (isinstance(value, list) and value and all(map(_is_size, value))):
        return "a list of whole numbers from 1"
    if name in WORDS and value not in WORDS[name]:
        return f"one of {', '.join(WORDS[name])}"
    return None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    return _is_whole(value) and value >= 1


def _is_number(value: Any) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))
