"""The runs that a queue was pooled from, as TREC runs."""

from __future__ import annotations

import json
from pathlib import Path

from engine.database import Database, database_errors
from engine.errors import DataError
from engine.job import Job
from engine.judgements import records
from engine.judgements.exchange import trec
from engine.judgements.exchange.document_ids import DocumentIds
from engine.judgements.exchange.files import open_new
from engine.judgements.exchange.query_ids import QueryIds
from engine.judgements.store import WHAT
from engine.types import Progress
from engine.types_judging import Exported

Ranked = dict[str, list[tuple[str, float]]]


def export(db: Database, folder: Path, queue: str) -> Job[Exported]:
    """Write `<run>.run` for each run of a queue's pool; ids are those of an export as qrels.

    A pool keeps ranks to its depth and no scores that compare between runs, so a score is the
    reciprocal rank. Raises `DataError` if there is no such queue.
    """
    queue = records.clean(queue)
    with database_errors(WHAT):
        row = next(iter(db.query("SELECT * FROM queues WHERE name = ?", (queue,))), None)
        if row is None:
            raise DataError(f"there is no queue named {queue}; name one with --queue")
        ranks = _ranks(db, row["id"], row["corpus"])
    documents = {document for run in ranks.values() for found in run.values() for document in found}
    for run, found in ranks.items():
        yield Progress("exporting", 0, None, run)
        with open_new(folder / f"{run}.run") as file:
            trec.write_run(file, _ranked(found), f"counterpart-{run}")
    queries = {query for found in ranks.values() for query in found}
    return Exported(str(folder), "runs", 0, len(queries), len(documents))


def _ranks(db: Database, queue: int, corpus: str) -> dict[str, dict[str, dict[str, int]]]:
    """Rank of each document for each query in each run."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    ids, query_ids = DocumentIds(db), QueryIds(db)
    for row in db.query(
        "SELECT q.query_key, i.chunk_key, i.chunk, i.runs FROM queue_items i"
        " JOIN queue_queries q ON q.id = i.query WHERE q.queue = ? ORDER BY i.id",
        (queue,),
    ):
        query = query_ids.of(corpus, row["query_key"])
        document = ids.of(corpus, row["chunk_key"], json.loads(row["chunk"])["id"])
        for run, rank in json.loads(row["runs"]).items():
            found.setdefault(run, {}).setdefault(query, {})[document] = rank
    return found


def _ranked(found: dict[str, dict[str, int]]) -> Ranked:
    return {
        query: [(name, 1.0 / rank) for name, rank in sorted(ranks.items(), key=lambda r: r[1])]
        for query, ranks in found.items()
    }
