"""Stored runs in the forms that others read: TREC runs and qrels, JSON, challenge predictions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.errors import DataError, DiskError
from engine.evaluation.protocols_challenge import write_predictions
from engine.evaluation.runs import Run

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
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in writers[form](run))
    except OSError as error:
        raise DiskError(f"cannot write {path}: {error.strerror or error}") from error


def trec_lines(run: Run) -> Iterator[str]:
    """`query Q0 document rank score tag`, as trec_eval reads it.

    trec_eval sorts by score, and a reranked list's scores are on two scales; so the score written
    is the one that keeps the order: how many places there are from this one to the end.
    """
    tag = run.name.replace(" ", "_").replace("/", ".")
    for query in run.rows:
        ranking = run.ranking(query)
        for rank, document in enumerate(ranking, start=1):
            score = len(ranking) - rank + 1
            yield f"{_word(query)} Q0 {_word(document)} {rank} {score} {tag}"


def qrels_lines(run: Run) -> Iterator[str]:
    """`query 0 document grade`, of the queries that the run was asked."""
    for query in run.set.queries:
        for document, grade in run.set.qrels[query].items():
            yield f"{_word(query)} 0 {_word(document)} {grade}"


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


def _word(text: str) -> str:
    """An id as one word: the format has blanks between its columns."""
    return "_".join(text.split())
