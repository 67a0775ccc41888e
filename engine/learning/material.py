"""What a run is made from, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.learning.groups import Group
from engine.learning.loop import Training
from engine.learning.recipe import Recipe

EXAMPLES = "examples.jsonl"
"""The mined hard negatives, in a run's folder."""


@dataclass(frozen=True)
class Kind:
    """A training and its development figures."""

    training: Training
    evaluate: Callable[[], Mapping[str, float]]


@dataclass(frozen=True)
class Material:
    """What a run is made from: the recipe, its start, the data, and where it keeps things.

    `data` is the folder of the published sets, needed if the recipe weighs labelled pairs. `graded`
    are files of graded pairs, needed if it weighs those; `teacher` is the folder of a
    cross-encoder, needed if it distils one; `miner` that of the encoder that mines hard negatives,
    if it is not the start.
    """

    recipe: Recipe
    start: Path
    groups: Sequence[Group]
    data: Path | None
    dev: Sequence[Path]
    run: Path
    say: Callable[[str], None]
    graded: Sequence[Path] = ()
    teacher: Path | None = None
    miner: Path | None = None
