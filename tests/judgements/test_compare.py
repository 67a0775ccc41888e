from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import DataError
from engine.judgements.compare import compare_judges, disagreements, settle
from engine.judgements.consensus import SETTLED, GradeTimes, consensus
from engine.judgements.exchange import labelled
from engine.judgements.queue import OpenQueue
from engine.judgements.store import JudgementStore
from engine.learning.mine_judged import judged_queries
from engine.types import Grade
from engine.types_judging import Verdict
from tests.judgements.drafts import draft
from tests.judgements.exchanging import pass_on, stores
from tests.judgements.queues import make


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JudgementStore]:
    with JudgementStore(tmp_path / "judgements.sqlite") as opened:
        yield opened


def give(store: JudgementStore, judge: str, *grades: int) -> None:
    for number, grade in enumerate(grades):
        store.judge(draft(Grade(grade), query=f"q{number % 3}", text=f"text {number}"), judge)


def grades_for_training(store: JudgementStore) -> list[int]:
    return [grade for judged in judged_queries(store.database) for _, grade in judged.graded]


def agreed(store: JudgementStore) -> list[int]:
    return [grade for _, grade in consensus(store.judgements(), GradeTimes(store.database))]


def grades_in_qrels(store: JudgementStore) -> list[int]:
    qrels = labelled.collect(store.database).qrels
    return [grade for grades in qrels.values() for grade in grades.values()]


def test_pairs_alpha_and_counts(store: JudgementStore) -> None:
    give(store, "ada", 0, 1, 2, 3, 3, 0)
    give(store, "grace", 0, 1, 2, 3, 1)
    report = compare_judges(store.database)
    assert report.judges == {"ada": 6, "grace": 5}
    (pair,) = report.pairs
    assert (pair.judges, pair.items, pair.queries, pair.equal) == (("ada", "grace"), 5, 3, 0.8)
    assert (report.items, report.disagreements, report.settled) == (5, 1, 0)
    assert pair.kappa.value is not None
    assert pair.kappa.low is not None


def test_settling_keeps_the_originals(store: JudgementStore) -> None:
    give(store, "ada", 0, 3)
    give(store, "grace", 3, 2)
    first, second = disagreements(store.database)
    assert (first.spread, second.spread) == (3, 1)
    assert first.grades == {"ada": Grade.IRRELEVANT, "grace": Grade.EXACT}
    settle(store.database, first.id, Grade.WEAK, "talked about it")
    assert [one.id for one in disagreements(store.database)] == [second.id]
    (seen, _) = disagreements(store.database, settled=True)
    assert seen.settled is Grade.WEAK
    assert seen.grades == first.grades
    by_judge = {j.judge: j.grade for j in store.judgements() if j.chunk_text == "text 0"}
    assert by_judge == {"ada": 0, "grace": 3, SETTLED: 1}
    assert agreed(store) == [1, 2]
    report = compare_judges(store.database)
    assert (report.disagreements, report.settled, set(report.judges)) == (2, 1, {"ada", "grace"})


def test_a_mind_changed_after_settling_opens_it_again(store: JudgementStore) -> None:
    give(store, "ada", 0)
    give(store, "grace", 3)
    (found,) = disagreements(store.database)
    settle(store.database, found.id, Grade.WEAK)
    assert disagreements(store.database) == []
    give(store, "ada", 1)
    (again,) = disagreements(store.database)
    assert again.settled is Grade.WEAK
    settle(store.database, again.id, None)
    assert disagreements(store.database)[0].settled is None


def test_what_was_settled_counts_no_more_once_the_judges_agree(store: JudgementStore) -> None:
    give(store, "ada", 3)
    give(store, "grace", 1)
    (found,) = disagreements(store.database)
    settle(store.database, found.id, Grade.EXACT)
    assert grades_for_training(store) == grades_in_qrels(store) == [3]
    give(store, "ada", 0)
    give(store, "grace", 0)
    assert disagreements(store.database) == []
    assert grades_for_training(store) == grades_in_qrels(store) == [0]
    assert agreed(store) == [Grade.IRRELEVANT]


