"""The window as its user meets it: real widgets, the real engine, the sample corpus."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QUrl
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.types import Grade, Progress
from gui.engine_thread import EngineThread, Event, TaskState
from gui.main_window import MainWindow
from gui.search_page import WIDE
from gui.theme import DARK
from tests.gui.conftest import OpenWindow
from tests.gui.test_train_page import add_version
from tests.models.tiny import make_encoder_folder

ROOT = Path(__file__).resolve().parents[2]


def test_the_window_shows_without_its_engine(qtbot: QtBot, tmp_path: Path) -> None:
    engine = EngineThread(lambda: None)
    window = MainWindow(engine, tmp_path)
    qtbot.addWidget(window)
    window.show()
    assert window.isVisible()
    assert window.search.results.welcome.isVisible()
    window.go("train")
    assert window.training.advice.text() == "looking…"
    window.go("judge")
    assert window.judging.message.text().startswith("Looking")  # not: there is nothing to judge
    window.go("models")
    assert window.models.looking.isVisible()
    window.go("evaluate")
    assert window.evaluation.message.text().startswith("looking")
    window.close()


def test_showing_the_window_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from PySide6.QtWidgets import QApplication\n"
        "app = QApplication([])\n"
        "from gui.engine_thread import EngineThread, engine_factory\n"
        "from gui.main_window import MainWindow\n"
        f"home = Path({str(tmp_path)!r})\n"
        "window = MainWindow(EngineThread(engine_factory(home)), home)\n"
        "window.show(); app.processEvents(); window.close()\n"
        "heavy = {'torch', 'transformers', 'faiss', 'numba', 'numpy', 'sqlite_utils'}\n"
        "print(*sorted(heavy & {name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == ""


def test_the_whole_path_by_keyboard(opened: OpenWindow) -> None:
    qtbot, window, page = opened.qtbot, opened.window, opened.search
    page.query.editor.setFocus()
    qtbot.keyClicks(page.query.editor, "clip gradients by their norm")
    qtbot.keyPress(page.query.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    result = opened.result()
    assert result.hits
    assert page.results.current() == result.hits[0]
    assert page.viewer.code.toPlainText() == result.hits[0].chunk.text

    qtbot.keyPress(page.query.editor, Qt.Key.Key_Escape)
    qtbot.waitUntil(page.results.list.hasFocus)
    qtbot.keyPress(page.results.list, Qt.Key.Key_Down)
    second = result.hits[1].chunk
    assert page.viewer.hit is not None and page.viewer.hit.chunk == second
    qtbot.keyPress(page.results.list, Qt.Key.Key_3)
    shown = page.results.current()
    assert shown is not None and shown.grade is Grade.EXACT  # at once
    assert opened.stored_grades() == {second.id: Grade.EXACT}

    qtbot.keyPress(window, Qt.Key.Key_K)
    qtbot.keyPress(window, Qt.Key.Key_J)
    qtbot.keyPress(window, Qt.Key.Key_1)
    assert opened.stored_grades() == {second.id: Grade.WEAK}
    qtbot.keyPress(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.results.current().grade is Grade.EXACT)
    assert opened.stored_grades() == {second.id: Grade.EXACT}
    qtbot.keyPress(window, Qt.Key.Key_Backspace)
    assert page.results.current().grade is None
    assert opened.stored_grades() == {}


def test_keys_typed_into_the_query_are_text_and_no_grades(opened: OpenWindow) -> None:
    page = opened.search
    page.ask("beam search")
    opened.result()
    page.query.editor.setFocus()
    opened.qtbot.keyClicks(page.query.editor, " j3k")
    opened.qtbot.keyPress(page.query.editor, Qt.Key.Key_Backspace)
    assert page.query.text() == "beam search j3"
    assert opened.stored_grades() == {}


def test_results_can_be_moved_through_from_the_query(opened: OpenWindow) -> None:
    page = opened.search
    page.ask("beam search")
    result = opened.result()
    page.query.editor.setFocus()
    for modifier in (Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier):
        opened.qtbot.keyPress(page.query.editor, Qt.Key.Key_Down, modifier)
    assert page.results.current() == result.hits[2]
    opened.qtbot.keyPress(page.query.editor, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert page.results.current() == result.hits[1]
    assert page.query.editor.hasFocus()


def test_no_key_grades_what_is_not_on_the_screen(opened: OpenWindow) -> None:
    opened.search.ask("beam search")
    opened.result()
    opened.window.go("corpora")
    opened.window.corpora.setFocus()
    opened.qtbot.keyPress(opened.window, Qt.Key.Key_3)
    opened.window.go("search")
    assert opened.stored_grades() == {}


def test_a_grade_survives_a_restart(qtbot: QtBot, home: Path) -> None:
    first = OpenWindow(qtbot, home)
    first.begin()
    first.search.ask("beam search")
    chunk = first.result().hits[0].chunk
    first.search.grade_current(Grade.STRONG)
    first.close()  # at once: the grade is not lost on the way

    second = OpenWindow(qtbot, home)
    second.begin()
    second.search.ask("beam search")
    assert second.result().hits[0].chunk.id == chunk.id
    assert second.search.results.current().grade is Grade.STRONG
    second.close()


def test_the_layout_and_the_theme_survive_a_restart(
    qapp: QApplication, qtbot: QtBot, home: Path
) -> None:
    first = OpenWindow(qtbot, home)
    first.window.resize(1400, 900)
    first.search._outer.setSizes([500, 800])
    first.window.set_theme("dark")
    assert DARK.surface in first.window.styleSheet()
    assert qapp.styleSheet() == ""  # it would dress every widget anew, in the third of a second
    sizes = first.search._outer.sizes()
    first.close()

    second = OpenWindow(qtbot, home)
    second.window.resize(1400, 900)
    assert second.search._outer.sizes() == sizes
    assert second.window.actions_.themes["dark"].isChecked()
    second.window.set_theme("system")
    second.close()


def test_a_wide_window_puts_the_panes_in_one_row_with_their_code_on_one_line(
    opened: OpenWindow,
) -> None:
    page = opened.search
    page.ask("beam search")
    opened.result()

    def top(widget: QWidget) -> int:
        return widget.mapTo(page, widget.rect().topLeft()).y()

    for width in (WIDE + 100, WIDE - 200, WIDE + 300):
        opened.window.resize(width, 900)
        one_row = width >= WIDE
        opened.wait(lambda: (top(page.results) == top(page.query)) is one_row)  # noqa: B023
        assert top(page.query.editor) == top(page.viewer.code)
        assert page.query.editor.font() == page.viewer.code.font()


def test_places_are_reached_by_number(opened: OpenWindow) -> None:
    places = list(opened.window.rail.actions_by_place)
    assert places == ["search", "judge", "corpora", "train", "evaluate"]
    for number, place in enumerate(places, 1):
        key = Qt.Key(Qt.Key.Key_0 + number)
        opened.qtbot.keyPress(opened.window, key, Qt.KeyboardModifier.ControlModifier)
        assert opened.window._places[place].isVisible()


def test_every_control_has_an_accessible_name(opened: OpenWindow) -> None:
    opened.search.ask("beam search")
    opened.result()
    nameless = []
    for kind in (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit):
        for widget in opened.window.findChildren(kind):
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            inside = isinstance(widget.parent(), QLineEdit) or not widget.isVisible()
            if not (inside or widget.accessibleName() or text):
                nameless.append(widget)
    assert nameless == []


def test_tab_stops_at_no_scroll_area(opened: OpenWindow) -> None:
    """Nothing would show that it has the focus; what is in it scrolls there when it is reached."""
    areas = opened.window.findChildren(QScrollArea)
    assert areas
    assert [
        area.objectName() for area in areas if area.focusPolicy() & Qt.FocusPolicy.TabFocus
    ] == []


def test_every_shortcut_belongs_to_one_action_only(opened: OpenWindow) -> None:
    seen: dict[str, str] = {}
    for bar_action in opened.window.menuBar().actions():
        for action in bar_action.menu().actions():
            for keys in action.shortcuts():
                assert keys.toString() not in seen, (action.text(), seen[keys.toString()])
                seen[keys.toString()] = action.text()
    assert {"J", "K", "0", "1", "2", "3", "Ctrl+1", "Ctrl+3", "Ctrl+Return"} <= seen.keys()


def test_the_help_page_lists_the_shortcuts_and_the_state(opened: OpenWindow) -> None:
    opened.window.actions_.doctor.trigger()
    opened.wait(lambda: "State of the installation" in opened.window.help.text.toPlainText())
    text = opened.window.help.text.toPlainText()
    assert "Next Result" in text and "Ctrl+Down" in text
    assert "Judge: In a Queue" in text and "Cannot tell" in text  # what menus hold in menus
    assert opened.window.help.isVisible()
    opened.qtbot.keyPress(opened.window, Qt.Key.Key_Escape)
    assert opened.search.isVisible()


def model_names(opened: OpenWindow) -> dict[str, str]:
    return {info.role: info.name for info in opened.window.session.models}


def test_another_model_is_chosen_in_the_window(opened: OpenWindow, tmp_path: Path) -> None:
    folder = make_encoder_folder(tmp_path / "other")
    opened.wait(lambda: len(opened.window.session.models) == 2)
    before = model_names(opened)
    opened.window.actions_.models.trigger()
    page = opened.window.models
    assert page.isVisible() and page.source.hasFocus()
    opened.qtbot.keyClicks(page.source, str(folder))
    opened.qtbot.keyPress(page.source, Qt.Key.Key_Return)
    opened.wait(lambda: model_names(opened)["encoder"] == str(folder))
    page.role.setCurrentIndex(page.role.findData("cross-encoder"))
    page.source.setText(str(tmp_path / "nothing"))
    opened.qtbot.keyPress(page.source, Qt.Key.Key_Return)
    opened.wait(lambda: "no model folder" in page.problem.text())
    assert model_names(opened) == {**before, "encoder": str(folder)}


def shown_errors(opened: OpenWindow) -> list[str]:
    labels = opened.window.status.findChildren(QLabel)
    return [label.text() for label in labels if label.isVisible()]


def test_the_editor_command_is_kept(opened: OpenWindow) -> None:
    opened.window.actions_.editor_command.trigger()
    field = opened.window.prompt.field
    field.clear()
    opened.qtbot.keyClicks(field, "kate {file}")
    opened.qtbot.keyPress(field, Qt.Key.Key_Return)
    assert not opened.window.prompt.isVisible()
    opened.idle()
    task = opened.engine.call("setting", "editor.command")
    opened.wait(lambda: any(event.id == task for event in opened.events))
    assert next(e.value for e in opened.events if e.id == task) == "kate {file}"
    opened.window.actions_.editor_command.trigger()
    opened.qtbot.keyPress(field, Qt.Key.Key_Escape)
    assert not opened.window.prompt.isVisible()


def test_a_folder_dropped_on_the_query_is_offered_as_a_corpus(
    opened: OpenWindow, project: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(project))])
    assert not opened.search.query.editor.canInsertFromMimeData(data)
    opened.window.take_drop(data)
    assert opened.window.corpora.isVisible()
    form = opened.window.corpora.form
    assert form.source.text() == str(project)
    opened.wait(lambda: form.name.text() == "project")


def test_an_engine_that_cannot_start_is_said_once(qtbot: QtBot, tmp_path: Path) -> None:
    def make() -> object:
        raise RuntimeError("no engine today")

    engine = EngineThread(make)
    window = MainWindow(engine, tmp_path)
    qtbot.addWidget(window)
    window.show()
    engine.start()
    window.begin()
    line = "Internal error in start: RuntimeError: no engine today"
    qtbot.waitUntil(lambda: line in window.status.errors(), timeout=10_000)
    window.search.ask("anything")
    qtbot.waitUntil(lambda: line in window.search.results.message.text(), timeout=10_000)
    assert window.status.errors() == [line]
    window.close()


@pytest.mark.parametrize("corpus", ["no-such-corpus"])
def test_an_unknown_corpus_on_the_command_line_is_said(
    qtbot: QtBot, home: Path, corpus: str
) -> None:
    opened = OpenWindow(qtbot, home)
    opened.engine.start()
    opened.window.begin(corpus)
    opened.wait(lambda: opened.window.session.corpora)
    opened.wait(lambda: any(corpus in line for line in opened.window.status.errors()))
    assert opened.search.filters.filters().corpus == "sample"
    opened.close()


def test_going_to_a_filter_from_another_place_opens_it_on_the_search_page(
    opened: OpenWindow,
) -> None:
    opened.window.go("corpora")
    opened.window.search_actions.find_in.trigger()
    assert opened.search.isVisible()
    assert opened.search.filters._framework.view().isVisible()
    opened.search.filters._framework.hidePopup()


def test_the_rail_marks_the_page_that_is_shown(opened: OpenWindow) -> None:
    def marked() -> list[str]:
        places = opened.window.rail.actions_by_place
        return [place for place, action in places.items() if action.isChecked()]

    for place in opened.window.rail.actions_by_place:
        opened.window.go(place)
        assert marked() == [place]
    for place, expected in (("models", []), ("import", ["corpora"]), ("help", [])):
        opened.window.go(place)
        assert marked() == expected


class ShownWindows(QObject):
    """Notes every widget that is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            said = watched.text() if isinstance(watched, QAbstractButton | QLabel) else ""
            self.shown.append(f"{type(watched).__name__} {said}")
        return False


@pytest.fixture
def watching() -> Iterator[ShownWindows]:
    app, watching = QApplication.instance(), ShownWindows()
    assert app is not None
    app.installEventFilter(watching)
    yield watching
    app.removeEventFilter(watching)


def test_nothing_flashes_up_as_a_window_of_its_own(
    watching: ShownWindows, opened: OpenWindow, home: Path
) -> None:
    """Such a window is gone at once, but takes the keys of whoever is typing."""
    add_version(home, warning="It forgot.")
    for place in ("judge", "corpora", "train", "evaluate", "import", "models", "help"):
        opened.window.go(place)
        opened.idle()
    opened.wait(lambda: opened.window.training.versions.rows)
    news = Progress("reading files", 1, 2)
    opened.engine.event.emit(Event(0, "index", TaskState.PROGRESS, news, key="index:x"))
    assert watching.shown == ["MainWindow "]
