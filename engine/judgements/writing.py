"""What is written when a judgement is given, changed or undone. All in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.database import Database
from engine.judgements import records
from engine.types import Grade, JudgementDraft, Mark, QueryKind


@dataclass(frozen=True, slots=True)
class State:
    """What of a judgement a judge decides, and its history keeps."""

    grade: Grade | None = None
    note: str = ""
    mark: str = ""

    @classmethod
    def of(cls, row: records.Row) -> State:
        """The state in a row of judgements."""
        return cls(records.grade_of(row["grade"]), row["note"], row["mark"])

    @classmethod
    def drafted(cls, draft: JudgementDraft, former: State | None = None) -> State:
        """The state that a draft asks for. An empty note leaves the one that is there."""
        note = records.clean(draft.note) or (former.note if former else "")
        mark = draft.mark.value if draft.mark is not None and draft.grade is None else ""
        return cls(draft.grade, note, mark)


def find(db: Database, draft: JudgementDraft, judge: str) -> records.Row | None:
    """The judgement that a draft is about, if there is one."""
    return find_by_keys(db, records.identity(draft, judge))


def find_by_keys(db: Database, keys: tuple[str, ...]) -> records.Row | None:
    """The judgement of a corpus, query key, chunk key and judge, if there is one."""
    rows = db.query(
        "SELECT * FROM judgements WHERE corpus = ? AND query_key = ? AND chunk_key = ?"
        " AND judge = ?",
        keys,
    )
    return next(iter(rows), None)


def row_by_id(db: Database, number: int) -> records.Row:
    """One judgement."""
    (row,) = db.query("SELECT * FROM judgements WHERE id = ?", (number,))
    return row  # type: ignore[no-any-return]


def give(db: Database, draft: JudgementDraft, judge: str, kind: QueryKind) -> records.Row | None:
    """Insert, change or take back a judgement; its row, None if there is and was none."""
    old = find(db, draft, judge)
    if old is not None:
        _update(db, old, draft, kind)
        return row_by_id(db, old["id"])
    if draft.grade is None and draft.mark is None:
        return None
    number = _insert(db, draft, judge, kind)
    record(db, number, State(), State.drafted(draft))
    return row_by_id(db, number)


COPIED = (
    *("corpus", "query_key", "query_text", "query_kind", "query_filters"),
    *("chunk_key", "chunk_id", "chunk_kind", "chunk_text", "description", "root", "path"),
    *("start_line", "end_line", "cell", "name", "language", "frameworks", "ranks", "scores"),
)
"""The columns that say what a judgement is about."""


def give_beside(
    db: Database, row: records.Row, judge: str, grade: Grade | None, note: str = ""
) -> None:
    """Give another judge's judgement of what `row` is about; None takes it back."""
    old = find_by_keys(db, (row["corpus"], row["query_key"], row["chunk_key"], judge))
    before = State.of(old) if old is not None else State()
    after = State(grade, records.clean(note) or before.note)
    if old is None:
        if grade is None:
            return
        copied = {name: row[name] for name in COPIED}
        time = records.now()
        more = {"judge": judge, "grade": grade, "note": after.note, "mark": ""}
        number = insert(db, "judgements", copied | more | {"created": time, "updated": time})
    else:
        number = old["id"]
        db.execute(
            "UPDATE judgements SET grade = ?, note = ?, mark = '', updated = ? WHERE id = ?",
            (after.grade, after.note, records.now(), number),
        )
    if before != after or old is None:
        record(db, number, before, after)


def repeat(
    db: Database, judgement: int, grade: Grade | None, mark: Mark | None, note: str = ""
) -> None:
    """Keep what a judge says of something that came back, beside their judgement of it.

    A note is about the thing, not about the grade: it becomes that of the judgement.
    """
    rows = list(db.query("SELECT * FROM repeats WHERE judgement = ?", (judgement,)))
    value = mark.value if mark is not None and grade is None else ""
    if rows:
        number, former = rows[0]["id"], (rows[0]["grade"], rows[0]["mark"])
        db.execute(
            "UPDATE repeats SET grade = ?, mark = ?, time = ? WHERE id = ?",
            (grade, value, records.now(), number),
        )
    else:
        cursor = db.execute(
            "INSERT INTO repeats (judgement, grade, mark, time) VALUES (?, ?, ?, ?)",
            (judgement, grade, value, records.now()),
        )
        number, former = int(cursor.lastrowid), (None, "")
    noted = str(row_by_id(db, judgement)["note"])
    note = records.clean(note) or noted
    _set_note(db, judgement, noted, note)
    before = State(records.grade_of(former[0]), noted, former[1])
    record(db, judgement, before, State(grade, note, value), repeat=number)


