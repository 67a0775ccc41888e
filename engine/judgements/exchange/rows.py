"""One judgement as a record that loses nothing, for files, and its merging into a store."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine.database import Database, database_errors
from engine.errors import DataError
from engine.judgements import records, values, writing
from engine.judgements.imported import DATASET
from engine.judgements.store import WHAT
from engine.types import Grade, Mark, QueryKind

TEXTS = (
    *("corpus", "query_text", "query_kind", "judge", "note", "created", "updated"),
    *("chunk_id", "chunk_kind", "chunk_text", "description", "root", "path", "name", "language"),
)
NUMBERS = ("start_line", "end_line")
OBJECTS = ("query_filters", "frameworks", "ranks", "scores")
FIELDS = (*TEXTS, *NUMBERS, "cell", *OBJECTS, "grade", "mark")
"""What a record holds of a judgement: every column but the keys, which follow from the texts."""

_CHANGE = ("time", "grade_before", "grade_after", "note_before", "note_after")
_MARKS = ("mark_before", "mark_after")


def record_of(row: records.Row) -> dict[str, Any]:
    """A row of judgements in terms of JSON."""
    found = {name: row[name] for name in FIELDS}
    return found | {name: json.loads(row[name]) for name in OBJECTS}


def history_of(db: Database, judgement: int) -> dict[str, Any]:
    """The history of a judgement, and what was said when it came back, if anything was."""
    rows = list(db.query("SELECT * FROM changes WHERE judgement = ? ORDER BY id", (judgement,)))
    places = {row["id"]: place for place, row in enumerate(rows)}
    changes = [
        {name: row[name] for name in (*_CHANGE, *_MARKS)}
        | {"undoes": places.get(row["undoes"]), "again": row["repeat"] is not None}
        for row in rows
    ]
    again = [
        {"grade": row["grade"], "mark": row["mark"], "time": row["time"]}
        for row in db.query("SELECT * FROM repeats WHERE judgement = ?", (judgement,))
    ]
    return {"changes": changes, "again": again[0] if again else None}


def checked(
    record: Mapping[str, Any], where: str, datasets: Collection[str] = ()
) -> dict[str, Any]:
    """A record's fields as columns, keys included. Raises `DataError` for the first wrong one.

    A data set's judge is known only with the set: `datasets` are the names of those that are here.
    """
    try:
        columns = _columns(record)
    except KeyError as error:
        raise DataError(f"{where}: the field {error.args[0]} is missing") from None
    except (ValueError, TypeError) as error:
        raise DataError(f"{where}: not a judgement ({error})") from None
    judge = columns["judge"]
    if judge.startswith(DATASET) and judge.removeprefix(DATASET) not in datasets:
        name = judge.removeprefix(DATASET)
        raise DataError(f"{where}: it comes with the data set {name}; import the data set first")
    return columns


def datasets_of(db: Database) -> frozenset[str]:
    """The names of the data sets that are here."""
    with database_errors(WHAT):
        return frozenset(row["name"] for row in db.query("SELECT name FROM datasets"))


def _columns(record: Mapping[str, Any]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in TEXTS:
        if not isinstance(record[name], str):
            raise TypeError(f"{name} is no text")
        columns[name] = records.clean(record[name])
    columns["judge"] = " ".join(columns["judge"].split())  # as when it is typed
    for name in NUMBERS:
        columns[name] = values.whole(record[name], name)
    columns["cell"] = None if record["cell"] is None else values.whole(record["cell"], "cell")
    grade = record["grade"]
    columns["grade"] = None if grade is None else Grade(values.whole(grade, "grade")).value
    columns["mark"] = _mark(record["mark"])
    QueryKind(record["query_kind"])
    columns["created"] = values.time(record["created"])
    columns["updated"] = values.time(record["updated"])
    values.ranks(record["ranks"])
    values.scores(record["scores"])
    values.frameworks(record["frameworks"])
    values.filters(record["query_filters"])
    columns |= {name: json.dumps(record[name]) for name in OBJECTS}
    columns["query_key"] = records.content_key(columns["query_text"])
    columns["chunk_key"] = records.content_key(columns["chunk_text"])
    return columns


def checked_history(
    record: Mapping[str, Any], where: str
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The changes of a record, and what was said when it came back. Raises `DataError`."""
    changes, again = record.get("changes", []), record.get("again")
    try:
        undone: set[int] = set()
        for place, change in enumerate(changes):
            _check_change(change, place, undone)
            if change["again"] and again is None:
                raise ValueError("a return is missing")
        if again is not None:
            _check_state(again["grade"], again["mark"])
            again = {**again, "time": values.time(again["time"])}
        return [_cleaned(change) for change in changes], again
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{where}: the history is damaged ({error})") from None


def _cleaned(change: Mapping[str, Any]) -> dict[str, Any]:
    """A checked change as the store keeps it."""
    notes = {name: records.clean(change[name]) for name in ("note_before", "note_after")}
    return {**change, **notes, "time": values.time(change["time"])}


def _check_change(change: Mapping[str, Any], place: int, undone: set[int]) -> None:
    for side in ("before", "after"):
        _check_state(change[f"grade_{side}"], change[f"mark_{side}"])
        if not isinstance(change[f"note_{side}"], str):
            raise TypeError("a note is no text")
    values.time(change["time"])
    if not isinstance(change["again"], bool):
        raise TypeError("of a change it is not said whether it was made when something came back")
    undoes = change["undoes"]
    if undoes is None:
        return
    if values.whole(undoes, "undoes") >= place:
        raise ValueError("a change undoes a later one")
    if undoes in undone:
        raise ValueError("a change is undone twice")
    undone.add(undoes)


