"""The Judge page with the real engine: keys, order, undo, resuming, a screen reader."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from engine.engine import Engine
from engine.job import Job, run_to_end
from engine.judgements.exchange import doors
from engine.judgements.queue_store import QueueStore
from engine.judgements.store import JudgementStore
from engine.paths import Paths
from engine.types import Grade, Mark, Progress
from engine.types_judging import Candidate, QuerySource, QueueInfo, QueueSpec, Verdict
from gui.engine_thread import Event, TaskState
from gui.judge_bar import standing_in_words
from gui.judge_form import QueueForm
from gui.judge_page import JudgePage
from gui.judge_side import with_ending
from tests.gui.conftest import OpenWindow
from tests.judgements.queues import make

QUERIES = ("scaled dot product attention", "clip gradients by norm")


@pytest.fixture(scope="module")
def queue_home(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a queue that nobody has judged yet."""
    import shutil

    home = Path(shutil.copytree(prepared_home, tmp_path_factory.mktemp("queue") / "home"))
    engine = Engine(Paths(home))
    spec = QueueSpec("twins", "sample", QuerySource(texts=QUERIES), 6, ("bm25",), repeats=0.0)
    run_to_end(engine.make_queue(spec))
    engine.set_judge_name("ada")
    engine.close()
    return home


