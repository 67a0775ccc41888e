"""Put what a trained encoder says of closeness back on the scale that the shares know."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.job import Job, JobContext
from engine.models.encoder import Encoder
from engine.models.own_closeness import LEAST, NAME, Closeness, Line, line_from, write_closeness
from engine.retrieval.features import Closest
from engine.retrieval.search import Searcher
from engine.types import Progress, Query, QueryKind
from engine.types_models import MEASURING

MOST = 100
"""Queries that it is measured on, at most."""

Searchers = Callable[[str], Searcher]


def fit_closeness(
    folder: Path,
    encoders: tuple[Encoder | None, Encoder],
    queries: Sequence[Query],
    before: Searchers,
    after: Searchers,
) -> Job[None]:
    """Measure how close the closest is `before` and `after`; keep the lines in `folder`.

    No grade is looked at, so queries that were trained on do as well as others. Both must have the
    vectors of the corpora asked; they search with the two `encoders`, of which the former's scale
    is known. Raises `DiskError`.
    """
    former, trained = encoders
    scale = former.closeness if former is not None else None
    whole = scale is not None and scale.whole
    trained.closeness = Closeness(whole=whole)  # no line that a killed try left
    asked = random.Random(len(queries)).sample(list(queries), min(MOST, len(queries)))
    pairs: list[tuple[Closest, Closest]] = []
    for done, query in enumerate(asked):
        yield Progress(MEASURING, done, len(asked))
        first = before(query.corpus).closest(query, JobContext())
        second = after(query.corpus).closest(query, JobContext())
        if first.similarity > 0.0 and second.similarity > 0.0:
            pairs.append((first, second))
    code = _line(pairs, QueryKind.CODE)  # where the dialects are compared and where they are not
    trained.closeness = Closeness(_line(pairs, QueryKind.WORDS), code, code, whole=whole)
    write_closeness(folder / NAME, trained.closeness)


def _line(pairs: Sequence[tuple[Closest, Closest]], kind: QueryKind) -> Line:
    """The line for one kind of query; that of all if there are few of the kind."""
    own = [pair for pair in pairs if pair[0].kind is kind]
    chosen = own if len(own) >= LEAST else pairs
    before = [first.similarity for first, _ in chosen]
    return line_from(before, [second.similarity for _, second in chosen])
