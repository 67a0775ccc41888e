"""One grade for each result, out of the grades of several judges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median_low
from typing import NamedTuple

from engine.database import Database, database_errors
from engine.judgements.imported import DATASET
from engine.judgements.records import Row, content_key, time_text
from engine.judgements.store import WHAT
from engine.types import Grade, Judgement

SETTLED = "settled"
"""The judge of grades that settle a disagreement. They stand beside the originals."""

Key = tuple[str, str, str]
"""Corpus, and the keys of query and chunk text (the same for other white space)."""


def key_of(judgement: Judgement) -> Key:
    """What a judgement is about."""
    query, chunk = judgement.query_text, judgement.chunk_text
    return judgement.corpus, content_key(query), content_key(chunk)


def by_item(judgements: Iterable[Judgement]) -> dict[Key, list[Judgement]]:
    """The judgements of each result, in the order of the first of each."""
    found: dict[Key, list[Judgement]] = {}
    for judgement in judgements:
        found.setdefault(key_of(judgement), []).append(judgement)
    return found


class Given(NamedTuple):
    """A judge's grade, and since when it is theirs."""

    grade: Grade
    since: str  # as the store keeps times: they sort as text


class GradeTimes:
    """Since when each grade of a store is its judge's.

    The grade given once more, and a note on it, change no mind. What settles something counts from
    when that was said last: the same grade may settle what was open again.
    """

    def __init__(self, db: Database) -> None:
        with database_errors(WHAT):
            self._times: dict[int, str] = dict(db.execute(_CHANGED, (SETTLED,)).fetchall())

    def of(self, row: Row) -> str:
        """The time of a row of judgements."""
        return self._times.get(row["id"], str(row["updated"]))

    def of_judgement(self, judgement: Judgement) -> str:
        """The time of a judgement."""
        return self._times.get(judgement.id, time_text(judgement.updated))


_CHANGED = (
    "SELECT c.judgement, max(c.time) FROM changes c JOIN judgements j ON j.id = c.judgement"
    " WHERE j.judge != ? AND c.repeat IS NULL AND c.grade_before IS NOT c.grade_after"
    " GROUP BY c.judgement"
)


def stands(since: Mapping[str, str]) -> bool:
    """Whether a result is settled: not if an original has been changed since.

    `since` says from when on each judge's grade of it is theirs. A data set changes no mind, so
    that it was imported again opens nothing.
    """
    if SETTLED not in since:
        return False
    return since[SETTLED] >= max(
        (time for judge, time in since.items() if not judge.startswith(DATASET)), default=""
    )


def grade_among(given: Mapping[str, Given]) -> Grade:
    """What was settled if it stands, else the median of the judges; of two middle ones the lower.

    The lower, since a ranker is harmed more by a wrong result taken for right than by the reverse.
    """
    if stands({judge: one.since for judge, one in given.items()}):
        return given[SETTLED].grade
    return Grade(median_low(sorted(one.grade for judge, one in given.items() if judge != SETTLED)))


def consensus(judgements: Iterable[Judgement], times: GradeTimes) -> list[tuple[Judgement, Grade]]:
    """For each result the newest judgement of it and the grade that all of them come to."""
    found = []
    for judged in by_item(judgements).values():
        given = {one.judge: Given(one.grade, times.of_judgement(one)) for one in judged}
        found.append((max(judged, key=lambda one: one.updated), grade_among(given)))
    return found