def _check_state(grade: Any, mark: Any) -> None:
    if grade is not None:
        Grade(values.whole(grade, "grade"))
    _mark(mark)


def _mark(value: Any) -> str:
    return "" if value == "" else Mark(value).value


def merge(db: Database, columns: Mapping[str, Any]) -> tuple[int, str]:
    """Put a checked judgement into the store; its id, and added, updated or unchanged.

    Of two states of one judgement the one that was changed last stands. To be called in a
    transaction.
    """
    old = _known(db, columns)
    if old is None:
        return writing.insert(db, "judgements", dict(columns)), "added"
    if _age(columns) <= _age(old):
        return old["id"], "unchanged"
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    db.execute(f"UPDATE judgements SET {changes} WHERE id = :id", {**columns, "id": old["id"]})
    return old["id"], "updated"


def merge_alone(db: Database, columns: Mapping[str, Any]) -> str:
    """Merge a judgement that comes without its history: that it came is the history it gets.

    Without, an undo would take back what was there before, and what came with it.
    """
    old = _known(db, columns)
    number, done = merge(db, columns)
    if done != "unchanged":
        before = writing.State.of(old) if old is not None else writing.State()
        change = {
            "judgement": number,
            "time": columns["updated"],
            "grade_before": before.grade,
            "grade_after": columns["grade"],
            "note_before": before.note,
            "note_after": columns["note"],
            "mark_before": before.mark,
            "mark_after": columns["mark"],
            "imported": 1,
        }
        writing.insert(db, "changes", change)
    return done


def _known(db: Database, columns: Mapping[str, Any]) -> records.Row | None:
    keys = tuple(columns[name] for name in ("corpus", "query_key", "chunk_key", "judge"))
    return writing.find_by_keys(db, keys)


def merge_history(
    db: Database, judgement: int, changes: list[dict[str, Any]], again: Mapping[str, Any] | None
) -> tuple[int, int]:
    """Add what is not in a judgement's history yet. How many changes and returns that were."""
    repeat, repeats = _merge_return(db, judgement, again)
    rows = list(db.query("SELECT * FROM changes WHERE judgement = ?", (judgement,)))
    known = {_mark_of(row, row["repeat"] is not None): row["id"] for row in rows}
    undone = {row["undoes"] for row in rows}
    ids: list[int] = []
    added = 0
    for change in changes:
        mark = _mark_of(change, change["again"])
        if mark not in known:
            undoes = None if change["undoes"] is None else ids[change["undoes"]]
            if undoes in undone:  # here as well, in a copy of the store that went its own way
                undoes = None
            undone.add(undoes)
            columns = {name: change[name] for name in (*_CHANGE, *_MARKS)}
            columns |= {
                "judgement": judgement,
                "undoes": undoes,
                "repeat": repeat if change["again"] else None,
                "imported": 1,
            }
            known[mark] = writing.insert(db, "changes", columns)
            added += 1
        ids.append(known[mark])
    return added, repeats


def _merge_return(
    db: Database, judgement: int, again: Mapping[str, Any] | None
) -> tuple[int | None, int]:
    rows = list(db.query("SELECT * FROM repeats WHERE judgement = ?", (judgement,)))
    number = rows[0]["id"] if rows else None
    if again is None:
        return number, 0
    columns = {"grade": again["grade"], "mark": again["mark"], "time": again["time"]}
    if number is None:
        return writing.insert(db, "repeats", {"judgement": judgement, **columns}), 1
    if columns["time"] <= rows[0]["time"]:
        return number, 0
    db.execute(
        "UPDATE repeats SET grade = :grade, mark = :mark, time = :time WHERE id = :id",
        {**columns, "id": number},
    )
    return number, 1


def _mark_of(change: Mapping[str, Any], again: bool) -> tuple[Any, ...]:
    """What tells one change of a judgement from another, on every machine."""
    states = (change["grade_before"], change["grade_after"])
    return change["time"], *states, change["mark_after"], change["note_after"], again


def _age(columns: Mapping[str, Any]) -> tuple[Any, ...]:
    # Two of the very same moment: any rule will do that does not depend on which came first.
    grade = columns["grade"]
    state = (-1 if grade is None else grade, columns["mark"], columns["note"])
    return columns["updated"], *state


def rows_of(
    db: Database, corpus: str | None = None, judges: tuple[str, ...] = ()
) -> Iterator[records.Row]:
    """The judgements that a file gets, marks included; in the order in which they were made.

    Those of data sets only if named: whoever has the data set has them.
    """
    where, values = "", []
    if corpus is not None:
        where, values = " AND corpus = ?", [records.clean(corpus)]
    with database_errors(WHAT):
        for row in db.query(
            f"SELECT * FROM judgements WHERE (grade IS NOT NULL OR mark != ''{_ANY_HISTORY}){where}"
            " ORDER BY id",
            values,
        ):
            if row["judge"] in judges if judges else not row["judge"].startswith(DATASET):
                yield row


def any_row(db: Database, corpus: str | None, judges: tuple[str, ...]) -> bool:
    """Whether there is any judgement that a file would get."""
    return next(rows_of(db, corpus, judges), None) is not None


_ANY_HISTORY = " OR EXISTS (SELECT 1 FROM changes WHERE changes.judgement = judgements.id)"
