"""People who never chose a name are not taken for one another."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli import main
from engine.errors import DataError
from engine.job import run_to_end
from engine.judgements.exchange import doors
from engine.judgements.store import JudgementStore
from engine.types import Grade
from tests.judgements.drafts import draft
from tests.judgements.exchanging import pass_on, stores

NAMES = ["a.jsonl", "a.csv"]


def given(store: JudgementStore) -> dict[tuple[str, str], Grade]:
    """The grades that stand, by judge and text."""
    return {(one.judge, one.chunk_text): one.grade for one in store.judgements()}


@pytest.mark.parametrize("name", NAMES)
def test_two_unnamed_people_are_not_merged_as_one(name: str) -> None:
    with stores() as ((ada, folder), (grace, _)):
        ada.judge(draft(Grade.EXACT, text="one"))
        ada.judge(draft(Grade.EXACT, text="two"))
        grace.judge(draft(Grade.WEAK, text="one"))
        before = given(grace)
        with pytest.raises(DataError, match=r"has 2 judgements that name no judge .*--judge NAME"):
            pass_on(ada, grace, folder / name)
        assert given(grace) == before
        merged = run_to_end(doors.merge(grace, folder / name, judge="ada"))
        assert (merged.added, merged.updated) == (2, 0)
        assert merged.notes == ("2 that name no judge as judgements of ada",)
        both = {("ada", "one"): Grade.EXACT, ("ada", "two"): Grade.EXACT}
        assert given(grace) == before | both


@pytest.mark.parametrize("name", NAMES)
def test_what_was_given_a_name_elsewhere_is_known_on_both_sides(name: str) -> None:
    with stores() as ((ada, folder), (grace, _)):
        ada.judge(draft(Grade.EXACT, text="one"))
        grace.judge(draft(Grade.WEAK, text="one"))
        pass_on(ada, grace, folder / name, judge="ada")
        assert pass_on(ada, grace, folder / name).unchanged == 1  # and nobody is asked again
        back = pass_on(grace, ada, folder / f"back-{name}", judge="grace")
        assert (back.added, back.unchanged) == (1, 1)
        assert given(ada) == {("", "one"): Grade.EXACT, ("grace", "one"): Grade.WEAK}


@pytest.mark.parametrize("name", NAMES)
def test_ones_own_export_comes_back_without_a_question(name: str) -> None:
    with stores(1) as ((store, folder),):
        for text in ("kept", "changed", "taken back"):
            store.judge(draft(Grade.WEAK, text=text))
        run_to_end(doors.export(store, folder / name))
        store.judge(draft(Grade.EXACT, text="changed"))
        store.judge(draft(None, text="taken back"))
        before = given(store)
        for _ in range(2):
            merged = run_to_end(doors.merge(store, folder / name))
            assert (merged.added, merged.updated, merged.unchanged) == (0, 0, 3)
            assert (merged.changes, merged.notes) == (0, ())
            run_to_end(doors.export(store, folder / name))
        assert given(store) == before


@pytest.mark.parametrize("name", NAMES)
def test_ones_own_of_another_machine_are_merged_if_one_says_so(name: str) -> None:
    with stores() as ((here, folder), (there, _)):
        there.judge(draft(Grade.WEAK, text="one"))
        here.judge(draft(Grade.EXACT, text="one"))
        here.judge(draft(Grade.EXACT, text="two"))
        run_to_end(doors.export(there, folder / f"before-{name}"))
        run_to_end(doors.export(here, folder / name))
        merged = run_to_end(doors.merge(there, folder / name, mine=True))
        assert (merged.added, merged.updated) == (1, 1)
        assert given(there) == {("", "one"): Grade.EXACT, ("", "two"): Grade.EXACT}
        assert run_to_end(doors.merge(there, folder / name)).unchanged == 2
        if name.endswith("jsonl"):  # by its history, since the later state took its place
            assert run_to_end(doors.merge(there, folder / f"before-{name}")).unchanged == 1


def test_where_nobody_unnamed_has_judged_they_come_with_a_word_of_it(tmp_path: Path) -> None:
    with stores() as ((first, folder), (second, _)):
        first.judge(draft(Grade.EXACT))
        second.judge(draft(Grade.WEAK), "grace")
        (note,) = pass_on(first, second, folder / "a.jsonl").notes
        assert note.startswith("1 of them name no judge; unless they are yours")
        assert run_to_end(doors.merge(second, folder / "a.jsonl")).notes == ()


def test_a_name_that_is_not_needed_changes_nothing() -> None:
    with stores() as ((first, folder), (second, _)):
        first.judge(draft(Grade.EXACT), "ada")
        merged = pass_on(first, second, folder / "a.jsonl", judge="grace")
        assert merged.notes == ("the judge of each was known: no name was needed",)
        assert set(given(second)) == {("ada", draft().chunk.text)}


def test_the_command_asks_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = []
    for number, name in enumerate(("first", "second")):
        folder = tmp_path / name
        folder.mkdir()
        with JudgementStore(folder / "judgements.sqlite") as store:
            store.judge(draft(Grade(number + 1)))
        places.append(folder)
    file = str(tmp_path / "a.jsonl")
    assert main(["judgements", "export", file, "--basedir", str(places[0])]) == 0
    capsys.readouterr()
    bring = ["judgements", "import", file, "--basedir", str(places[1])]
    assert main(bring) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "--judge NAME, or --mine" in said.err
    assert main([*bring, "--judge", "ada"]) == 0
    with JudgementStore(places[1] / "judgements.sqlite") as store:
        assert {judge for judge, _ in given(store)} == {"", "ada"}
    with pytest.raises(SystemExit):
        main([*bring, "--judge", "ada", "--mine"])
