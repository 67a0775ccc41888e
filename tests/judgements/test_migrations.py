from __future__ import annotations

from pathlib import Path

from engine.database import Migrations, open_database
from engine.judgements import records
from engine.judgements.queue_store import QueueStore
from engine.judgements.schema import (
    m001_initial,
    m002_datasets,
    m003_judging,
    m004_given,
    m005_skipped,
)
from engine.judgements.store import WHAT, JudgementStore
from engine.types import Grade, QueryKind
from tests.judgements.drafts import draft


def test_a_store_from_before_queues_keeps_its_judgements(tmp_path: Path) -> None:
    path = tmp_path / "judgements.sqlite"
    before = Migrations("judgements")
    before()(m001_initial)
    before()(m002_datasets)
    db = open_database(path, before, WHAT)
    one = draft(Grade.EXACT, note="kept")
    keys = ("corpus", "query_key", "chunk_key", "judge")
    columns = records.row_of(one, QueryKind.WORDS)
    columns |= dict(zip(keys, records.identity(one, "ada"), strict=True))
    columns |= {"grade": 3, "note": "kept", "created": records.now(), "updated": records.now()}
    db["judgements"].insert(columns)
    db.execute(
        "INSERT INTO changes (judgement, time, grade_after, note_before, note_after)"
        " VALUES (1, ?, 3, '', 'kept')",
        (records.now(),),
    )
    db.conn.commit()
    db.close()
    with JudgementStore(path) as store:
        assert store.problem == ""
        (kept,) = store.judgements()
        assert (kept.grade, kept.note, kept.judge) == (Grade.EXACT, "kept", "ada")
        assert [change.after for change in store.history(kept.id)] == [Grade.EXACT]
        undone = store.undo("ada")
        assert undone is not None
        assert store.judgements() == []
    assert path.with_name(f"{path.name}.before-m003_judging").exists()


def test_a_store_from_before_guidelines_had_times_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "judgements.sqlite"
    before = Migrations("judgements")
    for step in (m001_initial, m002_datasets, m003_judging, m004_given, m005_skipped):
        before()(step)
    db = open_database(path, before, WHAT)
    db["queues"].insert(
        {
            **{"name": "q", "corpus": "sample", "depth": 10, "runs": "[]", "arrangement": "random"},
            **{"repeats": 0.1, "seed": "s", "guidelines": "ours", "notes": "[]"},
            "created": records.now(),
        }
    )
    db.conn.commit()
    db.close()
    with JudgementStore(path) as store:
        queues = QueueStore(store.database)
        assert (queues.row("q")["guidelines"], queues.row("q")["guidelines_changed"]) == (
            "ours",
            "",
        )
        queues.set("q", "guidelines", "ours, amended")
        assert queues.row("q")["guidelines_changed"] > queues.row("q")["created"]
