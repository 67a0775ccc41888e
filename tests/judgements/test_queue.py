from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.engine import Engine
from engine.errors import DataError, DiskError
from engine.judgements.arrangement import LEAST_GAP, Pool, arrange
from engine.judgements.queue import OpenQueue
from engine.judgements.store import JudgementStore
from engine.paths import Paths
from engine.types import Grade, JudgementDraft, Mark, Query, QueryKind
from engine.types_judging import Order, QuerySource, QueueSpec, Verdict
from tests.judgements.queues import chunk, grade_all, make, pooled


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JudgementStore]:
    with JudgementStore(tmp_path / "judgements.sqlite") as opened:
        yield opened


def pool(query: int, size: int) -> Pool:
    runs = ({"bm25": 1}, {"dense": 1}, {"bm25": 2, "dense": 2})
    items = [100 * query + n for n in range(size)]
    found_by = [runs[n % len(runs)] for n in range(size)]
    return Pool(f"k{query}", query, items, [f"{query}:{n}" for n in range(size)], found_by)


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=6),
    st.sampled_from(Order),
    st.text(max_size=4),
    st.floats(0, 0.5),
)
def test_every_candidate_comes_once_and_returns_later(
    sizes: list[int], order: Order, seed: str, repeats: float
) -> None:
    pools = [pool(query, size) for query, size in enumerate(sizes)]
    slots = arrange(pools, order, seed, repeats)
    first = [slot.item for slot in slots if not slot.again]
    assert Counter(first) == Counter(item for found in pools for item in found.items)
    queries = [slot.query for slot in slots if not slot.again]
    assert queries == sorted(queries)  # one query after the other
    for place, slot in enumerate(slots):
        if slot.again:
            before = next(n for n, s in enumerate(slots) if s.item == slot.item and not s.again)
            others = {s.item for s in slots[before + 1 : place] if not s.again}
            following = sum(not s.again for s in slots[before + 1 :])
            assert before < place
            assert len(others) >= min(LEAST_GAP, following)
    assert slots == arrange(pools, order, seed, repeats)


def test_queries_added_later_move_nothing_that_came_before() -> None:
    pools = [pool(query, 10) for query in range(4)]
    few = [slot for slot in arrange(pools[:2], Order.RANDOM, "s", 0.3) if not slot.again]
    many = [slot for slot in arrange(pools, Order.RANDOM, "s", 0.3) if not slot.again]
    assert many[: len(few)] == few


def test_interleaved_takes_turns_among_the_runs() -> None:
    found_by = [{"bm25": 1} if n < 10 else {"dense": 1} for n in range(20)]
    found = Pool("k", 0, range(20), [str(n) for n in range(20)], found_by)
    slots = arrange([found], Order.INTERLEAVED, "s", 0.0)
    sides = [slot.item < 10 for slot in slots]
    assert all(one is not other for one, other in zip(sides[::2], sides[1::2], strict=True))


def test_two_judges_do_not_share_an_order(store: JudgementStore) -> None:
    make(store, queries=1, candidates=30)
    orders = {
        judge: [c.chunk.name for c in OpenQueue(store, "q", judge).view().upcoming]
        for judge in ("ada", "grace")
    }
    assert orders["ada"] != orders["grace"]


def test_a_queue_is_resumed_exactly_where_it_was_left(store: JudgementStore) -> None:
    make(store, repeats=0.3)
    whole = [c.slot for c in OpenQueue(store, "q", "ada").view().upcoming]
    names = grade_all(OpenQueue(store, "q", "ada"), most=4)
    again = OpenQueue(store, "q", "ada").view()
    assert again.standing.done == len(names) == 4
    assert again.upcoming[0].slot == whole[4]


def test_a_candidate_tells_nothing_of_its_rank() -> None:
    from dataclasses import fields

    from engine.types_judging import Candidate

    names = {field.name for field in fields(Candidate)}
    assert not names & {"ranks", "scores", "rank", "again", "runs"}


