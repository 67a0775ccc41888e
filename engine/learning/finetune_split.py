"""Judged queries into train and held-out: whole queries, never rows.

Two queries that say the same in two frameworks, or that differ in layout only, are one: they share
a side, or the held-out figures would be those of queries seen in training.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from hashlib import blake2b

from engine.code.neutral import neutral_view
from engine.learning.mine_judged import JudgedQuery

_WORD = re.compile(r"\w+")
_ALIKE = 0.7  # Jaccard overlap of words from which two queries are one

FEW = 50
"""Queries below which a training is a gamble, and held-out figures say little."""


def trainable(query: JudgedQuery) -> bool:
    """Whether a query has a counterpart. What is none can be mined; a counterpart cannot."""
    return bool(query.positives)


def split(
    queries: Sequence[JudgedQuery], held_out: float, seed: int
) -> tuple[list[JudgedQuery], list[JudgedQuery]]:
    """Train and held-out queries; the same for the same judgements, and stable as more come."""
    sides: dict[bool, list[JudgedQuery]] = {False: [], True: []}
    for cluster in _clusters(queries):
        name = min(_view(query) for query in cluster)
        digest = blake2b(f"{seed}:{name}".encode("utf-8", "replace"), digest_size=8).digest()
        sides[int.from_bytes(digest, "big") / 2**64 < held_out] += cluster
    return sides[False], sides[True]


def advice(trainable_queries: int, held_out: int) -> tuple[bool, str]:
    """Whether there is enough to train on, and a sentence about it."""
    have = f"{trainable_queries} {'query has' if trainable_queries == 1 else 'queries have'}"
    if trainable_queries < 8 or held_out < 3:
        return False, (
            f"{have} a counterpart: too few to train on and to measure. Judge at least {FEW}."
        )
    if trainable_queries < FEW:
        return False, (
            f"{have} a counterpart. Below about {FEW} a training may do "
            "harm, and the held-out queries are too few to show it. Judge more if you can."
        )
    return True, f"{have} a counterpart: enough to try."


def _clusters(queries: Sequence[JudgedQuery]) -> list[list[JudgedQuery]]:
    """Queries that say the same, or share most of their words: each joins those it is like.

    Two that are alike share one of the rarest words of both (prefix filtering, Chaudhuri et al.,
    2006), so that not all of them need to be compared with all.
    """
    exact: dict[str, list[JudgedQuery]] = defaultdict(list)
    for query in queries:
        exact[_view(query)].append(query)
    words = [frozenset(_WORD.findall(view)) or frozenset({""}) for view in exact]
    frequency = Counter(word for found in words for word in found)
    first = list(range(len(words)))  # of the cluster, by a chain of earlier ones
    having: dict[str, list[int]] = defaultdict(list)

    def cluster_of(number: int) -> int:
        while first[number] != number:
            first[number] = first[first[number]]
            number = first[number]
        return number

    for number, found in enumerate(words):
        rarest = sorted(found, key=lambda word: (frequency[word], word))
        rarest = rarest[: len(found) - math.ceil(_ALIKE * len(found)) + 1]
        for other in {other for word in rarest for other in having[word]}:
            if _alike(found, words[other]):
                one, two = cluster_of(number), cluster_of(other)
                first[max(one, two)] = min(one, two)
        for word in rarest:
            having[word].append(number)
    clusters: dict[int, list[JudgedQuery]] = defaultdict(list)
    for number, same in enumerate(exact.values()):
        clusters[cluster_of(number)] += same
    return list(clusters.values())


def _alike(words: frozenset[str], others: frozenset[str]) -> bool:
    if min(len(words), len(others)) < _ALIKE * max(len(words), len(others)):
        return False
    shared = len(words & others)
    return shared >= _ALIKE * (len(words) + len(others) - shared)


def _view(query: JudgedQuery) -> str:
    text = query.query.text
    view = neutral_view(text, query.language) if query.language else text.casefold()
    return " ".join(view.split())
