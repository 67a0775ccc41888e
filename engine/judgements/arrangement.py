"""In which order a queue's candidates come: the same for a judge every time, and telling nothing.

Pure functions of the pool, the queue's seed and the judge, so that a queue is resumed exactly where
it was left, on another machine too. Queries keep their order, since reading a query anew for each
candidate is what costs a judge time; queries that are added later do not move what came before.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from engine.types_judging import Order

LEAST_GAP, MOST_GAP = 12, 60
"""How many other candidates lie between an item and its return, where there are so many."""


class Pooled(NamedTuple):
    """A candidate in a queue's pool: where it is kept, what it is, and which runs found it."""

    item: int
    query: int
    key: str  # names query and chunk text on every machine
    runs: Mapping[str, int]


Pool = tuple[str, Sequence[Pooled]]
"""A query's key, and its candidates."""


class Slot(NamedTuple):
    """A place in the queue. `again` is an item that comes back."""

    item: int
    query: int
    again: bool = False


def arrange(pools: Sequence[Pool], order: Order, seed: str, repeats: float) -> list[Slot]:
    """The queue: each query's pool in turn; `repeats` is the share of the items that comes back."""
    slots: list[Slot] = []
    back: list[tuple[int, Slot]] = []  # what comes back, and before which place
    for query_key, pool in pools:
        # One number for each decides all: its high digits the place, the others the return.
        drawn = sorted((_draw(f"{seed}:{found.key}"), found) for found in pool)
        if order is Order.INTERLEAVED:
            numbers = {found.item: number for number, found in drawn}
            ordered = sorted(pool, key=lambda found: found.key)
            rng = random.Random(f"{seed}:{query_key}")
            drawn = [(numbers[found.item], found) for found in _interleaved(ordered, rng)]
        for number, found in drawn:
            slots.append(Slot(found.item, found.query))
            if number % 10_000 < 10_000 * repeats:
                gap = LEAST_GAP + number // 10_000 % (MOST_GAP - LEAST_GAP + 1)
                back.append((len(slots) + gap, Slot(found.item, found.query, again=True)))
    return _with_returns(slots, back)


def _draw(text: str) -> int:
    """A number that the text decides; much cheaper than a generator of one's own."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _interleaved(pool: Sequence[Pooled], rng: random.Random) -> list[Pooled]:
    runs = sorted({run for found in pool for run in found.runs})
    rng.shuffle(runs)
    waiting = {run: [found for found in pool if run in found.runs] for run in runs}
    for found in waiting.values():
        rng.shuffle(found)
    taken: dict[int, Pooled] = {}
    while any(waiting.values()):
        for run in runs:
            while waiting[run]:
                candidate = waiting[run].pop()
                if candidate.item not in taken:
                    taken[candidate.item] = candidate
                    break
    return list(taken.values())


def _with_returns(slots: Sequence[Slot], back: Sequence[tuple[int, Slot]]) -> list[Slot]:
    due: dict[int, list[Slot]] = {}
    for place, slot in back:
        due.setdefault(min(place, len(slots)), []).append(slot)
    found: list[Slot] = []
    for place, slot in enumerate(slots):
        found += due.get(place, [])
        found.append(slot)
    return found + due.get(len(slots), [])
