"""Rows of the store as dataclasses, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from engine.code.normal import clean as clean
from engine.types import (
    Framework,
    Grade,
    Judgement,
    JudgementDraft,
    Mark,
    Query,
    QueryKind,
    RecentQuery,
    StageRanks,
    StageScores,
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a judgement. A grade of None is none: not given yet, or taken back."""

    id: int
    judgement: int
    time: datetime
    before: Grade | None
    after: Grade | None
    undoes: int | None  # the change that this one took back


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did: the grade went from `before` to `after`."""

    corpus: str
    query_text: str
    chunk_id: str
    path: str
    start_line: int
    name: str
    before: Grade | None
    after: Grade | None
    mark: Mark | None = None  # what was taken back, if it was no grade
    judgement: int = 0
    again: bool = False  # it was given when the item came back

    def __str__(self) -> str:
        what = f"{self.name or 'the block'} ({self.path}:{self.start_line})"
        if self.after is None:
            return f"took back {f'“{self.mark.value}”' if self.mark else 'the grade'} of {what}"
        return f"{what} has grade {self.after.value} again"


def content_key(text: str) -> str:
    """The same for texts that differ in white space only. Stored, so it must never change."""
    return hashlib.sha256(" ".join(clean(text).split()).encode()).hexdigest()


def now() -> str:
    """The time in UTC; sorts as text."""
    return time_text(datetime.now(UTC))


def time_text(moment: datetime) -> str:
    """A time as it is stored: in UTC, with microseconds, so that it sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def identity(draft: JudgementDraft, judge: str) -> tuple[str, str, str, str]:
    """What makes a judgement the same one: corpus, query, text of the chunk and judge."""
    return (
        clean(draft.query.corpus),
        content_key(draft.query.text),
        content_key(draft.chunk.text),
        clean(judge),
    )


def row_of(draft: JudgementDraft, kind: QueryKind) -> dict[str, Any]:
    """The columns that a draft fills, apart from its identity, grade, note and times."""
    query, chunk = draft.query, draft.chunk
    return {
        "query_text": clean(query.text),
        "query_kind": kind.value,
        "query_filters": _json(filters_of(query)),
        "chunk_id": clean(chunk.id),
        "chunk_kind": clean(chunk.kind),
        "chunk_text": clean(chunk.text),
        "description": clean(chunk.description),
        "root": clean(chunk.root),
        "path": clean(chunk.path),
        "start_line": chunk.start_line,
        "end_line": chunk.end_line,
        "cell": chunk.cell,
        "name": clean(chunk.name),
        "language": clean(chunk.language),
        "frameworks": _json([framework.value for framework in chunk.frameworks]),
        "ranks": _json(asdict(draft.ranks)),
        "scores": _json(asdict(draft.scores)),
    }


def judgement_of(row: Row) -> Judgement:
    """A row with a grade as a judgement."""
    return Judgement(
        id=row["id"],
        query_text=row["query_text"],
        query_kind=row["query_kind"],
        corpus=row["corpus"],
        chunk_id=row["chunk_id"],
        chunk_text=row["chunk_text"],
        path=row["path"],
        start_line=row["start_line"],
        end_line=row["end_line"],
        name=row["name"],
        language=row["language"],
        grade=Grade(row["grade"]),
        judge=row["judge"],
        note=row["note"],
        created=datetime.fromisoformat(row["created"]),
        updated=datetime.fromisoformat(row["updated"]),
        ranks=StageRanks(**json.loads(row["ranks"])),
        scores=StageScores(**json.loads(row["scores"])),
    )


def change_of(row: Row) -> Change:
    """A row of the history."""
    return Change(
        id=row["id"],
        judgement=row["judgement"],
        time=datetime.fromisoformat(row["time"]),
        before=grade_of(row["grade_before"]),
        after=grade_of(row["grade_after"]),
        undoes=row["undoes"],
    )


def recent_query_of(row: Row) -> RecentQuery:
    """A row of the query history."""
    return RecentQuery(
        text=row["text"],
        kind=QueryKind(row["kind"]),
        corpus=row["corpus"],
        framework=Framework(row["framework"]) if row["framework"] else None,
        when=datetime.fromisoformat(row["time"]),
    )


def grade_of(value: int | None) -> Grade | None:
    """A grade as stored."""
    return None if value is None else Grade(value)


def filters_of(query: Query) -> dict[str, str | None]:
    """The filters of a query, as they are kept."""
    framework = query.framework.value if query.framework else None
    return {"framework": framework, "language": query.language, "path": query.path}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)
