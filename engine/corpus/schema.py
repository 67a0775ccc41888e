"""The tables of a corpus's index."""

from __future__ import annotations

from engine.database import Database, Migrations

STAGED, LIVE, RETIRED = 0, 1, 2
"""What `files.state` says.

A file is staged when it has been processed, live from the next publication on, and retired when a
publication has replaced or removed it. Retired files stay until the next indexing, so that whoever
still reads the last generation finds its chunks.
"""

CHUNK_BITS = 20
"""A chunk's key is its file's id shifted by these bits, plus its place in the file."""

CORPUS_SCHEMA = Migrations("corpus")


def m001_first(db: Database) -> None:
    """Files with their columns, chunks, words, vectors and what is known about the whole."""
    db.executescript(
        """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

        CREATE TABLE files (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            state INTEGER NOT NULL,
            root TEXT NOT NULL,
            path TEXT NOT NULL,
            size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            seen_ns INTEGER NOT NULL,
            digest BLOB NOT NULL,
            recipe TEXT NOT NULL,
            problem TEXT NOT NULL,
            language TEXT NOT NULL,
            chunks INTEGER NOT NULL
        );

        CREATE INDEX files_by_path ON files (path, root);

        -- One row per file: what the table of all chunks is put together from.
        CREATE TABLE columns (
            file INTEGER PRIMARY KEY REFERENCES files ON DELETE CASCADE,
            ids TEXT NOT NULL,
            counts BLOB NOT NULL,
            tokens BLOB NOT NULL,
            text_keys BLOB NOT NULL,
            vector_keys BLOB NOT NULL,
            frameworks BLOB NOT NULL
        );

        CREATE TABLE chunks (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            start_line INTEGER NOT NULL,
            end_line INTEGER NOT NULL,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            frameworks TEXT NOT NULL,
            cell INTEGER,
            description TEXT NOT NULL,
            text TEXT NOT NULL
        );

        -- The vocabulary, in runs of words joined by newlines; the first has the number `first`.
        CREATE TABLE words (first INTEGER PRIMARY KEY, words TEXT NOT NULL);

        CREATE TABLE encoders (
            id INTEGER PRIMARY KEY,
            fingerprint TEXT NOT NULL UNIQUE,
            dimension INTEGER NOT NULL
        );

        -- Vectors in batches as they were made: keys (int64) and float16 rows.
        CREATE TABLE vectors (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            encoder INTEGER NOT NULL REFERENCES encoders ON DELETE CASCADE,
            keys BLOB NOT NULL,
            vectors BLOB NOT NULL
        );
        """
    )


CORPUS_SCHEMA()(m001_first)
