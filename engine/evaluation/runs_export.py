"""Stored runs in the forms that others read: TREC runs and qrels, JSON, challenge predictions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.errors import DataError
from engine.evaluation.protocols_challenge import write_predictions
from engine.evaluation.runs import Run
from engine.judgements.exchange.files import open_new
from engine.judgements.exchange.trec import encode_id

FORMATS = ("trec", "qrels", "json", "predictions")


def export(run: Run, path: Path, form: str, language: str = "") -> None:
    """Write a run to `path` as one of `FORMATS`.

    `predictions` is the challenge's CSV; `language` is what its first column says, the run's own if
    it is one of the challenge. Raises `DataError`, `DiskError`.
    """
    if form == "predictions":
        if run.manifest.preset == "challenge":
            language = language or run.manifest.dataset
        if not language:
            raise DataError("predictions have a column of the language; say --language python")
        write_predictions(path, _predictions(run, language))
        return
    writers = {"trec": trec_lines, "qrels": qrels_lines, "json": _json_lines}
    if form not in writers:
        raise DataError(f"there is no format {form!r}; take one of {', '.join(FORMATS)}")
    with open_new(path) as file:
        file.writelines(f"{line}\n" for line in writers[form](run))


def trec_lines(run: Run) -> Iterator[str]:
    """`query Q0 document rank score tag`, as trec_eval reads it.

    trec_eval sorts by score, and a reranked list's scores are on two scales; so the score written
    is the one that keeps the order: how many places there are from this one to the end.
    """
    tag = encode_id(run.name.replace("/", "."))
    for query in run.rows:
        ranking = run.ranking(query)
        for rank, document in enumerate(ranking, start=1):
            score = len(ranking) - rank + 1
            yield f"{encode_id(query)} Q0 {encode_id(document)} {rank} {score} {tag}"


def qrels_lines(run: Run) -> Iterator[str]:
    """`query 0 document grade`, of the queries that the run was asked."""
    for query in run.set.queries:
        for document, grade in run.set.qrels[query].items():
            yield f"{encode_id(query)} 0 {encode_id(document)} {grade}"


def as_json(run: Run) -> dict[str, Any]:
    """Everything there is of a run."""
    return {
        "name": run.name,
        **asdict(run.manifest),
        "qrels": {query: dict(run.set.qrels[query]) for query in run.set.queries},
        "rankings": {
            query: {
                "text": run.set.queries[query],
                "documents": run.ranking(query),
                "scores": row.answer.scores,
                "ranks": row.answer.ranks,
                "ms": row.answer.ms,
                "failure": row.failure,
            }
            for query, row in run.rows.items()
        },
    }


def _json_lines(run: Run) -> Iterator[str]:
    yield json.dumps(as_json(run), indent=1)


def _predictions(run: Run, language: str) -> Iterator[tuple[str, str, str]]:
    for query in run.rows:
        for document in run.ranking(query):
            yield language, run.set.queries[query], document
