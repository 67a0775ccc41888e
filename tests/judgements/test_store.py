"""Judgements: kept, changed, taken back, undone, found again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.code.normal import text_key
from engine.judgements.standing import Grades
from engine.judgements.store import REMEMBERED, JudgementStore
from engine.types import Framework, Grade, Query, QueryKind
from tests.judgements.drafts import TEXT, draft


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "base" / "judgements.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[JudgementStore]:
    with JudgementStore(path) as opened:
        yield opened


def test_a_judgement_survives_a_restart_with_all_that_gives_it_meaning(path: Path) -> None:
    given = draft(Grade.EXACT, note="ünïcödé \U0001f600")
    with JudgementStore(path) as store:
        store.judge(given, "ada")
    with JudgementStore(path) as store:
        (kept,) = store.judgements()
    assert (kept.grade, kept.judge, kept.note) == (Grade.EXACT, "ada", given.note)
    assert (kept.query_text, kept.query_kind, kept.corpus) == (given.query.text, "words", "sample")
    assert (kept.chunk_id, kept.chunk_text, kept.name) == ("c1", TEXT, "attend")
    assert (kept.path, kept.start_line, kept.end_line) == ("nn/attention.py", 10, 12)
    assert (kept.ranks, kept.scores) == (given.ranks, given.scores)
    assert kept.created == kept.updated
    assert kept.created.tzinfo is not None


def test_the_judge_of_the_draft_comes_first(store: JudgementStore) -> None:
    kept = store.judge(draft(judge="grace"), "ada")
    assert kept is not None
    assert kept.judge == "grace"


def test_a_query_of_unknown_kind_is_understood(store: JudgementStore) -> None:
    given = draft()
    automatic = Query("import torch\nx = torch.cat([a, b], dim=1)\n", "sample")
    kept = store.judge(type(given)(automatic, given.chunk, Grade.WEAK))
    assert kept is not None
    assert kept.query_kind == "code"


def test_a_change_keeps_one_judgement_and_its_history(store: JudgementStore) -> None:
    first = store.judge(draft(Grade.WEAK, note="hm"))
    second = store.judge(draft(Grade.EXACT))
    assert first is not None and second is not None
    assert (second.id, second.grade, second.note) == (first.id, Grade.EXACT, "hm")
    assert second.created == first.created
    assert second.updated > first.updated
    changes = store.history(first.id)
    assert [(change.before, change.after) for change in changes] == [
        (None, Grade.WEAK),
        (Grade.WEAK, Grade.EXACT),
    ]
    assert store.count() == 1


def test_the_same_grade_again_is_no_change(store: JudgementStore) -> None:
    kept = store.judge(draft())
    store.judge(draft())
    assert kept is not None
    assert len(store.history(kept.id)) == 1


def test_a_grade_is_taken_back_and_given_again(store: JudgementStore) -> None:
    kept = store.judge(draft(Grade.STRONG))
    assert kept is not None
    assert store.judge(draft(None)) is None
    assert store.judgements() == []
    assert store.grades("sample", "attention over keys") == Grades()
    again = store.judge(draft(Grade.WEAK))
    assert again is not None
    assert again.id == kept.id
    assert [change.after for change in store.history(kept.id)] == [
        Grade.STRONG,
        None,
        Grade.WEAK,
    ]


def test_taking_back_what_was_never_given_does_nothing(store: JudgementStore) -> None:
    assert store.judge(draft(None)) is None
    assert store.undo() is None


def test_undo_goes_back_step_by_step(store: JudgementStore) -> None:
    kept = store.judge(draft(Grade.WEAK, note="first"))
    store.judge(draft(Grade.EXACT, note="second"))
    store.judge(draft(None))
    assert kept is not None

    undone = store.undo()
    assert undone is not None
    assert (undone.before, undone.after) == (None, Grade.EXACT)
    assert str(undone) == "attend (nn/attention.py:10) has grade 3 again"
    assert store.judgements()[0].grade is Grade.EXACT

    store.undo()
    (judgement,) = store.judgements()
    assert (judgement.grade, judgement.note) == (Grade.WEAK, "first")

    assert str(store.undo()) == "took back the grade of attend (nn/attention.py:10)"
    assert store.judgements() == []
    assert store.undo() is None
    assert [change.undoes is not None for change in store.history(kept.id)] == [False] * 3 + [
        True
    ] * 3


def test_undo_after_a_restart_and_a_new_change(path: Path) -> None:
    with JudgementStore(path) as store:
        store.judge(draft(Grade.WEAK))
        store.judge(draft(Grade.STRONG))
        store.undo()
        store.judge(draft(Grade.EXACT))
    with JudgementStore(path) as store:
        store.undo()
        assert store.judgements()[0].grade is Grade.WEAK
        store.undo()
        assert store.judgements() == []


def test_undo_of_one_judge_leaves_the_others(store: JudgementStore) -> None:
    store.judge(draft(Grade.WEAK), "ada")
    store.judge(draft(Grade.EXACT), "grace")
    store.undo("ada")
    assert [judgement.judge for judgement in store.judgements()] == ["grace"]
    assert store.undo("ada") is None


def test_judges_corpora_and_queries_are_kept_apart(store: JudgementStore) -> None:
    store.judge(draft(), "ada")
    store.judge(draft(), "grace")
    store.judge(draft(corpus="other"), "ada")
    store.judge(draft(query="another"), "ada")
    assert len(store.judgements()) == 4
    assert len(store.judgements(corpus="sample")) == 3
    assert len(store.judgements("sample", "attention over keys")) == 2
    assert store.grades("other", "another") == Grades()


def test_grades_are_found_by_text_when_the_chunk_has_moved(store: JudgementStore) -> None:
    store.judge(draft(Grade.EXACT, chunk_id="old place"))
    moved = "class A:\n" + "".join(f"    {line}\n" for line in TEXT.splitlines())
    grades = store.grades("sample", "attention over keys")
    assert grades.by_chunk["old place"] is Grade.EXACT
    assert grades.by_text[text_key(moved.removeprefix("class A:\n"))] is Grade.EXACT


def test_grading_a_chunk_that_has_moved_changes_its_judgement(store: JudgementStore) -> None:
    store.judge(draft(Grade.EXACT, chunk_id="old place"))
    kept = store.judge(draft(Grade.WEAK, chunk_id="new place"))
    assert kept is not None
    assert kept.chunk_id == "new place"
    assert store.count() == 1


def test_grading_a_chunk_that_was_edited_keeps_the_older_judgement(store: JudgementStore) -> None:
    store.judge(draft(Grade.EXACT))
    store.judge(draft(Grade.WEAK, text="def attend(): raise NotImplementedError"))
    assert [judgement.grade for judgement in store.judgements()] == [Grade.EXACT, Grade.WEAK]
    grades = store.grades("sample", "attention over keys")
    assert grades.by_chunk["c1"] is Grade.WEAK
    assert grades.by_text[text_key(TEXT)] is Grade.EXACT


def test_a_query_is_the_same_however_it_is_laid_out(store: JudgementStore) -> None:
    store.judge(draft(Grade.WEAK, query="x = 1\ny = 2\n"))
    assert store.grades("sample", "  x = 1\r\n  y = 2").by_chunk["c1"] is Grade.WEAK


def test_text_that_sqlite_cannot_store_is_kept_readable(store: JudgementStore) -> None:
    store.judge(draft(query="half a \ud83d pair", text="nul \0 inside"))
    (kept,) = store.judgements(query_text="half a \ud83d pair")
    assert (kept.query_text, kept.chunk_text) == ("half a ? pair", "nul \0 inside")


def test_a_chunk_from_elsewhere_is_kept_readable(store: JudgementStore) -> None:
    asked = draft()
    store.judge(replace(asked, chunk=replace(asked.chunk, language="\ud800", kind="\ud800")))
    (kept,) = store.judgements()
    assert kept.language == "?"


def test_recent_queries_newest_first_each_once(store: JudgementStore) -> None:
    store.remember_query(Query("one", "sample"), QueryKind.WORDS)
    store.remember_query(Query("two", "sample", QueryKind.CODE, framework=Framework.JAX))
    store.remember_query(Query("one", "sample"), QueryKind.WORDS)
    store.remember_query(Query("one", "other"))
    recent = store.recent_queries()
    assert [(query.text, query.corpus) for query in recent] == [
        ("one", "other"),
        ("one", "sample"),
        ("two", "sample"),
    ]
    assert (recent[2].kind, recent[2].framework) == (QueryKind.CODE, Framework.JAX)
    assert recent[1].kind is QueryKind.WORDS
    assert len(store.recent_queries(2)) == 2
    store.forget_queries()
    assert store.recent_queries() == []


def test_the_query_history_is_bounded(store: JudgementStore) -> None:
    for number in range(REMEMBERED + 3):
        store.remember_query(Query(f"query {number}", "sample"))
    recent = store.recent_queries(REMEMBERED * 2)
    assert len(recent) == REMEMBERED
    assert recent[-1].text == "query 3"


def test_lookups_use_the_indexes(store: JudgementStore) -> None:
    """What keeps 10,000 judgements fast: neither a lookup nor an undo reads the whole table."""
    statements: list[str] = []
    store._db.conn.set_trace_callback(statements.append)
    store.judge(draft())
    store.judge(draft(Grade.EXACT))
    store.grades("sample", "attention over keys")
    store.undo()
    store.history(1)
    store._db.conn.set_trace_callback(None)
    asked = [found for found in statements if found.startswith(("SELECT", "UPDATE", "DELETE"))]
    assert len(asked) >= 6
    for statement in asked:
        plan = store._db.conn.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        whole = [step[3] for step in plan if step[3] in ("SCAN judgements", "SCAN later")]
        assert not whole, (statement, plan)
