"""Who has judged, and what: names that nobody has are mistakes, not empty answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from engine.database import Database, database_errors
from engine.errors import DataError
from engine.judgements.records import clean
from engine.judgements.store import WHAT


def check_judges(db: Database, judges: Collection[str], *, marks: bool = False) -> None:
    """Raise `DataError` for a judge who has graded nothing (with `marks`, nor left a mark)."""
    if not judges:
        return
    known = _names(db, "judge", "" if marks else " WHERE grade IS NOT NULL")
    for name in judges:
        if clean(name) not in known:
            raise DataError(f"nobody named {name} has judged; known are: {_listed(known)}")


def check_corpus(db: Database, corpus: str | None, others: Iterable[str] = ()) -> None:
    """Raise `DataError` for a corpus of which nothing is judged and that is none of the others.

    One with a queue counts as judged.
    """
    if corpus is None:
        return
    known = {*_names(db, "corpus"), *_names(db, "corpus", table="queues")}
    if clean(corpus) not in {*known, *others}:
        raise DataError(f"nothing is judged of a corpus {corpus}; judged are: {_listed(known)}")


def _names(db: Database, column: str, where: str = "", table: str = "judgements") -> set[str]:
    with database_errors(WHAT):
        rows = db.execute(f"SELECT DISTINCT {column} FROM {table}{where}")
        return {str(name) for (name,) in rows}


def _listed(names: Collection[str]) -> str:
    return ", ".join(name or '""' for name in sorted(names)) or "none yet"
