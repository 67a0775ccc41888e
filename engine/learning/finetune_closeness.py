"""Put what a trained encoder says of closeness back on the scale that the shares know."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.job import Job, JobContext
from engine.models.own_closeness import AS_IT_IS, measured, write_closeness
from engine.retrieval.search import Searcher
from engine.types import Progress, Query

MOST = 100
"""Queries that it is measured on, at most."""

Searchers = Callable[[str], Searcher]


def fit_closeness(
    folder: Path, queries: Sequence[Query], before: Searchers, after: Searchers
) -> Job[None]:
    """Measure how close the closest is `before` and `after`, and keep the line in `folder`.

    No grade is looked at, so queries that were trained on do as well as others. Both must have the
    vectors of the corpora asked. Raises `DiskError`.
    """
    write_closeness(folder, AS_IT_IS)  # what a killed try left would count in what is measured
    asked = random.Random(len(queries)).sample(list(queries), min(MOST, len(queries)))
    pairs: list[tuple[float, float]] = []
    for done, query in enumerate(asked):
        yield Progress("measuring how close things are", done, len(asked))
        both = [side(query.corpus).features(query, JobContext()) for side in (before, after)]
        if all(found.closest > 0.0 for found in both):
            pairs.append((both[0].closest, both[1].closest))
    write_closeness(folder, measured(pairs))
