"""What happens by itself: models load, vectors fill in, the shown answer gets better."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.engine import Engine
from engine.job import run_to_end
from engine.models.encoder import BertEncoder
from engine.models.own_closeness import kept_at
from engine.paths import Paths
from engine.types_models import MEASURING
from gui.engine_thread import TaskState
from tests.gui.conftest import OpenWindow
from tests.models.tiny import make_cross_encoder_folder, make_encoder_folder
from tests.retrieval.conftest import CPU


@pytest.fixture
def with_models(
    qtbot: QtBot, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenWindow]:
    folder = tmp_path_factory.mktemp("models")
    settings = {
        "encoder": str(make_encoder_folder(folder / "encoder")),
        "cross-encoder": str(make_cross_encoder_folder(folder / "cross-encoder")),
    }
    (home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    opened = OpenWindow(qtbot, home)
    opened.begin()
    yield opened
    opened.close()


def use(home: Path, encoder: Path) -> None:
    """Choose an encoder before the window opens, and no cross-encoder that there is."""
    settings = {"encoder": str(encoder), "cross-encoder": str(encoder / "none")}
    (home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


def test_models_load_vectors_fill_in_and_the_answer_gets_better(with_models: OpenWindow) -> None:
    opened = with_models
    opened.search.ask("beam search")
    opened.wait(lambda: opened.window.session.encoder_ready)
    assert "models ready on" in opened.window.status._standing.full_text()

    def complete() -> bool:
        info = opened.window.session.corpus("sample")
        return info is not None and info.chunks == info.vectors > 0

    opened.wait(complete)
    opened.wait(lambda: any(hit.scores.dense is not None for hit in opened.result().hits))
    assert any(hit.scores.rerank is not None for hit in opened.result().hits)
    row = opened.window.corpora.rows()["sample"]
    assert row._vectors.full_text() == "searched by words and by meaning"


def test_vectors_of_an_encoder_that_is_no_more_are_made_anew(
    qtbot: QtBot, home: Path, tmp_path: Path
) -> None:
    """As after an update that brings another bundled encoder."""

    use(home, make_encoder_folder(tmp_path / "former", seed=1))
    engine = Engine(Paths(home))
    run_to_end(engine.load_models())
    run_to_end(engine.embed("sample"))
    engine.close()
    use(home, make_encoder_folder(tmp_path / "present", seed=2))
    opened = OpenWindow(qtbot, home)
    opened.begin()
    opened.wait(lambda: any(e.method == "embed" and e.final for e in opened.events))
    opened.search.ask("beam search")
    opened.wait(lambda: any(hit.scores.dense is not None for hit in opened.result().hits))
    opened.close()


def test_stopped_vectors_stay_stopped_until_asked_for(with_models: OpenWindow) -> None:
    opened = with_models
    opened.wait(lambda: any(e.method == "embed" for e in opened.events))
    job = next(e.id for e in opened.events if e.method == "embed")
    opened.engine.cancel(job)
    opened.wait(lambda: any(e.id == job and e.final for e in opened.events))
    opened.window.session.refresh()
    opened.idle()
    assert not [e for e in opened.events if e.method == "embed" and e.id != job]
    row = opened.window.corpora.rows()["sample"]
    if row.info.vectors < row.info.chunks:  # it may just have finished
        row.embed.click()
        opened.wait(lambda: opened.window.session.corpus("sample").vectors == row.info.chunks)


def test_missing_models_are_said_and_search_by_words_goes_on(
    opened: OpenWindow,
) -> None:
    opened.wait(lambda: opened.window.session.models)
    assert [line.partition(":")[0] for line in opened.window.status.errors()] == [
        "No cross-encoder",
        "No encoder",
    ] or len(opened.window.status.errors()) == 2
    opened.search.ask("beam search")
    assert opened.result().hits
    assert "encoder" in opened.search.results._notes.text()


def test_the_model_that_was_chosen_last_is_used(with_models: OpenWindow, tmp_path: Path) -> None:
    first, second = (
        str(make_encoder_folder(tmp_path / n, seed=s)) for n, s in (("a", 1), ("b", 2))
    )
    session = with_models.window.session
    with_models.wait(lambda: session.encoder_ready)
    for name in (first, second):
        session.choose_model("encoder", name)
    with_models.wait(lambda: any(info.name == second for info in session.models))


def test_an_encoder_that_has_all_its_vectors_is_measured_once(
    qtbot: QtBot, home: Path, tmp_path: Path
) -> None:
    """As after an update from a release that did not ask on which scale similarities are."""
    own = make_encoder_folder(tmp_path / "own")
    use(home, own)
    engine = Engine(Paths(home))
    try:
        run_to_end(engine.prepare("sample"))
        info = run_to_end(engine.embed("sample"))
        assert info.vectors == info.chunks
    finally:
        engine.close()
    (scale,) = (home / "cache" / "closeness").rglob("*.json")
    scale.unlink()
    opened = OpenWindow(qtbot, home)
    try:
        opened.begin()
        opened.wait(scale.exists)
        opened.idle()
        assert sum(event.method == "embed" and event.final for event in opened.events) == 1
    finally:
        opened.close()


def test_an_encoder_that_is_chosen_again_is_measured_then(
    qtbot: QtBot, home: Path, tmp_path: Path
) -> None:
    own = make_encoder_folder(tmp_path / "own")
    use(home, own)
    opened = OpenWindow(qtbot, home)

    def is_measuring() -> bool:
        news = [event.value for event in opened.events if event.state is TaskState.PROGRESS]
        return any(getattr(value, "stage", "") == MEASURING for value in news)

    def is_used(name: str) -> bool:
        return any(i.name == name for i in opened.window.session.models)

    try:
        opened.begin()
        opened.wait(is_measuring)
        job = next(event.id for event in opened.events if event.method == "embed")
        opened.engine.cancel(job)
        opened.wait(lambda: any(event.id == job and event.final for event in opened.events))
        other = str(make_encoder_folder(tmp_path / "other", seed=3))
        opened.window.session.choose_model("encoder", other)
        opened.wait(lambda: is_used(other))
        opened.window.session.choose_model("encoder", str(own))
        opened.wait(lambda: is_used(str(own)))
        mark = BertEncoder.load(own, CPU).fingerprint
        opened.wait(kept_at(home / "cache", mark).exists)
    finally:
        opened.close()
