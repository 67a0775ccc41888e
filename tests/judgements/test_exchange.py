"""What leaves a store comes back the same: whatever the texts, whatever the ids."""

from __future__ import annotations

import io
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DataError
from engine.evaluation.beir import load_beir
from engine.job import run_to_end
from engine.judgements.exchange import doors, labelled, trec
from engine.judgements.queue import OpenQueue
from engine.judgements.store import JudgementStore
from engine.types import Grade, Mark
from engine.types_judging import Verdict
from tests.judgements.drafts import draft
from tests.judgements.exchanging import pass_on, stores
from tests.judgements.queues import grade_all, make

NASTY = (
    "https://example.org/a/b.py?x=1&y=%20z#L10",
    'tab\there "quoted", comma; and\nnewline',
    "pct:already",
    " leading and trailing ",
    "naïve/日本語\u2028.py",
    "100%",
    "a\r\nb",
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def content(store: JudgementStore, history: bool = True) -> list[dict[str, Any]]:
    """All of a store but the numbers of its rows."""
    found = []
    for row in store.database.query("SELECT * FROM judgements ORDER BY created, chunk_id"):
        number = row.pop("id")
        row["changes"] = history and [
            (c["time"], c["grade_after"], c["mark_after"], c["note_after"], c["repeat"] is not None)
            for c in store.database.query(
                "SELECT * FROM changes WHERE judgement = ? ORDER BY time, id", (number,)
            )
        ]
        row["again"] = [
            (r["grade"], r["mark"], r["time"])
            for r in store.database.query("SELECT * FROM repeats WHERE judgement = ?", (number,))
        ]
        found.append(row)
    return sorted(found, key=lambda row: json.dumps(row, sort_keys=True))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, unique=True))
def test_any_id_survives_trec(ids: list[str]) -> None:
    qrels = {name: {other: number % 4 for number, other in enumerate(ids)} for name in ids}
    run = {name: [(other, 1.0 / (n + 3)) for n, other in enumerate(ids)] for name in ids}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        with path.open("w", encoding="utf-8", newline="") as file:
            trec.write_qrels(file, qrels)
        assert trec.read_qrels(path) == qrels
        with path.open("w", encoding="utf-8", newline="") as file:
            trec.write_run(file, run, "a tag")
        assert trec.read_run(path) == (run, "a tag")


def test_usual_ids_stand_in_trec_as_they_are() -> None:
    file = io.StringIO()
    trec.write_qrels(file, {"q/1": {NASTY[0]: 2}})
    assert file.getvalue() == f"q/1 0 {NASTY[0]} 2\n"


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(texts, texts, texts, st.integers(0, 3)), min_size=1, max_size=4))
@pytest.mark.parametrize("name", ["out.jsonl", "out.csv"])
def test_everything_survives(name: str, rows: list[tuple[str, str, str, int]]) -> None:
    with stores() as ((first, folder), (second, _)):
        for query, text, note, grade in rows:
            first.judge(draft(Grade(grade), query=query, text=text, note=note), "ada")
        pass_on(first, second, folder / name)
        if name.endswith("jsonl"):
            assert content(second) == content(first)
        else:
            kept = content(first, history=False)
            assert content(second, history=False) == kept


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv"])
def test_nasty_texts_marks_and_nothing_graded(name: str, tmp_path: Path) -> None:
    with stores() as ((first, folder), (second, _)):
        for number, text in enumerate(NASTY):
            given_ = draft(Grade(number % 4), query=text, text=text, note=text, chunk_id=text)
            first.judge(given_, text)
        first.judge(draft(Grade.WEAK, text="undone"), "ada")
        first.undo("ada")
        pass_on(first, second, folder / name)
        assert len(content(second)) == len(NASTY) + name.endswith("jsonl") + name.endswith("csv")
        assert {j.chunk_id for j in second.judgements()} == set(NASTY)
        assert [j.grade for j in second.judgements()] == [j.grade for j in first.judgements()]


