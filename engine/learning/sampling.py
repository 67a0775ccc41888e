"""Draws batches of one kind of pair, as a function of the seed and the step alone."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from engine.errors import DataError
from engine.learning.augment import Chances, as_search_words, vary, with_docstring
from engine.learning.groups import Group, Text

RENAMED = "renamed"
_ONE_SOURCE = frozenset({"twins", "languages", "questions"})


@dataclass(frozen=True, slots=True)
class Batch:
    """Left and right texts, row by row counterparts, as the model reads them.

    `left_originals` and `right_originals` are the same texts unchanged, by which copies among the
    negatives are recognised.
    """

    task: str
    lefts: list[str]
    rights: list[str]
    left_originals: list[str]
    right_originals: list[str]


@dataclass
class Sampler:
    """Weights choose the task; within it sources count with their size to the power of `power`.

    Groups that teach nothing (all copies or hollow) are left out.
    """

    groups: Iterable[Group]
    weights: Mapping[str, float]
    seed: int
    chances: Chances = field(default_factory=Chances)
    power: float = 0.5
    _by_task: dict[str, dict[str, list[Group]]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_task = defaultdict(lambda: defaultdict(list))
        for group in self.groups:
            if not group.teaches:
                continue
            self._by_task[group.task][group.source].append(group)
            code = [text for text in group.texts if text.is_code and len(text.content) > 150]
            if group.task in {"docstrings", "twins"} and code:
                twice = (code[0], code[0])
                self._by_task[RENAMED][group.source].append(Group(RENAMED, group.source, twice))
        missing = sorted(task for task in self.weights if not self._by_task.get(task))
        if missing:
            known = ", ".join(sorted(self._by_task)) or "no task"
            raise DataError(
                f"no training data for {', '.join(missing)} of [weights]; the groups have it for "
                f"{known}"
            )

    def batch(self, step: int, size: int) -> Batch:
        """The batch of `step`: the same for the same seed, whatever was drawn before."""
        rng = random.Random(f"{self.seed}:{step}")
        tasks = sorted(self.weights)
        task = rng.choices(tasks, [self.weights[name] for name in tasks])[0]
        groups = self._draw(task, size, rng)
        pairs = [group.draw(rng) for group in groups]
        lefts, rights = [], []
        for left, right in pairs:
            if task == "docstrings" and rng.random() < self.chances.documented:
                # As found in a repository; the question must then differ from the docstring.
                right = replace(right, content=with_docstring(right.content, left.content))
                left = replace(left, content=as_search_words(left.content, rng))
            lefts.append(vary(left, self._chances(task, left), rng))
            rights.append(vary(right, self._chances("", right), rng))
        originals = ([text.content for text in side] for side in zip(*pairs, strict=True))
        return Batch(task, lefts, rights, *originals)

    def _draw(self, task: str, size: int, rng: random.Random) -> list[Group]:
        sources = self._by_task[task]
        names = sorted(sources)
        if (count := sum(map(len, sources.values()))) < size:
            raise DataError(f"{task} has {count} groups, too few for a batch of {size}")
        shares = [len(sources[name]) ** self.power for name in names]
        if task in _ONE_SOURCE and rng.random() < 0.7:
            name = rng.choices(names, shares)[0]
            if len(sources[name]) >= 2 * size:
                return rng.sample(sources[name], size)
        chosen: dict[int, Group] = {}
        while len(chosen) < size:
            group = rng.choice(sources[rng.choices(names, shares)[0]])
            chosen[id(group)] = group
        return list(chosen.values())

    def _chances(self, task: str, text: Text) -> Chances:
        if task != RENAMED or not text.is_code:
            return self.chances
        return Chances(neutral=0.3, rename=1.0, no_comments=0.7, crop=0.4)