class Judging(OpenWindow):
    """A window whose Judge page is shown."""

    def __init__(self, qtbot: QtBot, home: Path) -> None:
        super().__init__(qtbot, home)
        self.page: JudgePage = self.window.judging

    def enter(self) -> None:
        self.begin()
        QTest.keyClick(self.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
        self.wait(lambda: self.page.flow.current is not None)

    @property
    def shown(self) -> Candidate:
        assert self.page.flow.current is not None
        return self.page.flow.current

    def press(self, key: Qt.Key, widget: QWidget | None = None) -> None:
        QTest.keyClick(widget or self.window, key)


@pytest.fixture
def judging(qtbot: QtBot, queue_home: Path, tmp_path: Path) -> Iterator[Judging]:
    import shutil

    opened = Judging(qtbot, Path(shutil.copytree(queue_home, tmp_path / "home")))
    opened.enter()
    yield opened
    opened.close()


def test_a_key_grades_and_shows_the_next_at_once(judging: Judging) -> None:
    page = judging.page
    first = judging.shown
    answered = len([e for e in judging.events if e.method == "answer"])
    judging.press(Qt.Key.Key_3)
    # Before the event loop has run, that is before the store can have answered:
    assert len([e for e in judging.events if e.method == "answer"]) == answered
    assert judging.shown.slot != first.slot
    assert page.panes.code.toPlainText() == judging.shown.chunk.text
    judging.idle()
    assert judging.stored_grades() == {first.chunk.id: Grade.EXACT}


def test_escape_closes_what_is_open_before_it_leaves_the_page(judging: Judging) -> None:
    page = judging.page
    for key, pane in ((Qt.Key.Key_G, page.guidelines), (Qt.Key.Key_A, page.agreement)):
        judging.press(key)
        assert pane.isVisible()
        judging.press(Qt.Key.Key_Escape)
        assert page.isVisible() and not pane.isVisible()
    page.show_form()
    judging.press(Qt.Key.Key_Escape)
    assert page.isVisible() and not page.form.isVisible()
    judging.press(Qt.Key.Key_3)  # the keys grade again
    judging.idle()
    assert len(judging.stored_grades()) == 1
    judging.press(Qt.Key.Key_Escape)
    assert judging.search.isVisible()


def test_what_is_closed_with_the_focus_in_it_gives_it_to_the_code(judging: Judging) -> None:
    page = judging.page
    for key, inside in ((Qt.Key.Key_G, page.guidelines.text), (Qt.Key.Key_A, page.agreement.list)):
        judging.press(key)
        page.panes.code.setFocus()
        judging.press(Qt.Key.Key_Tab, page.panes.code)
        assert inside.hasFocus()
        judging.press(Qt.Key.Key_Escape, inside)
        assert page.panes.code.hasFocus()  # on a button the space bar would grade
    judging.idle()


def test_escape_closes_a_note_before_it_leaves_the_page(judging: Judging) -> None:
    page = judging.page
    judging.press(Qt.Key.Key_N)
    QTest.keyClicks(page.verdicts.note, "what")
    judging.press(Qt.Key.Key_Escape, page.verdicts.note)
    assert page.isVisible() and not page.verdicts.note.isVisible()
    assert page.panes.code.hasFocus()
    judging.press(Qt.Key.Key_2)
    judging.idle()
    assert len(judging.stored_grades()) == 1
    judging.press(Qt.Key.Key_B)
    judging.wait(lambda: judging.shown.grade is Grade.STRONG)
    assert judging.shown.note == ""


def test_a_note_stays_with_what_it_was_begun_on(judging: Judging) -> None:
    judging.press(Qt.Key.Key_1)
    judging.idle()
    note, noted = judging.page.verdicts.note, judging.shown
    judging.press(Qt.Key.Key_N)
    QTest.keyClicks(note, "of the second")
    judging.press(Qt.Key.Key_Return, note)
    judging.press(Qt.Key.Key_B)
    judging.wait(lambda: judging.shown.grade is Grade.WEAK)
    assert not note.isVisible() and not note.text()
    judging.press(Qt.Key.Key_F)
    assert judging.shown.slot == noted.slot
    assert note.isVisible() and note.text() == "of the second"


def test_the_focus_goes_to_what_is_seen(judging: Judging) -> None:
    page = judging.page
    assert page.panes.code.hasFocus()
    while page.flow.current is not None:
        judging.press(Qt.Key.Key_3)
        judging.idle()
    assert page.message._button.hasFocus()
    assert not any(button.property("given") for button in page.verdicts.buttons.values())
    judging.press(Qt.Key.Key_B)
    judging.wait(lambda: page.flow.current is not None)
    assert page.panes.code.hasFocus()


def test_forward_is_offered_to_who_looks_back(judging: Judging) -> None:
    forward = judging.page._actions.forward
    judging.press(Qt.Key.Key_1)
    judging.idle()
    assert not forward.isEnabled()
    judging.press(Qt.Key.Key_B)
    judging.wait(lambda: judging.shown.grade is Grade.WEAK)
    assert forward.isEnabled()
    judging.press(Qt.Key.Key_F)
    assert judging.shown.grade is None
    assert not forward.isEnabled()


def test_keys_faster_than_the_store_lose_nothing(judging: Judging) -> None:
    seen = []
    for number in range(8):
        seen.append((judging.shown.chunk.id, Grade(number % 4)))
        judging.press(Qt.Key(Qt.Key.Key_0 + number % 4))
    judging.idle()
    assert judging.stored_grades() == dict(seen)
    assert judging.page.flow.standing.done == 8


def test_skip_cannot_tell_and_note(judging: Judging) -> None:
    skipped = judging.shown
    judging.press(Qt.Key.Key_S)
    unsure = judging.shown
    judging.press(Qt.Key.Key_C)
    noted = judging.shown
    judging.press(Qt.Key.Key_N)
    assert judging.page.verdicts.note.isVisible()
    QTest.keyClicks(judging.page.verdicts.note, "2 or 3?")
    judging.press(Qt.Key.Key_Return, judging.page.verdicts.note)
    assert judging.shown == noted  # what was typed graded nothing
    judging.press(Qt.Key.Key_2)
    judging.idle()
    standing = judging.page.flow.standing
    assert (standing.done, standing.skipped) == (2, 1)
    assert judging.stored_grades() == {noted.chunk.id: Grade.STRONG}
    assert unsure.slot != skipped.slot


def test_back_shows_the_grade_and_forward_goes_on(judging: Judging) -> None:
    first = judging.shown
    judging.press(Qt.Key.Key_1)
    second = judging.shown
    judging.press(Qt.Key.Key_B)
    judging.wait(lambda: judging.shown.slot == first.slot)
    assert judging.shown.grade is Grade.WEAK
    assert "you gave 1" in judging.page.panes.candidate.subtitle.full_text()
    judging.press(Qt.Key.Key_3)
    assert judging.shown.slot == second.slot
    judging.idle()
    assert judging.stored_grades() == {first.chunk.id: Grade.EXACT}


def test_undo_takes_back_and_returns(judging: Judging) -> None:
    first = judging.shown
    judging.press(Qt.Key.Key_1)
    judging.press(Qt.Key.Key_U)
    judging.wait(lambda: judging.shown.slot == first.slot)
    judging.idle()
    assert judging.stored_grades() == {}
    judging.press(Qt.Key.Key_2)
    QTest.keyClick(judging.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    judging.wait(lambda: judging.shown.slot == first.slot)
    judging.idle()
    assert judging.stored_grades() == {}


def test_one_goes_on_where_one_left(qtbot: QtBot, judging: Judging, tmp_path: Path) -> None:
    for key in (Qt.Key.Key_1, Qt.Key.Key_S, Qt.Key.Key_3):
        judging.press(key)
    judging.idle()
    expected = judging.shown
    judging.close()
    again = Judging(qtbot, tmp_path / "home")
    again.enter()
    assert again.shown == expected
    assert again.page.flow.standing.done == 2
    again.close()
    judging.__init__(qtbot, tmp_path / "home")  # type: ignore[misc] # for the fixture to close


def test_the_queue_that_was_open_is_opened_again(
    qtbot: QtBot, judging: Judging, tmp_path: Path
) -> None:
    spec = QueueSpec("more", "sample", QuerySource(texts=("beam search",)), 6, ("bm25",), repeats=0)
    task = judging.engine.start_job("make_queue", spec, key="other")
    judging.wait(lambda: any(e.id == task and e.final for e in judging.events))
    judging.close()
    again = Judging(qtbot, tmp_path / "home")
    again.enter()
    assert again.page.bar.chosen == "twins"  # not the newest
    again.close()
    judging.__init__(qtbot, tmp_path / "home")  # type: ignore[misc] # for the fixture to close


def test_the_end_says_so_and_back_still_works(judging: Judging) -> None:
    while judging.page.flow.current is not None:
        judging.press(Qt.Key.Key_0)
        judging.idle()
    assert "done" in judging.page.message.text()
    judging.press(Qt.Key.Key_B)
    judging.wait(lambda: judging.page.flow.current is not None)
    assert judging.shown.grade is Grade.IRRELEVANT


def test_a_refused_answer_comes_back(judging: Judging) -> None:
    first = judging.shown
    judging.engine.call("remove_queue", "twins")  # as another window may do
    judging.press(Qt.Key.Key_1)
    failed = lambda: [e for e in judging.events if e.state is TaskState.FAILED]  # noqa: E731
    judging.wait(lambda: any(e.method == "answer" for e in failed()))
    assert judging.shown.slot == first.slot
    assert judging.window.status.isVisible()


def test_grade_keys_belong_to_the_page_that_is_shown(judging: Judging) -> None:
    judging.window.go("corpora")
    judging.page.setFocus()
    before = judging.page.flow.current
    QTest.keyClick(judging.window, Qt.Key.Key_3)
    judging.idle()
    assert judging.page.flow.current == before
    assert judging.stored_grades() == {}


def test_guidelines_are_kept(judging: Judging) -> None:
    judging.press(Qt.Key.Key_G)
    assert judging.page.guidelines.isVisible()
    assert "exact" in judging.page.guidelines.text.toPlainText()
    judging.page.guidelines.text.setPlainText("our own rules")
    judging.press(Qt.Key.Key_G, judging.page.panes.code)
    judging.idle()
    task = judging.engine.call("open_queue", "twins")
    judging.wait(lambda: any(e.id == task for e in judging.events))
    view = next(e.value for e in judging.events if e.id == task)
    assert view.guidelines == "our own rules"


def test_disagreements_are_settled_by_key(judging: Judging) -> None:
    first = judging.shown
    judging.press(Qt.Key.Key_3)
    judging.idle()
    page = judging.page
    page.flow.set_judge("grace")
    judging.wait(lambda: page.bar.judge.text() == "grace")
    judging.idle()
    while judging.shown.chunk.id != first.chunk.id:
        judging.press(Qt.Key.Key_C)
        judging.idle()
    judging.press(Qt.Key.Key_0)
    judging.idle()
    judging.press(Qt.Key.Key_A)
    judging.wait(lambda: page.agreement.list.count() == 1)
    assert "ada 3 exact, grace 0 irrelevant" in page.agreement.list.item(0).text()
    judging.press(Qt.Key.Key_1)
    judging.wait(lambda: page.agreement.list.count() == 0)
    task = judging.engine.call("judgements")
    judging.wait(lambda: any(e.id == task for e in judging.events))
    kept = next(e.value for e in judging.events if e.id == task)
    assert {j.judge: int(j.grade) for j in kept} == {"ada": 3, "grace": 0, "settled": 1}


def test_a_queue_is_made_in_the_window(judging: Judging) -> None:
    form = judging.page.form
    judging.page.show_form()
    form.start.click()
    assert "name" in form.problem.text()
    form.name.setText("typed")
    form.source.setCurrentIndex(form.source.findData("texts"))
    form.texts.setPlainText("beam search\n\ngradient clipping\n")
    for run in ("dense", "hybrid", "rerank"):
        form.runs[run].setChecked(False)
    form.start.click()
    judging.wait(lambda: judging.page.bar.chosen == "typed")
    judging.idle()
    assert judging.shown.query.text == "beam search"
    assert judging.page.flow.standing.queries == 2


def tree(widget: QWidget) -> list[QAccessibleInterface]:
    found = [QAccessible.queryAccessibleInterface(widget)]
    for interface in found:
        found += [c for n in range(interface.childCount()) if (c := interface.child(n))]
    return found


def test_a_screen_reader_finds_every_control_by_name(judging: Judging) -> None:
    judging.press(Qt.Key.Key_1)
    judging.press(Qt.Key.Key_B)
    judging.wait(lambda: judging.shown.grade is not None)
    interfaces = tree(judging.page)
    named = {i.text(QAccessible.Text.Name) for i in interfaces if not i.state().invisible}
    for name in ("Query", "Candidate", "Queue", "Your name as a judge", "Skip", "Cannot tell"):
        assert name in named
    assert "Grade 1, weak, given" in named
    assert "Grade 3, exact" in named
    roles = (QAccessible.Role.Button, QAccessible.Role.EditableText, QAccessible.Role.ComboBox)
    for interface in interfaces:
        if interface.role() in roles and not interface.state().invisible:
            assert interface.text(QAccessible.Text.Name), interface.object()


def test_every_control_is_reached_by_tab(judging: Judging) -> None:
    reached = set()
    for _ in range(60):
        focus = judging.window.focusWidget()
        reached.add(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier)
    wanted = [judging.page.bar.queue, judging.page.bar.new, *judging.page.verdicts.buttons.values()]
    assert [w.accessibleName() for w in wanted if w not in reached] == []


def test_the_standing_in_words(judging: Judging) -> None:
    standing = judging.page.flow.standing
    assert standing_in_words(standing) == "query 1 of 2 · 0 of 12 · 12 left"


def test_a_queue_with_nothing_in_it_says_how_it_came_to_that(judging: Judging) -> None:
    with JudgementStore(judging.window._folder / "judgements.sqlite") as store:
        QueueStore(store.database).create(QueueSpec("killed", "sample", QuerySource()))
    judging.page.flow.open("killed")
    judging.wait(lambda: judging.page.message.isVisible())
    assert "stopped before its first query" in judging.page.message.text()
    assert judging.page.bar.words.full_text() == ""
    assert not judging.page.bar.progress.isVisible()


def test_what_a_verdict_may_say() -> None:
    assert Verdict(0, None, Mark.UNSURE).grade is None


def test_no_key_means_two_things_while_judging(judging: Judging) -> None:
    keys: dict[str, str] = {}
    for action in judging.window.findChildren(QAction):
        if action.isEnabled():
            for shortcut in action.shortcuts():
                key = shortcut.toString()
                assert keys.setdefault(key, action.text()) == action.text(), key
    assert {"0", "1", "2", "3", "S", "C", "N", "B", "U", "G", "A"} <= keys.keys()


def test_nothing_is_graded_that_another_queue_showed(judging: Judging) -> None:
    """A queue is chosen while one looks back in another: keys wait for what it shows."""
    spec = QueueSpec("more", "sample", QuerySource(texts=("beam search",)), 6, ("bm25",), repeats=0)
    task = judging.engine.start_job("make_queue", spec, key="other")
    judging.wait(lambda: any(e.id == task and e.final for e in judging.events))
    judging.idle()  # it was opened
    judging.page.flow.open("twins")
    judging.idle()
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_B):
        judging.press(key)
        judging.idle()
    before = judging.stored_grades()
    judging.page.flow.open("more")
    judging.press(Qt.Key.Key_3)  # what is on the screen is still of the first queue
    judging.idle()
    assert judging.stored_grades() == before
    assert judging.shown.query.text == "beam search"
    seen = judging.shown
    judging.press(Qt.Key.Key_3)
    judging.idle()
    assert judging.stored_grades() == {**before, seen.chunk.id: Grade.EXACT}


def test_keys_wait_for_the_order_of_another_judge(judging: Judging) -> None:
    judging.page.flow.set_judge("grace")
    judging.press(Qt.Key.Key_3)
    judging.idle()
    assert judging.stored_grades() == {}
    judging.press(Qt.Key.Key_2)
    judging.idle()
    assert list(judging.stored_grades().values()) == [Grade.STRONG]


def test_enter_after_the_name_goes_back_to_grading(judging: Judging) -> None:
    name = judging.page.bar.judge
    name.setFocus()
    name.selectAll()
    QTest.keyClicks(name, "grace")
    judging.press(Qt.Key.Key_Return, name)
    assert judging.page.panes.code.hasFocus()
    judging.wait(lambda: judging.page.flow.current is not None)
    judging.press(Qt.Key.Key_2)  # a grade, no part of a name
    judging.idle()
    assert name.text() == "grace"
    assert list(judging.stored_grades().values()) == [Grade.STRONG]


def test_keys_grade_again_after_a_queue_was_chosen(judging: Judging) -> None:
    spec = QueueSpec("more", "sample", QuerySource(texts=("beam search",)), 6, ("bm25",), repeats=0)
    task = judging.engine.start_job("make_queue", spec, key="other")
    judging.wait(lambda: any(e.id == task and e.final for e in judging.events))
    judging.wait(lambda: judging.page.bar.queue.count() == 2)
    queues = judging.page.bar.queue
    queues.setFocus()
    before = queues.currentText()
    QTest.keyClick(queues, Qt.Key.Key_Up if queues.currentIndex() else Qt.Key.Key_Down)
    assert queues.currentText() != before
    assert judging.page.panes.code.hasFocus()  # else its letters would choose among the queues


def test_a_queue_that_is_removed_is_said_to_be(judging: Judging) -> None:
    said: list[str] = []
    judging.page.said.connect(said.append)
    judging.page._actions.remove.trigger()
    assert said == ["the queue “twins” is removed; what was judged in it stays"]
    judging.wait(lambda: judging.page.message.isVisible())
    assert "Nothing to judge yet" in judging.page.message.text()
    judging.wait(lambda: judging.page.bar.queue.currentText() == "none yet")
    assert judging.page.bar.chosen == "" and not judging.page.bar.queue.isEnabled()


def test_no_grade_is_given_under_the_form(judging: Judging) -> None:
    judging.page.show_form()
    judging.window.go("corpora")
    judging.window.go("judge")
    for action in judging.page._actions.grades.values():
        action.trigger()
    judging.idle()
    assert judging.stored_grades() == {}


def test_guidelines_are_kept_for_the_queue_they_were_typed_in(judging: Judging) -> None:
    spec = QueueSpec("more", "sample", QuerySource(texts=("beam search",)), 6, ("bm25",), repeats=0)
    task = judging.engine.start_job("make_queue", spec, key="other")
    judging.wait(lambda: any(e.id == task and e.final for e in judging.events))
    judging.idle()  # it was opened
    judging.page.flow.open("twins")
    judging.idle()
    judging.press(Qt.Key.Key_G)
    judging.page.guidelines.text.setPlainText("of the first")
    judging.page.flow.open("more")
    judging.idle()
    judging.page.flow.open("twins")
    judging.wait(lambda: judging.page.guidelines.text.toPlainText() == "of the first")
    judging.page.flow.open("more")
    judging.wait(lambda: "exact" in judging.page.guidelines.text.toPlainText())


def disagree(judging: Judging, count: int) -> JudgePage:
    """So many results one judge grades 3 and another 0; the disagreements are shown."""
    for _ in range(count):
        judging.press(Qt.Key.Key_3)
    judging.idle()
    page = judging.page
    page.flow.set_judge("grace")
    judging.wait(lambda: page.flow.current is not None)  # in the order of the other judge
    while page.flow.current is not None:
        judging.press(Qt.Key.Key_0)
        judging.idle()
    judging.press(Qt.Key.Key_A)
    judging.wait(lambda: page.agreement.list.count() == count)
    return page


def test_a_second_key_settles_nothing_unseen(judging: Judging) -> None:
    page = disagree(judging, 2)
    judging.press(Qt.Key.Key_1)
    judging.press(Qt.Key.Key_2)  # the next disagreement is not on the screen yet
    judging.wait(lambda: page.agreement.list.count() == 1)
    judging.idle()
    task = judging.engine.call("judgements")
    judging.wait(lambda: any(e.id == task for e in judging.events))
    kept = next(e.value for e in judging.events if e.id == task)
    assert [int(j.grade) for j in kept if j.judge == "settled"] == [1]


def test_what_was_settled_is_opened_again_by_undo(judging: Judging) -> None:
    page = disagree(judging, 1)
    actions = page._actions
    for action in (actions.skip, actions.unsure, actions.back, actions.forward):
        assert not action.isEnabled()  # none of them says anything of a disagreement
    before = judging.stored_grades()
    judging.press(Qt.Key.Key_2)
    judging.wait(lambda: page.agreement.list.count() == 0)
    judging.press(Qt.Key.Key_U)
    judging.wait(lambda: page.agreement.list.count() == 1)
    assert judging.stored_grades() == before
    judging.wait(lambda: page._settling is not None)
    judging.press(Qt.Key.Key_U)  # what the queue's judge did last is not on the screen
    judging.idle()
    assert judging.stored_grades() == before


def test_a_new_queue_is_over_the_corpus_that_is_searched_in(judging: Judging) -> None:
    infos = judging.window.session.corpora
    judging.page.form.set_corpora((*infos, replace(infos[0], name="own")))
    judging.search.filters.set_corpora((*infos, replace(infos[0], name="own")))
    form = judging.page.form
    assert form.corpus.currentData() == "sample"
    judging.window.go("search")
    assert judging.search.filters.choose_corpus("own")
    judging.window.go("judge")
    assert form.corpus.currentData() == "own"
    form.corpus.setFocus()
    judging.page.show_form()
    form.corpus.setFocus()
    judging.press(Qt.Key.Key_Up, form.corpus)
    assert form.corpus.currentData() == "sample"
    judging.window.go("search")
    judging.window.go("judge")
    assert form.corpus.currentData() == "sample"  # chosen by hand


def test_a_queue_that_is_being_opened_is_not_called_done(judging: Judging) -> None:
    page = disagree(judging, 1)
    page.flow.set_judge("zoe")
    page.step_back()  # closes the agreement before the engine has answered
    assert "Opening" in page.message.text()
    judging.wait(lambda: page.flow.current is not None)
    assert page.flow.standing.done == 0


def make_three(judging: Judging, name: str) -> None:
    """Ask in the form for a queue of three queries."""
    form = judging.page.form
    judging.page.show_form()
    form.name.setText(name)
    form.source.setCurrentIndex(form.source.findData("texts"))
    form.texts.setPlainText("beam search\ngradient clipping\nattention")
    for run in ("dense", "hybrid", "rerank"):
        form.runs[run].setChecked(False)
    form.start.setFocus()
    form.start.click()


def test_how_far_a_queue_is_shows_while_it_is_made(judging: Judging) -> None:
    form = judging.page.form
    make_three(judging, "typed")
    assert form.bar.isVisible() and form.stop.hasFocus()
    news = Progress("pooling", 1, 3)  # of the engine's own only the newest is heard of
    judging.engine.event.emit(Event(0, "make_queue", TaskState.PROGRESS, news))
    assert form.words.text() == "pooling · 1 of 3"
    judging.wait(lambda: judging.page.bar.chosen == "typed")
    assert not form.stop.isVisibleTo(form)
    assert "“typed” is ready: " in judging.window.status._message.full_text()


def test_a_queue_that_is_stopped_before_its_first_query_is_none(
    judging: Judging, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped, make_queue = threading.Event(), Engine.make_queue

    def held(engine: Engine, spec: QueueSpec) -> Job[QueueInfo]:
        stopped.wait(10)
        return (yield from make_queue(engine, spec))

    monkeypatch.setattr(Engine, "make_queue", held)
    make_three(judging, "typed")
    judging.page.form.stop.click()
    stopped.set()
    making = lambda: [e for e in judging.events if e.method == "make_queue" and e.final]  # noqa: E731
    judging.wait(making)
    assert making()[0].state is TaskState.CANCELLED
    judging.idle()
    assert judging.page.form.start.hasFocus()
    assert judging.page.bar.queue.findData("typed") == -1


def test_a_queue_that_is_ready_interrupts_nobody(judging: Judging) -> None:
    make_three(judging, "typed")
    judging.press(Qt.Key.Key_Escape)
    judging.press(Qt.Key.Key_1)
    shown = judging.shown
    judging.wait(lambda: judging.page.bar.queue.findData("typed") != -1)
    judging.idle()
    assert judging.page.bar.chosen == "twins"
    assert judging.shown == shown


def test_the_form_says_what_is_missing(judging: Judging) -> None:
    form = judging.page.form
    judging.page.show_form()
    form.name.setText("none")
    form.source.setCurrentIndex(form.source.findData("dataset"))
    assert not form.dataset.isEnabled()
    form.start.click()
    assert form.problem.text().startswith("No data set is imported yet")


@pytest.mark.parametrize(
    ("name", "kind", "wanted"),
    [
        ("ada", "CSV table (*.csv)", "ada.csv"),
        ("ada", "JSON lines, everything (*.jsonl)", "ada.jsonl"),
        ("ada.qrels", "CSV table (*.csv)", "ada.qrels"),
    ],
)
def test_an_export_gets_the_ending_of_its_format(name: str, kind: str, wanted: str) -> None:
    assert with_ending(name, kind) == wanted


def test_an_import_says_under_which_name_a_queue_came(judging: Judging, tmp_path: Path) -> None:
    path = tmp_path / "grace.jsonl"
    with JudgementStore(tmp_path / "grace.sqlite") as store:
        make(store, name="twins")
        run_to_end(doors.export(store, path))
    said: list[str] = []
    judging.page.said.connect(said.append)
    judging.page._import(str(path))
    judging.wait(lambda: bool(said))
    assert "the queue twins is here as twins (2)" in said[0]
    judging.idle()


def test_the_fields_of_a_new_queue_say_what_they_are(qtbot: QtBot) -> None:
    form = QueueForm()
    qtbot.addWidget(form)
    form.show()
    hint = next(one for one in form.findChildren(QLabel) if one.text().startswith("are shown"))
    assert hint.isVisible() and form.repeats.accessibleDescription() == hint.text()
    assert form.depth.accessibleDescription() == "first results of each ranking"
    form.source.setCurrentIndex(form.source.findData("texts"))
    assert not form.history.isVisible() and form.texts.isVisible()
