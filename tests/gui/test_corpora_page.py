"""Adding, indexing, cancelling, re-indexing and removing corpora in the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt

from tests.gui.conftest import OpenWindow


def add(opened: OpenWindow, source: str, name: str = "") -> None:
    form = opened.window.corpora.form
    opened.window.go("corpora")
    form.source.clear()
    opened.qtbot.keyClicks(form.source, source)
    if name:
        form.name.clear()
        opened.qtbot.keyClicks(form.name, name)
    opened.qtbot.keyPress(form.source, "\r")


def indexed(opened: OpenWindow, name: str) -> bool:
    info = opened.window.session.corpus(name)
    return info is not None and info.chunks > 0


def test_a_folder_is_indexed_and_searched(opened: OpenWindow, project: Path) -> None:
    add(opened, str(project))
    opened.wait(lambda: indexed(opened, "project"))
    row = opened.window.corpora.rows()["project"]
    assert row._counts.full_text().startswith("3 files · ")
    row.search.click()
    assert opened.search.isVisible()
    opened.search.ask("read a csv file")
    assert opened.result().hits[0].chunk.path == "csv_reader.py"


def test_one_can_search_while_a_corpus_is_indexed(opened: OpenWindow, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(400):
        text = "".join(f"def f{number}_{i}(x):\n    return x + {i}\n\n\n" for i in range(10))
        (folder / f"m{number}.py").write_text(text, encoding="utf-8")
    add(opened, str(folder))
    opened.search.ask("beam search")
    assert opened.result().query.corpus == "sample"
    opened.wait(lambda: indexed(opened, "many"))


def test_indexing_can_be_cancelled_and_what_was_done_is_kept(
    opened: OpenWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(300):
        (folder / f"m{number}.py").write_text(f"def f{number}():\n    pass\n", encoding="utf-8")
    add(opened, str(folder))
    opened.wait(lambda: "many" in opened.window.corpora.rows())
    row = opened.window.corpora.rows()["many"]
    row.cancel.click()
    opened.wait(lambda: not opened.window.corpora._jobs)
    opened.idle()
    assert "sample" in opened.window.corpora.rows()
    opened.search.ask("beam search")
    assert opened.result().hits


def test_what_cannot_be_a_source_is_said_in_place(opened: OpenWindow) -> None:
    add(opened, "/no/such/folder")
    form = opened.window.corpora.form
    opened.wait(lambda: form.problem.isVisible())
    assert form.problem.text() == "there is no folder or file /no/such/folder; check its spelling"
    opened.qtbot.keyClicks(form.source, "x")
    assert not form.problem.isVisible()


def test_a_name_is_suggested_and_taken_names_are_refused(opened: OpenWindow, project: Path) -> None:
    form = opened.window.corpora.form
    add(opened, str(project), "sample")
    opened.wait(lambda: "already" in form.problem.text())
    form.offer(str(project))
    opened.wait(lambda: form.name.text() == "project")
    assert form.kind.text().startswith("A folder")


def test_a_corpus_is_removed_after_a_second_click(opened: OpenWindow, project: Path) -> None:
    add(opened, str(project))
    opened.wait(lambda: indexed(opened, "project"))
    row = opened.window.corpora.rows()["project"]
    row.remove.click()
    row.really.click()
    opened.wait(lambda: "project" not in opened.window.corpora.rows())
    assert project.exists()
    assert opened.search.filters.filters().corpus == "sample"


def test_escape_keeps_the_corpus_that_is_asked_about(opened: OpenWindow, project: Path) -> None:
    add(opened, str(project))
    opened.wait(lambda: indexed(opened, "project"))
    row = opened.window.corpora.rows()["project"]
    row.remove.click()
    assert row.keep.hasFocus()
    opened.qtbot.keyPress(row.keep, Qt.Key.Key_Escape)
    assert row.remove.hasFocus() and not row.keep.isVisible()
    row.remove.click()
    row.really.click()
    opened.wait(lambda: "project" not in opened.window.corpora.rows())
    assert opened.window.corpora.form.source.hasFocus()
    opened.qtbot.keyPress(opened.window.corpora.form.source, Qt.Key.Key_Escape)
    assert opened.search.isVisible()


def test_reindexing_finds_what_has_changed(opened: OpenWindow, project: Path) -> None:
    add(opened, str(project))
    opened.wait(lambda: indexed(opened, "project"))
    (project / "fresh.py").write_text("def brand_new(): return 1\n", encoding="utf-8")
    opened.window.corpora.rows()["project"].reindex.click()
    opened.wait(lambda: opened.window.session.corpus("project").files == 4)


def test_an_empty_folder_says_so(opened: OpenWindow, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    add(opened, str(empty))
    opened.wait(lambda: not opened.window.corpora._jobs)
    opened.wait(lambda: opened.window.status.errors() or "empty" in opened.window.corpora.rows())