@pytest.mark.parametrize("name", ["out.qrels", "folder"])
def test_qrels_and_texts_survive(name: str) -> None:
    with stores() as ((first, folder), (second, _)):
        for number, text in enumerate(NASTY):
            first.judge(draft(Grade(number % 4), query=text, text=text, chunk_id=text), "ada")
        merged = pass_on(first, second, folder / name, judge="ada")
        assert merged.added == len(NASTY)

        def facts(store: JudgementStore) -> list[tuple[object, ...]]:
            return sorted(
                (j.query_text, j.chunk_text, j.chunk_id, j.path, j.corpus, j.judge, j.grade)
                for j in store.judgements()
            )

        assert facts(second) == facts(first)
        assert labelled.collect(second.database).qrels == labelled.collect(first.database).qrels
        assert run_to_end(doors.merge(second, folder / name, judge="ada")).unchanged == len(NASTY)


def test_a_beir_export_is_a_beir_folder(tmp_path: Path) -> None:
    with stores(1) as ((store, folder),):
        for number, text in enumerate(NASTY):
            store.judge(draft(Grade(number % 4), query=text, text=text, chunk_id=text), "ada")
        run_to_end(doors.export(store, folder / "set"))
        loaded = load_beir(folder / "set")
        assert len(loaded.documents) == len(loaded.queries) == len(NASTY)
        assert sorted(next(iter(g.values())) for g in loaded.qrels.values()) == sorted(
            number % 4 for number in range(len(NASTY))
        )


def test_two_texts_of_one_chunk_have_two_ids() -> None:
    with stores(1) as ((store, _),):
        store.judge(draft(Grade.WEAK, text="before the edit"), "ada")
        store.judge(draft(Grade.EXACT, text="after the edit"), "ada")
        found = labelled.collect(store.database)
        assert len(found.documents) == 2
        assert sorted(*(grades.values() for grades in found.qrels.values())) == [1, 3]


def test_merging_twice_and_both_ways_doubles_nothing() -> None:
    with stores() as ((first, folder), (second, other)):
        first.judge(draft(Grade.WEAK, text="one"), "ada")
        first.judge(draft(Grade.STRONG, text="one"), "ada")
        second.judge(draft(Grade.EXACT, text="one"), "grace")
        second.judge(draft(Grade.EXACT, text="two"), "ada")
        pass_on(first, second, folder / "a.jsonl")
        pass_on(second, first, other / "b.jsonl")
        assert content(first) == content(second)
        before = content(first)
        for _ in range(2):
            assert pass_on(second, first, other / "b.jsonl").added == 0
            assert pass_on(first, second, folder / "a.jsonl").changes == 0
        assert content(first) == content(second) == before


def test_the_newer_of_two_grades_stands() -> None:
    with stores() as ((first, folder), (second, other)):
        first.judge(draft(Grade.WEAK), "ada")
        second.judge(draft(Grade.EXACT), "ada")
        assert pass_on(first, second, folder / "a.jsonl").unchanged == 1
        assert pass_on(second, first, other / "b.jsonl").updated == 1
        for store in (first, second):
            (kept,) = store.judgements()
            assert kept.grade is Grade.EXACT
            assert len(store.history(kept.id)) == 2


def test_undo_passes_by_what_came_with_a_file() -> None:
    with stores() as ((first, folder), (second, _)):
        second.judge(draft(Grade.WEAK, text="own"), "ada")
        first.judge(draft(Grade.EXACT, text="theirs"), "ada")
        pass_on(first, second, folder / "a.jsonl")
        undone = second.undo("ada")
        assert undone is not None
        assert undone.before is Grade.WEAK
        assert second.undo("ada") is None
        assert [j.grade for j in second.judgements()] == [Grade.EXACT]


def test_two_copies_of_a_store_that_both_undid_a_change_are_merged() -> None:
    with stores() as ((first, folder), (second, _)):
        first.judge(draft(Grade.WEAK), "ada")
        first.judge(draft(Grade.EXACT), "ada")
        first.database.conn.backup(second.database.conn)
        for store in (first, second):
            store.undo("ada")
        assert pass_on(first, second, folder / "a.jsonl").changes == 1
        assert pass_on(second, first, folder / "b.jsonl").changes == 1
        assert content(first) == content(second)
        (judged,) = second.judgements()
        assert judged.grade is Grade.WEAK
        assert pass_on(first, second, folder / "c.jsonl").changes == 0


