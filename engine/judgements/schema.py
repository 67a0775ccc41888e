"""The schema of the store. Append migrations; never change one that was released."""

from __future__ import annotations

from engine.database import Database, Migrations

migrations = Migrations("judgements")


def m001_initial(db: Database) -> None:
    """Judgements, their history and the queries asked."""
    for statement in _INITIAL:
        db.execute(statement)


_INITIAL = (
    # One row for each judge, corpus, query and chunk text. A row whose grade was taken back keeps
    # its place in the history: its grade is NULL.
    """
    CREATE TABLE judgements (
        id INTEGER PRIMARY KEY,
        judge TEXT NOT NULL,
        corpus TEXT NOT NULL,
        query_key TEXT NOT NULL,
        query_text TEXT NOT NULL,
        query_kind TEXT NOT NULL,
        query_filters TEXT NOT NULL,  -- JSON: framework, language, path
        chunk_key TEXT NOT NULL,
        chunk_id TEXT NOT NULL,
        chunk_kind TEXT NOT NULL,
        chunk_text TEXT NOT NULL,
        description TEXT NOT NULL,
        root TEXT NOT NULL,
        path TEXT NOT NULL,
        start_line INTEGER NOT NULL,
        end_line INTEGER NOT NULL,
        cell INTEGER,
        name TEXT NOT NULL,
        language TEXT NOT NULL,
        frameworks TEXT NOT NULL,  -- JSON: names, most prominent first
        grade INTEGER CHECK (grade BETWEEN 0 AND 3),
        note TEXT NOT NULL,
        created TEXT NOT NULL,  -- ISO 8601 in UTC, here and below
        updated TEXT NOT NULL,
        ranks TEXT NOT NULL,  -- JSON: bm25, dense, fused, rerank
        scores TEXT NOT NULL,
        UNIQUE (corpus, query_key, chunk_key, judge)
    )
    """,
    # What a judgement was before and after each change. An undo is a change that names the one it
    # takes back.
    """
    CREATE TABLE changes (
        id INTEGER PRIMARY KEY,
        judgement INTEGER NOT NULL REFERENCES judgements (id),
        time TEXT NOT NULL,
        grade_before INTEGER,
        grade_after INTEGER,
        note_before TEXT NOT NULL,
        note_after TEXT NOT NULL,
        undoes INTEGER UNIQUE REFERENCES changes (id)
    )
    """,
    "CREATE INDEX changes_of_a_judgement ON changes (judgement)",
    """
    CREATE TABLE queries (
        id INTEGER PRIMARY KEY,
        query_key TEXT NOT NULL,
        text TEXT NOT NULL,
        kind TEXT NOT NULL,
        corpus TEXT NOT NULL,
        framework TEXT,
        time TEXT NOT NULL,
        UNIQUE (query_key, corpus)
    )
    """,
    "CREATE INDEX queries_by_time ON queries (time)",
)


def m002_datasets(db: Database) -> None:
    """The data sets that were imported, each with a judge of its own.

    A data set is there once it has its row here: that comes in one transaction with its
    judgements, after everything that lies elsewhere.
    """
    db.execute(
        """
        CREATE TABLE datasets (
            name TEXT PRIMARY KEY,  -- its corpus has the same
            judge TEXT NOT NULL,
            imported TEXT NOT NULL
        )
        """
    )


migrations()(m001_initial)
migrations()(m002_datasets)
