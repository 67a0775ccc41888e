"""Judgements that come with a data set: thousands at once, under a judge named after it.

They have no history, and undoing passes them by: they are taken back by removing the data set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from engine.database import Database
from engine.judgements import records
from engine.types import Grade, JudgementDraft

_COLUMNS = (
    *("corpus", "query_key", "chunk_key", "judge"),
    *("query_text", "query_kind", "query_filters", "chunk_id", "chunk_kind", "chunk_text"),
    *("description", "root", "path", "start_line", "end_line", "cell", "name", "language"),
    *("frameworks", "ranks", "scores", "grade", "note", "created", "updated"),
)


DATASET = "dataset:"
"""With this the names of the judges of data sets begin."""


def judge_of(name: str) -> str:
    """The judge of a data set."""
    return f"{DATASET}{name}"


def judges(db: Database, corpus: str | None = None) -> dict[str, int]:
    """The judges of data sets that have judgements (of a corpus), with the highest grade of each.

    Where that is 1 the set is binary: 1 means relevant, not weak.
    """
    rows = db.execute(
        "SELECT judge, max(grade) FROM judgements WHERE substr(judge, 1, ?) = ?"
        " AND grade IS NOT NULL AND (? IS NULL OR corpus = ?) GROUP BY judge ORDER BY judge",
        (len(DATASET), DATASET, corpus, corpus),
    )
    return {str(judge): int(highest) for judge, highest in rows}


def stage(db: Database, name: str, batches: Iterable[Sequence[JudgementDraft]]) -> Iterator[int]:
    """Put judgements where nobody sees them yet, a batch at a time; yields how many so far.

    That is a table of this connection's own, which is gone when the process is. The kind of every
    query must be known.
    """
    places = ", ".join("?" * len(_COLUMNS))
    db.conn.execute("DROP TABLE IF EXISTS temp.incoming")
    db.conn.execute(f"CREATE TEMP TABLE incoming ({', '.join(_COLUMNS)})")
    count = 0
    for batch in batches:
        rows = list(_rows(batch, judge_of(name)))
        db.conn.execute("BEGIN")
        db.conn.executemany(f"INSERT INTO temp.incoming VALUES ({places})", rows)
        db.conn.execute("COMMIT")
        count += len(rows)
        yield count


def commit(db: Database, name: str) -> None:
    """Insert a data set and what was staged for it. To be called in a transaction.

    Of two judgements of the same texts the better grade counts.
    """
    columns = ", ".join(_COLUMNS)
    db.conn.execute(
        f"INSERT INTO judgements ({columns}) SELECT {columns} FROM temp.incoming WHERE true"
        " ON CONFLICT (corpus, query_key, chunk_key, judge)"
        " DO UPDATE SET grade = max(grade, excluded.grade)"
    )
    db.conn.execute("INSERT INTO datasets VALUES (?, ?, ?)", (name, judge_of(name), records.now()))


def unstage(db: Database) -> None:
    """Throw away what was staged."""
    db.conn.execute("DROP TABLE IF EXISTS temp.incoming")


def remove(db: Database, name: str) -> None:
    """Delete a data set, its judgements and what was changed in them. In a transaction."""
    judge = judge_of(name)
    changes = "SELECT c.id FROM changes c JOIN judgements j ON j.id = c.judgement WHERE j.judge = ?"
    db.execute(f"UPDATE changes SET undoes = NULL WHERE id IN ({changes})", (judge,))
    db.execute(f"DELETE FROM changes WHERE id IN ({changes})", (judge,))
    judged = "SELECT id FROM judgements WHERE judge = ?"
    db.execute(f"DELETE FROM repeats WHERE judgement IN ({judged})", (judge,))
    db.execute("DELETE FROM judgements WHERE judge = ?", (judge,))
    db.execute("DELETE FROM datasets WHERE name = ?", (name,))


def _rows(drafts: Iterable[JudgementDraft], judge: str) -> Iterator[list[Any]]:
    time = records.now()
    keys = ("corpus", "query_key", "chunk_key", "judge")
    for draft in drafts:
        row = records.row_of(draft, draft.query.kind)
        row |= zip(keys, records.identity(draft, judge), strict=True)
        row |= {"grade": _grade(draft.grade), "note": "", "created": time, "updated": time}
        yield [row[column] for column in _COLUMNS]


def _grade(grade: Grade | None) -> int | None:
    return None if grade is None else int(grade)
