"""What training reads: groups of texts that mean the same.

A group of two is a pair (a description and its function); a group of more holds the same routine
in several frameworks or languages, from which training draws two at a time.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from engine.code.normal import clean
from engine.errors import DataError


@dataclass(frozen=True, slots=True)
class Text:
    """One side: code with its language, or words (language empty)."""

    content: str
    language: str = ""

    @property
    def is_code(self) -> bool:
        """Whether this is code."""
        return bool(self.language)


@dataclass(frozen=True, slots=True)
class Group:
    """Texts that are each other's counterparts, with the task they train and their source.

    `hollow` are the places of texts whose body says nothing (it raises, passes or delegates),
    `near_copies` the pairs of places whose texts differ by little more than a name. Both are kept,
    since a reader may want them; `drawable` leaves them out. `origin` is the hash of what the
    texts come from (a repository, a thread, a module): what shares it shares a split.
    """

    task: str
    source: str
    texts: tuple[Text, ...]
    hollow: tuple[int, ...] = ()
    near_copies: tuple[tuple[int, int], ...] = ()
    origin: str = ""

    def drawable(self) -> list[tuple[int, int]]:
        """The pairs of places that teach something: neither side hollow, not copies."""
        useful = (place for place in range(len(self.texts)) if place not in self.hollow)
        return [pair for pair in combinations(useful, 2) if pair not in self.near_copies]

    @property
    def teaches(self) -> bool:
        """Whether training may draw anything from it."""
        return bool(self.drawable())

    def draw(self, rng: random.Random) -> tuple[Text, Text]:
        """Two texts, the words first if there are any; of several codes, two that teach."""
        if not self.texts[0].is_code:
            return self.texts[0], self.texts[1]
        if not (self.hollow or self.near_copies):
            first, second = rng.sample(range(len(self.texts)), 2)
        else:
            first, second = rng.sample(rng.choice(self.drawable()), 2)
        return self.texts[first], self.texts[second]


def as_record(group: Group) -> dict[str, Any]:
    """The group in terms of JSON; fields that say nothing are left out."""
    record: dict[str, Any] = {
        "task": group.task,
        "source": group.source,
        "texts": [[text.content, text.language] for text in group.texts],
    }
    if group.origin:
        record["origin"] = group.origin
    if group.hollow:
        record["hollow"] = list(group.hollow)
    if group.near_copies:
        record["near_copies"] = [list(pair) for pair in group.near_copies]
    return record


def from_record(record: dict[str, Any]) -> Group:
    """The group that `as_record` wrote. Raises ValueError, KeyError or TypeError if it is none."""
    texts = tuple(map(read_text, record["texts"]))
    if not all(isinstance(record[name], str) for name in ("task", "source")):
        raise TypeError("task and source are strings")
    copies = ((int(first), int(second)) for first, second in record.get("near_copies", ()))
    hollow = tuple(int(place) for place in record.get("hollow", ()))
    origin = str(record.get("origin", ""))
    return Group(record["task"], record["source"], texts, hollow, tuple(copies), origin)


def read_text(pair: Any) -> Text:
    """The text of `[content, language]`. Raises ValueError or TypeError if it is none.

    A lone surrogate, which JSON can hold and no tokenizer reads, becomes a question mark.
    """
    content, language = pair
    if not (isinstance(content, str) and isinstance(language, str)):
        raise TypeError("a text is a string, and so is its language")
    return Text(clean(content), language)


def write_groups(path: Path, groups: Iterable[Group]) -> int:
    """Write one JSON object a line; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for group in groups:
            file.write(json.dumps(as_record(group), ensure_ascii=False) + "\n")
            count += 1
    return count


def read_groups(path: Path) -> Iterator[Group]:
    """Read what `write_groups` wrote. Raises `DataError` naming the line that is not so."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield from_record(json.loads(line))
                except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
                    raise DataError(
                        f"{path}, line {number}: not a group of texts; prepare the data again"
                    ) from error
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8"
        raise DataError(
            f"cannot read {path} ({why}); `counterpart pairs recipe` makes it"
        ) from error


def count_by_source(groups: Sequence[Group]) -> dict[str, int]:
    """How many groups each `task: source` has, in the order of the names."""
    counts: dict[str, int] = {}
    for group in groups:
        key = f"{group.task}: {group.source}"
        counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items()))
