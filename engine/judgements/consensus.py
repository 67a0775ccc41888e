"""One grade for each result, out of the grades of several judges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median_low

from engine.judgements.records import content_key
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


def grade_among(grades: Mapping[str, Grade]) -> Grade:
    """The settled grade if there is one, else the median; of two in the middle the lower.

    The lower, since a ranker is harmed more by a wrong result taken for right than by the reverse.
    """
    if SETTLED in grades:
        return grades[SETTLED]
    return Grade(median_low(sorted(grades.values())))


def consensus(judgements: Iterable[Judgement]) -> list[tuple[Judgement, Grade]]:
    """For each result the newest judgement of it and the grade that all of them come to."""
    return [
        (max(found, key=lambda one: one.updated), grade_among({j.judge: j.grade for j in found}))
        for found in by_item(judgements).values()
    ]