def test_what_was_settled_and_reopened_is_not_counted_as_settled(store: JudgementStore) -> None:
    give(store, "ada", 3)
    give(store, "grace", 0)
    settle(store.database, disagreements(store.database)[0].id, Grade.EXACT)
    assert compare_judges(store.database).settled == 1
    give(store, "ada", 2)
    assert compare_judges(store.database).settled == 0


def test_the_same_grade_again_and_a_note_open_nothing(store: JudgementStore) -> None:
    give(store, "ada", 3)
    give(store, "grace", 0)
    settle(store.database, disagreements(store.database)[0].id, Grade.EXACT)
    give(store, "grace", 0)
    store.judge(draft(Grade.IRRELEVANT, query="q0", text="text 0", note="still"), "grace")
    assert disagreements(store.database) == []
    assert compare_judges(store.database).settled == 1
    assert grades_for_training(store) == grades_in_qrels(store) == agreed(store) == [3]


def test_the_same_grade_settles_again_what_was_open(store: JudgementStore) -> None:
    give(store, "ada", 3)
    give(store, "grace", 0)
    settle(store.database, disagreements(store.database)[0].id, Grade.EXACT)
    give(store, "grace", 1)
    settle(store.database, disagreements(store.database)[0].id, Grade.EXACT)
    assert disagreements(store.database) == []
    assert grades_for_training(store) == grades_in_qrels(store) == agreed(store) == [3]


def test_what_is_settled_here_is_settled_where_it_travels_to() -> None:
    with stores() as ((first, folder), (second, _)):
        give(first, "ada", 3)
        give(first, "grace", 0)
        settle(first.database, disagreements(first.database)[0].id, Grade.EXACT)
        give(first, "grace", 0)
        pass_on(first, second, folder / "a.jsonl")
        assert disagreements(second.database) == []
        pass_on(first, second, folder / "a.csv", format="csv")
        assert disagreements(second.database) == []


def test_a_data_set_opens_nothing(store: JudgementStore) -> None:
    give(store, "ada", 3)
    give(store, "grace", 0)
    settle(store.database, disagreements(store.database)[0].id, Grade.EXACT)
    list(store.add_dataset("cosqa", [[draft(Grade.WEAK, query="q0", text="text 0")]]))
    assert disagreements(store.database) == []


def test_the_lower_of_two_middle_grades_counts(store: JudgementStore) -> None:
    for judge, grade in (("a", 3), ("b", 1), ("c", 2), ("d", 0)):
        give(store, judge, grade)
    assert agreed(store) == [Grade.WEAK]


def test_data_sets_are_no_judges_unless_named(store: JudgementStore) -> None:
    give(store, "ada", 0)
    list(store.add_dataset("cosqa", [[draft(Grade.EXACT, query="q0", text="text 0")]]))
    assert compare_judges(store.database).pairs == ()
    (pair,) = compare_judges(store.database, judges=("ada", "dataset:cosqa")).pairs
    assert pair.items == 1


def test_self_agreement_compares_returns_with_first_grades(store: JudgementStore) -> None:
    make(store, queries=4, candidates=12, repeats=0.5)
    queue = OpenQueue(store, "q", "ada")
    view = queue.view()
    count = 0
    while view.upcoming:
        slot = view.upcoming[0].slot
        again = queue._slots[slot].again
        count += again
        view = queue.answer(Verdict(slot, Grade(2 if again and count % 2 else slot % 2 * 2)))
    (own,) = compare_judges(store.database).selves
    assert own.judge == "ada"
    assert own.items == count > 0
    assert 0.0 < own.equal < 1.0


def test_settling_what_is_not_there_is_one_line(store: JudgementStore) -> None:
    with pytest.raises(DataError, match="no judgement 7"):
        settle(store.database, 7, Grade.WEAK)
