"""Two snippets' statements compared in pairs: arrays (n, m), one for each feature."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.align.statements import Unit
from engine.align.traits import Traits
from engine.code.tokens import name_set

Matrix = NDArray[np.float32]

HEADERS = name_set("def class loop if else try except with return raise jump import doc")
"""Kinds that hardly ever stand for another kind."""

_NEAR = {
    frozenset(pair.split())
    for pair in ("def class", "with decorator", "assign call", "raise return", "jump return",
                 "try with", "assign with", "assign return", "call return", "if else")
}  # fmt: skip

_KINDS = sorted({*HEADERS, "assign", "call", "decorator"})
_KIND_CODES = {kind: code for code, kind in enumerate(_KINDS)}


def _kind_table() -> NDArray[np.int8]:
    """1 for the same kind, 2 for near ones, 3 for those that hardly ever meet, else 0."""
    table = np.zeros((len(_KIND_CODES) + 1,) * 2, dtype=np.int8)
    for one, row in _KIND_CODES.items():
        for other, column in _KIND_CODES.items():
            if one == other:
                table[row, column] = 1
            elif frozenset((one, other)) in _NEAR:
                table[row, column] = 2
            elif one in HEADERS or other in HEADERS:
                table[row, column] = 3
    return table


_KIND_TABLE = _kind_table()

FIRST = (
    "words", "rare", "apis", "api_clash", "literals", "literal_clash", "operators", "targets",
    "grams", "same_kind", "near_kind", "kind_clash", "length", "place", "depth", "exact", "vectors",
    "has_vectors",
)  # fmt: skip
"""The features that look at two statements alone, in the order of the weights."""


def first_features(
    left: Sequence[Unit],
    right: Sequence[Unit],
    left_traits: Sequence[Traits],
    right_traits: Sequence[Traits],
) -> Matrix:
    """The features of `FIRST`, (len(FIRST), n, m), of statements without vectors."""
    sides = (left_traits, right_traits)
    apis = _overlap([t.apis for t in left_traits], [t.apis for t in right_traits])
    both_apis = _both(sides, lambda t: bool(t.apis))
    literals = _cosine(sides, lambda t: t.literals)
    both_literals = _both(sides, lambda t: bool(t.literals))
    same, near, clash = _kinds(sides)
    table = {
        "words": _cosine(sides, lambda t: t.words, weighted=True),
        "rare": _rare(sides),
        "apis": apis,
        "api_clash": both_apis * (apis == 0),
        "literals": literals,
        "literal_clash": both_literals * (literals == 0),
        "operators": _cosine(sides, lambda t: t.operators),
        "targets": _cosine(sides, lambda t: Counter(t.targets)),
        "grams": _cosine(sides, lambda t: t.grams, weighted=True),
        "same_kind": same,
        "near_kind": near,
        "kind_clash": clash,
        "length": _lengths(sides),
        "place": _places(len(left), len(right)),
        "depth": _depths(left, right),
        "exact": _exact(left, right),
        "vectors": _zeros(len(left), len(right)),
        "has_vectors": _zeros(len(left), len(right)),
    }
    return np.stack([table[name].astype(np.float32) for name in FIRST])


def with_vectors(features: Matrix, vectors: tuple[Matrix, Matrix]) -> Matrix:
    """The features of `FIRST` again, of statements whose L2-normalised vectors are known.

    `vectors` are (n, d) and (m, d).
    """
    known = features.copy()
    known[FIRST.index("vectors")] = _standing_out(vectors)
    known[FIRST.index("has_vectors")] = 1.0
    return known


# Comparing bags.


def _cosine(
    sides: tuple[Sequence[Traits], Sequence[Traits]],
    bag: Callable[[Traits], Mapping[str, int]],
    weighted: bool = False,
) -> Matrix:
    bags = [[bag(traits) for traits in side] for side in sides]
    vocabulary: dict[str, int] = {}
    for side in bags:
        for counts in side:
            for word in counts:
                vocabulary.setdefault(word, len(vocabulary))
    if not vocabulary:
        return _zeros(len(bags[0]), len(bags[1]))
    tables = [_table(side, vocabulary) for side in bags]
    if weighted:
        weights = _rarity(tables)
        tables = [table * weights for table in tables]
    tables = [table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
              for table in tables]  # fmt: skip
    return np.asarray(tables[0] @ tables[1].T, dtype=np.float32)


def _table(bags: Sequence[Mapping[str, int]], vocabulary: Mapping[str, int]) -> Matrix:
    table = np.zeros((len(bags), len(vocabulary)), dtype=np.float32)
    rows = np.repeat(np.arange(len(bags)), [len(counts) for counts in bags])
    columns = [vocabulary[word] for counts in bags for word in counts]
    times = [count for counts in bags for count in counts.values()]
    table[rows, columns] = 1.0 + np.log(times)
    return table


def _rarity(tables: Sequence[Matrix]) -> Matrix:
    """What a word weighs: less the more statements of either side have it."""
    count = sum(len(table) for table in tables)
    found_in = np.sum([(table > 0).sum(0) for table in tables], axis=0)
    return np.asarray(np.log(1.0 + count / np.maximum(found_in, 1)), dtype=np.float32)


def _rare(sides: tuple[Sequence[Traits], Sequence[Traits]]) -> Matrix:
    """Whether two statements share a word that hardly any other statement has."""
    found = [Counter(word for traits in side for word in traits.words) for side in sides]
    rare = [word for word, count in found[0].items() if count == 1 and found[1][word] == 1]
    where: list[dict[str, int]] = [
        {word: row for row, traits in enumerate(side) for word in traits.words} for side in sides
    ]
    shared = _zeros(len(sides[0]), len(sides[1]))
    for word in rare:
        shared[where[0][word], where[1][word]] += 1.0
    return np.asarray(np.minimum(shared, 3.0) / 3.0, dtype=np.float32)


def _overlap(left: Sequence[frozenset[str]], right: Sequence[frozenset[str]]) -> Matrix:
    """The Jaccard index; 0 for two empty sets."""
    rows = [row for row, one in enumerate(left) if one]
    columns = [column for column, other in enumerate(right) if other]
    shared = _zeros(len(left), len(right))
    for row in rows:
        one = left[row]
        for column in columns:
            both = len(one & right[column])
            if both:
                shared[row, column] = both / (len(one) + len(right[column]) - both)
    return shared


def _both(
    sides: tuple[Sequence[Traits], Sequence[Traits]], has: Callable[[Traits], bool]
) -> Matrix:
    left, right = (np.array([has(t) for t in side], dtype=np.float32) for side in sides)
    return np.outer(left, right).astype(np.float32)


def _kinds(sides: tuple[Sequence[Traits], Sequence[Traits]]) -> tuple[Matrix, Matrix, Matrix]:
    left, right = ([_KIND_CODES.get(t.kind, 0) for t in side] for side in sides)
    relation = _KIND_TABLE[np.ix_(left, right)]
    same, near, clash = ((relation == code).astype(np.float32) for code in (1, 2, 3))
    return same, near, clash


def _lengths(sides: tuple[Sequence[Traits], Sequence[Traits]]) -> Matrix:
    left, right = (np.array([t.length + 1.0 for t in side]) for side in sides)
    return np.asarray(np.abs(np.log(left)[:, None] - np.log(right)[None]), dtype=np.float32)


def _places(n: int, m: int) -> Matrix:
    left, right = ((np.arange(size) + 0.5) / max(size, 1) for size in (n, m))
    return np.asarray(np.abs(left[:, None] - right[None]), dtype=np.float32)


def _depths(left: Sequence[Unit], right: Sequence[Unit]) -> Matrix:
    one, other = (_levels(side) for side in (left, right))
    return np.asarray(np.minimum(np.abs(one[:, None] - other[None]), 3.0), dtype=np.float32)


def _levels(units: Sequence[Unit]) -> Matrix:
    """How deeply each statement is nested, in statements."""
    levels = np.zeros(len(units), dtype=np.float32)
    for index, unit in enumerate(units):
        levels[index] = levels[unit.parent] + 1 if unit.parent >= 0 else 0
    return levels


def _exact(left: Sequence[Unit], right: Sequence[Unit]) -> Matrix:
    numbers: dict[str, int] = {}
    one, other = (
        [numbers.setdefault(" ".join(unit.text.split()), len(numbers)) for unit in side]
        for side in (left, right)
    )
    same = np.array(one, dtype=int)[:, None] == np.array(other, dtype=int)[None]
    return np.asarray(same, dtype=np.float32)


def _standing_out(vectors: tuple[Matrix, Matrix]) -> Matrix:
    """How much closer two vectors are than each is to the rest of the other side.

    Contextual vectors of one snippet all resemble each other; centring both sides and CSLS
    (Conneau et al., "Word Translation Without Parallel Data", 2018) leave what tells them apart.
    """
    left, right = (side - side.mean(0, keepdims=True) for side in vectors)
    left, right = (s / np.maximum(np.linalg.norm(s, axis=1, keepdims=True), 1e-6)
                   for s in (left, right))  # fmt: skip
    cosine = left @ right.T
    near = min(3, *cosine.shape)
    rows = np.sort(cosine, axis=1)[:, -near:].mean(1, keepdims=True)
    columns = np.sort(cosine, axis=0)[-near:].mean(0, keepdims=True)
    return np.asarray(2 * cosine - 0.5 * (rows + columns), dtype=np.float32)


def _zeros(n: int, m: int) -> Matrix:
    return np.zeros((n, m), dtype=np.float32)
