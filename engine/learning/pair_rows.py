"""The rows of a step of the slow stage: pairs of a query and a text, with targets."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import DataError
from engine.learning.augment import Chances, as_search_words, vary, with_docstring
from engine.learning.graded import GradedPair
from engine.learning.groups import Text
from engine.learning.material import EXAMPLES
from engine.learning.negatives import RankedExample, is_near_copy

LABELLED, GRADED = "labelled", "graded"
"""Tasks whose pairs carry targets of their own, and come in batches of their own."""

_DOCSTRINGS = "docstrings"
_TOP = 10  # half of the hard negatives come from the encoder's first ranks
_TRIES = 50
_REMEDY = (
    f"delete the run's {EXAMPLES}, and mine more ([mining]) or with an encoder that tells texts "
    "apart (--miner)"
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Pairs and their targets in [0, 1]. Ranked ones come `of_each` to a query, its counterpart
    first; `of_each` is 0 for pairs with targets of their own."""

    task: str
    queries: list[str]
    texts: list[str]
    targets: list[float]
    of_each: int


@dataclass(frozen=True, slots=True)
class NegativeMix:
    """How many negatives a query gets of each sort.

    `hard` ones are among the encoder's first ranks, `in_batch` ones are counterparts of the batch's
    other queries, `random` ones are counterparts of any query of the task.
    """

    hard: int
    in_batch: int
    random: int

    @property
    def total(self) -> int:
        """Negatives of one query."""
        return self.hard + self.in_batch + self.random

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> NegativeMix:
        """From a recipe's `negatives` (of all sorts), `in_batch` (default 0) and `random` (1).

        Raises `DataError` if they do not fit together.
        """
        total, in_batch = int(options["negatives"]), int(options.get("in_batch", 0))
        drawn = int(options.get("random", max(0, min(1, total - in_batch))))
        if min(in_batch, drawn, total - in_batch - drawn) < 0 or not total:
            raise DataError(
                f"{total} negatives cannot hold {in_batch} in_batch and {drawn} random ones"
            )
        return cls(total - in_batch - drawn, in_batch, drawn)


class PairRows:
    """Draws the rows of a step as a function of the seed and the step alone.

    `options` is the recipe's table of the slow stage: `seed`, `batch` (queries a step) and the
    negatives, see `NegativeMix`. Raises `DataError` for a weighted task that has no data.
    """

    def __init__(
        self,
        examples: Iterable[RankedExample],
        weights: Mapping[str, float],
        chances: Chances,
        options: Mapping[str, Any],
        rated: Mapping[str, Sequence[GradedPair]],
    ) -> None:
        self._weights, self._chances, self._rated = dict(weights), chances, rated
        self._seed, self._batch = int(options["seed"]), int(options["batch"])
        self._mix = NegativeMix.of(options)
        self._by_task: dict[str, list[RankedExample]] = defaultdict(list)
        self._right: dict[str, set[str]] = defaultdict(set)  # texts that answer a query
        for example in examples:
            self._by_task[example.task].append(example)
            self._right[example.query.content].add(example.positive.content)
        for task, found in self._by_task.items():
            if len({example.positive.content for example in found}) < 2:
                raise DataError(f"{task} has hard negatives for one text only; {_REMEDY}")
        self._descriptions = {
            example.positive.content: example.query.content
            for example in self._by_task.get(_DOCSTRINGS, ())
        }
        known = {*self._by_task, *(task for task, pairs in rated.items() if pairs)}
        if missing := sorted(set(weights) - known):
            there = ", ".join(sorted(known)) or "no task"
            raise DataError(
                f"no hard negatives for {', '.join(missing)} of [weights], but for {there}; weigh "
                f"those, or {_REMEDY}"
            )

    def draw(self, step: int) -> Rows:
        """The rows of `step`, of one task, chosen by the weights."""
        rng = random.Random(f"{self._seed}:{step}")
        tasks = sorted(self._weights)
        task = rng.choices(tasks, [self._weights[name] for name in tasks])[0]
        return self._rated_rows(task, rng) if task in self._rated else self._ranked_rows(task, rng)

    def _ranked_rows(self, task: str, rng: random.Random) -> Rows:
        examples = self._by_task[task]
        queries: list[str] = []
        texts: list[str] = []
        chosen = rng.sample(examples, min(self._batch, len(examples)))
        for example in chosen:
            query = example.query
            candidates = [example.positive, *self._negatives(example, chosen, examples, rng)]
            if self._is_documented(task, rng):
                query = replace(query, content=as_search_words(query.content, rng))
                candidates = [self._with_docstring(text) for text in candidates]
            asked = vary(query, self._chances, rng)
            queries += [asked] * len(candidates)
            texts += [vary(text, self._chances, rng) for text in candidates]
        targets = [1.0, *[0.0] * self._mix.total] * len(chosen)
        return Rows(task, queries, texts, targets, 1 + self._mix.total)

    def _is_documented(self, task: str, rng: random.Random) -> bool:
        chance = self._chances.documented
        return task == _DOCSTRINGS and chance > 0 and rng.random() < chance

    def _with_docstring(self, text: Text) -> Text:
        """The function as its repository has it: right and wrong ones alike are described."""
        description = self._descriptions.get(text.content)
        if description is None:
            return text
        return replace(text, content=with_docstring(text.content, description))

    def _negatives(
        self,
        example: RankedExample,
        batch: Sequence[RankedExample],
        examples: Sequence[RankedExample],
        rng: random.Random,
    ) -> list[Text]:
        """Half of the hard ones from the first ranks, then deeper ones; then the other sorts.

        What a query has too few of is made up for by random ones.
        """
        first, rest = example.negatives[:_TOP], example.negatives[_TOP:]
        found = rng.sample(first, min(len(first), (self._mix.hard + 1) // 2))
        found += rng.sample(rest, min(len(rest), self._mix.hard - len(found)))
        if len(found) < self._mix.hard:  # few were mined
            left = [text for text in first if text not in found]
            found += rng.sample(left, min(len(left), self._mix.hard - len(found)))
        if self._mix.in_batch:
            others = [other for other in batch if not self._is_counterpart(other, example)]
            drawn = rng.sample(others, min(len(others), self._mix.in_batch))
            found += [other.positive for other in drawn]
        tries = 0
        while len(found) < self._mix.total:
            other = rng.choice(examples)
            # A task all of whose texts are alike would never end: then only equal ones are refused.
            tries += 1
            is_other = other.positive.content != example.positive.content
            if is_other and (tries > _TRIES or not self._is_counterpart(other, example)):
                found.append(other.positive)
        return found

    def _rated_rows(self, task: str, rng: random.Random) -> Rows:
        pairs = self._rated[task]
        chosen = rng.sample(pairs, min(len(pairs), self._batch * (1 + self._mix.total)))
        texts = [vary(pair.text, self._chances, rng) for pair in chosen]
        queries = [pair.query.content for pair in chosen]
        if task == GRADED:  # the labelled ones are web queries already
            queries = [vary(pair.query, self._chances, rng) for pair in chosen]
        return Rows(task, queries, texts, [pair.target for pair in chosen], 0)

    def _is_counterpart(self, other: RankedExample, example: RankedExample) -> bool:
        """Whether the other's counterpart is the example's too, or may well be."""
        if other.positive.content in self._right[example.query.content]:
            return True
        return is_near_copy(other.positive.content, example.positive.content)
