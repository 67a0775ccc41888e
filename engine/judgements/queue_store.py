"""Queues in the store of judgements: made, filled, listed, removed.

What a judge has said of a candidate is their judgement of it, wherever they gave it: a queue keeps
no grades of its own, only what is to be judged.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from engine.database import Database, database_errors, transaction
from engine.errors import DataError
from engine.judgements import records, writing
from engine.judgements.arrangement import Pool
from engine.judgements.chunk_json import chunk_from_json, chunk_to_json
from engine.judgements.guidelines import DEFAULT
from engine.judgements.store import WHAT
from engine.types import Chunk, Framework, Grade, Hit, Query, QueryKind, StageRanks, StageScores
from engine.types_judging import Order, QueueInfo, QueueSpec

_GRADES = {str(int(grade)): int(grade) for grade in Grade}

_BETWEEN = "\x1f"  # between runs in one value: JSON holds no such character


@dataclass(frozen=True, slots=True)
class PooledHit:
    """A candidate to be put into a pool, with its rank in each run that found it."""

    hit: Hit
    runs: Mapping[str, int]


class Said(NamedTuple):
    """What a judge has said of a candidate, and of its return (None where it was not given)."""

    judgement: int
    grade: int | None
    mark: str
    again_grade: int | None = None
    again_mark: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A candidate with all that is kept of it."""

    query: Query
    kind: QueryKind
    chunk: Chunk
    ranks: StageRanks
    scores: StageScores


