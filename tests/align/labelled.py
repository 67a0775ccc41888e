"""The labelled pairs: two snippets, and by hand which statement stands for which.

A file holds pairs. `=== 01 | MXNet → PyTorch | title` begins one, `<<< Python` its left side,
`>>> Python` its right side. A code line is `tag|code`: statements with the same tag do the same
thing (one tag may stand on several lines of either side), a blank tag has no counterpart, `:`
continues the statement above or only closes it. Pairs with odd numbers are for tuning, those with
even numbers for testing: decided before anything was tuned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "pairs"


@dataclass(frozen=True)
class Side:
    language: str
    text: str
    tags: tuple[str, ...]  # by line: a tag, "" for a statement without one, ":" for no statement

    def tagged(self) -> dict[str, list[int]]:
        """The lines of each tag."""
        lines: dict[str, list[int]] = {}
        for number, tag in enumerate(self.tags):
            if tag not in ("", ":"):
                lines.setdefault(tag, []).append(number)
        return lines


@dataclass(frozen=True)
class LabelledPair:
    number: int
    kind: str
    title: str
    left: Side
    right: Side

    @property
    def for_tuning(self) -> bool:
        return self.number % 2 == 1

    def links(self) -> frozenset[tuple[int, int]]:
        """The lines (from 0) that stand for each other."""
        right = self.right.tagged()
        return frozenset(
            (a, b)
            for tag, lines in self.left.tagged().items()
            for a in lines
            for b in right.get(tag, ())
        )


def _side(block: str) -> Side:
    language, _, body = block.partition("\n")
    tags, code = [], []
    for line in body.rstrip("\n").split("\n"):
        tag, _, text = line.partition("|")
        tags.append(tag.strip() if text.strip() else ":")
        code.append(text)
    return Side(language.strip(), "\n".join(code), tuple(tags))


def _pair(block: str) -> LabelledPair:
    head, _, body = block.partition("\n")
    number, kind, title = (part.strip() for part in head.split("|"))
    left, _, right = body.partition("\n>>> ")
    return LabelledPair(int(number), kind, title, _side(left.removeprefix("<<< ")), _side(right))


@lru_cache(maxsize=1)
def labelled_pairs() -> tuple[LabelledPair, ...]:
    """All pairs, by number."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.txt")))
    blocks = [block for block in re.split(r"(?m)^=== ", text) if block.strip()]
    return tuple(sorted(map(_pair, blocks), key=lambda pair: pair.number))