def test_grades_land_in_the_store_with_their_ranks(store: JudgementStore) -> None:
    make(store, queries=1, candidates=1)
    queue = OpenQueue(store, "q", "ada")
    queue.answer(Verdict(0, Grade.EXACT, note="why"))
    (kept,) = store.judgements()
    assert (kept.judge, kept.grade, kept.note) == ("ada", Grade.EXACT, "why")
    assert (kept.ranks.bm25, kept.scores.bm25) == (1, 2.0)


def test_what_was_graded_on_the_search_page_is_not_asked_again(store: JudgementStore) -> None:
    make(store, queries=1, candidates=3)
    given_there = JudgementDraft(Query("query 0", "sample"), chunk("f0_1"), Grade.STRONG)
    store.judge(given_there, "ada")
    names = grade_all(OpenQueue(store, "q", "ada"))
    assert sorted(names) == ["f0_0", "f0_2"]


def test_skipped_comes_last_and_cannot_tell_never(store: JudgementStore) -> None:
    make(store, queries=2, candidates=2)
    queue = OpenQueue(store, "q", "ada")
    first, second = queue.view().upcoming[:2]
    queue.answer(Verdict(first.slot, None, Mark.SKIPPED))
    view = queue.answer(Verdict(second.slot, None, Mark.UNSURE))
    assert (view.standing.done, view.standing.left, view.standing.skipped) == (1, 3, 1)
    assert grade_all(queue)[-1] == first.chunk.name
    assert queue.view().standing.left == 0
    assert [judgement.grade for judgement in store.judgements()] == [Grade.WEAK] * 3


def test_a_return_is_kept_beside_the_first_grade(store: JudgementStore) -> None:
    make(store, queries=3, candidates=10, repeats=0.5)
    queue = OpenQueue(store, "q", "ada")
    names = grade_all(queue, Grade.STRONG)
    twice = [name for name, count in Counter(names).items() if count == 2]
    assert twice
    assert len(store.judgements()) == 30
    rows = list(store.database.query("SELECT grade FROM repeats"))
    assert [row["grade"] for row in rows] == [2] * len(twice)


def test_undo_takes_back_grades_marks_and_returns_in_turn(store: JudgementStore) -> None:
    make(store, queries=1, candidates=14, repeats=0.5)
    queue = OpenQueue(store, "q", "ada")
    given_before = len(grade_all(queue))
    shown = [queue.undo() for _ in range(given_before)]
    assert all(view.shown is not None for view in shown)
    assert queue.view().standing.done == 0
    assert store.judgements() == []
    assert queue.undo().said == "there is nothing to undo"
    assert len(grade_all(queue)) == given_before


def test_undo_goes_to_the_candidate_and_takes_back_its_mark(store: JudgementStore) -> None:
    make(store)
    queue = OpenQueue(store, "q", "ada")
    first = queue.view().upcoming[0]
    queue.answer(Verdict(first.slot, None, Mark.UNSURE))
    view = queue.undo()
    assert "cannot tell" in view.said
    assert view.shown is not None
    assert (view.shown.slot, view.shown.mark) == (first.slot, None)
    assert view.upcoming[0].slot == first.slot


def test_undo_of_a_grade_given_elsewhere_says_so(store: JudgementStore) -> None:
    make(store)
    queue = OpenQueue(store, "q", "ada")
    elsewhere = JudgementDraft(Query("other", "sample"), chunk("other"), Grade.EXACT)
    store.judge(elsewhere, "ada")
    view = queue.undo()
    assert (view.shown, "other" in view.said) == (None, True)
    assert store.judgements() == []


