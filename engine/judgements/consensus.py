"""One grade for each result, out of the grades of several judges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median_low
from typing import NamedTuple

from engine.judgements.imported import DATASET
from engine.judgements.records import content_key, time_text
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
    """A judge's grade, and when they changed it last."""

    grade: Grade
    updated: str  # as the store keeps times: they sort as text


def stands(updated: Mapping[str, str]) -> bool:
    """Whether a result is settled: not if an original has been changed since.

    `updated` says when each judge changed their grade of it last. A data set changes no mind, so
    that it was imported again opens nothing.
    """
    if SETTLED not in updated:
        return False
    return updated[SETTLED] >= max(
        (time for judge, time in updated.items() if not judge.startswith(DATASET)), default=""
    )


def grade_among(given: Mapping[str, Given]) -> Grade:
    """What was settled if it stands, else the median of the judges; of two middle ones the lower.

    The lower, since a ranker is harmed more by a wrong result taken for right than by the reverse.
    """
    if stands({judge: one.updated for judge, one in given.items()}):
        return given[SETTLED].grade
    return Grade(median_low(sorted(one.grade for judge, one in given.items() if judge != SETTLED)))


def consensus(judgements: Iterable[Judgement]) -> list[tuple[Judgement, Grade]]:
    """For each result the newest judgement of it and the grade that all of them come to."""
    return [
        (max(found, key=lambda one: one.updated), grade_among({j.judge: _given(j) for j in found}))
        for found in by_item(judgements).values()
    ]


def _given(judgement: Judgement) -> Given:
    return Given(judgement.grade, time_text(judgement.updated))
