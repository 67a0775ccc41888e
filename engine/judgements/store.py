"""The store of judgements: what was graded, by whom, and all that gives it meaning later.

Every write is one transaction that is on the disk when the method returns: a process killed in the
middle of a write loses that write and nothing else. Any number of processes may use one store.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from types import TracebackType

from engine.code.kind import detect_kind
from engine.code.normal import text_key
from engine.database import Database, database_errors, open_database, transaction
from engine.judgements import imported, records, writing
from engine.judgements.records import Change, Undone
from engine.judgements.schema import migrations
from engine.judgements.standing import Grades
from engine.types import Grade, Judgement, JudgementDraft, Query, QueryKind, RecentQuery

WHAT = "the store of judgements"

REMEMBERED = 1000
"""How many queries the history keeps."""


class JudgementStore:
    """The judgements and the query history in one SQLite file, created if missing.

    `problem` is one line if a damaged file had to be moved aside, else empty. Raises `StoreError`
    for a file of a newer version and `DiskError` if the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.problem = ""
        self._db = open_database(path, migrations, WHAT, on_damage=self._note_damage)

    def __enter__(self) -> JudgementStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. The store cannot be used afterwards."""
        self._db.close()

    def judge(self, draft: JudgementDraft, judge_name: str = "") -> Judgement | None:
        """Keep a grade, change it, or (grade None) take it back; None if no grade is left.

        The judge is the draft's, else `judge_name`. An empty note leaves the note that is there.
        """
        with transaction(self._db, WHAT) as db:
            row = writing.give(db, draft, draft.judge or judge_name, _kind(draft.query))
        return records.judgement_of(row) if row is not None and row["grade"] is not None else None

    def undo(self, judge_name: str | None = None) -> Undone | None:
        """Take back the newest change that is not undone yet (of one judge, if named).

        Returns what that did, or None if there is nothing to undo.
        """
        with transaction(self._db, WHAT) as db:
            return writing.undo(db, judge_name)

    def standing(self, draft: JudgementDraft, judge_name: str = "") -> Grade | None:
        """The grade that a judge has given to what a draft is about."""
        with database_errors(WHAT):
            row = writing.find(self._db, draft, draft.judge or judge_name)
        return None if row is None else records.grade_of(row["grade"])

    @property
    def database(self) -> Database:
        """The open file, for the modules that keep queues and exchange judgements in it."""
        return self._db

    def judgements(
        self, corpus: str | None = None, query_text: str | None = None
    ) -> list[Judgement]:
        """All grades that stand (of one corpus, of one query), oldest first."""
        where, values = _condition(corpus, query_text)
        return [records.judgement_of(row) for row in self._select(where, values)]

    def grades(self, corpus: str, query_text: str) -> Grades:
        """The grades of a query's results, by their texts and by the chunks they were."""
        where, values = _condition(corpus, query_text)
        by_text: dict[int, Grade] = {}
        by_chunk: dict[str, Grade] = {}
        for row in self._select(where, values, order="updated, id"):
            grade = Grade(row["grade"])
            by_text[text_key(row["chunk_text"])] = by_chunk[row["chunk_id"]] = grade
        return Grades(by_text, by_chunk)

    def history(self, judgement: int) -> list[Change]:
        """Every change of one judgement, oldest first; undoing is a change too."""
        with database_errors(WHAT):
            rows = self._db.query(
                "SELECT * FROM changes WHERE judgement = ? AND repeat IS NULL ORDER BY time, id",
                (judgement,),
            )
            return [records.change_of(row) for row in rows]

    def count(self) -> int:
        """How many grades stand."""
        with database_errors(WHAT):
            (row,) = self._db.query("SELECT count(*) AS n FROM judgements WHERE grade IS NOT NULL")
        return int(row["n"])

    def add_dataset(
        self, name: str, batches: Iterable[Sequence[JudgementDraft]]
    ) -> Generator[int, None, None]:
        """Keep an imported data set and its judgements, in steps; see `engine.judgements.imported`.

        Yields after each batch how many are ready. All become visible together, in one transaction
        after the last batch; closed before that, nothing is kept.
        """
        with database_errors(WHAT):
            try:
                yield from imported.stage(self._db, name, batches)
                with transaction(self._db, WHAT) as db:
                    imported.commit(db, name)
            finally:
                imported.unstage(self._db)

    def remove_dataset(self, name: str) -> None:
        """Forget an imported data set and its judgements; those of anyone else stay."""
        with transaction(self._db, WHAT) as db:
            imported.remove(db, name)

    def datasets(self) -> list[str]:
        """The names of the imported data sets."""
        with database_errors(WHAT):
            return [
                row["name"] for row in self._db.query("SELECT name FROM datasets ORDER BY name")
            ]

    def remember_query(self, query: Query, kind: QueryKind | None = None) -> None:
        """Put a query on top of the history; `kind` is what it turned out to be, if known."""
        values = (
            records.content_key(query.text),
            records.clean(query.text),
            (kind or query.kind).value,
            records.clean(query.corpus),
            query.framework.value if query.framework else None,
            records.now(),
        )
        with transaction(self._db, WHAT) as db:
            db.execute(
                "INSERT INTO queries (query_key, text, kind, corpus, framework, time)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (query_key, corpus) DO UPDATE SET"
                " text = excluded.text, kind = excluded.kind, framework = excluded.framework,"
                " time = excluded.time",
                values,
            )
            db.execute(
                "DELETE FROM queries WHERE id IN"
                " (SELECT id FROM queries ORDER BY time DESC, id DESC LIMIT -1 OFFSET ?)",
                (REMEMBERED,),
            )

    def recent_queries(self, limit: int = 30, corpus: str | None = None) -> list[RecentQuery]:
        """The queries asked last (of one corpus), newest first; each text once for each corpus."""
        where, values = ("", ()) if corpus is None else _condition(corpus, None)
        with database_errors(WHAT):
            rows = self._db.query(
                f"SELECT * FROM queries WHERE 1{where} ORDER BY time DESC, id DESC LIMIT ?",
                (*values, limit),
            )
            return [records.recent_query_of(row) for row in rows]

    def forget_queries(self) -> None:
        """Empty the query history. Judgements stay."""
        with transaction(self._db, WHAT) as db:
            db.execute("DELETE FROM queries")

    def _select(self, where: str, values: tuple[str, ...], order: str = "id") -> list[records.Row]:
        with database_errors(WHAT):
            return list(
                self._db.query(
                    f"SELECT * FROM judgements WHERE grade IS NOT NULL{where} ORDER BY {order}",
                    values,
                )
            )

    def _note_damage(self, sentence: str) -> None:
        self.problem = sentence


def _kind(query: Query) -> QueryKind:
    return detect_kind(query.text) if query.kind is QueryKind.AUTO else query.kind


def _condition(corpus: str | None, query_text: str | None) -> tuple[str, tuple[str, ...]]:
    where: list[str] = []
    values: list[str] = []
    if corpus is not None:
        where.append(" AND corpus = ?")
        values.append(records.clean(corpus))
    if query_text is not None:
        where.append(" AND query_key = ?")
        values.append(records.content_key(query_text))
    return "".join(where), tuple(values)