def test_opening_a_queue_reads_no_texts(store: JudgementStore) -> None:
    """What it asks of each candidate stands in indexes: thousands are open at once."""
    make(store, repeats=0.5)
    grade_all(OpenQueue(store, "q", "ada"), most=9)
    asked: list[str] = []
    store.database.conn.set_trace_callback(asked.append)
    OpenQueue(store, "q", "ada")
    store.database.conn.set_trace_callback(None)
    of_many = [sql for sql in asked if "FROM judgements" in sql or "queue_items" in sql]
    assert len(of_many) == 2
    for sql in of_many:
        plan = [row[3] for row in store.database.execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert all("USING COVERING INDEX" in step for step in plan)


def test_back_shows_what_was_said(store: JudgementStore) -> None:
    make(store)
    queue = OpenQueue(store, "q", "ada")
    first = queue.view().upcoming[0]
    view = queue.answer(Verdict(first.slot, Grade.STRONG, note="hm"))
    before = queue.before(view.upcoming[0].slot)
    assert before is not None
    assert (before.slot, before.grade, before.note) == (first.slot, Grade.STRONG, "hm")
    assert queue.before(0) is None


def test_grading_again_after_going_back_changes_the_grade(store: JudgementStore) -> None:
    make(store, queries=1, candidates=2)
    queue = OpenQueue(store, "q", "ada")
    slot = queue.view().upcoming[0].slot
    queue.answer(Verdict(slot, Grade.STRONG))
    view = queue.answer(Verdict(slot, Grade.EXACT))
    assert view.standing.done == 1
    assert [judgement.grade for judgement in store.judgements()] == [Grade.EXACT]


def test_a_removed_queue_leaves_its_judgements(store: JudgementStore) -> None:
    queues = make(store)
    grade_all(OpenQueue(store, "q", "ada"))
    queues.remove("q")
    assert queues.infos() == []
    assert store.count() == 15


def test_pooling_again_adds_only_new_queries(store: JudgementStore) -> None:
    make(store, queries=2)
    queues = make(store, queries=0)
    number = queues.row("q")["id"]
    assert queues.holds(number, "query  1")
    assert not queues.holds(number, "query 7")
    (info,) = queues.infos()
    assert (info.queries, info.candidates) == (2, 10)


def test_a_new_queue_takes_over_the_guidelines_of_its_corpus(store: JudgementStore) -> None:
    queues = make(store)
    assert OpenQueue(store, "q", "ada").view().guidelines.startswith("# What is asked")
    queues.set("q", "guidelines", "ours")
    make(store, name="second")
    assert OpenQueue(store, "second", "ada").view().guidelines == "ours"
    queues.create(QueueSpec("elsewhere", "other", QuerySource()))
    assert queues.row("elsewhere")["guidelines"].startswith("# What is asked")


def test_mistakes_are_said_in_a_line(store: JudgementStore) -> None:
    with pytest.raises(DataError, match="no queue named q; known are: none yet"):
        OpenQueue(store, "q", "ada")
    make(store)
    with pytest.raises(DataError, match="no place 99"):
        OpenQueue(store, "q", "ada").answer(Verdict(99, Grade.WEAK))


def test_two_windows_on_one_queue_lose_nothing(store: JudgementStore, tmp_path: Path) -> None:
    make(store, queries=2, candidates=6)
    with JudgementStore(tmp_path / "judgements.sqlite") as second:
        here, there = OpenQueue(store, "q", "ada"), OpenQueue(second, "q", "ada")
        other = OpenQueue(second, "q", "grace")
        given: dict[str, Grade] = {}
        for number in range(6):
            for queue in (here, there):  # each thinks that it is the only one
                candidate = queue.view().upcoming[0]
                given[candidate.chunk.name] = Grade((number + (queue is there)) % 4)
                queue.answer(Verdict(candidate.slot, given[candidate.chunk.name]))
            other.answer(Verdict(other.view().upcoming[0].slot, Grade.EXACT))
        kept = {j.name: j.grade for j in store.judgements() if j.judge == "ada"}
        assert kept == given
        assert sum(j.judge == "grace" for j in store.judgements()) == 6
        changes = sum(len(store.history(j.id)) for j in store.judgements())
        assert changes == 18  # each of them is in the history


def test_a_full_disk_is_said_and_keeps_the_store(store: JudgementStore) -> None:
    make(store, queries=2, candidates=10)
    queue = OpenQueue(store, "q", "ada")
    grade_all(queue, most=2)
    db = store.database.conn
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskError, match="disk is full; make room"):
        for _ in range(500):
            candidate = queue.view().upcoming[0]
            queue.answer(Verdict(candidate.slot, Grade.WEAK, note="x" * 5000))
    refused = queue.view().upcoming[0]
    kept = store.count()
    assert kept == queue.view().standing.done >= 2
    db.execute("PRAGMA max_page_count = 1000000")
    queue.answer(Verdict(refused.slot, Grade.WEAK))
    assert store.count() == kept + 1
    assert OpenQueue(store, "q", "ada").view().standing.done == kept + 1


