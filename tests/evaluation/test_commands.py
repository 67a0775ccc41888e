"""`counterpart eval`, `runs` and `compare`, as they are typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli import main
from engine.engine import Engine
from engine.job import run_to_end
from engine.paths import Paths
from engine.types import Grade, JudgementDraft, Query, QueryKind
from tests.datasets import samples

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = main([*arguments, "--basedir", str(tmp_path / "home")])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return samples.beir(tmp_path / "toy")


def test_measure_keep_list_compare_export_remove(run: Run, folder: Path, tmp_path: Path) -> None:
    code, out, err = run("eval", str(folder), "--pipeline", "bm25", "--save", "one")
    assert code == 0
    assert "toy: 3 queries, 4 documents" in out
    assert "kept as one/bm25" in err
    run("eval", str(folder), "--pipeline", "bm25", "--save", "two", "--limit", "2")
    code, out, _ = run("runs")
    assert out.splitlines()[0].startswith("one/bm25  toy · nDCG@10")
    code, out, _ = run("runs", "--json")
    assert [found["name"] for found in json.loads(out)["runs"]] == ["one/bm25", "two/bm25"]
    code, out, _ = run("runs", "show", "one")
    assert "no model" not in out
    assert "ndcg-exp@10" in out
    code, out, _ = run("compare", "one", "two")
    assert code == 0
    assert "2 queries cannot tell these two apart: one/bm25 and two/bm25" in out
    assert "measured over the 2 of 3 queries" in out
    page = tmp_path / "report.html"
    code, out, err = run("compare", "one", "two", "--html", str(page), "--json")
    assert json.loads(out)["differences"][0]["mean"] == 0.0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    trec = tmp_path / "run.trec"
    assert run("runs", "export", "one", "--out", str(trec))[0] == 0
    assert trec.read_text(encoding="utf-8").splitlines()[0].split()[:2] == ["q1", "Q0"]
    assert run("runs", "remove", "one")[0] == 0
    assert run("runs", "show", "one")[0] == 1


def test_ids_with_blanks_stay_apart_in_a_trec_run(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    (folder / "qrels").mkdir(parents=True)
    texts = [{"_id": "a b", "text": "add one"}, {"_id": "a_b", "text": "add two"}]
    for name in ("corpus", "queries"):
        lines = [json.dumps(text) for text in texts]
        (folder / f"{name}.jsonl").write_text("\n".join(lines))
    qrels = "query-id\tcorpus-id\tscore\na b\ta b\t1\na_b\ta_b\t1\n"
    (folder / "qrels" / "test.tsv").write_text(qrels)
    assert run("eval", str(folder), "--pipeline", "bm25", "--save", "odd")[0] == 0
    trec, grades = tmp_path / "odd.trec", tmp_path / "odd.qrels"
    assert run("runs", "export", "odd", "--out", str(trec))[0] == 0
    assert run("runs", "export", "odd", "--out", str(grades), "--format", "qrels")[0] == 0
    assert grades.read_text().splitlines() == ["pct:a%20b 0 pct:a%20b 1", "a_b 0 a_b 1"]
    rows = [line.split() for line in trec.read_text().splitlines()]
    assert len({(row[0], row[2]) for row in rows}) == len(rows) > 2


def test_a_report_that_cannot_be_written_leaves_the_one_before(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    run("eval", str(folder), "--pipeline", "bm25", "--save", "one")
    kept = tmp_path / "kept.txt"
    for command in (("runs", "export", "one", "--out"), ("compare", "one", "--html")):
        kept.write_text("before")
        resource = pytest.importorskip("resource")
        signal = pytest.importorskip("signal")
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, limits[1]))
        try:
            code, _, err = run(*command, str(kept))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, former)
        assert (code, kept.read_text()) == (1, "before")
        assert f"cannot write {kept}" in err


def test_json_is_alone_on_stdout(run: Run, folder: Path) -> None:
    code, out, _ = run("eval", str(folder), "--pipeline", "bm25", "--json", "--drop-identical")
    report = json.loads(out)
    assert code == 0
    assert report["drop_identical"] is True
    assert report["pipelines"]["bm25"]["ci95"]["ndcg@10"][0] <= 1.0
    assert (
        "--drop-identical" in run("eval", str(folder), "--pipeline", "bm25", "--drop-identical")[1]
    )


def test_thresholds_are_kept_and_compared(run: Run, folder: Path) -> None:
    run("eval", str(folder), "--pipeline", "bm25", "--save", "all")
    run("eval", str(folder), "--pipeline", "bm25", "--save", "strong", "--threshold", "2")
    code, out, _ = run("runs", "--json")
    one, other = json.loads(out)["runs"]
    assert one["metrics"]["hit@10"]["mean"] == 1.0
    assert other["metrics"]["hit@10"]["mean"] == pytest.approx(1 / 3)
    assert other["threshold"] == 2
    code, _, err = run("compare", "all", "strong")
    assert code == 1
    assert "--threshold" in err
    assert "strong/bm25 --threshold 2" in run("compare", "strong")[1]
    assert "from grade 2 up" in run("compare", "strong")[1]


def test_a_run_remembers_where_its_set_is(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    run("eval", folder.name, "--pipeline", "bm25", "--save", "one")
    (found,) = json.loads(run("runs", "--json")[1])["runs"]
    assert found["source"] == str(folder)


def test_stored_runs_as_one_table(run: Run, folder: Path) -> None:
    assert "no runs are kept yet" in run("runs", "table")[2]
    run("eval", str(folder), "--pipeline", "bm25", "--save", "one")
    run("eval", str(folder), "--pipeline", "bm25", "--save", "two", "--limit", "2")
    out = run("runs", "table")[1]
    head, line, *rows = out.splitlines()
    assert head == "| nDCG@10 | queries | documents | bm25 |"
    assert line == "|---|---:|---:|---:|"
    assert [row.split(" | ")[:3] for row in rows] == [["| one", "3", "4"], ["| two", "2", "4"]]
    assert len(run("runs", "table", "two", "--metric", "mrr")[1].splitlines()) == 3
    assert "take one of ndcg@10" in run("runs", "table", "--metric", "recall@7")[2]
    assert "no run named three" in run("runs", "table", "three")[2]


@pytest.mark.parametrize(
    "arguments",
    [
        ("eval", "nowhere", "--pipeline", "bm25"),
        ("eval", "SET", "--pipeline", "published:ranker=bm25"),
        ("eval", "SET", "--pipeline", "bm25", "--save", "../up"),
        ("eval", "SET", "--preset", "bleu"),
        ("eval", "judgements:sample", "--pipeline", "bm25"),
        ("eval", "judgements:nowhere", "--pipeline", "bm25"),
        ("eval", "SET", "--predictions", "p.csv"),
        ("eval", "SET", "--preset", "challenge", "--predictions", "nowhere.csv"),
        ("compare", "nothing"),
        ("runs", "export", "nothing", "--out", "x"),
        ("runs", "remove", "nothing"),
    ],
)
def test_what_a_user_can_fix_is_one_line(
    run: Run, folder: Path, arguments: tuple[str, ...]
) -> None:
    code, out, err = run(*(str(folder) if word == "SET" else word for word in arguments))
    assert code == 1
    assert out == ""
    (line,) = [line for line in err.splitlines() if line.startswith("counterpart:")]
    assert line


@pytest.mark.parametrize(
    "pipeline",
    ["bleu", "rerank:top=x", "rerank:depth=3", "rrf:k=-1", "rerank:share=2", "published"],
)
def test_wrong_pipelines_are_usage(run: Run, pipeline: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run("eval", "x", "--pipeline", pipeline)
    assert ended.value.code == 2


def test_the_help_says_that_the_rerank_depth_follows_the_device(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run("eval", "--help")
    said = " ".join(capsys.readouterr().out.split())
    assert "as the device has it: 100 on a GPU, 30 on a CPU with bf16 units, else 10" in said


def test_ones_own_judgements(run: Run, tmp_path: Path) -> None:
    engine = Engine(Paths.default(tmp_path / "home"))
    run_to_end(engine.prepare("sample"))
    collection = engine._library.collection("sample")
    chunks = collection.chunks(range(4))
    query = Query(chunks[0].text, "sample", QueryKind.CODE)
    engine.judge(JudgementDraft(query, chunks[0], Grade.EXACT, judge="me"))
    engine.judge(JudgementDraft(query, chunks[1], Grade.IRRELEVANT, judge="me"))
    assert [s.source for s in engine.evaluation_sources()] == ["judgements:sample"]
    engine.close()
    code, out, _ = run("eval", "judgements:sample", "--pipeline", "bm25", "--json", "--save", "own")
    report = json.loads(out)
    assert code == 0
    assert report["queries"] == 1
    assert report["pipelines"]["bm25"]["recall@100"] == 1.0
    assert 0 < report["pipelines"]["bm25"]["judged@10"] < 1
    engine = Engine(Paths.default(tmp_path / "home"))
    view = engine.view_query(["own"], "q1")
    assert view.rankings[0].documents[0].text
    engine.close()


def test_of_ones_own_judgements_counts_what_the_judges_come_to(run: Run, tmp_path: Path) -> None:
    engine = Engine(Paths.default(tmp_path / "home"))
    run_to_end(engine.prepare("sample"))
    first, second = engine._library.collection("sample").chunks(range(2))
    query = Query(first.text, "sample", QueryKind.CODE)
    for judge, grade in (("ada", Grade.EXACT), ("grace", Grade.IRRELEVANT)):
        engine.judge(JudgementDraft(query, first, grade, judge=judge))
    again = Query(f"{first.text}\n\n", "sample", QueryKind.CODE)  # laid out otherwise
    engine.judge(JudgementDraft(again, second, Grade.EXACT, judge="ada"))
    measure = ("eval", "judgements:sample", "--pipeline", "bm25", "--json")
    open_ = json.loads(run(*measure)[1])
    assert open_["queries"] == 1
    engine.settle(engine.disagreements()[0].id, Grade.EXACT)
    settled = json.loads(run(*measure)[1])
    assert open_["pipelines"]["bm25"]["mrr"] < settled["pipelines"]["bm25"]["mrr"] == 1.0
    engine.close()


def test_an_imported_set_brings_its_published_rankings(run: Run, tmp_path: Path) -> None:
    source = str(samples.nano(tmp_path / "nano"))
    arguments = ("--split", "NanoToy", "--name", "toy", "--lexical-only")
    assert run("datasets", "import", source, *arguments)[0] == 0
    code, out, _ = run("eval", "toy", "--pipeline", "published:ranker=reranking_hybrid", "--json")
    assert code == 0
    assert "published:ranker=reranking_hybrid" in json.loads(out)["pipelines"]


def test_a_corpus_of_one_document_and_a_very_long_query(run: Run, folder: Path) -> None:
    samples.write_jsonl(folder / "corpus.jsonl", samples.corpus_rows()[:1])
    long = {"_id": "q1", "text": "read rows csv " * 8_000}
    samples.write_jsonl(folder / "queries.jsonl", [long])
    (folder / "qrels" / "test.tsv").write_text("q1\td1\t1\n", encoding="utf-8")
    (folder / "exclude.tsv").unlink()
    code, out, _ = run("eval", str(folder), "--pipeline", "bm25", "--json")
    report = json.loads(out)
    assert code == 0
    assert report["pipelines"]["bm25"]["mrr"] == 1.0
    assert any("one document" in note for note in report["notes"])
    assert any("longer than 100,000 characters" in note for note in report["notes"])


def test_the_predictions_of_the_challenge_are_scored(run: Run, tmp_path: Path) -> None:
    folder = samples.challenge(tmp_path / "challenge")
    predictions = tmp_path / "p.csv"
    url = samples.function_row("one", "First.", 1)["url"]
    predictions.write_text(f"language,query,url\npython,convert int to string,{url}\n")
    code, out, _ = run(
        "eval", str(folder), "--preset", "challenge", "--predictions", str(predictions), "--json"
    )
    (row,) = json.loads(out)["challenge"]
    assert code == 0
    assert (row["language"], row["within"], row["all"]) == ("python", 0.5, 0.5)


def test_a_run_of_the_challenge_comes_out_as_predictions_and_scores_the_same(
    run: Run, tmp_path: Path
) -> None:
    rows = [{**samples.function_row(f"sort_{n}", f"S {n}.", n), "url": f"u{n}"} for n in range(4)]
    samples.write_gz(tmp_path / "csn" / "python_test_0.jsonl.gz", rows)
    names = ("Language", "Query", "GitHubUrl", "Relevance", "Notes")
    grades = [("Python", "Sort it", "u1", 3, ""), ("Python", "Sort it", "u2", 1, "")]
    annotations = [dict(zip(names, row, strict=True)) for row in grades]
    samples.write_csv(tmp_path / "csn" / "annotationStore.csv", annotations)
    folder, out = str(tmp_path / "csn"), str(tmp_path / "p.csv")
    arguments = ("--preset", "challenge", "--pipeline", "bm25", "--save", "c", "--json")
    report = json.loads(run("eval", folder, *arguments)[1])
    (found,) = report["challenge"]
    assert 0 < found["all"] <= found["within"]
    assert run("runs", "export", "c", "--format", "predictions", "--out", out)[0] == 0
    scored = run("eval", folder, "--preset", "challenge", "--predictions", out, "--json")[1]
    (again,) = json.loads(scored)["challenge"]
    assert (again["within"], again["all"]) == (found["within"], found["all"])
    run("eval", str(samples.beir(tmp_path / "toy")), "--pipeline", "bm25", "--save", "toy")
    code, _, err = run("runs", "export", "toy", "--format", "predictions", "--out", out)
    assert (code, "say --language" in err) == (1, True)


def test_tracking_works_offline(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("wandb")
    # In a process of its own: the package leaves threads running.
    arguments = ["eval", str(folder), "--pipeline", "bm25", "--track", "wandb"]
    arguments += ["--basedir", str(tmp_path / "home")]
    code = f"import sys; from engine.cli import main; sys.exit(main({arguments!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "WANDB_MODE": "offline", "WANDB_SILENT": "true"},
    )
    assert done.returncode == 0, done.stderr
    (written,) = (tmp_path / "home" / "tracking" / "toy-bm25").rglob("*.wandb")
    assert b"ndcg@10" in written.read_bytes()


def test_tracking_without_the_package_is_one_line(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    arguments = ("--pipeline", "bm25", "--track", "wandb", "--save", "one")
    code, _, err = run("eval", str(folder), *arguments)
    assert code == 1
    assert not json.loads(run("runs", "--json")[1])["runs"]  # said before anything was measured
    assert "wandb is not installed" in err
