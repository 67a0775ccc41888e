"""The ids that queries have in qrels, runs and BEIR folders: those they came with, or made ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.database import Database
from engine.errors import DataError
from engine.judgements import records

FIELD = "query_id"
"""What a query came with, in records and tables; missing where it came with none."""


def made(corpus: str, query_key: str) -> str:
    """The id of a query that came with none: the same in every export."""
    return records.content_key(f"{corpus}\n{query_key}")[:16]


class QueryIds:
    """One id for each query of a corpus.

    Where two queries came with the same id, from two sets over two corpora, the later has a mark.
    """

    def __init__(self, db: Database) -> None:
        self._given: dict[tuple[str, str], str] = {}
        self._unique: dict[tuple[str, str], str] = {}
        taken: set[str] = set()
        for corpus, key, name in db.execute(
            "SELECT corpus, query_key, name FROM query_names ORDER BY id"
        ):
            self._given[corpus, key] = name
            unique = f"{name}#{made(corpus, key)[:12]}" if name in taken else name
            self._unique[corpus, key] = unique
            taken.add(unique)

    def of(self, corpus: str, query_key: str) -> str:
        """The id of a query."""
        return self._unique.get((corpus, query_key)) or made(corpus, query_key)

    def given(self, corpus: str, query_key: str) -> str:
        """What a query came with; empty if with none."""
        return self._given.get((corpus, query_key), "")


def checked(record: Mapping[str, Any], where: str) -> str:
    """The id in a record, empty if there is none. Raises `DataError` for one that is no text."""
    name = record.get(FIELD, "")
    if not isinstance(name, str):
        raise DataError(f"{where}: not a judgement ({FIELD} is no text)")
    return records.clean(name)


def keep(db: Database, corpus: str, query_key: str, name: str) -> None:
    """Keep what a query came with; the first that it came with stands. In a transaction."""
    if name and name != made(corpus, query_key):
        db.execute(
            "INSERT INTO query_names (corpus, query_key, name) VALUES (?, ?, ?)"
            " ON CONFLICT (corpus, query_key) DO NOTHING",
            (corpus, query_key, name),
        )
