"""What training reads: groups of texts that mean the same.

A group of two is a pair (a description and its function); a group of more holds the same routine
in several frameworks or languages, from which training draws two at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

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
    """Texts that are each other's counterparts, with the task they train and their source."""

    task: str
    source: str
    texts: tuple[Text, ...]


def write_groups(path: Path, groups: Iterable[Group]) -> int:
    """Write one JSON object a line; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for group in groups:
            texts = [[text.content, text.language] for text in group.texts]
            record = {"task": group.task, "source": group.source, "texts": texts}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    return count


def read_groups(path: Path) -> Iterator[Group]:
    """Read what `write_groups` wrote. Raises `DataError` naming the line that is not so."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                record = json.loads(line)
                texts = tuple(Text(content, language) for content, language in record["texts"])
                yield Group(record["task"], record["source"], texts)
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(
                    f"{path}, line {number}: not a group of texts; prepare the data again"
                ) from error


def count_by_source(groups: Sequence[Group]) -> dict[str, int]:
    """How many groups each `task: source` has, in the order of the names."""
    counts: dict[str, int] = {}
    for group in groups:
        key = f"{group.task}: {group.source}"
        counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items()))
