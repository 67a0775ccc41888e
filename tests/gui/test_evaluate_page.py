"""The Evaluate page: measure, stop, go on, compare, look at queries, save."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from engine.types import Progress
from engine.types_evaluation import EvaluationRequest, EvaluationSource
from gui.engine_thread import Event, TaskState
from gui.evaluate_page import EvaluatePage
from tests.datasets import samples
from tests.gui.conftest import OpenWindow


@pytest.fixture
def page(opened: OpenWindow) -> EvaluatePage:
    opened.window.go("evaluate")
    return opened.window.evaluation


def measure(opened: OpenWindow, folder: Path, name: str, *pipelines: str, limit: str = "") -> None:
    page = opened.window.evaluation
    page.form.offer(str(folder))
    for box, check in page.form.pipelines.items():
        check.setChecked(box in pipelines)
    page.form.more.setText(" ".join(p for p in pipelines if p not in page.form.pipelines))
    page.form.limit.setText(limit)
    page.form.name.setText(name)
    page.form.start.click()
    opened.wait(lambda: not page._job)
    opened.idle()


def test_the_rail_leads_there(opened: OpenWindow) -> None:
    opened.qtbot.keyClick(opened.window, Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    assert opened.window.evaluation.isVisible()


def test_what_can_be_measured_on_is_chosen_before_a_folder(
    opened: OpenWindow, page: EvaluatePage
) -> None:
    opened.wait(page.form.source.hasFocus)  # there is no run to go to
    opened.idle()
    assert page.runs.rows.rows == [] and "kept here" in page.runs.accessibleDescription()
    assert page.form.source.currentText() == "a folder…"
    own = EvaluationSource("judgements:sample", "own judgements in sample · 1 query")
    page.form.set_sources([own])
    assert page.form.source.currentText() == own.label
    assert page.form.name.text() == "own sample"
    page.form.source.setFocus()
    opened.qtbot.keyClick(page.form.source, Qt.Key.Key_Down)
    page.form.set_sources([own])  # as when the page is come back to
    assert page.form.source.currentText() == "a folder…"


def test_measured_runs_are_listed_chosen_and_compared(
    opened: OpenWindow, page: EvaluatePage, tmp_path: Path
) -> None:
    folder = samples.beir(tmp_path / "toy")
    measure(opened, folder, "first", "bm25", "rrf:k=3")
    said = page.problem.text()  # there is no model here for the vectors
    assert "model" in said or "encoder is not loaded" in said
    measure(opened, folder, "first", "bm25")
    opened.wait(lambda: page.results.comparison is not None)
    measure(opened, folder, "second", "bm25")
    opened.wait(lambda: page.runs.selected() == ("second/bm25",))
    page.runs.choose(["first/bm25", "second/bm25"])
    opened.wait(lambda: len(page.results.comparison.runs) == 2)  # type: ignore[union-attr]
    assert page.verdict.text().startswith("3 queries cannot tell these two apart")
    page.results.show_tab("Differences")
    opened.wait(lambda: "better on 0 of 3 queries" in page.results.changes.words.text())
    page.results.show_tab("Tests")
    page.results.copy.click()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0].split("\t")[:2] == ["run", "nDCG@10"]
    assert copied[1].split("\t")[0] == "first/bm25"


def test_another_metric_is_asked_for(
    opened: OpenWindow, page: EvaluatePage, tmp_path: Path
) -> None:
    measure(opened, samples.beir(tmp_path / "toy"), "one", "bm25")
    opened.wait(lambda: page.results.comparison is not None)
    choice = page.results.measured_by
    choice.setCurrentIndex(choice.findData("recall@10"))
    opened.wait(lambda: page.results.comparison.metric == "recall@10")  # type: ignore[union-attr]


def test_plots_say_in_words_what_they_show_and_are_saved(
    opened: OpenWindow, page: EvaluatePage, tmp_path: Path
) -> None:
    measure(opened, samples.beir(tmp_path / "toy"), "one", "bm25")
    opened.wait(lambda: page.results.comparison is not None)
    for word, plot in (
        ("Quality and time", page.results.quality),
        ("Recall@K", page.results.recall),
        ("Metric@K", page.results.by_k),
        ("Differences", page.results.changes),
    ):
        page.results.show_tab(word)
        opened.wait(lambda plot=plot: plot.is_drawn)
        assert plot.words.text() and plot.accessibleName() and page.results.save.isEnabled()
        for suffix in ("png", "svg"):
            path = tmp_path / f"{word}.{suffix}"
            page.results._save(plot, str(path))
            assert path.stat().st_size > 500
    page._save_report(str(tmp_path / "report.html"))
    opened.wait((tmp_path / "report.html").exists)
    page.results._save(page.results.quality, str(tmp_path / "no" / "such" / "place.png"))
    assert any("cannot be saved" in line for line in opened.window.status.errors())


def test_another_systems_run_is_imported_over_the_set_above(
    opened: OpenWindow, page: EvaluatePage, tmp_path: Path
) -> None:
    page.left.bring.click()  # nothing is chosen yet
    assert "Choose the data set" in page.problem.text()
    measure(opened, samples.beir(tmp_path / "toy"), "ours", "bm25")
    path = tmp_path / "theirs.trec"
    path.write_text("q1 Q0 d1 1 1 theirs\nq2 Q0 d4 1 1 theirs\n")
    page.import_run(str(path))
    assert page.cancel.isVisible() and not page.left.bring.isEnabled()
    page.on_event(Event(page._job, "import_run", TaskState.PROGRESS, Progress("reading", 10, None)))
    assert page.words.full_text().startswith("reading")
    opened.wait(lambda: len(page.runs.rows.rows) == 2)
    assert not page.cancel.isVisible() and page.left.bring.isEnabled()
    row = next(row for row in page.runs.rows.rows if row.key == "imported/theirs")
    assert row.cells[3] == "–" and "imported" in row.tip and " on ," not in row.tip
    page.runs.choose(["imported/theirs", "ours/bm25"])
    opened.wait(lambda: page.results.comparison and len(page.results.comparison.runs) == 2)
    opened.wait(lambda: "its time not known" in page.results.quality.words.text())
    page.runs.choose(["imported/theirs"])  # nothing with a time at all
    opened.wait(lambda: page.results.comparison and len(page.results.comparison.runs) == 1)
    opened.wait(lambda: "ours" not in page.results.quality.words.text())
    page.import_run(str(path))
    page.cancel.click()
    opened.wait(lambda: not page._job)
    path.write_text("q1 Q0 d1 1\n")
    page.import_run(str(path))
    opened.wait(lambda: "expected query" in page.problem.text())


def test_a_query_is_seen_side_by_side(
    opened: OpenWindow, page: EvaluatePage, tmp_path: Path
) -> None:
    measure(opened, samples.beir(tmp_path / "toy"), "one", "bm25")
    opened.wait(lambda: page.results.comparison is not None)
    page.results.show_tab("Queries")
    table = page.results.queries
    table.activated.emit(table.rows.index(0, 0))
    opened.wait(page.query.isVisible)
    left = page.query.sides[0]
    assert "on rank" in left.went.full_text()
    assert left.list.rows.rows[0].cells[0].startswith("1  d")
    assert left.list.rows.rows[0].cells[3] in left.code.toPlainText()
    assert left.list.rows.rows[0].cells[3] != ""
    assert "def " in left.code.toPlainText()
    page.query.back.click()
    assert page.results.isVisible()
    assert table.hasFocus()


def test_every_query_that_fails_is_found_under_its_reason(
    opened: OpenWindow, page: EvaluatePage, tmp_path: Path
) -> None:
    folder = samples.beir(tmp_path / "toy")
    (folder / "qrels" / "test.tsv").write_text("q1\td4\t1\nq2\td2\t1\nq3\td4\t1\n")
    measure(opened, folder, "one", "bm25")
    opened.wait(lambda: page.results.comparison is not None)
    page.results.show_tab("Failures")
    pane = page.results.failures
    (group,) = page.results.comparison.failures  # type: ignore[union-attr]
    assert [row.cells for row in pane.groups.rows.rows] == [(group.words, "2")]
    assert pane.groups.selected() == (group.name,)
    assert group.advice in pane.advice.text()
    assert {row.key for row in pane.examples.rows.rows} == {"q1", "q3"}
    pane.examples.activated.emit(pane.examples.rows.index(0, 0))
    opened.wait(page.query.isVisible)
    page.query.back.click()
    page.results.copy.click()
    assert group.words in QGuiApplication.clipboard().text()


def test_cancelling_keeps_what_is_answered_and_it_can_go_on(
    opened: OpenWindow, page: EvaluatePage, tmp_path: Path
) -> None:
    folder = samples.beir(tmp_path / "toy")
    rows = [{"_id": f"q{n}", "text": f"read the rows of csv number {n}"} for n in range(800)]
    samples.write_jsonl(folder / "queries.jsonl", rows)
    lines = "".join(f"q{n}\td1\t1\n" for n in range(800))
    (folder / "qrels" / "test.tsv").write_text(lines, encoding="utf-8")
    (folder / "exclude.tsv").unlink()
    page.form.offer(str(folder))
    for name, check in page.form.pipelines.items():
        check.setChecked(name == "bm25")
    page.form.start.click()
    assert not page.form.start.isEnabled()
    opened.wait(lambda: "searching" in page.words.full_text())
    page.cancel.click()
    opened.wait(lambda: not page._job and page.runs.selected())
    (info,) = page._infos
    assert 0 < info.done < info.total == 800
    assert page.go_on.isVisible()
    page.go_on.click()
    opened.wait(lambda: not page._job)
    opened.wait(lambda: page._infos[0].complete)
    assert not page.go_on.isVisible()


def test_going_on_takes_the_task_and_the_threshold_with_it(
    opened: OpenWindow, page: EvaluatePage, tmp_path: Path
) -> None:
    request = EvaluationRequest(
        str(samples.nano(tmp_path / "nano")),
        pipelines=("bm25",),
        save="nano",
        preset="nanocoir",
        threshold=2,
    )
    page.measure(request)
    opened.wait(lambda: not page._job and len(page._infos) == 2)
    assert page.runs.selected() == ("nano-NanoOther/bm25",)
    (results,) = tmp_path.rglob("runs/nano-NanoToy/bm25/results.jsonl")
    first = results.read_text(encoding="utf-8").splitlines(keepends=True)[0]
    results.write_text(first, encoding="utf-8")  # as if it had been stopped after one query
    page.refresh()
    opened.wait(lambda: any(info.done == 1 < info.total for info in page._infos))
    page.runs.choose(["nano-NanoToy/bm25"])
    page.go_on.click()
    opened.wait(lambda: not page._job)
    opened.idle()
    assert not page.problem.text()
    assert {(info.name, info.done, info.threshold) for info in page._infos} == {
        ("nano-NanoOther/bm25", 1, 2),
        ("nano-NanoToy/bm25", 3, 2),
    }


def test_what_is_missing_is_said_in_place(opened: OpenWindow, page: EvaluatePage) -> None:
    page.form.offer("")
    page.form.start.click()
    assert "Choose a data set" in page.problem.text()
    page.form.offer("/nowhere/at/all")
    page.form.name.setText("x")
    page.form.pipelines["bm25"].setChecked(True)
    for name in ("dense", "hybrid", "rerank"):
        page.form.pipelines[name].setChecked(False)
    page.form.start.click()
    opened.wait(lambda: "/nowhere/at/all" in page.problem.text())
    page.form.name.setText("")
    page.form.start.click()
    assert "name" in page.problem.text()


def test_a_run_is_exported(opened: OpenWindow, page: EvaluatePage, tmp_path: Path) -> None:
    measure(opened, samples.beir(tmp_path / "toy"), "one", "bm25")
    opened.wait(lambda: page.runs.selected() == ("one/bm25",))
    assert page.export.isEnabled()
    page._export(str(tmp_path / "run.trec"), "trec")
    opened.wait((tmp_path / "run.trec").exists)
    assert (tmp_path / "run.trec").read_text(encoding="utf-8").startswith("q1 Q0 d1 1 ")
    page._export(str(tmp_path / "run.trec" / "run.json"), "json")  # below a file
    opened.wait(lambda: "cannot write" in page.problem.text())


def test_removing_is_asked_first(opened: OpenWindow, page: EvaluatePage, tmp_path: Path) -> None:
    measure(opened, samples.beir(tmp_path / "toy"), "one", "bm25")
    opened.wait(lambda: page.runs.selected() == ("one/bm25",))
    page.remove.click()
    assert page.really.isVisible() and page.keep.hasFocus()
    opened.qtbot.keyPress(page.keep, Qt.Key.Key_Escape)
    assert page.remove.isVisible()
    opened.wait(lambda: page.results.comparison is not None)
    page.open_query("q1")
    opened.wait(page.query.isVisible)
    opened.qtbot.keyPress(page.query.back, Qt.Key.Key_Escape)
    assert page.isVisible() and not page.query.isVisible()
    page.remove.click()
    page.really.click()
    opened.wait(lambda: not page._infos)
    assert page.message.isVisible()


def test_what_is_left_is_chosen_after_a_removal(
    opened: OpenWindow, page: EvaluatePage, tmp_path: Path
) -> None:
    folder = samples.beir(tmp_path / "toy")
    measure(opened, folder, "one", "bm25")
    opened.wait(lambda: page.runs.selected() == ("one/bm25",))
    measure(opened, folder, "two", "bm25")
    opened.wait(lambda: page.runs.selected() == ("two/bm25",))
    page.remove.click()
    page.really.click()
    opened.wait(lambda: page.runs.selected() == ("one/bm25",))
    opened.wait(lambda: page.results.runs() == ("one/bm25",))
    page.open_query("q1")
    opened.wait(page.query.isVisible)


def test_before_the_first_run_the_page_says_what_it_is_for(
    opened: OpenWindow, page: EvaluatePage, tmp_path: Path
) -> None:
    opened.idle()
    assert page.message.isVisible() and not page.results.isVisible()
    assert "choose two or more to compare" in page.message.text()
    assert not page.verdict.isVisible()
    measure(opened, samples.beir(tmp_path / "toy"), "one", "bm25")
    opened.wait(lambda: page.results.comparison is not None)
    assert page.results.isVisible() and not page.message.isVisible()


def test_an_empty_table_says_why(opened: OpenWindow, page: EvaluatePage, tmp_path: Path) -> None:
    measure(opened, samples.beir(tmp_path / "toy"), "one", "bm25")
    opened.wait(lambda: page.results.comparison is not None)
    page.results.show_tab("Published")
    table = page.results.published
    assert "No published figures" in table.accessibleDescription()
    with_words = table.viewport().grab().toImage()
    table.empty = ""
    assert table.viewport().grab().toImage() != with_words


def test_published_figures_stand_below_the_measured_ones(
    opened: OpenWindow, page: EvaluatePage, tmp_path: Path
) -> None:
    source = samples.nano(tmp_path / "nano")
    for part in list(source.rglob("NanoToy*")):
        part.rename(part.with_name(part.name.replace("NanoToy", "NanoCodeTransOceanDL")))
    page.measure(
        EvaluationRequest(
            str(source),
            pipelines=("bm25",),
            save="dl",
            preset="nanocoir",
            task="NanoCodeTransOceanDL",
        )
    )
    opened.wait(lambda: page.results.comparison is not None)
    cells = [row.cells for row in page.results.published.rows.rows]
    assert cells[0][:2] + cells[0][3:] == ("dl/bm25", "nDCG@10", "measured here")
    assert ("bm25", "nDCG@10", "0.5581") in [row[:3] for row in cells]
    assert "published over 50 queries, here 3" in cells[1][3]


def test_every_control_has_a_name(page: EvaluatePage) -> None:
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QTableView

    for kind in (QAbstractButton, QComboBox, QLineEdit, QTableView):
        for widget in page.findChildren(kind):
            if widget.parent() is page.message:
                continue  # without words it offers no way on, and its button is never shown
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            inside = widget.objectName().startswith("qt_") or isinstance(
                widget.parent(), QTableView
            )
            assert widget.accessibleName() or text or inside, widget
