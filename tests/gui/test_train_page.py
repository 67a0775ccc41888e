"""The Train page: what it says, what it asks for, what a screen reader gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.learning.finetune_plan import record_of, write_plan
from engine.learning.versions import Versions
from engine.types import Grade, Progress, Query
from engine.types_models import ModelInfo, ModelState
from engine.types_training import (
    Comparison,
    CurvePoint,
    MinedQuery,
    MiningReport,
    Negative,
    Origin,
    Positive,
    QueryChange,
    TrainingEstimate,
    TrainingOutlook,
    TrainingSpec,
    Version,
)
from gui.engine_thread import Event, TaskState
from gui.train_curve import in_words, means
from gui.train_figures import Figures
from gui.train_page import TrainPage
from gui.train_words import outlook_in_words, progress_in_words
from tests.gui.conftest import OpenWindow
from tests.gui.hits import make_chunk
from tests.gui.test_judge_page import tree


@pytest.fixture
def training(opened: OpenWindow) -> Iterator[OpenWindow]:
    """A window with the Train page shown."""
    window = opened.window
    QTest.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    opened.wait(lambda: window.training.outlook.text())
    yield opened


def page(opened: OpenWindow) -> TrainPage:
    return opened.window.training


def add_version(home: Path, warning: str = "") -> None:
    model = home / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"")
    change = QueryChange(Query("scaled dot product attention", "sample"), 0.2, 0.7)
    compared = Comparison("held-out", "nDCG@10", 30, 0.5, 0.6, 0.02, 0.2, 0.01, 9, 3, "better")
    version = Version(
        "mine",
        datetime.now(UTC),
        ("cross-encoder",),
        {},
        {"cross-encoder": "bundled"},
        *(100, 20, (compared,), (change,)),
        warning=warning,
    )
    Versions(home / "versions").add(version, {"cross-encoder": model})


def begin(home: Path, spec: TrainingSpec) -> None:
    """What a training leaves that was stopped before its first step."""
    folder = home / "training" / spec.name
    folder.mkdir(parents=True)
    write_plan(folder, {"spec": record_of(spec)})


def ended(opened: OpenWindow, method: str) -> list[Event]:
    return [event for event in opened.events if event.method == method and event.final]


def test_it_says_plainly_that_there_is_too_little(training: OpenWindow) -> None:
    assert "0 judgements of 0 queries" in page(training).outlook.text()
    assert "too few" in page(training).advice.text()
    assert page(training).none.isVisible()


def test_a_training_that_cannot_be_says_why(training: OpenWindow) -> None:
    page(training).start.click()
    assert page(training).cancel.isVisible()
    training.wait(
        lambda: any(e.method == "train_from_judgements" and e.final for e in training.events)
    )
    (event,) = [e for e in training.events if e.method == "train_from_judgements" and e.final]
    assert event.state is TaskState.FAILED
    assert "too few to train on" in event.error
    assert page(training).start.isEnabled()
    assert not page(training).cancel.isVisible()


def test_a_version_and_its_queries(training: OpenWindow, home: Path) -> None:
    add_version(home, warning="It is not better on the held-out queries.")
    page(training).enter()
    training.idle()
    training.wait(lambda: page(training).versions.rows)
    (row,) = page(training).versions.rows
    training.wait(row.isVisible)
    row.more.click()
    assert row.changes.isVisible()
    assert row.changes.item(0).text().startswith("better: 0.20 → 0.70")
    middle = row.changes.visualItemRect(row.changes.item(0)).center()
    QTest.mouseClick(row.changes.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    result = training.result()
    assert result.query.text == "scaled dot product attention"


def test_the_figures_of_a_version_are_a_table_and_sentences_for_a_screen_reader(
    qtbot: QtBot,
) -> None:
    surer = Comparison("held-out", "nDCG@10", 30, 0.5, 0.61, 0.02, 0.2, 0.01, 9, 3, "better")
    unsure = Comparison("sample", "MRR", 48, 0.7, 0.69, -0.04, 0.02, 0.25, 2, 4, "no difference")
    shown = Figures((surer, unsure))
    qtbot.addWidget(shown)
    first, second = shown.accessibleName().splitlines()
    assert first == (
        "held-out nDCG@10: 0.500 → 0.610 (+0.020 to +0.200, p = 0.01), 9 better, 3 worse of 30"
    )
    assert second.startswith("sample MRR: 0.700 → 0.690 (−0.040 to +0.020, p = 0.25)")
    assert "<b>0.610</b>" in shown.text() and "<b>0.690" not in shown.text()
    assert Figures(()).text() == ""


def test_what_is_unfolded_stays_so_when_the_versions_are_asked_for_again(
    training: OpenWindow, home: Path
) -> None:
    add_version(home)
    page(training).enter()
    training.wait(lambda: page(training).versions.rows)
    training.idle()
    (row,) = page(training).versions.rows
    training.wait(row.isVisible)
    row.more.click()
    page(training).enter()
    training.idle()
    assert page(training).versions.rows == [row] and row.changes.isVisible()
    version = row.version
    page(training).versions.show_versions([version, replace(version, name="another")])
    again = page(training).versions.rows[0]
    assert again is not row and again.changes.isVisibleTo(again) and again.changes.count() == 1


def test_a_version_that_cannot_be_loaded_is_not_used(training: OpenWindow, home: Path) -> None:
    add_version(home)
    page(training).enter()
    training.idle()
    training.wait(lambda: page(training).versions.rows)
    page(training).versions.rows[0].use.click()
    done = lambda: [e for e in training.events if e.method == "activate_version" and e.final]  # noqa: E731
    training.wait(done)
    assert done()[0].state is TaskState.FAILED
    training.idle()
    assert page(training).versions.rows[0].use.text() == "Use"


def test_a_version_that_is_warned_of_takes_a_second_press(training: OpenWindow, home: Path) -> None:
    add_version(home, warning="It forgot.")
    page(training).enter()
    training.idle()
    training.wait(lambda: page(training).versions.rows)
    use = page(training).versions.rows[0].use
    use.click()
    training.idle()
    assert "anyway" in use.text()
    assert not [event for event in training.events if event.method == "activate_version"]
    use.click()
    training.wait(
        lambda: [e for e in training.events if e.method == "activate_version" and e.final]
    )


def test_there_is_nothing_to_go_back_to_at_first(training: OpenWindow) -> None:
    training.idle()
    assert not page(training).former.isEnabled()


def test_how_long_it_takes_is_said_in_words(training: OpenWindow) -> None:
    page(training)._measured = ("cross-encoder",)
    page(training)._show_estimate(TrainingEstimate(60.0, 200.0, 100.0, 40))
    assert page(training).estimate.isVisible()
    assert page(training).estimate.text().startswith("About 6 min in all: mining 60 s")
    page(training).encoder.toggle()
    assert not page(training).estimate.isVisible()  # it was of other stages


def test_removing_a_version(training: OpenWindow, home: Path) -> None:
    add_version(home)
    page(training).enter()
    training.idle()
    training.wait(lambda: page(training).versions.rows)
    remove = page(training).versions.rows[0].remove
    remove.click()
    training.idle()
    assert page(training).versions.rows  # a second press on a button that says what it does
    assert "for good" in remove.text()
    remove.click()
    training.wait(lambda: not page(training).versions.rows)
    assert page(training).none.isVisible()


def test_an_unfinished_training_says_what_it_goes_on_with(training: OpenWindow, home: Path) -> None:
    both = ("cross-encoder", "encoder")
    begin(home, TrainingSpec("mine", both, steps=12, held_out=0.4, seed=3))
    page(training).enter()
    training.wait(lambda: ended(training, "begun_training"))
    (row,) = page(training).unfinished.rows
    assert row.begun.text().startswith("unfinished · goes on as it was begun")
    assert row.begun.text().endswith(": cross-encoder and encoder, 40 % held out, 12 steps, seed 3")
    assert page(training).cancel.nextInFocusChain() is row.go_on  # not behind the versions
    row.go_on.setFocus()
    QTest.keyClick(row.go_on, Qt.Key.Key_Space)
    assert not row.go_on.isEnabled() and not row.remove.isEnabled()
    assert page(training).cancel.hasFocus()
    training.wait(lambda: ended(training, "train_from_judgements"))
    assert ended(training, "train_from_judgements")[0].key == "training:mine"
    assert row.go_on.isEnabled()


def test_a_name_that_is_unfinished_goes_on_whatever_is_chosen(
    training: OpenWindow, home: Path
) -> None:
    begin(home, TrainingSpec("mine", ("encoder",)))
    page(training).enter()
    training.wait(lambda: ended(training, "begun_training"))
    page(training).cross_encoder.setChecked(False)
    assert not page(training).start.isEnabled()
    page(training).name.setText("mine")
    assert page(training).start.text() == "Go on"
    assert page(training).start.isEnabled()
    page(training).name.setText("mine too")
    assert page(training).start.text() == "Train"


def test_an_unfinished_training_is_removed_at_the_second_press(
    training: OpenWindow, home: Path
) -> None:
    for name in ("one", "other"):
        begin(home, TrainingSpec(name))
    page(training).enter()
    training.wait(lambda: len(page(training).unfinished.rows) == 2)
    row = next(row for row in page(training).unfinished.rows if row.name == "one")
    row.remove.click()
    training.idle()
    assert (home / "training" / "one").exists()
    assert "for good" in row.remove.text()
    row.remove.click()
    training.wait(lambda: page(training).unfinished.names() == ["other"])
    assert not (home / "training" / "one").exists()


def test_the_end_of_a_job_leaves_the_focus_where_somebody_types(training: OpenWindow) -> None:
    page(training).look.click()
    page(training).name.setFocus()
    training.wait(lambda: ended(training, "mine_negatives"))
    assert page(training).name.hasFocus()  # else a space in the name would start a training


def test_a_curve_is_shown_of_a_training_only(training: OpenWindow) -> None:
    page(training).look.click()
    assert page(training).bar.isVisible()
    assert not page(training).curve.isVisible()
    training.wait(lambda: ended(training, "mine_negatives"))
    page(training).start.click()
    assert page(training).curve.isVisible()
    training.wait(lambda: ended(training, "train_from_judgements"))


def test_the_bundled_models_are_offered_where_others_are_in_use(training: OpenWindow) -> None:
    training.wait(lambda: ended(training, "load_models"))
    assert page(training).bundled.isEnabled()
    in_use = tuple(
        ModelInfo(role, "bundled", ModelState.READY) for role in ("encoder", "cross-encoder")
    )
    page(training)._on_event(Event(0, "load_models", TaskState.DONE, in_use))
    assert not page(training).bundled.isEnabled()


def report() -> MiningReport:
    samples = tuple(
        MinedQuery(
            Query(f"query {number}", "sample"),
            None,
            (Positive(make_chunk("right"), 3),),
            (
                Negative(
                    make_chunk(f"wrong{number}", text=f"def wrong{number}(): ..."), origin, 2, 0.1
                ),
            ),
        )
        for number, origin in enumerate((Origin.MINED, Origin.RANDOM, Origin.JUDGED))
    )
    return MiningReport(3, 0, 3, {Origin.MINED: 1}, {"near-duplicate": 2}, 0, samples)


def test_a_wrong_negative_is_rejected_by_a_judgement(training: OpenWindow) -> None:
    view = page(training).negatives
    view.show_report(report())
    page(training)._stack.setCurrentWidget(view)
    assert view.list.count() == 3
    assert view.negatives.subtitle.full_text() == "3 of them to look at"
    assert "wrong0" in view.list.item(0).text()  # all of a query would look the same
    assert "wrong0" in view.wrong.title.full_text()
    assert view.asked.toPlainText() == "query 0"
    view.reject.click()
    assert view.list.currentRow() == 1
    assert view.list.item(0).text().startswith("rejected")
    training.idle()
    assert training.stored_grades() == {"wrong0": Grade.STRONG}
    view.list.setCurrentRow(0)
    assert not view.reject.isEnabled()
    view.list.setCurrentRow(2)
    QTest.keyClick(view.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    training.wait(lambda: view.list.currentRow() == 0)
    assert view.list.item(0).text().startswith("mined")
    assert view.reject.isEnabled()
    assert training.stored_grades() == {}
    view.list.setFocus()
    QTest.keyClick(view.list, Qt.Key.Key_Escape)
    assert page(training).start.isVisible()
    assert page(training).look.hasFocus()
    QTest.keyClick(training.window, Qt.Key.Key_Escape)
    assert not page(training).isVisible()


def test_a_training_in_words() -> None:
    outlook = TrainingOutlook(16, 1, 1, 1, 0, False, "Judge more.", "cpu", 20)
    assert outlook_in_words(outlook) == (
        "16 judgements of 1 query: 1 to train on, 0 to find how much the model should count, "
        "0 held out to measure on. 20 steps on cpu."
    )
    progress = Progress("training the encoder", 3, 60, seconds_left=600.0)
    assert progress_in_words(progress) == "training the encoder · 3 of 60 · about 10 min left"


def test_the_curve_in_words() -> None:
    points = [CurvePoint("cross-encoder", n, 4, 1.0 / n) for n in (1, 2)]
    assert means([1.0, 0.5]) == pytest.approx([1.0, 0.9])
    assert in_words(points) == "step 2 of 4, loss 0.900, at first 1.000"
    assert in_words([]) == "no step yet"


def test_a_screen_reader_finds_every_control_by_name(training: OpenWindow, home: Path) -> None:
    add_version(home)
    page(training).enter()
    training.idle()
    training.wait(lambda: page(training).versions.rows)
    page(training).negatives.show_report(report())
    roles = (
        QAccessible.Role.Button,
        QAccessible.Role.EditableText,
        QAccessible.Role.CheckBox,
        QAccessible.Role.List,
    )
    for interface in tree(page(training)):
        if interface.role() in roles and interface.object().isVisibleTo(page(training)):
            assert interface.text(QAccessible.Text.Name), interface.object()
