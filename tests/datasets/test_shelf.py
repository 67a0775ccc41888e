"""Importing, searching, judging, measuring and removing; and all that may interrupt it."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.datasets import writing
from engine.engine import Engine
from engine.errors import DataError, UserError
from engine.job import JobContext, run_to_end
from engine.paths import Paths
from engine.types import Grade, JudgementDraft, Query
from engine.types_corpora import CorpusSpec, DatasetInfo, DatasetRequest
from engine.types_evaluation import EvaluationRequest
from tests.datasets import samples

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    engine = Engine(Paths(home))
    yield engine
    engine.close()


def imported(engine: Engine, source: Path, name: str = "toy", **more: Any) -> DatasetInfo:
    return run_to_end(engine.import_dataset(DatasetRequest(str(source), name, **more)))


def measured(engine: Engine, what: str) -> dict[str, float]:
    report = run_to_end(engine.evaluate(EvaluationRequest(what, ("bm25",))))
    figures = report["pipelines"]["bm25"]
    return {key: figures[key] for key in ("ndcg@10", "mrr", "hit@10", "recall@100")}


def nothing_is_left(home: Path) -> None:
    """No data set, no corpus, no judgement, no file but locks and the store."""
    engine = Engine(Paths(home))
    try:
        assert engine.datasets() == []
        assert [info.name for info in engine.corpora()] == ["sample"]
        assert engine.judgements() == []
    finally:
        engine.close()
    left = [p for p in (home / "datasets").rglob("*") if p.suffix != ".lock"]
    assert left == []
    assert [p.name for p in (home / "corpora").iterdir() if "toy" in p.name] == []


# -- what one gets


def test_a_data_set_can_be_searched(engine: Engine, tmp_path: Path) -> None:
    info = imported(engine, samples.beir(tmp_path / "set"))
    assert (info.documents, info.queries, info.judgements) == (4, 3, 4)
    (corpus,) = [found for found in engine.corpora() if found.name == "toy"]
    assert (corpus.files, corpus.chunks, corpus.problem) == (4, 4, "")
    assert corpus.dataset == f"data set (beir, test) · 3 queries · from {tmp_path / 'set'}"
    result = engine.search(Query("read rows of a csv file", "toy"), JobContext())
    assert result.hits[0].chunk.path == "d1"
    assert result.hits[0].chunk.text == samples.DOCUMENTS["d1"].strip("\n")


def test_its_judgements_show_in_the_results(engine: Engine, tmp_path: Path) -> None:
    imported(engine, samples.beir(tmp_path / "set"))
    result = engine.search(Query(samples.QUERIES["q2"], "toy"), JobContext())
    grades = {hit.chunk.path: hit.grade for hit in result.hits}
    assert grades["d2"] is Grade.STRONG
    kept = engine.judgements("toy")
    assert {judgement.judge for judgement in kept} == {"dataset:toy"}
    assert sorted((j.query_text, j.path, int(j.grade)) for j in kept) == sorted(
        (samples.QUERIES[query], document, grade) for query, document, grade in samples.QRELS
    )


def test_undoing_leaves_them_alone(engine: Engine, tmp_path: Path) -> None:
    imported(engine, samples.beir(tmp_path / "set"))
    assert engine.undo_judgement() is None
    hit = engine.search(Query("softmax", "toy"), JobContext()).hits[0]
    engine.judge(JudgementDraft(Query("softmax", "toy"), hit.chunk, Grade.EXACT))
    assert engine.undo_judgement() is not None
    assert engine.undo_judgement() is None
    assert len(engine.judgements()) == len(samples.QRELS)


@pytest.mark.parametrize("write", [samples.beir, samples.coir_pair, samples.hub_jsonl])
def test_the_figures_are_those_of_the_folder_it_came_from(
    engine: Engine, tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    folder = samples.beir(tmp_path / "beir")
    if write is not samples.beir:  # only that layout has exclusions
        (folder / "exclude.tsv").unlink()
    imported(engine, write(tmp_path / "set"))
    assert measured(engine, "toy") == measured(engine, str(folder))
    request = EvaluationRequest("toy", ("bm25",))
    assert run_to_end(engine.evaluate(request))["dataset"] == "toy"


def test_a_document_of_several_chunks_is_one_document(engine: Engine, tmp_path: Path) -> None:
    """What is judged of it holds for each chunk, and a ranking counts it once."""
    folder = samples.beir(tmp_path / "set")
    long = "\n\n".join(f"def part_{n}(values):\n    return values[{n}]\n" * 5 for n in range(50))
    rows = [*samples.corpus_rows(), {"_id": "long", "title": "many parts", "text": long}]
    samples.write_jsonl(folder / "corpus.jsonl", rows)
    with (folder / "qrels" / "test.tsv").open("a") as file:
        file.write("q1\tlong\t3\n")
    imported(engine, folder)
    (corpus,) = [found for found in engine.corpora() if found.name == "toy"]
    assert corpus.files == 5
    assert corpus.chunks > 10
    grades = [j.grade for j in engine.judgements("toy") if j.path == "long"]
    assert len(grades) > 5
    assert set(grades) == {Grade.EXACT}
    assert measured(engine, "toy") == measured(engine, str(folder))


def test_candidates_are_kept(engine: Engine, tmp_path: Path) -> None:
    info = imported(engine, samples.nano(tmp_path / "set"), split="NanoToy")
    assert info.candidates == {"bm25": 3, "harrier_oss_v1_270m": 3, "reranking_hybrid": 3}
    rows = (Path(info.folder) / "candidates" / "bm25.jsonl").read_text().splitlines()
    assert rows[0] == '{"query-id": "q1", "corpus-ids": ["d2", "d1", "d3"]}'


def test_grades_beyond_three_are_measured_as_they_are_and_shown_as_three(
    engine: Engine, tmp_path: Path
) -> None:
    folder = samples.beir(tmp_path / "set")
    (folder / "qrels" / "test.tsv").write_text("q1\td1\t7\nq1\td2\t0\nq2\td2\t1\n")
    imported(engine, folder)
    assert sorted(int(j.grade) for j in engine.judgements("toy")) == [0, 1, 3]
    assert measured(engine, "toy") == measured(engine, str(folder))


def test_a_grade_below_zero_is_no_relevance(engine: Engine, tmp_path: Path) -> None:
    folder = samples.beir(tmp_path / "set")
    (folder / "qrels" / "test.tsv").write_text("q1\td1\t1\nq1\td2\t-2\nq2\td2\t1\n")
    info = imported(engine, folder)
    assert "1 grades below 0 are taken as 0" in info.notes
    assert sorted(int(j.grade) for j in engine.judgements("toy")) == [0, 1, 1]
    assert measured(engine, "toy")["hit@10"] == 1.0


def test_a_part_of_it(engine: Engine, tmp_path: Path) -> None:
    info = imported(engine, samples.beir(tmp_path / "set"), limit=2)
    assert (info.documents, info.queries, info.judgements) == (2, 2, 2)
    assert "2 judgements left out: their documents are not there" in info.notes


def test_names_can_be_hidden(engine: Engine, tmp_path: Path) -> None:
    imported(engine, samples.beir(tmp_path / "set"), normalise_names=True)
    chunks = engine.search(Query("sum", "toy"), JobContext()).hits
    assert "def Func(arg_0):" in chunks[0].chunk.text


def test_it_is_still_there_next_time_and_indexing_it_again_changes_nothing(
    engine: Engine, tmp_path: Path, home: Path
) -> None:
    info = imported(engine, samples.beir(tmp_path / "set"))
    engine.close()
    again = Engine(Paths(home))
    assert again.datasets() == [dataclasses.replace(info, imported=again.datasets()[0].imported)]
    (corpus,) = [found for found in again.corpora() if found.name == "toy"]
    report = run_to_end(again.index(CorpusSpec("toy", corpus.sources)))
    assert (report.files, report.files_changed, report.files_removed) == (4, 0, 0)
    again.close()


@pytest.mark.parametrize("remove", ["remove_dataset", "remove_corpus"])
def test_removing_takes_everything_but_judgements_of_ones_own(
    engine: Engine, tmp_path: Path, home: Path, remove: str
) -> None:
    imported(engine, samples.beir(tmp_path / "set"))
    hit = engine.search(Query("softmax", "toy"), JobContext()).hits[0]
    engine.judge(JudgementDraft(Query("softmax", "toy"), hit.chunk, Grade.EXACT))
    getattr(engine, remove)("toy")
    (mine,) = engine.judgements()
    assert mine.query_text == "softmax"
    assert engine.datasets() == []
    assert "toy" not in {info.name for info in engine.corpora()}
    assert [p for p in (home / "datasets").iterdir() if p.is_dir()] == []
    imported(engine, tmp_path / "set")


def test_a_name_is_taken_once(engine: Engine, tmp_path: Path, project: Path) -> None:
    folder = samples.beir(tmp_path / "set")
    imported(engine, folder)
    run_to_end(engine.index(CorpusSpec("mine", (str(project),))))
    for name, says in (
        ("toy", "data set named toy already"),
        ("mine", "corpus named mine already"),
        ("sample", "corpus named sample already"),
        (" ", "needs a name"),
    ):
        with pytest.raises(DataError, match=says):
            imported(engine, folder, name)
    assert len(engine.judgements("toy")) == len(samples.QRELS)
    with pytest.raises(DataError, match="no data set named mine"):
        engine.remove_dataset("mine")


# -- what may go wrong


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("corpus.jsonl", '{"_id": "d1", "text": "x"}\n' * 2, "comes twice"),
        ("corpus.jsonl", '{"_id": "d1", "text": "x"}\n', r"'d2'.*--drop-missing"),
        ("corpus.jsonl", '{"_id": "d1", "text": 5}\n', "line 1: the field text"),
        ("corpus.jsonl", "", "no document"),
        ("queries.jsonl", '{"_id": "q1", "text": "x"}\n', "queries may be cut short"),
        ("qrels/test.tsv", "q1\td1\n", "separated by tabs"),
        ("qrels/test.tsv", "q1\td1\t1\nq1\td1\t2\n", "judged twice"),
        ("qrels/test.tsv", "q1\td1\t1\nq1\td2\thigh\n", "not a whole number"),
    ],
)
def test_a_wrong_set_leaves_nothing(
    engine: Engine, tmp_path: Path, home: Path, file: str, content: str, says: str
) -> None:
    folder = samples.beir(tmp_path / "set")
    (folder / file).write_text(content, encoding="utf-8")
    request = DatasetRequest(str(folder), "toy")
    with pytest.raises(UserError, match=says) as raised:
        run_to_end(engine.import_dataset(request))
    assert "\n" not in str(raised.value)
    found = run_to_end(engine.preview_dataset(request))
    assert found.problem == str(raised.value)
    nothing_is_left(home)


def test_missing_documents_can_be_left_out(engine: Engine, tmp_path: Path) -> None:
    folder = samples.beir(tmp_path / "set")
    samples.write_jsonl(folder / "corpus.jsonl", samples.corpus_rows()[:3])
    info = imported(engine, folder, drop_missing=True)
    assert (info.documents, info.judgements) == (3, 3)


def many(folder: Path, count: int = 450) -> Path:
    """A set that takes a while: enough documents for worker processes."""
    rows = [
        {"_id": f"d{n}", "title": "", "text": f"def f_{n}(x):\n" + f"    x += {n}\n" * 40}
        for n in range(count)
    ]
    samples.write_jsonl(folder / "corpus.jsonl", rows)
    asked = [{"_id": f"q{n}", "text": f"what f_{n} does"} for n in range(300)]
    samples.write_jsonl(folder / "queries.jsonl", asked)
    (folder / "qrels").mkdir()
    lines = [f"q{n}\td{n}\t1\n" for n in range(300)]
    (folder / "qrels" / "test.tsv").write_text("".join(lines), encoding="utf-8")
    return folder


def stages_of(engine: Engine, request: DatasetRequest) -> list[tuple[int, str]]:
    """The first and the last step of every stage of an import, by number."""
    steps = [progress.stage for progress in engine.import_dataset(request)]
    engine.remove_dataset(request.name)
    numbered = list(enumerate(steps, start=1))
    at = {stage: number for number, stage in reversed(numbered)}
    last = {stage: number for number, stage in numbered}
    return sorted({(number, stage) for found in (at, last) for stage, number in found.items()})


def test_stopped_at_any_stage_it_leaves_nothing(
    engine: Engine, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "STEP_SECONDS", -1)
    request = DatasetRequest(str(many(tmp_path / "set")), "toy")
    stops = stages_of(engine, request)
    assert {stage for _, stage in stops} >= {"reading queries", "indexing"}
    for count, _ in stops:
        job = engine.import_dataset(request)
        for _ in range(count):
            next(job, None)
        job.close()
        if engine.datasets():  # it was through before that many steps: the next one starts anew
            engine.remove_dataset("toy")
        nothing_is_left(home)
    assert imported(engine, tmp_path / "set").judgements == 300


KILLED = """
import os, signal, sys
from engine.datasets import writing
from engine.engine import Engine
from engine.paths import Paths
from engine.types_corpora import DatasetRequest
writing.STEP_SECONDS = -1
if __name__ == "__main__":
    home, source, stage = sys.argv[1:]
    engine = Engine(Paths.default(home))
    for progress in engine.import_dataset(DatasetRequest(source, "toy")):
        if progress.stage == stage:
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="sends SIGKILL")
@pytest.mark.parametrize(
    "stage",
    ["reading documents", "reading queries", "indexing", "opening", "keeping the judgements"],
)
def test_killed_it_leaves_nothing(tmp_path: Path, home: Path, stage: str) -> None:
    folder = many(tmp_path / "set")
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script), str(home), str(folder), stage]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    nothing_is_left(home)
    engine = Engine(Paths(home))
    assert imported(engine, folder).judgements == 300
    engine.close()


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_leaves_nothing(tmp_path: Path, home: Path) -> None:
    folder = many(tmp_path / "set", 20_000)
    command = [sys.executable, "-m", "gui", "datasets", "import", str(folder), "--name", "toy"]
    child = subprocess.Popen(
        [*command, "--lexical-only", "--basedir", str(home)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    child.stderr.readline()  # the first progress: it is at work
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=120)
    assert child.returncode == 130
    assert "Traceback" not in err
    nothing_is_left(home)


def test_an_import_that_another_process_is_at_is_let_be(
    engine: Engine, tmp_path: Path, home: Path
) -> None:
    request = DatasetRequest(str(many(tmp_path / "set")), "toy")
    job = engine.import_dataset(request)
    while next(job).stage != "indexing":
        pass
    other = Engine(Paths(home))  # sweeps when it opens
    assert other.datasets() == []
    for seen in (engine, other):  # half of it is there, and nobody sees it
        assert [info.name for info in seen.corpora()] == ["sample"]
    with pytest.raises(DataError, match="another Counterpart"):
        next(other.import_dataset(request))
    other.close()
    assert run_to_end(job).judgements == 300
    assert measured(engine, "toy")["hit@10"] > 0.9
