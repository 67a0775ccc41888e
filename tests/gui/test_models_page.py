"""The Models page: the catalogue, a question before a download, progress, use, removal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QWidget

from engine.types_models import ModelListing, ModelPlace
from gui import texts
from gui.model_row import ModelRow
from gui.models_page import ModelsPage
from tests.gui.conftest import OpenWindow
from tests.models.hub_server import Hub, go_there, serve
from tests.models.tiny import make_encoder_folder, words_of

NAME = "somebody/tiny"
WEIGHTS = "model.safetensors"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    make_encoder_folder(tmp_path / "hub" / NAME, words_of("attention over the query and the key"))
    with serve(tmp_path / "hub") as hub:
        go_there(hub, tmp_path, monkeypatch)
        yield hub


@pytest.fixture
def page(hub: Hub, opened: OpenWindow) -> ModelsPage:
    opened.wait(lambda: len(opened.window.session.models) == 2)
    opened.window.go("models")
    opened.wait(opened.window.models.rows)
    return opened.window.models


def write(opened: OpenWindow, name: str) -> None:
    page = opened.window.models
    page.source.setText(name)
    opened.qtbot.keyPress(page.source, Qt.Key.Key_Return)
    opened.wait(lambda: not page._plan)


def row_of(page: ModelsPage, name: str, role: str = "encoder") -> ModelRow:
    return page.rows()[role, name]


def encoder_in_use(opened: OpenWindow) -> str:
    return next(info.name for info in opened.window.session.models if info.role == "encoder")


def test_the_catalogue_is_shown_by_role(page: ModelsPage, hub: Hub) -> None:
    assert not page.looking.isVisible()
    row = row_of(page, "jinaai/jina-code-embeddings-0.5b")
    assert row._warning.text() == "not for commercial use"
    assert " CC-BY-NC-4.0 · reads" in row._facts.full_text()  # once said is enough
    assert row.look.isVisible() and not row.use.isVisible()
    assert row_of(page, "bundled", "cross-encoder").use.isVisible()  # the tests have none in use
    assert hub.asked == []


def test_a_model_is_asked_about_downloaded_and_used(
    opened: OpenWindow, page: ModelsPage, hub: Hub
) -> None:
    write(opened, NAME)
    assert "is not on this machine" in page.question.text()
    assert hub.asked == []
    assert opened.window.focusWidget() is page.yes
    opened.qtbot.keyClick(page.yes, Qt.Key.Key_Space)
    opened.wait(lambda: "Licence: apache-2.0" in page.question.text())
    assert "to download from huggingface.co" in page.question.text()
    assert hub.files() == ["config.json"]  # no weights before the second yes
    page.yes.click()
    opened.wait(lambda: encoder_in_use(opened) == NAME)
    opened.wait(lambda: (("encoder", NAME) in page.rows()) and row_of(page, NAME).model.in_use)
    row = row_of(page, NAME)
    assert not row.remove.isVisible() and not row.use.isVisible()
    row_of(page, "bundled").use.click()
    opened.wait(lambda: encoder_in_use(opened) == "bundled")
    opened.wait(lambda: row.remove.isVisible())
    row.remove.click()
    assert "Delete what was downloaded" in page.question.text()
    assert opened.window.focusWidget() is page.no
    page.yes.click()
    opened.wait(lambda: ("encoder", NAME) not in page.rows())


def test_no_means_no(opened: OpenWindow, page: ModelsPage, hub: Hub) -> None:
    write(opened, NAME)
    page.no.click()
    assert not page.question.isVisible()
    assert opened.window.focusWidget() is page.source
    opened.idle()
    assert hub.asked == []


def test_escape_means_no_before_it_leaves(opened: OpenWindow, page: ModelsPage, hub: Hub) -> None:
    write(opened, NAME)
    opened.qtbot.keyClick(page.yes, Qt.Key.Key_Escape)
    assert page.isVisible() and not page.question.isVisible()
    opened.qtbot.keyClick(page.source, Qt.Key.Key_Escape)
    assert not page.isVisible()


def test_a_download_is_shown_stopped_and_taken_up_again(
    opened: OpenWindow, page: ModelsPage, hub: Hub
) -> None:
    hub.troubles.hold = threading.Event()
    write(opened, NAME)
    page.yes.click()
    opened.wait(lambda: "Licence" in page.question.text())
    page.yes.click()
    opened.wait(lambda: ("encoder", NAME) in page.rows())
    row = row_of(page, NAME)
    opened.wait(lambda: " of " in row.words and row.cancel.isVisible())
    assert any("you can go on searching" in words for words in opened.window.status.job_words())
    row.cancel.click()
    opened.wait(lambda: not page._jobs)  # what is held back must not come before it is stopped
    hub.troubles.hold.set()
    hub.troubles.hold = None
    opened.wait(lambda: row.look.isVisible())
    assert row.look.text() == "Go on with the download…"
    hub.asked.clear()
    row.look.click()
    opened.wait(lambda: not page._plan)
    assert "still to be downloaded" in page.question.text()
    page.yes.click()
    opened.wait(lambda: encoder_in_use(opened) == NAME)
    assert [file for file in hub.files() if file.startswith(WEIGHTS) and "from=" not in file] == []


def test_what_goes_wrong_is_said_where_it_was_started(
    opened: OpenWindow, page: ModelsPage, hub: Hub
) -> None:
    before = opened.window.status.errors()
    write(opened, "nobody/nothing")
    page.yes.click()
    opened.wait(lambda: "there is no model nobody/nothing" in page.problem.text())
    assert opened.window.status.errors() == before


def test_a_folder_that_cannot_be_used_stays_in_the_line(
    opened: OpenWindow, page: ModelsPage, tmp_path: Path
) -> None:
    good = make_encoder_folder(tmp_path / "good")
    bad = make_encoder_folder(tmp_path / "bad")
    (bad / "model.safetensors").rename(bad / "pytorch_model.bin")
    write(opened, str(bad))
    opened.wait(lambda: any("pickled weights" in line for line in opened.window.status.errors()))
    assert page.source.text() == str(bad)
    write(opened, str(good))
    opened.wait(lambda: encoder_in_use(opened) == str(good))
    opened.wait(lambda: not page.source.text())


def test_what_does_not_fit_is_asked_about(
    opened: OpenWindow, page: ModelsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(make_encoder_folder(tmp_path / "large").resolve())
    monkeypatch.setattr("engine.models.memory._free_main_memory", lambda: 1000)
    write(opened, folder)
    assert "only 1 kB are free" in page.question.text()
    assert encoder_in_use(opened) != folder
    page.yes.click()
    opened.wait(lambda: encoder_in_use(opened) == folder)


def test_vectors_of_another_encoder_fill_in_and_the_page_says_so(
    opened: OpenWindow, page: ModelsPage, tmp_path: Path
) -> None:
    def complete() -> bool:
        info = opened.window.session.corpus("sample")
        return info is not None and info.vectors == info.chunks

    for name in ("one", "two"):
        folder = make_encoder_folder(tmp_path / name, seed=len(name) + ord(name[0]))
        write(opened, str(folder.resolve()))
        opened.wait(lambda: "Vectors of the encoder in use" in page.vectors.full_text())
        opened.wait(complete)
        opened.wait(lambda: not page.vectors.isVisible())
    # All of this held of the first encoder too: what only the second one brings is waited for.
    opened.wait(lambda: "the former encoder's serve until then" in page.vectors.full_text())
    opened.wait(lambda: not opened.window.session.changing)
    opened.wait(lambda: complete() and not page.vectors.isVisible())


def test_a_warning_names_everything_that_speaks_against_a_model() -> None:
    model = ModelListing(
        "a/b", "encoder", "large", ModelPlace.ABSENT, False, commercial=False, memory=2, free=1
    )
    assert texts.model_warning(model).startswith("not for commercial use · does not fit: ")


def test_a_folder_that_has_gone_is_not_looked_for_on_the_hub(page: ModelsPage) -> None:
    gone = [row for (_, name), row in page.rows().items() if name.endswith("no-encoder")]
    assert len(gone) == 1
    assert not gone[0].look.isVisible() and not gone[0].use.isVisible()
    assert "no model folder" in gone[0]._purpose.full_text()


def test_everything_has_a_name_and_is_reached_by_keyboard(
    opened: OpenWindow, page: ModelsPage
) -> None:
    controls = [
        widget
        for kind in (QPushButton, QLineEdit, QComboBox)
        for widget in page.findChildren(kind)
        if widget.isVisibleTo(page)
    ]
    assert all(widget.accessibleName() or widget.text() for widget in controls)
    reached: set[QWidget] = set()
    page.source.setFocus()
    for _ in range(3 * len(controls)):
        widget = opened.window.focusWidget()
        if widget is not None:
            reached.add(widget)
        opened.qtbot.keyPress(widget, Qt.Key.Key_Tab)
    assert {c for c in controls if not isinstance(c.parent(), QComboBox)} <= reached
