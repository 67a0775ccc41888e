"""Queues made without searching."""

from __future__ import annotations

from engine.judgements.queue import OpenQueue
from engine.judgements.queue_store import PooledHit, QueueStore
from engine.judgements.store import JudgementStore
from engine.types import Chunk, Grade, Hit, Query, QueryKind, StageRanks, StageScores
from engine.types_judging import Order, QuerySource, QueueSpec, Verdict


def chunk(name: str, text: str = "") -> Chunk:
    return Chunk(
        name,
        f"{name}.py",
        "/code",
        1,
        2,
        "function",
        name,
        "Python",
        (),
        text or f"def {name}(): 0",
    )


def pooled(name: str, **runs: int) -> PooledHit:
    hit = Hit(1, chunk(name), StageScores(bm25=2.0), StageRanks(bm25=1))
    return PooledHit(hit, runs or {"bm25": 1})


def make(
    store: JudgementStore,
    queries: int = 3,
    candidates: int = 5,
    repeats: float = 0.0,
    order: Order = Order.RANDOM,
    name: str = "q",
) -> QueueStore:
    """A queue with the candidates `a-b` (of query a, the b-th)."""
    queues = QueueStore(store.database)
    spec = QueueSpec(name, "sample", QuerySource(), order=order, repeats=repeats)
    number = queues.create(spec)
    for query in range(queries):
        pool = [pooled(f"f{query}_{n}", bm25=n + 1) for n in range(candidates)]
        queues.add(number, Query(f"query {query}", "sample"), QueryKind.WORDS, pool)
    return queues


def grade_all(queue: OpenQueue, grade: Grade = Grade.WEAK, most: int = 10_000) -> list[str]:
    """Grade what comes until nothing is left; the names in the order in which they came."""
    names: list[str] = []
    view = queue.view()
    while view.upcoming and len(names) < most:
        names.append(view.upcoming[0].chunk.name)
        view = queue.answer(Verdict(view.upcoming[0].slot, grade))
    return names
