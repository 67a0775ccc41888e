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


def m003_judging(db: Database) -> None:
    """Marks instead of grades, grades given a second time, queues with their pools."""
    for statement in _JUDGING:
        db.execute(statement)


_JUDGING = (
    # 'skipped' or 'cannot tell' in a row without a grade.
    "ALTER TABLE judgements ADD COLUMN mark TEXT NOT NULL DEFAULT ''",
    # What a judge says when an item comes back unannounced: beside the judgement, never over it.
    """
    CREATE TABLE repeats (
        id INTEGER PRIMARY KEY,
        judgement INTEGER NOT NULL UNIQUE REFERENCES judgements (id),
        grade INTEGER CHECK (grade BETWEEN 0 AND 3),
        mark TEXT NOT NULL DEFAULT '',
        time TEXT NOT NULL
    )
    """,
    "ALTER TABLE changes ADD COLUMN mark_before TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE changes ADD COLUMN mark_after TEXT NOT NULL DEFAULT ''",
    # Of a repeat; else of the judgement itself.
    "ALTER TABLE changes ADD COLUMN repeat INTEGER REFERENCES repeats (id)",
    # Came with a file from elsewhere: undoing here passes it by.
    "ALTER TABLE changes ADD COLUMN imported INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE queues (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        corpus TEXT NOT NULL,
        depth INTEGER NOT NULL,
        runs TEXT NOT NULL,  -- JSON: names
        arrangement TEXT NOT NULL,
        repeats REAL NOT NULL,
        seed TEXT NOT NULL,
        guidelines TEXT NOT NULL,
        notes TEXT NOT NULL,  -- JSON: sentences about the pooling
        created TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE queue_queries (
        id INTEGER PRIMARY KEY,
        queue INTEGER NOT NULL REFERENCES queues (id) ON DELETE CASCADE,
        query_key TEXT NOT NULL,
        text TEXT NOT NULL,
        kind TEXT NOT NULL,
        filters TEXT NOT NULL,  -- JSON, as in judgements
        UNIQUE (queue, query_key)
    )
    """,
    """
    CREATE TABLE queue_items (
        id INTEGER PRIMARY KEY,
        query INTEGER NOT NULL REFERENCES queue_queries (id) ON DELETE CASCADE,
        chunk_key TEXT NOT NULL,
        chunk TEXT NOT NULL,  -- JSON: all of it
        runs TEXT NOT NULL,  -- JSON: run → rank
        ranks TEXT NOT NULL,
        scores TEXT NOT NULL,
        UNIQUE (query, chunk_key)
    )
    """,
)


def m004_given(db: Database) -> None:
    """What a judge has given, without the texts that lie between in the table."""
    db.execute(
        "CREATE INDEX judgements_given"
        " ON judgements (judge, corpus, query_key, chunk_key, grade, mark)"
    )


def m005_skipped(db: Database) -> None:
    """What was ever skipped, without the changes that were no skip."""
    db.execute(
        "CREATE INDEX changes_skipped ON changes (judgement)"
        " WHERE mark_after = 'skipped' AND repeat IS NULL"
    )


def m006_guidelines(db: Database) -> None:
    """When the guidelines of a queue were changed last; '' for never, or before this was kept."""
    db.execute("ALTER TABLE queues ADD COLUMN guidelines_changed TEXT NOT NULL DEFAULT ''")


def m007_query_names(db: Database) -> None:
    """What queries from elsewhere are called there, so that they leave under the same ids."""
    db.execute(
        """
        CREATE TABLE query_names (
            id INTEGER PRIMARY KEY,
            corpus TEXT NOT NULL,
            query_key TEXT NOT NULL,
            name TEXT NOT NULL,
            UNIQUE (corpus, query_key)
        )
        """
    )


migrations()(m001_initial)
migrations()(m002_datasets)
migrations()(m003_judging)
migrations()(m004_given)
migrations()(m005_skipped)
migrations()(m006_guidelines)
migrations()(m007_query_names)