def _set_note(db: Database, judgement: int, before: str, after: str) -> None:
    if after != before:
        db.execute(
            "UPDATE judgements SET note = ?, updated = ? WHERE id = ?",
            (after, records.now(), judgement),
        )


def record(
    db: Database,
    judgement: int,
    before: State,
    after: State,
    *,
    undoes: int | None = None,
    repeat: int | None = None,
) -> None:
    """Put a change into the history."""
    columns: dict[str, Any] = {
        "judgement": judgement,
        "time": records.now(),
        "grade_before": before.grade,
        "grade_after": after.grade,
        "note_before": before.note,
        "note_after": after.note,
        "mark_before": before.mark,
        "mark_after": after.mark,
        "undoes": undoes,
        "repeat": repeat,
    }
    insert(db, "changes", columns)


def undo(db: Database, judge: str | None) -> records.Undone | None:
    """Take back the newest change that is not undone yet (of one judge, if named)."""
    change = _newest_change(db, judge)
    if change is None:
        return None
    before = _state(change, "after")
    after = _state(change, "before")
    if change["repeat"] is not None:
        db.execute(
            "UPDATE repeats SET grade = ?, mark = ?, time = ? WHERE id = ?",
            (after.grade, after.mark, records.now(), change["repeat"]),
        )
        _set_note(db, change["judgement"], before.note, after.note)
    else:
        db.execute(
            "UPDATE judgements SET grade = ?, note = ?, mark = ?, updated = ? WHERE id = ?",
            (after.grade, after.note, after.mark, records.now(), change["judgement"]),
        )
    record(db, change["judgement"], before, after, undoes=change["id"], repeat=change["repeat"])
    row = row_by_id(db, change["judgement"])
    return records.Undone(
        corpus=row["corpus"],
        query_text=row["query_text"],
        chunk_id=row["chunk_id"],
        path=row["path"],
        start_line=row["start_line"],
        name=row["name"],
        before=before.grade,
        after=after.grade,
        mark=Mark(before.mark) if before.mark else None,
        judgement=row["id"],
        again=change["repeat"] is not None,
    )


def insert(db: Database, table: str, columns: dict[str, Any]) -> int:
    """Insert one row and return its id."""
    names = ", ".join(columns)
    places = ", ".join(f":{name}" for name in columns)
    cursor = db.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", columns)
    return int(cursor.lastrowid)


def _insert(db: Database, draft: JudgementDraft, judge: str, kind: QueryKind) -> int:
    time = records.now()
    state = State.drafted(draft)
    names = ("corpus", "query_key", "chunk_key", "judge")
    columns: dict[str, Any] = {
        **dict(zip(names, records.identity(draft, judge), strict=True)),
        **records.row_of(draft, kind),
        "grade": state.grade,
        "note": state.note,
        "mark": state.mark,
        "created": time,
        "updated": time,
    }
    return insert(db, "judgements", columns)


def _update(db: Database, old: records.Row, draft: JudgementDraft, kind: QueryKind) -> None:
    """Change an existing judgement; where the chunk is now and how it ranked come along."""
    before = State.of(old)
    after = State.drafted(draft, before)
    columns = {
        **records.row_of(draft, kind),
        "grade": after.grade,
        "note": after.note,
        "mark": after.mark,
        "updated": records.now(),
    }
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    db.execute(f"UPDATE judgements SET {changes} WHERE id = :id", {**columns, "id": old["id"]})
    if before != after:
        record(db, old["id"], before, after)


def _state(change: records.Row, side: str) -> State:
    grade = records.grade_of(change[f"grade_{side}"])
    return State(grade, change[f"note_{side}"], change[f"mark_{side}"])


def _newest_change(db: Database, judge: str | None) -> records.Row | None:
    """The change that an undo would take back.

    Not one that came with a file, nor one that a newer one from a file has overtaken.
    """
    who, values = ("", ()) if judge is None else (" AND judgements.judge = ?", (judge,))
    rows = db.query(
        "SELECT changes.* FROM changes JOIN judgements ON judgements.id = changes.judgement"
        " WHERE changes.undoes IS NULL AND NOT changes.imported"
        " AND NOT EXISTS (SELECT 1 FROM changes AS later WHERE later.undoes = changes.id)"
        " AND NOT EXISTS (SELECT 1 FROM changes AS later WHERE later.imported"
        " AND later.judgement = changes.judgement AND later.time > changes.time)"
        f"{who} ORDER BY changes.id DESC LIMIT 1",
        values,
    )
    return next(iter(rows), None)
