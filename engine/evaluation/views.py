"""One query of stored runs, for reading side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from engine.code.language import detect_language
from engine.errors import DataError
from engine.evaluation.failures import GROUPS
from engine.evaluation.rankers import DEPTH, Stages
from engine.evaluation.runs import Run
from engine.types import StageRanks, StageScores
from engine.types_evaluation import QueryRanking, QueryView, RankedDocument

SHOWN = 20
"""Ranks that are shown with their texts."""

Texts = Mapping[str, tuple[str, str]]
_STAGES = tuple(field.name for field in fields(StageScores))


def view_query(runs: Sequence[Run], query: str, texts: Texts) -> QueryView:
    """What each run has for a query. Raises `DataError` if none has been asked it."""
    asked = next((run for run in runs if query in run.set.queries), None)
    if asked is None:
        raise DataError(f"none of these runs was asked the query {query!r}")
    grades = asked.set.qrels[query]
    relevant = sorted((d for d, g in grades.items() if g > 0), key=lambda d: -grades[d])
    return QueryView(
        query=query,
        text=asked.set.queries[query],
        rankings=tuple(_ranking(run, query, texts) for run in runs),
        relevant=tuple(
            _document(0, document, grades, texts, StageScores(), StageRanks())
            for document in relevant[:SHOWN]
        ),
    )


def _ranking(run: Run, query: str, texts: Texts) -> QueryRanking:
    grades = run.set.qrels.get(query, {})
    row = run.rows.get(query)
    ranking = run.ranking(query)
    place = {document: rank for rank, document in enumerate(ranking, start=1)}
    threshold = run.manifest.threshold
    documents = []
    if row is not None:
        for index, document in enumerate(ranking[:SHOWN]):
            scores = StageScores(**_at(row.answer.scores, index))
            ranks = StageRanks(
                **{name: int(v) if v else None for name, v in _at(row.answer.ranks, index).items()}
            )
            documents.append(_document(index + 1, document, grades, texts, scores, ranks))
    return QueryRanking(
        run=run.name,
        documents=tuple(documents),
        relevant=tuple(
            (document, place.get(document))
            for document, grade in sorted(grades.items(), key=lambda found: -found[1])
            if grade >= threshold
        ),
        depth=DEPTH,
        failure=GROUPS.get(row.failure, "") if row else "not answered yet",
        ms=row.answer.ms if row else {},
    )


def _document(
    rank: int,
    document: str,
    grades: Mapping[str, int],
    texts: Texts,
    scores: StageScores,
    ranks: StageRanks,
) -> RankedDocument:
    text, language = texts.get(document, ("", ""))
    return RankedDocument(
        rank=rank,
        document=document,
        grade=grades.get(document),
        text=text,
        language=language or (detect_language(text[:20_000]) or "" if text else ""),
        scores=scores,
        ranks=ranks,
    )


def _at(stages: Stages, index: int) -> dict[str, float | None]:
    return {name: stages[name][index] for name in _STAGES if name in stages}
