"""Cuts two long texts into parts that are small enough to be compared statement by statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.align.statements import Unit
from engine.align.traits import traits_of

MOST_PAIRS = 40_000
"""Pairs of statements compared at once: a quarter of a second."""

LEAST_ALIKE = 0.25
"""The cosine from which two blocks of large files are worth comparing statement by statement."""

Part = tuple[Sequence[int], Sequence[int]]


def parts_of(
    left: Sequence[Unit],
    right: Sequence[Unit],
    anchors: frozenset[tuple[int, int]],
    check: Callable[[], None],
) -> Iterator[Part]:
    """The statements (by number) to be compared with each other: usually all with all.

    Of large texts, the functions and classes that resemble each other most, as a whole and each
    only once, wherever in the file they are; then what stands outside of those.
    """
    rows, columns = range(len(left)), range(len(right))
    if len(rows) * len(columns) <= MOST_PAIRS:
        yield rows, columns
        return
    yield from _by_blocks(left, right, rows, columns, anchors, check)


def _by_blocks(
    left: Sequence[Unit],
    right: Sequence[Unit],
    rows: Sequence[int],
    columns: Sequence[int],
    anchors: frozenset[tuple[int, int]],
    check: Callable[[], None],
) -> Iterator[Part]:
    ours, theirs = _blocks(left, rows), _blocks(right, columns)
    taken: tuple[set[int], set[int]] = (set(), set())
    for one, other in _partners(left, right, ours, theirs, anchors, check):
        check()
        taken[0].update(one)
        taken[1].update(other)
        if len(one) * len(other) <= MOST_PAIRS:
            yield one, other
        elif len(one) < len(rows) or len(other) < len(columns):
            yield one[:1], other[:1]
            yield from _by_blocks(left, right, one[1:], other[1:], anchors, check)
    rest = [r for r in rows if r not in taken[0]], [c for c in columns if c not in taken[1]]
    yield from _slices(*rest)


def _blocks(units: Sequence[Unit], rows: Sequence[int]) -> list[list[int]]:
    """The outermost statements among `rows`, each with what is inside it."""
    inside = set(rows)
    blocks: list[list[int]] = []
    for row in rows:
        if units[row].parent in inside and blocks:
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return blocks


def _partners(
    left: Sequence[Unit],
    right: Sequence[Unit],
    ours: list[list[int]],
    theirs: list[list[int]],
    anchors: frozenset[tuple[int, int]],
    check: Callable[[], None],
) -> Iterator[tuple[list[int], list[int]]]:
    """Blocks with bodies and their partners: the most alike first, each once."""
    ours = [block for block in ours if len(block) > 1]
    theirs = [block for block in theirs if len(block) > 1]
    if not ours or not theirs:
        return
    alike = _alike(_bags(left, ours, check), _bags(right, theirs, check))
    check()
    owner = ({row: i for i, b in enumerate(ours) for row in b},
             {row: i for i, b in enumerate(theirs) for row in b})  # fmt: skip
    for a, b in anchors:
        if a in owner[0] and b in owner[1]:
            alike[owner[0][a], owner[1][b]] = 2.0
    for flat in np.argsort(-alike, axis=None):
        i, j = divmod(int(flat), len(theirs))
        if alike[i, j] < LEAST_ALIKE:
            continue
        yield ours[i], theirs[j]
        alike[i, :] = alike[:, j] = -1.0


def _alike(ours: list[Counter[str]], theirs: list[Counter[str]]) -> NDArray[np.float64]:
    """The tf–idf cosine of every pair of blocks."""
    sides = [ours, theirs]
    found_in = Counter(word for side in sides for bag in side for word in bag)
    count = sum(map(len, sides))
    vocabulary = {word: i for i, word in enumerate(found_in)}
    rarity = np.log(1.0 + count / np.array(list(found_in.values()), dtype=np.float64))
    tables = []
    for side in sides:
        table = np.zeros((len(side), len(vocabulary)))
        for row, bag in enumerate(side):
            for word, times in bag.items():
                table[row, vocabulary[word]] = 1.0 + np.log(times)
        table *= rarity
        tables.append(table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9))
    return np.asarray(tables[0] @ tables[1].T)


def _bags(
    units: Sequence[Unit], blocks: list[list[int]], check: Callable[[], None]
) -> list[Counter[str]]:
    bags = []
    for block in blocks:
        check()
        bag: Counter[str] = Counter()
        for traits in traits_of([units[row] for row in block]):
            bag.update(traits.words)
        bags.append(bag)
    return bags


def _slices(rows: list[int], columns: list[int]) -> Iterator[Part]:
    """What is outside of all blocks, in as many pieces, in order, as its size asks for."""
    if not rows or not columns:
        return
    pieces = int(np.ceil(np.sqrt(len(rows) * len(columns) / MOST_PAIRS)))
    ours, theirs = np.array_split(rows, pieces), np.array_split(columns, pieces)
    for one, other in zip(ours, theirs, strict=True):
        yield one.tolist(), other.tolist()