class QueueStore:
    """The queues in an open store of judgements."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def create(self, spec: QueueSpec) -> int:
        """The queue of that name, made if there is none. Its id.

        Raises `DataError` if there is one of another corpus.
        """
        name = records.clean(spec.name)
        with transaction(self._db, WHAT) as db:
            for row in db.query("SELECT id, corpus FROM queues WHERE name = ?", (name,)):
                if row["corpus"] != spec.corpus:
                    raise DataError(
                        f"there is a queue named {name} over {row['corpus']}; choose another name"
                    )
                return int(row["id"])
            columns = {
                "name": name,
                "corpus": records.clean(spec.corpus),
                "depth": spec.depth,
                "runs": json.dumps(list(spec.runs)),
                "arrangement": spec.order.value,
                "repeats": spec.repeats,
                "seed": secrets.token_hex(8),
                "guidelines": self._guidelines_of(db, spec.corpus),
                "notes": "[]",
                "created": records.now(),
            }
            return writing.insert(db, "queues", columns)

    def _guidelines_of(self, db: Database, corpus: str) -> str:
        """Those of the corpus's newest queue: what was agreed on there goes on to hold."""
        found = db.query(
            "SELECT guidelines FROM queues WHERE corpus = ? ORDER BY created DESC, id DESC LIMIT 1",
            (records.clean(corpus),),
        )
        return next((str(row["guidelines"]) for row in found), DEFAULT)

    def holds(self, queue: int, query_text: str) -> bool:
        """Whether a query is in a queue already."""
        with database_errors(WHAT):
            key = records.content_key(query_text)
            found = self._db.execute(
                "SELECT 1 FROM queue_queries WHERE queue = ? AND query_key = ?", (queue, key)
            )
            return found.fetchone() is not None

    def add(self, queue: int, query: Query, kind: QueryKind, pool: Iterable[PooledHit]) -> None:
        """Put a query with its pool into a queue, all at once; one that is there stays as it is."""
        with transaction(self._db, WHAT) as db:
            if self.holds(queue, query.text):  # another process was faster
                return
            columns = {
                "queue": queue,
                "query_key": records.content_key(query.text),
                "text": records.clean(query.text),
                "kind": kind.value,
                "filters": json.dumps(records.filters_of(query)),
            }
            number = writing.insert(db, "queue_queries", columns)
            rows = [(number, *_item_values(found)) for found in pool]
            db.conn.executemany(
                "INSERT INTO queue_items (query, chunk_key, chunk, runs, ranks, scores)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (query, chunk_key) DO NOTHING",
                rows,
            )

    def row(self, name: str) -> records.Row:
        """A queue's row. Raises `DataError` if there is none of that name."""
        name = records.clean(name)
        with database_errors(WHAT):
            for row in self._db.query("SELECT * FROM queues WHERE name = ?", (name,)):
                return row  # type: ignore[no-any-return]
            known = ", ".join(r["name"] for r in self._db.query("SELECT name FROM queues"))
        raise DataError(f"there is no queue named {name}; known are: {known or 'none yet'}")

    def set(self, name: str, column: str, value: str) -> None:
        """Change the guidelines or the notes of a queue."""
        assert column in ("guidelines", "notes")
        row = self.row(name)
        if row[column] == value:
            return
        changed = {"guidelines": "guidelines_changed = :now, "}.get(column, "")
        with transaction(self._db, WHAT) as db:
            db.execute(
                f"UPDATE queues SET {changed}{column} = :value WHERE id = :id",
                {"value": value, "id": row["id"], "now": records.now()},
            )

    def remove(self, name: str) -> None:
        """Remove a queue. What was judged in it stays."""
        number = self.row(name)["id"]
        with transaction(self._db, WHAT) as db:
            db.execute("DELETE FROM queues WHERE id = ?", (number,))

    def infos(self) -> list[QueueInfo]:
        """All queues, the newest first."""
        with database_errors(WHAT):
            rows = list(self._db.query("SELECT * FROM queues ORDER BY created DESC, id DESC"))
            return [self._info(row) for row in rows]

    def pools(self, queue: int, order: Order = Order.INTERLEAVED) -> list[Pool]:
        """The pool of each query, in the order in which the queries were added.

        Which runs found a candidate is read only where the order depends on it: without, all that
        is asked for stands in an index. A row holds a whole pool, since ten thousand small rows
        cost more than all that is done with them.
        """
        runs_of = f"group_concat(i.runs, '{_BETWEEN}')" if order is Order.INTERLEAVED else "NULL"
        with database_errors(WHAT):
            rows = self._db.execute(
                "SELECT q.query_key, q.id, group_concat(i.id),"
                f" group_concat(i.chunk_key), {runs_of}"
                " FROM queue_queries q JOIN queue_items i ON i.query = q.id"
                " WHERE q.queue = ? GROUP BY q.query_key",
                (queue,),
            ).fetchall()
        found: list[Pool] = []
        known: dict[str, Mapping[str, int]] = {}  # many are found alike: read once
        for query_key, query, items, keys, runs in sorted(rows, key=itemgetter(1)):
            numbers = list(map(int, items.split(",")))
            texts = runs.split(_BETWEEN) if runs else []
            known.update((text, json.loads(text)) for text in set(texts) - known.keys())
            found_by = [known[text] for text in texts]
            found.append(Pool(query_key, query, numbers, keys.split(","), found_by))
        return found

    def item(self, number: int) -> Item:
        """One candidate. Raises `DataError` if its queue is gone."""
        with database_errors(WHAT):
            rows = self._db.query(
                "SELECT i.*, q.text, q.kind, q.filters, u.corpus FROM queue_items i"
                " JOIN queue_queries q ON q.id = i.query JOIN queues u ON u.id = q.queue"
                " WHERE i.id = ?",
                (number,),
            )
            row = next(iter(rows), None)
        if row is None:
            raise DataError("the queue was removed meanwhile; what was judged in it is kept")
        filters = json.loads(row["filters"])
        framework = filters.get("framework")
        query = Query(
            row["text"],
            row["corpus"],
            framework=Framework(framework) if framework else None,
            language=filters.get("language"),
            path=filters.get("path"),
        )
        return Item(
            query,
            QueryKind(row["kind"]),
            chunk_from_json(json.loads(row["chunk"])),
            StageRanks(**json.loads(row["ranks"])),
            StageScores(**json.loads(row["scores"])),
        )

    def said(self, corpus: str, judge: str, pools: Iterable[Pool]) -> dict[int, Said]:
        """What a judge has said of each item of some pools over a corpus, by item."""
        asked = (records.clean(judge), corpus)
        of_query = {pool.query_key: pool for pool in pools}
        said: dict[int, Said] = {}
        with database_errors(WHAT):
            for query_key, *columns in self._db.execute(_GIVEN, asked):
                if query_key not in of_query:
                    continue
                keys, numbers, grades, marks = (column.split(",") for column in columns)
                given = map(Said, map(int, numbers), map(_GRADES.get, grades), marks)
                by_key = dict(zip(keys, given, strict=True))
                pool = of_query[query_key]
                for item, key in zip(pool.items, pool.keys, strict=True):
                    if key in by_key:
                        said[item] = by_key[key]
            returned = {row[0]: row[1:] for row in self._db.execute(_RETURNS, asked)}
        if returned:
            for item, first in said.items():
                if first.judgement in returned:
                    said[item] = Said(*first[:3], *returned[first.judgement])
        return said

    def skipped(self, corpus: str, judge: str) -> list[int]:
        """The judgements of things that a judge has ever skipped, whatever became of them."""
        with database_errors(WHAT):
            rows = self._db.execute(_SKIPPED, (records.clean(judge), corpus))
            return [row[0] for row in rows]

    def said_of(self, judgement: int) -> Said:
        """The same, of one judgement that is there."""
        with database_errors(WHAT):
            row = self._db.execute(
                "SELECT j.id, j.grade, j.mark, r.grade, r.mark FROM judgements j"
                " LEFT JOIN repeats r ON r.judgement = j.id WHERE j.id = ?",
                (judgement,),
            ).fetchone()
        return Said(*row)

    def remark(self, judgement: int) -> tuple[str, str]:
        """The note of a judgement that is there, and when it was changed last."""
        with database_errors(WHAT):
            note, updated = self._db.execute(
                "SELECT note, updated FROM judgements WHERE id = ?", (judgement,)
            ).fetchone()
        return note, updated

    def _info(self, row: records.Row) -> QueueInfo:
        counts = next(
            iter(
                self._db.query(
                    "SELECT count(DISTINCT q.id) AS queries, count(i.id) AS items"
                    " FROM queue_queries q LEFT JOIN queue_items i ON i.query = q.id"
                    " WHERE q.queue = ?",
                    (row["id"],),
                )
            )
        )
        done = self._db.query(_DONE, {"queue": row["id"]})
        return QueueInfo(
            name=row["name"],
            corpus=row["corpus"],
            queries=counts["queries"],
            candidates=counts["items"],
            depth=row["depth"],
            runs=tuple(json.loads(row["runs"])),
            order=Order(row["arrangement"]),
            repeats=row["repeats"],
            created=datetime.fromisoformat(row["created"]),
            done={found["judge"]: found["count"] for found in done},
            notes=tuple(json.loads(row["notes"])),
        )


