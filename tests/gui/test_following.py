"""What is saved while the window is open can be searched; watching is paused and resumed."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.types_corpora import CorpusSpec, Fetching, SourceKind
from tests.corpus.sources.repositories import make_bare, needs_git
from tests.gui.conftest import OpenWindow


@pytest.fixture
def followed(opened: OpenWindow, project: Path) -> OpenWindow:
    """A window in which the project is indexed and followed."""
    opened.window.session.index(CorpusSpec("project", (str(project),)), Fetching())
    opened.wait(lambda: watching(opened))
    return opened


def watching(opened: OpenWindow) -> bool:
    info = opened.window.session.corpus("project")
    return info is not None and info.chunks > 0 and info.watching


def files(opened: OpenWindow) -> int:
    info = opened.window.session.corpus("project")
    return info.files if info is not None else 0


def paths_found(opened: OpenWindow, text: str) -> list[str]:
    return [hit.chunk.path for hit in opened.result().hits]


def test_a_saved_file_is_found_by_the_question_already_asked(
    followed: OpenWindow, project: Path
) -> None:
    followed.window.search_in("project")
    followed.search.ask("flatten the quaternion")
    followed.result()
    (project / "fresh.py").write_text("def flatten_quaternion(q):\n    return q.ravel()\n")
    followed.wait(lambda: "fresh.py" in paths_found(followed, "flatten the quaternion"))
    (project / "fresh.py").unlink()
    followed.wait(lambda: "fresh.py" not in paths_found(followed, "flatten the quaternion"))
    assert all(line.startswith("No ") for line in followed.window.status.errors())  # models


def test_it_says_what_it_took_in(followed: OpenWindow, project: Path) -> None:
    (project / "fresh.py").write_text("def brand_new():\n    return 1\n")
    followed.wait(
        lambda: followed.window.status._message.full_text() == "“project”: took in fresh.py"
    )


def test_paused_corpora_are_left_alone_until_they_are_resumed(
    followed: OpenWindow, project: Path
) -> None:
    row = followed.window.corpora.rows()["project"]
    assert row.watch.text() == "Pause"
    row.watch.click()
    followed.wait(lambda: row.watch.text() == "Resume")
    assert "paused" in row._counts.full_text()
    assert not followed.window.session.following.active
    (project / "fresh.py").write_text("def brand_new():\n    return 1\n")
    followed.idle()
    assert files(followed) == 3
    row.watch.click()
    followed.wait(lambda: files(followed) == 4)
    assert "watching" in row._counts.full_text()


def test_the_pause_outlives_the_window(followed: OpenWindow, project: Path) -> None:
    followed.window.corpora.rows()["project"].watch.click()
    followed.wait(lambda: not followed.window.session.corpus("project").watch)
    again = OpenWindow(followed.qtbot, followed.window._folder)
    again.begin()
    again.wait(lambda: again.window.session.corpus("project") is not None)
    again.idle()
    assert not again.window.session.corpus("project").watching
    again.close()


def test_changes_made_while_no_window_was_open_are_taken_in(
    followed: OpenWindow, project: Path
) -> None:
    home = followed.window._folder
    followed.window.close()
    (project / "fresh.py").write_text("def brand_new():\n    return 1\n")
    again = OpenWindow(followed.qtbot, home)
    again.begin()
    again.wait(lambda: files(again) == 4)
    again.close()


def test_a_folder_that_goes_is_said_and_its_index_stays(
    followed: OpenWindow, project: Path
) -> None:
    project.rename(project.with_name("elsewhere"))
    row = followed.window.corpora.rows()["project"]
    followed.wait(lambda: "is gone" in row._health.text() or "not there" in row._health.text())
    assert files(followed) == 3
    project.with_name("elsewhere").rename(project)


def test_the_files_left_out_are_listed_with_reasons(followed: OpenWindow, project: Path) -> None:
    (project / "odd.py").write_bytes(b"\0\1\2" * 99)
    row = followed.window.corpora.rows()["project"]
    followed.wait(lambda: row.skipped.isVisibleTo(row))
    assert row.skipped.text() == "1 left out"
    row.skipped.click()
    followed.wait(lambda: "odd.py: a binary file" in row.skipped_list.toPlainText())
    assert row.skipped_list.isVisibleTo(row)
    row.skipped.click()
    assert not row.skipped_list.isVisibleTo(row)


@needs_git
def test_a_repository_is_cloned_and_reindexing_fetches_what_is_new(
    opened: OpenWindow, tmp_path: Path
) -> None:
    repository = make_bare(tmp_path, {"a.py": "def from_the_repository():\n    return 1\n"})
    form = opened.window.corpora.form
    opened.window.go("corpora")
    form.offer(repository.url)
    opened.wait(lambda: form.name.text() == "bare")
    form.start_index()
    opened.wait(lambda: (info := opened.window.session.corpus("bare")) and info.files == 1)
    row = opened.window.corpora.rows()["bare"]
    assert row._sources.full_text() == repository.url
    assert not row.watch.isVisibleTo(row)
    repository.commit({"b.py": "def new():\n    return 2\n"})
    row.reindex.click()
    opened.wait(lambda: opened.window.session.corpus("bare").files == 2)


def test_a_download_is_asked_for_and_can_be_refused(opened: OpenWindow) -> None:
    form = opened.window.corpora.form
    opened.window.go("corpora")
    form.offer("https://localhost:1/someone/project.git")
    opened.wait(lambda: form.name.text() == "project")
    wanted: list[object] = []
    form.wanted.connect(lambda spec, fetching: wanted.append((spec.sources, fetching)))
    form.start_index()
    assert form.question.isVisible()
    assert "https://localhost:1/someone/project.git will be downloaded" in form.asked.text()
    form.refuse.click()
    assert not form.question.isVisible() and wanted == []
    form.start_index()
    form.agree.click()
    assert wanted == [(("https://localhost:1/someone/project.git",), Fetching(clone=True))]
    opened.wait(lambda: any("localhost" in line for line in opened.window.status.errors()))


def test_every_kind_of_source_is_explained() -> None:
    from gui.source_form import _KINDS

    assert set(_KINDS) == set(SourceKind)