def test_a_queue_travels_with_its_order() -> None:
    with stores() as ((first, folder), (second, _)):
        make(first, queries=3, candidates=12, repeats=0.4)
        names = grade_all(OpenQueue(first, "q", "ada"), most=9)
        here = OpenQueue(first, "q", "ada")
        here.answer(Verdict(here.view().upcoming[0].slot, None, Mark.UNSURE))
        merged = pass_on(first, second, folder / "a.jsonl")
        assert merged.queues == 1
        there = OpenQueue(second, "q", "ada")
        assert there.view().standing == replace(here.view().standing, seconds_each=None)
        passed_by = {1, 2}  # if it was to come back, its return is done with it
        assert there.view().standing.done - len(names) in passed_by
        assert grade_all(there) == grade_all(OpenQueue(first, "q", "ada"))
        assert pass_on(first, second, folder / "a.jsonl").queues == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 3: cut off"),
        ('{"kind": "judgement"}', "line 3: the field corpus is missing"),
        ('{"kind": "hologram"}', "line 3: a hologram is unknown"),
    ],
)
def test_a_damaged_export_changes_nothing(line: str, words: str) -> None:
    with stores() as ((first, folder), (second, _)):
        first.judge(draft(), "ada")
        path = folder / "a.jsonl"
        run_to_end(doors.export(first, path))
        path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")
        with pytest.raises(DataError, match=words):
            run_to_end(doors.merge(second, path))
        assert second.count() == 0


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "x,y\n1,2\n", "no table of judgements"),
        ("a.qrels", "q 0 d\n", "line 1: expected query, 0, document and grade"),
        ("a.qrels", "q 0 d much\n", "no whole number"),
        ("a.xyz", "", "say which format"),
        ("a.jsonl", "[" * 1000, "line 1: cut off or damaged"),
    ],
)
def test_wrong_files_are_said_in_a_line(name: str, text: str, words: str) -> None:
    with stores(1) as ((store, folder),):
        path = folder / name
        path.write_text(text, "utf-8")
        (folder / "a.queries.jsonl").write_text("", "utf-8")
        (folder / "a.documents.jsonl").write_text("", "utf-8")
        with pytest.raises(DataError, match=words):
            run_to_end(doors.merge(store, path, judge="ada"))


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_file_that_an_editor_has_marked_is_read(name: str) -> None:
    with stores() as ((first, folder), (second, _)):
        first.judge(draft(), "ada")
        path = folder / name
        run_to_end(doors.export(first, path))
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        assert run_to_end(doors.merge(second, path)).added == 1


def test_grades_of_nobody_are_not_taken() -> None:
    with stores(1) as ((store, folder),):
        (folder / "a.qrels").write_text("q 0 d 1\n", "utf-8")
        with pytest.raises(DataError, match="--judge"):
            run_to_end(doors.merge(store, folder / "a.qrels"))


def test_an_export_that_is_closed_leaves_no_file() -> None:
    with stores(1) as ((store, folder),):
        for number in range(250):
            store.judge(draft(text=str(number)), "ada")
        job = doors.export(store, folder / "a.jsonl")
        next(job)
        job.close()
        assert [path.name for path in folder.glob("a*")] == []


def test_undo_passes_by_what_came_with_a_table(tmp_path: Path) -> None:
    with stores() as ((first, folder), (second, _)):
        second.judge(draft(Grade.WEAK), "ada")
        first.judge(draft(Grade.EXACT), "ada")
        pass_on(first, second, folder / "a.csv")
        assert second.undo("ada") is None
        (kept,) = second.judgements()
        assert kept.grade is Grade.EXACT
        assert [change.after for change in second.history(kept.id)] == [Grade.WEAK, Grade.EXACT]
        assert pass_on(first, second, folder / "b.csv").unchanged == 1