_JUDGED = (
    " FROM queues u JOIN queue_queries q ON q.queue = u.id JOIN queue_items i ON i.query = q.id"
    " JOIN judgements j ON j.corpus = u.corpus AND j.query_key = q.query_key"
    " AND j.chunk_key = i.chunk_key"
)

# All of it stands in an index, `judgements_given`.
_GIVEN = (  # keys, numbers, grades and marks have no comma
    "SELECT query_key, group_concat(chunk_key), group_concat(id),"
    " group_concat(ifnull(grade, '')), group_concat(mark) FROM judgements"
    " WHERE judge = ? AND corpus = ? GROUP BY query_key"
)

_SKIPPED = (
    "SELECT DISTINCT c.judgement FROM changes c JOIN judgements j ON j.id = c.judgement"
    " WHERE c.mark_after = 'skipped' AND c.repeat IS NULL AND j.judge = ? AND j.corpus = ?"
)

_RETURNS = (
    "SELECT r.judgement, r.grade, r.mark FROM repeats r JOIN judgements j ON j.id = r.judgement"
    " WHERE j.judge = ? AND j.corpus = ?"
)

_DONE = (
    f"SELECT j.judge, count(*) AS count{_JUDGED} WHERE u.id = :queue"
    " AND (j.grade IS NOT NULL OR j.mark != '') GROUP BY j.judge ORDER BY j.judge"
)


def _item_values(found: PooledHit) -> tuple[Any, ...]:
    chunk = found.hit.chunk
    return (
        records.content_key(chunk.text),
        json.dumps(chunk_to_json(chunk)),
        json.dumps(dict(found.runs)),
        json.dumps(asdict(found.hit.ranks)),
        json.dumps(asdict(found.hit.scores)),
    )
