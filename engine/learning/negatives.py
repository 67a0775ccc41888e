"""Hard negatives: what the encoder ranks high and is not the counterpart."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.code.neutral import neutral_view
from engine.errors import DataError
from engine.learning.groups import Group, Text, read_text

Encode = Callable[[list[str]], Tensor]

_WORD = re.compile(r"\w+")
_COPY = 0.7  # Jaccard overlap of words above which a text is no negative
_CEILING = 0.95  # of the counterpart's score; what scores higher may well be right too


@dataclass(frozen=True, slots=True)
class RankedExample:
    """A query, its counterpart, and the texts that the encoder took for it, best first."""

    task: str
    query: Text
    positive: Text
    negatives: tuple[Text, ...]


def choose_groups(
    groups: Iterable[Group], shares: Mapping[str, int], seed: int
) -> dict[str, list[Group]]:
    """For each task up to `shares[task]` groups, drawn evenly from its sources in turn.

    Groups that teach nothing (all copies or hollow) are not drawn.
    """
    rng = random.Random(seed)
    sources: dict[str, dict[str, list[Group]]] = defaultdict(lambda: defaultdict(list))
    for group in groups:
        if group.teaches:
            sources[group.task][group.source].append(group)
    known = ", ".join(sorted(sources)) or "no task"
    chosen: dict[str, list[Group]] = {}
    for task, count in shares.items():
        queues = [rng.sample(found, len(found)) for _, found in sorted(sources[task].items())]
        taken: list[Group] = []
        while len(taken) < count and any(queues):
            for queue in queues:
                if queue and len(taken) < count:
                    taken.append(queue.pop())
        if not taken:
            raise DataError(
                f"no training data for {task} of [mining]; the groups have it for {known}"
            )
        chosen[task] = taken
    return chosen


def mine_negatives(
    task: str, groups: Sequence[Group], encode: Encode, seed: int, depth: int = 16
) -> Iterator[RankedExample]:
    """Rank all other groups' counterparts for each group's query, best first.

    Copies of the counterpart are left out, and so is what scores nearly as high as it or higher:
    unlabelled texts at the very top are often right (positive-aware mining, Moreira et al., 2024).
    The encoder reads the framework-neutral views, as retrieval does.
    """
    rng = random.Random(seed)
    sides = [group.draw(rng) for group in groups]
    queries = encode_sorted([view(query) for query, _ in sides], encode)
    documents = encode_sorted([view(positive) for _, positive in sides], encode)
    words = [frozenset(_WORD.findall(positive.content)) for _, positive in sides]
    for start in range(0, len(sides), 256):
        scores = queries[start : start + 256] @ documents.T
        best = scores.topk(min(3 * depth, len(sides)))
        for offset, candidates in enumerate(best.indices.tolist()):
            row = start + offset
            query, positive = sides[row]
            ceiling = _CEILING * float(scores[offset, row])
            negatives = [
                sides[other][1]
                for other, score in zip(candidates, best.values[offset].tolist(), strict=True)
                if score <= ceiling and not _is_copy(words[other], words[row], sides[other], query)
            ]
            if negatives:
                yield RankedExample(task, query, positive, tuple(negatives[:depth]))


def view(text: Text) -> str:
    """A text as retrieval gives it to a model."""
    return neutral_view(text.content, text.language) if text.is_code else text.content


@torch.no_grad()
def encode_sorted(texts: Sequence[str], encode: Encode, batch: int = 64) -> Tensor:
    """Vectors of `texts` in their order, encoded in batches of similar length."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    parts = [
        encode([texts[index] for index in order[at : at + batch]])
        for at in range(0, len(texts), batch)
    ]
    return torch.cat(parts)[torch.tensor(order).argsort()]


def write_examples(path: Path, examples: Iterable[RankedExample]) -> int:
    """Write one JSON object a line; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for example in examples:
            texts = [example.query, example.positive, *example.negatives]
            record = {"task": example.task, "texts": [[t.content, t.language] for t in texts]}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    return count


def read_examples(path: Path) -> Iterator[RankedExample]:
    """Read what `write_examples` wrote. Raises `DataError` naming the line that is not so."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    example = _example(json.loads(line))
                except (ValueError, KeyError, TypeError, RecursionError) as error:
                    raise DataError(
                        f"{path}, line {number}: not a ranked example; delete the file, and the "
                        "negatives are mined again"
                    ) from error
                yield example
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8"
        raise DataError(
            f"cannot read {path} ({why}); delete it, and the negatives are mined again"
        ) from error


def _example(record: Any) -> RankedExample:
    query, positive, *negatives = map(read_text, record["texts"])
    if not isinstance(record["task"], str):
        raise TypeError("the task is a string")
    return RankedExample(record["task"], query, positive, tuple(negatives))


def is_near_copy(text: str, other: str) -> bool:
    """Whether the words of the two overlap so much (Jaccard) that neither is the other's negative.

    Texts without a word are alike.
    """
    return _overlap(frozenset(_WORD.findall(text)), frozenset(_WORD.findall(other)))


def _is_copy(
    words: frozenset[str], wanted: frozenset[str], other: tuple[Text, Text], query: Text
) -> bool:
    return other[0].content == query.content or _overlap(words, wanted)


def _overlap(words: frozenset[str], others: frozenset[str]) -> bool:
    shared = len(words & others)
    return shared >= _COPY * (len(words) + len(others) - shared)
