"""What comes with a file is looked at: nothing gets in that mining would fall over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from engine.errors import DataError
from engine.job import run_to_end
from engine.judgements.compare import settle
from engine.judgements.exchange import doors
from engine.judgements.queue import OpenQueue
from engine.learning.mine_judged import judged_queries
from engine.types import Grade
from tests.judgements.drafts import draft
from tests.judgements.exchanging import lines_of, stores, write_lines
from tests.judgements.queues import grade_all, make

HUGE = 10**30
CHANGE = {
    "time": "2026-05-01T00:00:00+00:00",
    **dict.fromkeys(("grade_before", "grade_after", "undoes")),
    **dict.fromkeys(("note_before", "note_after", "mark_before", "mark_after"), ""),
}


@pytest.mark.parametrize(
    "changed",
    [
        {"query_filters": {"framework": "Foo"}},
        {"query_filters": ["PyTorch"]},
        {"query_filters": {"framework": ["PyTorch"]}},
        {"query_filters": {"path": 3}},
        {"ranks": {"bm25": "x"}},
        {"ranks": {"bm25": HUGE}},
        {"scores": {"bm25": [1]}},
        {"scores": {"bm25": True}},
        {"scores": {"bm25": 10**400}},
        {"frameworks": {"PyTorch": 1}},
        {"start_line": -1},
        {"start_line": HUGE},
        {"cell": HUGE},
        {"cell": -1},
        {"mark": []},
        {"judge": "dataset:x"},
        {"judge": " dataset:x"},
        {"changes": [{"undoes": None}]},
        {"changes": [{**CHANGE, "again": []}]},
    ],
)
def test_a_wrong_value_changes_nothing(changed: dict[str, Any]) -> None:
    with stores() as ((first, folder), (second, _)):
        first.judge(draft(), "ada")
        first.judge(draft(text="another"), "ada")
        path = folder / "a.jsonl"
        run_to_end(doors.export(first, path))
        lines = lines_of(path)
        lines[-1].update(changed)
        write_lines(path, lines)
        with pytest.raises(DataError, match="line 3: "):
            run_to_end(doors.merge(second, path))
        assert second.count() == 0
        assert judged_queries(second.database) == []


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_judge_with_blanks_about_the_name_is_the_same_judge(name: str) -> None:
    with stores() as ((first, folder), (second, _)):
        first.judge(draft(Grade.EXACT), "  ada  ")
        second.judge(draft(Grade.EXACT, text="another"), "ada")
        run_to_end(doors.export(first, folder / name))
        assert run_to_end(doors.merge(second, folder / name)).added == 1
        assert {one.judge for one in second.judgements()} == {"ada"}


def test_the_later_of_two_times_is_told_across_zones() -> None:
    with stores() as ((first, folder), (second, _)):
        first.judge(draft(Grade.EXACT), "ada")
        path = folder / "a.jsonl"
        run_to_end(doors.export(first, path))
        run_to_end(doors.merge(second, path))
        lines = lines_of(path)
        an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
        elsewhere = an_hour_ago.astimezone(timezone(timedelta(hours=9)))
        lines[1].update(updated=elsewhere.isoformat(), grade=0)
        write_lines(path, lines)
        assert run_to_end(doors.merge(second, path)).unchanged == 1
        lines[1].update(updated="0001-01-01T00:00:00+09:00")
        write_lines(path, lines)
        with pytest.raises(DataError, match="line 2: "):
            run_to_end(doors.merge(second, path))


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.qrels", "a"])
def test_half_of_a_character_in_a_filter_leaves_with_an_export(name: str) -> None:
    with stores() as ((first, folder), (second, other)):
        first.judge(draft(), "ada")
        path = folder / "a.jsonl"
        run_to_end(doors.export(first, path))
        lines = lines_of(path)
        lines[1]["query_filters"]["path"] = "\ud800"
        write_lines(path, lines)
        run_to_end(doors.merge(second, path))
        assert run_to_end(doors.export(second, other / name)).judgements == 1


def test_the_history_of_another_zone_is_kept_in_ours() -> None:
    with stores() as ((first, folder), (second, _)):
        make(first, queries=1, candidates=1, repeats=1.0)
        grade_all(OpenQueue(first, "q", "ada"))
        path = folder / "a.jsonl"
        run_to_end(doors.export(first, path))
        lines = lines_of(path)
        zone = timezone(timedelta(hours=9))
        for part in (*lines[1]["changes"], lines[1]["again"]):
            part["time"] = datetime.fromisoformat(part["time"]).astimezone(zone).isoformat()
        write_lines(path, lines)
        for store in (first, second):
            run_to_end(doors.merge(store, path))
        kept = [
            [row["time"] for table in ("changes", "repeats") for row in store.database[table].rows]
            for store in (first, second)
        ]
        assert kept[0] == kept[1]  # nothing came twice into the first one


def test_a_data_set_is_removed_with_what_came_back_of_it() -> None:
    with stores(1) as ((store, folder),):
        list(store.add_dataset("cosqa", [[draft()]]))
        path = folder / "a.jsonl"
        run_to_end(doors.export(store, path, judges=("dataset:cosqa",)))
        lines = lines_of(path)
        lines[1]["again"] = {"grade": 1, "mark": "", "time": lines[1]["updated"]}
        write_lines(path, lines)
        run_to_end(doors.merge(store, path))
        store.remove_dataset("cosqa")
        assert (store.count(), store.datasets()) == (0, [])


def test_grades_of_a_data_set_come_where_the_set_is() -> None:
    with stores(3) as ((first, folder), (second, _), (third, _)):
        for store, text in ((first, "one"), (second, "two")):
            list(store.add_dataset("cosqa", [[draft(text=text)]]))
        path = folder / "a.jsonl"
        run_to_end(doors.export(first, path, judges=("dataset:cosqa",)))
        assert run_to_end(doors.merge(second, path)).added == 1
        with pytest.raises(DataError, match="import the data set first"):
            run_to_end(doors.merge(third, path))


def test_a_table_nested_too_deep_is_said_in_a_line() -> None:
    with stores(1) as ((store, folder),):
        store.judge(draft(), "ada")
        path = folder / "a.csv"
        run_to_end(doors.export(store, path))
        path.write_text(path.read_text("utf-8").replace('"[""PyTorch""]"', "[" * 100_000), "utf-8")
        with pytest.raises(DataError, match="row 1: frameworks cannot be read"):
            run_to_end(doors.merge(store, path))


def test_a_huge_number_is_said_in_a_line() -> None:
    with stores(1) as ((store, _),), pytest.raises(DataError, match="so large a number"):
        settle(store.database, HUGE, Grade.STRONG)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no judgements"),
        ('{"kind": "counterpart-judgements", "version": 1}\n', "holds no judgements"),
        ('{"kind": "another", "version": 1}\n', "holds no judgements that Counterpart exported"),
    ],
)
def test_a_file_without_judgements_says_so(text: str, words: str) -> None:
    with stores(1) as ((store, folder),):
        (folder / "a.jsonl").write_text(text, "utf-8")
        with pytest.raises(DataError, match=words):
            run_to_end(doors.merge(store, folder / "a.jsonl"))


def test_where_all_grades_came_with_a_set_an_export_says_how_to_get_them() -> None:
    with stores(1) as ((store, folder),):
        with pytest.raises(DataError, match="nothing is judged that could be exported"):
            run_to_end(doors.export(store, folder / "a.qrels"))
        list(store.add_dataset("two words", [[draft()]]))
        for name in ("a.jsonl", "a.csv", "a.qrels", "beir"):
            with pytest.raises(DataError, match="--judge 'dataset:two words' exports it"):
                run_to_end(doors.export(store, folder / name))
            assert not (folder / name).exists()
