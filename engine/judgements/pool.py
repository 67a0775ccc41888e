"""Pooling: what several runs put near the top, together, is what a judge gets to see.

As in TREC (Spärck Jones and van Rijsbergen, 1975): the union of the first `depth` results of each
run, so that no run's own taste decides what is judged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from engine.code.kind import detect_kind
from engine.errors import DataError
from engine.job import Job, JobContext
from engine.judgements.queue_store import PooledHit, QueueStore
from engine.judgements.records import content_key
from engine.types import Hit, Progress, Query, QueryKind
from engine.types_judging import RUNS, QueueSpec

if TYPE_CHECKING:
    from engine.retrieval.search import Searcher

MOST_DEPTH = 200
Run = Literal["bm25", "dense", "hybrid", "rerank"]


def check(spec: QueueSpec) -> None:
    """Raise `DataError` for what makes no queue."""
    if not spec.name.strip():
        raise DataError("a queue needs a name; give one")
    if not 1 <= spec.depth <= MOST_DEPTH:
        raise DataError(f"the depth is between 1 and {MOST_DEPTH}, not {spec.depth}")
    if spec.limit is not None and spec.limit < 1:
        raise DataError(f"a queue is of 1 query or more, not of {spec.limit}")
    if not 0.0 <= spec.repeats <= 0.5:
        raise DataError(f"between 0 and 0.5 of the items may come back, not {spec.repeats:g}")
    if not spec.runs or set(spec.runs) - set(RUNS):
        raise DataError(f"a pool is made of {', '.join(RUNS)}; choose at least one of them")


def fill_queue(
    queues: QueueStore,
    spec: QueueSpec,
    queries: Sequence[Query],
    searcher: Callable[[], Searcher],
) -> Job[int]:
    """Pool the results of each query into a queue, which is made if there is none of that name.

    Each query is kept as soon as its pool is complete, so that a job that is closed can be begun
    again and goes on; queries that are there already are passed over. Returns how many were added.
    """
    wanted = queries[: spec.limit] if spec.limit is not None else queries
    if not wanted:
        raise DataError(
            f"there are no queries to judge for; search {spec.corpus} first, or give a file"
        )
    number = queues.create(spec)
    notes: dict[str, None] = {}
    added = 0
    try:
        for done, query in enumerate(wanted):
            yield Progress("pooling", done, len(wanted))
            if queues.holds(number, query.text):
                continue
            found: dict[str, PooledHit] = {}
            for run in spec.runs:
                _take(found, _search(searcher(), query, run, spec.depth, notes), run)
                yield Progress("pooling", done, len(wanted), run)
            if found:
                queues.add(number, query, _kind(query), found.values())
                added += 1
            else:
                notes["some queries found nothing and are left out"] = None
    except GeneratorExit:
        _drop_if_empty(queues, number, spec.name)
        raise
    if _drop_if_empty(queues, number, spec.name):
        raise DataError(f"nothing was found in {spec.corpus} for any query; ask in other words")
    row = queues.row(spec.name)
    if added and (row["depth"], json.loads(row["runs"])) != (spec.depth, list(spec.runs)):
        notes[f"queries added later are pooled of {', '.join(spec.runs)} to {spec.depth}"] = None
    if notes:  # what was said of queries that were pooled before stays
        said = json.loads(row["notes"])
        queues.set(spec.name, "notes", json.dumps(list(dict.fromkeys([*said, *notes]))))
    yield Progress("pooling", len(wanted), len(wanted))
    return added


def _drop_if_empty(queues: QueueStore, number: int, name: str) -> bool:
    """Remove a queue that no query came into, so that nobody opens one with nothing in it."""
    empty = not queues.pools(number)
    if empty:
        queues.remove(name)
    return empty


def _search(
    searcher: Searcher, query: Query, run: str, depth: int, notes: dict[str, None]
) -> Sequence[Hit]:
    pipeline: Run = run  # type: ignore[assignment]
    asked = replace(query, k=depth, rerank=None if run == "rerank" else 0)
    result = searcher.search(asked, JobContext(), pipeline=pipeline)
    for line in result.notes:
        if "loaded" in line or "vectors" in line:
            notes[f"{run}: {line}"] = None
    return [hit for hit in result.hits if not hit.is_query]


def _take(found: dict[str, PooledHit], hits: Sequence[Hit], run: str) -> None:
    """Add a run's results to the pool; what is there already only learns its rank."""
    for place, hit in enumerate(hits, 1):
        key = content_key(hit.chunk.text)
        known = found.get(key)
        if known is None:
            found[key] = PooledHit(hit, {run: place})
        elif run not in known.runs:
            best = hit if run == "rerank" else known.hit  # its ranks tell of every stage
            found[key] = PooledHit(best, {**known.runs, run: place})


def _kind(query: Query) -> QueryKind:
    return detect_kind(query.text) if query.kind is QueryKind.AUTO else query.kind
