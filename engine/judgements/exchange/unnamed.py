"""Whose the judgements of a file are that name no judge.

Who never chose a name judges without one, and so does the next person: merged as they come, the
two would be one judge from then on. A judgement is recognised by what it is about and by the moment
at which it was made, so what comes back to where it was made needs no name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.database import Database, database_errors
from engine.errors import DataError
from engine.judgements.store import WHAT

Changes = Sequence[Mapping[str, Any]]
"""The history of a judgement as the file has it; none in a table."""


class Unnamed:
    """Gives the judgements of a file their judge; `look` at all of them, and `check`, before.

    `judge` is who gave those that name nobody, `mine` says that it was who judges here without a
    name. What is here already keeps the name that it has here.
    """

    def __init__(self, db: Database, judge: str = "", mine: bool = False) -> None:
        self._db = db
        self._judge = "" if mine else judge
        self._mine = mine
        self._strange = 0
        with database_errors(WHAT):
            self._any_here = bool(
                list(db.execute("SELECT 1 FROM judgements WHERE judge = '' LIMIT 1"))
            )

    def look(self, columns: Mapping[str, Any], changes: Changes = ()) -> None:
        """See whether a judgement names nobody and is not known here."""
        if not columns["judge"] and self._judge_here(columns, changes) is None:
            self._strange += 1

    def check(self, path: Path) -> None:
        """Raise `DataError` if two people would become one judge."""
        if self._strange and self._any_here and not self._judge and not self._mine:
            raise DataError(
                f"{path} has {self._strange} judgements that name no judge and were not made here, "
                "and there are others of nobody here; say whose they are: counterpart judgements "
                "import with --judge NAME, or --mine if they are yours, too"
            )

    def named(self, columns: dict[str, Any], changes: Changes = ()) -> dict[str, Any]:
        """A judgement under the name that it gets here."""
        known = self._judge_here(columns, changes)
        return {**columns, "judge": columns["judge"] or self._judge if known is None else known}

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user is to know of it."""
        if not self._strange:
            return ("the judge of each was known: no name was needed",) if self._judge else ()
        if self._judge:
            return (f"{self._strange} that name no judge as judgements of {self._judge}",)
        if self._any_here:
            return ()
        return (
            f"{self._strange} of them name no judge; unless they are yours, judge here under a "
            "name of your own",
        )

    def _judge_here(self, columns: Mapping[str, Any], changes: Changes) -> str | None:
        """The judge under whom a judgement is here; None if it is not, or under its own name."""
        if columns["judge"] and not self._any_here:
            return None
        keys = ("corpus", "query_key", "chunk_key")
        first = changes[0]["time"] if changes else ""  # stays when a later state takes its place
        with database_errors(WHAT):
            rows = self._db.execute(
                "SELECT judge, created = ? OR EXISTS (SELECT 1 FROM changes"
                " WHERE judgement = judgements.id AND time = ?) FROM judgements"
                " WHERE corpus = ? AND query_key = ? AND chunk_key = ?",
                (columns["created"], first, *(columns[name] for name in keys)),
            ).fetchall()
        here = {str(judge) for judge, same in rows if same}
        if not columns["judge"]:
            return "" if "" in here else min(here, default=None)
        taken = {str(judge) for judge, _ in rows}
        return "" if "" in here and columns["judge"] not in taken else None