def test_nothing_is_graded_that_was_not_shown(store: JudgementStore) -> None:
    make(store, name="q")
    make(store, name="other")
    shown = OpenQueue(store, "q", "ada").view().upcoming[0]
    other = OpenQueue(store, "other", "ada")
    with pytest.raises(DataError, match="not shown from other"):
        other.answer(Verdict(shown.slot, Grade.EXACT, item=shown.item))
    assert store.judgements() == []
    seen = other.view().upcoming[0]
    other.answer(Verdict(seen.slot, Grade.EXACT, item=seen.item))
    assert [kept.chunk_id for kept in store.judgements()] == [seen.chunk.id]


def test_a_note_on_something_that_came_back_is_kept_and_taken_back(store: JudgementStore) -> None:
    make(store, queries=2, candidates=20, repeats=0.5)
    queue = OpenQueue(store, "q", "ada")
    view = queue.view()
    while view.upcoming[0].grade is None and not queue._slots[view.upcoming[0].slot].again:
        view = queue.answer(Verdict(view.upcoming[0].slot, Grade.WEAK, note="first"))
    back = view.upcoming[0]
    queue.answer(Verdict(back.slot, Grade.EXACT, note="I was wrong"))
    notes = {kept.chunk_id: kept.note for kept in store.judgements()}
    assert notes[back.chunk.id] == "I was wrong"
    assert {kept.grade for kept in store.judgements()} == {Grade.WEAK}
    queue.undo()
    assert {kept.note for kept in store.judgements()} == {"first"}


def test_what_was_skipped_and_graded_at_the_end_does_not_come_back(store: JudgementStore) -> None:
    make(store, queries=1, candidates=20, repeats=0.5)
    queue = OpenQueue(store, "q", "ada")
    view = queue.view()
    for _ in range(20):
        view = queue.answer(Verdict(view.upcoming[0].slot, mark=Mark.SKIPPED))
    grade_all(queue)
    done = queue.view().standing
    assert done.left == 0
    again = OpenQueue(store, "q", "ada").view().standing
    assert (again.done, again.left, again.total) == (done.done, 0, done.total)


def test_a_queue_that_is_removed_meanwhile_is_said_and_loses_no_grade(
    store: JudgementStore,
) -> None:
    queues = make(store)
    queue = OpenQueue(store, "q", "ada")
    first = queue.view().upcoming[0]
    queues.remove("q")
    with pytest.raises(DataError, match="removed meanwhile"):
        for candidate in queue.view().upcoming:
            queue.answer(Verdict(candidate.slot, Grade.WEAK))
    assert first.chunk.id in [kept.chunk_id for kept in store.judgements()]


def test_a_query_that_two_processes_pool_is_there_once(store: JudgementStore) -> None:
    queues = make(store, queries=1, candidates=3)
    number = int(queues.row("q")["id"])
    queues.add(number, Query("query 0", "sample"), QueryKind.WORDS, [pooled("late")])
    assert sum(len(pool.items) for pool in queues.pools(number)) == 3


def test_a_queue_that_is_stopped_before_its_first_query_is_none(tmp_path: Path) -> None:
    engine = Engine(Paths(tmp_path))
    source = QuerySource(texts=("clip gradients", "beam search"))
    spec = QueueSpec("few", "sample", source, 3, ("bm25",), repeats=0)

    def stop_after(done: int) -> None:
        job = engine.make_queue(spec)
        next(news for news in job if (news.stage, news.done) == ("pooling", done))
        job.close()

    stop_after(0)
    assert engine.queues() == []
    stop_after(1)
    assert [info.queries for info in engine.queues()] == [1]
    stop_after(1)  # what is there stays
    assert [info.queries for info in engine.queues()] == [1]
    engine.close()
