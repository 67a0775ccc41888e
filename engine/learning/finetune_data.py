"""Mined queries as what the two trainings read, and their files."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from engine.learning.graded import TARGETS, GradedPair
from engine.learning.groups import Text
from engine.learning.mine_judged import JudgedQuery
from engine.learning.negatives import RankedExample
from engine.types import Chunk, Grade
from engine.types_training import MinedQuery, Origin

TASK = "judged"
AGAINST = (Origin.JUDGED, Origin.MINED, Origin.RANDOM)
"""Where the negatives of examples come from."""


def examples(queries: Iterable[MinedQuery]) -> list[RankedExample]:
    """Each counterpart against what is none.

    Weak results and counterparts in a wrong framework are not among these: the former are graded
    pairs with a target of their own, and the latter are right in the view that the models read.
    """
    found = []
    for query in queries:
        asked = Text(query.query.text, query.language or "")
        against = tuple(text_of(n.chunk) for n in query.negatives if n.origin in AGAINST)
        found += [
            RankedExample(TASK, asked, text_of(positive.chunk), against)
            for positive in query.positives
        ]
    return found


def graded_pairs(
    queries: Iterable[JudgedQuery], origins: Collection[Origin] = tuple(Origin)
) -> list[GradedPair]:
    """What was judged, with its grade as a soft target; negatives only of these origins."""
    found = []
    for query in queries:
        asked = Text(query.query.text, query.language or "")
        sides = [(positive.chunk, Grade(positive.grade)) for positive in query.positives]
        for chunk, grade in query.graded:
            origin = Origin.JUDGED if grade is Grade.IRRELEVANT else Origin.WEAK
            if grade < Grade.STRONG and origin in origins:
                sides.append((chunk, grade))
        found += [GradedPair(asked, text_of(chunk), TARGETS[grade]) for chunk, grade in sides]
    return found


def write_pairs(path: Path, pairs: Sequence[GradedPair]) -> None:
    """Write one JSON object a line."""
    with path.open("w", encoding="utf-8") as file:
        for pair in pairs:
            sides = (pair.query, pair.text)
            row = [[side.content, side.language] for side in sides]
            file.write(json.dumps([*row, pair.target]) + "\n")


def read_pairs(path: Path) -> list[GradedPair]:
    """Read what `write_pairs` wrote."""
    with path.open(encoding="utf-8") as file:
        rows = (json.loads(line) for line in file)
        return [GradedPair(Text(*query), Text(*text), target) for query, text, target in rows]


def text_of(chunk: Chunk) -> Text:
    """A chunk as a side of a pair."""
    return Text(chunk.text, chunk.language)
