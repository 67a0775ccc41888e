"""Queues that travel: two of one name, guidelines that were changed here or there."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import DataError
from engine.job import run_to_end
from engine.judgements.exchange import doors
from engine.judgements.queue import OpenQueue
from engine.judgements.queue_store import QueueStore
from engine.judgements.store import JudgementStore
from tests.judgements.drafts import draft
from tests.judgements.exchanging import lines_of, pass_on, stores, write_lines
from tests.judgements.queues import grade_all, make


def sizes(store: JudgementStore) -> dict[str, tuple[int, int]]:
    return {
        info.name: (info.queries, info.candidates) for info in QueueStore(store.database).infos()
    }


def guidelines(store: JudgementStore) -> str:
    return str(QueueStore(store.database).row("q")["guidelines"])


def test_two_queues_of_one_name_stand_side_by_side() -> None:
    with stores() as ((first, folder), (second, other)):
        make(first, queries=3, candidates=5)
        make(second, queries=2, candidates=4)
        grade_all(OpenQueue(first, "q", "ada"))
        merged = pass_on(first, second, folder / "a.jsonl")
        assert (merged.added, merged.queues) == (15, 1)
        assert merged.notes == ("the queue q is here as q (2): there is another q",)
        assert sizes(second) == {"q": (2, 8), "q (2)": (3, 15)}
        assert OpenQueue(second, "q (2)", "ada").view().standing.done == 15
        again = pass_on(first, second, folder / "a.jsonl")
        assert (again.queues, again.notes, len(sizes(second))) == (0, (), 2)
        back = pass_on(second, first, other / "b.jsonl")
        assert (back.queues, len(back.notes)) == (1, 1)
        assert sizes(first) == {"q": (3, 15), "q (2)": (2, 8)}
        assert pass_on(first, second, folder / "a.jsonl").queues == 0


def test_the_guidelines_changed_last_stand() -> None:
    with stores() as ((first, folder), (second, other)):
        make(first, queries=1)
        pass_on(first, second, folder / "a.jsonl")
        QueueStore(first.database).set("q", "guidelines", "ours")
        assert pass_on(first, second, folder / "a.jsonl").notes == (
            "the guidelines of q are the file's, changed later",
        )
        assert guidelines(second) == "ours"
        QueueStore(second.database).set("q", "guidelines", "ours, amended")
        QueueStore(second.database).set("q", "guidelines", "ours, amended")
        assert pass_on(first, second, folder / "a.jsonl").notes == ()
        assert guidelines(second) == "ours, amended"
        pass_on(second, first, other / "b.jsonl")
        assert guidelines(first) == "ours, amended"


def test_a_file_that_does_not_say_when_guidelines_changed_changes_none() -> None:
    with stores() as ((first, folder), (second, _)):
        make(first, queries=1)
        path = folder / "a.jsonl"
        pass_on(first, second, path)
        lines = lines_of(path)
        del lines[1]["guidelines_changed"]
        lines[1]["guidelines"] = "older"
        write_lines(path, lines)
        QueueStore(second.database).set("q", "guidelines", "ours")
        run_to_end(doors.merge(second, path))
        assert guidelines(second) == "ours"
        QueueStore(second.database).remove("q")
        run_to_end(doors.merge(second, path))
        assert guidelines(second) == "older"


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("queue", {"depth": None}),
        ("queue", {"repeats": "much"}),
        ("queue", {"created": "yesterday"}),
        ("queue", {"runs": "bm25"}),
        ("queue", {"seed": ""}),
        ("queue", {"guidelines_changed": 3}),
        ("pool", {"queue": "another"}),
        ("pool", {"filters": {"framework": "Foo"}}),
        ("pool", {"items": [{"chunk": {}, "runs": {}, "ranks": {}, "scores": {}}]}),
        ("pool", {"items": {}}),
    ],
)
def test_a_damaged_queue_changes_nothing(line: str, changed: dict[str, Any]) -> None:
    with stores() as ((first, folder), (second, _)):
        first.judge(draft(), "ada")
        make(first, queries=1)
        path = folder / "a.jsonl"
        run_to_end(doors.export(first, path))
        lines = lines_of(path)
        next(found for found in lines if found["kind"] == line).update(changed)
        write_lines(path, lines)
        with pytest.raises(DataError, match="a damaged queue"):
            run_to_end(doors.merge(second, path))
        assert second.count() == 0
        assert sizes(second) == {}


@pytest.mark.parametrize("runs", [{"../../elsewhere": 1}, {"bm25": 0}, {}])
def test_what_no_run_can_have_found_is_not_taken(runs: dict[str, int]) -> None:
    with stores() as ((first, folder), (second, _)):
        make(first, queries=1)
        path = folder / "a.jsonl"
        run_to_end(doors.export(first, path))
        lines = lines_of(path)
        lines[2]["items"][0]["runs"] = runs
        write_lines(path, lines)
        with pytest.raises(DataError, match="a damaged queue"):
            run_to_end(doors.merge(second, path))
        assert sizes(second) == {}
