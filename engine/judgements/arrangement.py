"""In which order a queue's candidates come: the same for a judge every time, and telling nothing.

Pure functions of the pool, the queue's seed and the judge, so that a queue is resumed exactly where
it was left, on another machine too. Queries keep their order, since reading a query anew for each
candidate is what costs a judge time; queries that are added later do not move what came before.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from operator import itemgetter
from typing import NamedTuple

from engine.types_judging import Order

LEAST_GAP, MOST_GAP = 12, 60
"""How many other candidates lie between an item and its return, where there are so many."""


class Pool(NamedTuple):
    """A query's candidates, in columns: of thousands, an object each would take its time."""

    query_key: str  # names the query's text on every machine
    query: int
    items: Sequence[int]  # where each is kept
    keys: Sequence[str]  # names its text on every machine
    runs: Sequence[Mapping[str, int]] = ()  # which found it; may be left out for a random order


class Slot(NamedTuple):
    """A place in the queue. `again` is an item that comes back."""

    item: int
    query: int
    again: bool = False


def arrange(pools: Sequence[Pool], order: Order, seed: str, repeats: float) -> list[Slot]:
    """The queue: each query's pool in turn; `repeats` is the share of the items that comes back."""
    slots: list[Slot] = []
    back: list[tuple[int, Slot]] = []  # what comes back, and before which place
    for pool in pools:
        start = f"{seed}:{pool.query_key}:".encode("utf-8", "surrogatepass")
        # One number for each decides all: its high digits the place, the others the return.
        drawn = sorted(
            (_draw(start + key.encode()), item)
            for item, key in zip(pool.items, pool.keys, strict=True)
        )
        if order is Order.INTERLEAVED:
            numbers = {item: number for number, item in drawn}
            rng = random.Random(f"{seed}:{pool.query_key}")
            drawn = [(numbers[item], item) for item in _interleaved(pool, rng)]
        for number, item in drawn:
            slots.append(Slot(item, pool.query))
            if number % 10_000 < 10_000 * repeats:
                gap = LEAST_GAP + number // 10_000 % (MOST_GAP - LEAST_GAP + 1)
                back.append((len(slots) + gap, Slot(item, pool.query, again=True)))
    return _with_returns(slots, back)


def _draw(text: bytes) -> int:
    """A number that the text decides; much cheaper than a generator of one's own."""
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def _interleaved(pool: Pool, rng: random.Random) -> list[int]:
    by_key = sorted(zip(pool.keys, pool.items, pool.runs, strict=True), key=itemgetter(0))
    runs = sorted({run for found in pool.runs for run in found})
    rng.shuffle(runs)
    waiting = {run: [item for _, item, found in by_key if run in found] for run in runs}
    for items in waiting.values():
        rng.shuffle(items)
    taken: dict[int, None] = {}  # in order
    while any(waiting.values()):
        for run in runs:
            while waiting[run]:
                item = waiting[run].pop()
                if item not in taken:
                    taken[item] = None
                    break
    return list(taken)


def _with_returns(slots: Sequence[Slot], back: Sequence[tuple[int, Slot]]) -> list[Slot]:
    due: dict[int, list[Slot]] = {}
    for place, slot in back:
        due.setdefault(min(place, len(slots)), []).append(slot)
    found: list[Slot] = []
    done = 0
    for place in sorted(due):
        found += slots[done:place]
        found += due[place]
        done = place
    return found + list(slots[done:])
