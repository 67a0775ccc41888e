"""Keeps evaluation texts out of training, exact and near copies alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from engine.learning.groups import Group
from engine.learning.leakage.banned import banned_source
from engine.learning.leakage.containment import ContainmentIndex
from engine.learning.leakage.tokens import exact_key, shape_key, tokens_of
from engine.learning.minhash import NearIndex

NEAR = 0.7
"""Jaccard overlap of runs of three tokens from which on a text is a near copy."""

MIN_TOKENS = 5  # of a text to be compared by anything but equality
_PATTERN = 4  # evaluation texts of one shape make it a way of writing, and a copy of none of them
_EXCERPT = 4000  # characters of an evaluation text that are kept to show what a text resembles


class Reason(StrEnum):
    """Why a text leaks."""

    BANNED = "banned source"
    EXACT = "exact copy"
    RENAMED = "copy under other names"
    CONTAINED = "contains or is part of"
    NEAR = "near copy"


@dataclass(frozen=True, slots=True)
class Leak:
    """What a text leaks: the evaluation set, why, how close (0 to 1), and the text it resembles."""

    name: str
    reason: Reason
    overlap: float = 1.0
    resembles: str = ""


class LeakageFilter:
    """Knows the evaluation sets' texts and says which texts are, or nearly are, among them.

    Five rules, from the surest to the weakest; the first that holds is named. A text leaks

    - if it names a source that may never be used (`banned`);
    - if its tokens equal an evaluation text's (in any order for short texts such as queries);
    - if it is an evaluation text's code with other names for what it binds; where several of them
      differ in nothing else, that is a way of writing (a client's methods), and no copy;
    - if one holds `CONTAINMENT` of the other's runs of five tokens: a function inside a file, the
      larger part of a function. Says nothing of texts with fewer than ten tokens;
    - if MinHash fingerprints put the overlap of their runs of three tokens at `NEAR` or more: short
      questions in other words, and code with small changes on every other line.
    """

    def __init__(self) -> None:
        self._texts: list[tuple[str, str]] = []  # set, excerpt
        self._exact: dict[int, int] = {}
        self._shapes: dict[int, list[int]] = {}
        self._contained = ContainmentIndex()
        self._near = NearIndex(NEAR)
        self._near_numbers: list[int] = []

    def __len__(self) -> int:
        """How many different evaluation texts it knows."""
        return len(self._exact)

    def add(self, name: str, text: str) -> None:
        """Learn one text of the evaluation set `name`."""
        tokens = tokens_of(text)
        key = exact_key(tokens)
        if not tokens or key in self._exact:
            return
        number = len(self._texts)
        self._texts.append((name, text[:_EXCERPT]))
        self._exact[key] = number
        shape = shape_key(text)
        if shape is not None:
            self._shapes.setdefault(shape, []).append(number)
        if len(tokens) >= MIN_TOKENS:
            self._contained.add(number, tokens)
            self._near.add(tokens)
            self._near_numbers.append(number)

    def find(self, text: str) -> Leak | None:
        """What `text` would leak, None if it is clean."""
        source = banned_source(text)
        if source is not None:
            return Leak(source, Reason.BANNED)
        tokens = tokens_of(text)
        number = self._exact.get(exact_key(tokens)) if tokens else None
        if number is not None:
            return self._leak(number, Reason.EXACT, 1.0)
        if len(tokens) < MIN_TOKENS:
            return None
        shape = shape_key(text)
        alike = self._shapes.get(shape, []) if shape is not None else []
        if 0 < len(alike) < _PATTERN:
            return self._leak(alike[0], Reason.RENAMED, 1.0)
        contained = self._contained.find(tokens)
        if contained is not None:
            return self._leak(contained[0], Reason.CONTAINED, contained[1])
        near = self._near.nearest(tokens)
        if near is not None:
            return self._leak(self._near_numbers[near[0]], Reason.NEAR, near[1])
        return None

    def leak(self, text: str) -> str | None:
        """The name of the evaluation set that `text` would leak, None if it is clean."""
        found = self.find(text)
        return found.name if found is not None else None

    def find_any(self, texts: Iterable[str]) -> tuple[int, Leak] | None:
        """The place and the leak of the first of `texts` that leaks: either side removes a pair."""
        for place, text in enumerate(texts):
            found = self.find(text)
            if found is not None:
                return place, found
        return None

    def keep(self, groups: Iterable[Group]) -> tuple[list[Group], Counter[str]]:
        """The groups without a leaking side, and how many were removed for each evaluation set."""
        kept: list[Group] = []
        removed: Counter[str] = Counter()
        for group in groups:
            found = self.find_any(text.content for text in group.texts)
            if found is None:
                kept.append(group)
            else:
                removed[f"{group.source} ← {found[1].name}"] += 1
        return kept, removed

    def _leak(self, number: int, reason: Reason, overlap: float) -> Leak:
        name, text = self._texts[number]
        return Leak(name, reason, overlap, text)
