"""Importing a data set in the window: looking, choosing, asking, importing, stopping."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.datasets import samples
from tests.gui.conftest import OpenWindow


def look(opened: OpenWindow, source: str) -> None:
    opened.window.go("import")
    opened.window.importing.offer(source)
    opened.wait(lambda: not opened.window.importing._job)


def test_the_corpora_page_leads_there_and_back(opened: OpenWindow) -> None:
    opened.window.go("corpora")
    opened.window.corpora.import_dataset.click()
    assert opened.window.importing.isVisible()
    assert opened.window.importing.source.hasFocus()
    opened.window.importing.back.click()
    assert opened.window.corpora.isVisible()


def test_a_data_set_is_seen_imported_and_searched(opened: OpenWindow, tmp_path: Path) -> None:
    look(opened, str(samples.beir(tmp_path / "toy")))
    page = opened.window.importing
    assert page.preview.counts.text() == "4 documents · 3 queries · 4 judgements"
    assert "2 of grade 1" in page.preview.notes.text()
    assert page.preview.documents.item(0, 0).text() == "d1"
    assert page.preview.queries.item(2, 1).text() == samples.QUERIES["q3"]
    assert page.options.format.currentText() == "BEIR folder (found)"
    assert page.name.text() == "toy"
    page.start.click()
    assert not page.source.isEnabled()
    opened.wait(lambda: opened.window.session.corpus("toy"))
    assert opened.window.corpora.isVisible()
    opened.window.search_in("toy")
    opened.search.ask(samples.QUERIES["q1"])
    first = opened.result().hits[0]
    assert (first.chunk.path, int(first.grade or 0)) == ("d1", 1)


def test_a_table_asks_for_its_columns(opened: OpenWindow, tmp_path: Path) -> None:
    rows = [{"left": "a = 1", "right": "set a"}, {"left": "b = 2", "right": "set b"}]
    look(opened, str(samples.write_jsonl(tmp_path / "two.jsonl", rows)))
    page = opened.window.importing
    assert page.problem.text().startswith("which column of two.jsonl is the code? choose it above")
    assert page.options.columns.isVisible()
    assert not page.start.isEnabled()
    for role, column in (("text", "left"), ("query", "right")):
        choice = page.options._columns[role]
        choice.setCurrentIndex(choice.findData(column))
        choice.activated.emit(choice.currentIndex())
        opened.wait(lambda: not page._job)
    assert not page.problem.isVisible()
    assert page.preview.counts.text() == "2 documents · 2 queries · 2 judgements"
    assert page.start.isEnabled()


def test_a_split_is_chosen(opened: OpenWindow, tmp_path: Path) -> None:
    look(opened, str(samples.nano(tmp_path / "nano")))
    page = opened.window.importing
    assert "choose one" in page.problem.text()
    assert "--" not in page.problem.text()
    page.options.split.setCurrentIndex(page.options.split.findData("NanoToy"))
    page.options.split.activated.emit(page.options.split.currentIndex())
    opened.wait(lambda: not page._job)
    assert "candidates by bm25 for 3 queries" in page.preview.notes.text()
    assert page.name.text() == "nano-NanoToy"


def test_what_is_wrong_is_said_in_place(opened: OpenWindow, tmp_path: Path) -> None:
    folder = samples.beir(tmp_path / "toy")
    (folder / "queries.jsonl").unlink()
    look(opened, str(folder))
    page = opened.window.importing
    assert "half downloaded" in page.problem.text()
    assert not page.start.isEnabled()
    assert not any("half" in line for line in opened.window.status.errors())
    look(opened, str(tmp_path / "nowhere"))
    assert "there is no file or folder" in page.problem.text()


def test_nothing_is_downloaded_without_a_yes(opened: OpenWindow) -> None:
    look(opened, "CoIR-Retrieval/cosqa")
    page = opened.window.importing
    assert "huggingface.co" in page.question.text()
    assert page.agree.isVisible()
    assert page._request().allow_download is False
    page.disagree.click()
    assert not page.agree.isVisible()
    look(opened, "CoIR-Retrieval/cosqa")
    page.agree.click()
    assert page._request().allow_download is True
    opened.wait(lambda: not page._job)
    assert "HF_HUB_OFFLINE" in page.problem.text()  # as the tests are
    opened.qtbot.keyClicks(page.source, "x")
    assert page._request().allow_download is False  # it was said of another one


def test_a_taken_name_is_refused(opened: OpenWindow, tmp_path: Path) -> None:
    look(opened, str(samples.beir(tmp_path / "sample")))
    page = opened.window.importing
    assert page.name.text() == "sample-2"
    page.name.setText("sample")
    page.start.click()
    assert "already" in page.problem.text()
    assert not page._job


def test_cancelling_leaves_nothing(opened: OpenWindow, tmp_path: Path, home: Path) -> None:
    folder = samples.beir(tmp_path / "toy")
    rows = [{"_id": f"d{n}", "text": f"def f_{n}(x):\n    return x + {n}\n"} for n in range(3000)]
    samples.write_jsonl(folder / "corpus.jsonl", rows)
    (folder / "exclude.tsv").unlink()
    look(opened, str(folder))
    page = opened.window.importing
    page.start.click()
    assert page.cancel.isVisible()
    page.cancel.click()
    opened.wait(lambda: not page._job)
    opened.idle()
    assert opened.window.session.corpus("toy") is None
    assert [p for p in (home / "datasets").rglob("*") if p.is_dir()] == []
    assert page.start.isEnabled()  # what was found is still there, to be imported after all


def test_a_failure_elsewhere_is_told_at_the_foot(opened: OpenWindow, tmp_path: Path) -> None:
    folder = samples.beir(tmp_path / "toy")
    look(opened, str(folder))
    (folder / "corpus.jsonl").write_text("{", encoding="utf-8")
    opened.window.importing.start.click()
    opened.window.go("search")
    opened.wait(lambda: not opened.window.importing._job)
    assert any("corpus.jsonl, line 1" in line for line in opened.window.status.errors())
    assert opened.search.isVisible()


def test_a_preview_that_comes_late_is_not_of_the_new_source(
    opened: OpenWindow, tmp_path: Path
) -> None:
    first = str(samples.beir(tmp_path / "first"))
    look(opened, first)
    page = opened.window.importing
    done = next(e for e in reversed(opened.events) if e.method == "preview_dataset" and e.final)
    page.look_into()
    late = replace(done, id=page._job)
    opened.qtbot.keyClicks(page.source, "x")
    page.on_event(late)  # it had ended before it could be stopped
    assert not page.start.isEnabled()
    assert page._found is None


def test_a_quoted_id_is_agreed_to_once(opened: OpenWindow) -> None:
    page = opened.window.importing
    opened.window.go("import")
    page.source.setText('"somebody/set"')
    page._agree()
    assert page._request().allow_download
