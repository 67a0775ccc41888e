"""Finding the right code among distractors: the measure of the code search papers.

Each description is asked once, with its own code among N others; success@k is the share of
descriptions whose code comes among the first k, MRR the mean of one over its rank.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import DataError
from engine.learning.groups import Group
from engine.learning.negatives import is_near_copy

DEPTHS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class Trials:
    """Descriptions, codes, and for each description the rows of its candidates, its own first."""

    descriptions: list[str]
    codes: list[str]
    candidates: list[list[int]]


@dataclass(frozen=True, slots=True)
class Success:
    """success@k for each of `DEPTHS`, and the mean reciprocal rank."""

    at: tuple[float, ...]
    mrr: float


def make_trials(groups: Sequence[Group], count: int, distractors: int, seed: int = 0) -> Trials:
    """Up to `count` trials from groups of a description with its code.

    Near-copies of its own code are no distractors, nor are codes with the same description. Raises
    `DataError` if there are not enough others.
    """
    rng = random.Random(seed)
    pool = rng.sample(list(groups), len(groups))
    descriptions = [group.texts[0].content for group in pool]
    codes = [group.texts[1].content for group in pool]
    candidates = []
    for own in range(min(count, len(pool))):
        others: list[int] = []
        for row in rng.sample(range(len(pool)), len(pool)):
            if len(others) == distractors:
                break
            if descriptions[row] != descriptions[own] and not is_near_copy(codes[row], codes[own]):
                others.append(row)
        if len(others) < distractors:
            raise DataError(f"there are no {distractors} distractors; ask for fewer")
        candidates.append([own, *others])
    return Trials(descriptions, codes, candidates)


def success(scores: Tensor) -> Success:
    """From scores (trials, candidates), the right code's in column 0.

    Of equal scores the right one counts as the last: who cannot tell has not found it.
    """
    others = scores[:, 1:] >= scores[:, :1]
    ranks = 1 + (others | scores[:, 1:].isnan()).sum(1)
    at = tuple((ranks <= depth).double().mean().item() for depth in DEPTHS)
    return Success(at, (1.0 / ranks).double().mean().item())


def gather(trials: Trials, descriptions: Tensor, codes: Tensor) -> Tensor:
    """Scores (trials, candidates) from the vectors of all descriptions and all codes."""
    rows = torch.tensor(trials.candidates)
    asked = descriptions[rows[:, 0]]
    return torch.einsum("td,tcd->tc", asked, codes[rows])
