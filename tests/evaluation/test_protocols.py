"""The protocols of the field, on small sets in their own layouts."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import DataError
from engine.evaluation import presets, published
from engine.evaluation.measuring import Models
from engine.evaluation.protocols import evaluating
from engine.evaluation.protocols_challenge import (
    challenge_ndcg,
    read_predictions,
    read_relevance,
    score,
    write_predictions,
)
from engine.evaluation.protocols_pairs import classify
from engine.evaluation.report import published_lines
from engine.evaluation.runs import RunStore
from engine.job import run_to_end
from engine.types_evaluation import EvaluationRequest, Published
from tests.datasets import samples
from tests.evaluation.models import FirstWordCrossEncoder, WordEncoder
from tests.evaluation.sets import write_lines


def measure(source: Path, preset: str, tmp_path: Path, **options: Any) -> dict[str, Any]:
    request = EvaluationRequest(str(source), preset=preset, **options)
    cache = tmp_path / "cache"
    tasks = run_to_end(presets.tasks(presets.preset_of(preset), source, cache, request.task))
    models = Models(WordEncoder(), FirstWordCrossEncoder())
    store = RunStore(tmp_path / "runs")
    return run_to_end(evaluating(request, tasks, models, store, tmp_path / "cache"))


def test_nanocoir_measures_its_published_rankings_beside_ours(tmp_path: Path) -> None:
    report = measure(samples.nano(tmp_path / "nano"), "nanocoir", tmp_path, save="nano")
    tasks = {task["task"]: task for task in report["tasks"]}
    assert set(tasks) == {"NanoToy", "NanoOther"}
    names = set(tasks["NanoToy"]["pipelines"])
    assert {"bm25", "dense", "hybrid", "rerank", "rrf:safeguard=yes"} < names
    rankers = ("bm25", "harrier_oss_v1_270m", "reranking_hybrid")
    assert {f"published:ranker={name}" for name in rankers} < names
    # Every published ranking of the sample is d2, d1, d3; only q2 is answered by d2.
    found = tasks["NanoToy"]["pipelines"]["published:ranker=bm25"]
    expected = (1 / math.log2(3) + 1 + 1 / math.log2(4)) / 3
    assert found["ndcg@10"] == pytest.approx(expected, abs=1e-6)
    assert report["mean"]["bm25"]["ndcg@10"] > 0
    stored = RunStore(tmp_path / "runs").names()
    assert "nano-NanoToy/bm25" in stored
    assert not list((tmp_path / "cache").glob("set-*"))


def test_one_task_of_a_protocol_can_be_measured_and_gone_on_with(tmp_path: Path) -> None:
    source = samples.nano(tmp_path / "nano")
    asked: dict[str, Any] = {"pipelines": ("bm25",)}
    measure(source, "nanocoir", tmp_path, save="nano", limit=1, **asked)
    store = RunStore(tmp_path / "runs")
    assert store.count("nano-NanoToy/bm25") == 1
    measure(source, "nanocoir", tmp_path, save="nano-NanoToy", task="NanoToy", **asked)
    assert store.count("nano-NanoToy/bm25") == 3
    assert store.names() == ["nano-NanoOther/bm25", "nano-NanoToy/bm25"]
    with pytest.raises(DataError, match="no task 'NanoMine'; it has: NanoOther, NanoToy"):
        measure(source, "nanocoir", tmp_path, task="NanoMine")


def test_a_published_ranking_can_be_reranked(tmp_path: Path) -> None:
    report = measure(
        samples.nano(tmp_path / "nano"),
        "nanocoir",
        tmp_path,
        pipelines=("published:ranker=bm25", "published:ranker=bm25,top=3"),
    )
    one, other = report["tasks"][0]["pipelines"].values()
    assert one["recall@10"] == other["recall@10"]
    assert other["query_ms"]["p50"] >= 0


def test_a_ranking_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no published ranking 'nobody'; it has: bm25"):
        measure(
            samples.nano(tmp_path / "nano"),
            "nanocoir",
            tmp_path,
            pipelines=("published:ranker=nobody",),
        )


@pytest.mark.parametrize("layout", [samples.mteb, samples.coir_pair, samples.hub_jsonl])
def test_coir_in_all_its_layouts(tmp_path: Path, layout: Any) -> None:
    report = measure(layout(tmp_path / "set"), "coir", tmp_path, pipelines=("bm25",))
    assert report["queries"] == 3
    assert report["pipelines"]["bm25"]["ndcg@10"] > 0.5


def test_codesearchnet_searches_its_whole_codebase(tmp_path: Path) -> None:
    rows = [samples.function_row(f"work_{n}", f"Does the work number {n}.", n) for n in range(6)]
    folder = tmp_path / "csn"
    samples.write_jsonl(folder / "ruby" / "test.jsonl", rows[:2])
    samples.write_jsonl(folder / "ruby" / "codebase.jsonl", rows)
    samples.write_jsonl(folder / "python" / "test.jsonl", rows[:3])
    report = measure(folder, "codesearchnet", tmp_path, pipelines=("bm25",))
    sizes = {task["task"]: (task["queries"], task["docs"]) for task in report["tasks"]}
    assert sizes == {"python": (3, 3), "ruby": (2, 6)}
    ruby = next(task for task in report["tasks"] if task["task"] == "ruby")
    systems = {figure["system"]: figure for figure in ruby["published"]}
    assert systems["CodeBERT"]["value"] == 0.679
    assert "published over 1,261 queries, here 2" in systems["CodeBERT"]["differs"]
    assert {f["value"] for f in report["published"]} >= {0.4758, 0.693, 0.7795}
    lines = list(published_lines(Published(**figure) for figure in report["published"]))
    cascode = [line for line in lines if "BM25 MRR 0.4758, CasCode, best MRR 0.7795 (" in line]
    assert len(cascode) == 1 and len(lines) == 2


def test_the_published_figures_are_those_of_the_issue() -> None:
    figures = {(f.task, f.system): f.value for f in published.figures()}
    task = "NanoCodeTransOceanDL"
    assert figures[task, "bm25"] == 0.5581
    assert figures[task, "dense"] == 0.6327
    assert figures[task, "reranking_hybrid"] == 0.5956
    assert figures["overall", "BM25"] == 0.4758
    assert figures["advtest", "CasCode, best"] == 0.4398
    assert len(published.tasks_of("nanocoir")) == 10
    for figure in published.figures():
        assert 0 < figure.value < 1
        assert "https://" in figure.source


def test_webquery_tells_pairs_apart(tmp_path: Path) -> None:
    rows = [
        {"idx": "w-1", "doc": "sort rows", "code": "def sort(rows): return rows", "label": 1},
        {"idx": "w-2", "doc": "read csv", "code": "def write(x): return x", "label": 0},
        {"idx": "w-3", "doc": "mail it", "code": "def mail(x): send(x)", "label": 1},
    ]
    file = samples.write_json(tmp_path / "web" / "test_webquery.json", rows)
    report = measure(file, "webquery", tmp_path, pipelines=("bm25", "rerank"), save="web")
    assert report["pairs"]["pairs"] == 3
    assert report["pairs"]["accuracy"] == report["pairs"]["f1"] == report["pairs"]["auc"] == 1.0
    store = RunStore(tmp_path / "runs")
    (line,) = store.manifest("web/rerank").protocol
    assert line.startswith("3 labelled pairs: the cross-encoder has accuracy 1.0000 and F1 1.0000")
    assert store.manifest("web/bm25").protocol == ()


def test_pair_figures_by_hand() -> None:
    found = classify([0.9, 0.6, 0.4, 0.2], [True, False, True, False])
    assert (found.accuracy, found.precision, found.recall, found.f1) == (0.5, 0.5, 0.5, 0.5)
    assert found.auc == 0.75
    assert classify([0.1], [True]).f1 == 0.0


# The challenge


def theirs(
    predictions: Mapping[str, Sequence[str]],
    relevance: Mapping[str, Mapping[str, float]],
    within: bool,
) -> float:
    """The challenge's definition written out: places counted one by one."""
    values = []
    for query, grades in relevance.items():
        place, dcg = 1, 0.0
        for url in predictions.get(query, []):
            if url in grades:
                dcg += (2 ** grades[url] - 1) / math.log2(place + 1)
                place += 1
            elif not within:
                place += 1
        best = sorted(grades.values(), reverse=True)
        ideal = sum((2**g - 1) / math.log2(i + 2) for i, g in enumerate(best))
        if ideal:
            values.append(dcg / ideal)
    return sum(values) / len(values) if values else 0.0


urls = st.sampled_from([f"u{n}" for n in range(12)])
graded = st.dictionaries(urls, st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 3.0]), min_size=1)


@given(
    st.dictionaries(st.sampled_from("abc"), graded, min_size=1),
    st.dictionaries(st.sampled_from("abc"), st.lists(urls, max_size=12)),
)
def test_both_figures_are_the_challenges_own(
    relevance: dict[str, dict[str, float]], predictions: dict[str, list[str]]
) -> None:
    (found,) = score({"go": predictions}, {"go": relevance})
    assert found.within == pytest.approx(theirs(predictions, relevance, within=True), abs=1e-9)
    assert found.all == pytest.approx(theirs(predictions, relevance, within=False), abs=1e-9)


def test_annotations_and_predictions_go_in_and_out(tmp_path: Path) -> None:
    annotations = tmp_path / "annotationStore.csv"
    with annotations.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Language", "Query", "GitHubUrl", "Relevance", "Notes"])
        writer.writerow(["Python", "Sort Rows", "u1", 3, ""])
        writer.writerow(["Python", "Sort Rows", "u1", 2, ""])  # two people: the mean
        writer.writerow(["Python", "Sort Rows", "u2", 0, ""])
    relevance = read_relevance(annotations)
    assert relevance == {"python": {"sort rows": {"u1": 2.5, "u2": 0.0}}}
    rows = [("Python", "sort rows", "x"), ("Python", "sort rows", "u1")]
    assert write_predictions(tmp_path / "out.csv", rows) == 2
    (found,) = score(read_predictions(tmp_path / "out.csv"), relevance)
    assert found.within == 1.0
    assert found.all == pytest.approx(1 / math.log2(3))
    assert (found.coverage, found.coverage_positive) == (0.5, 1.0)
    assert challenge_ndcg(["u2"], {"u2": 0.0}, within=True) is None
    assert found.repeated == 0
    assert score({"python": {"sort rows": ["u1", "x", "u1"]}}, relevance)[0].repeated == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("language,query\npython,q\n", "no column url"),
        ("language,query,url\n", "no predictions"),
        ("language,query,url\npython,,u\n", "a field is empty"),
        ("language,query,url\nfortran,q,u\n", "no language of the predictions"),
    ],
)
def test_wrong_predictions_are_one_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        score(read_predictions(tmp_path / "p.csv"), {"python": {"q": {"u": 1.0}}})


@pytest.mark.parametrize("grade", ["nan", "inf", "-1", "4", "1e9"])
def test_an_annotation_without_a_grade_of_the_challenge_is_named(
    tmp_path: Path, grade: str
) -> None:
    lines = ["Language,Query,GitHubUrl,Relevance,Notes", f"Python,q,u1,{grade},"]
    write_lines(tmp_path / "annotationStore.csv", lines)
    with pytest.raises(DataError, match=r"line 2: the grade .* is not from 0 to 3"):
        read_relevance(tmp_path / "annotationStore.csv")


def test_the_challenge_is_measured_by_language(tmp_path: Path) -> None:
    folder = tmp_path / "challenge"
    rows = [
        {**samples.function_row(f"work_{n}", f"Work {n}.", n), "url": f"u{n}"} for n in range(4)
    ]
    samples.write_gz(folder / "python_test_0.jsonl.gz", rows)
    lines = [
        "Language,Query,GitHubUrl,Relevance,Notes",
        "Python,work 1,u1,3,",
        "Python,work 1,u2,0,",
    ]
    write_lines(folder / "annotationStore.csv", lines)
    report = measure(folder, "challenge", tmp_path, pipelines=("bm25",), save="c")
    assert report["task"] == "python"
    (found,) = report["challenge"]
    assert found["within"] >= found["all"] > 0
    (line,) = RunStore(tmp_path / "runs").manifest("c/bm25").protocol
    assert line.startswith(f"challenge: bm25 in python: nDCG within {found['within']:.4f}")
    measure(folder, "challenge", tmp_path, pipelines=("bm25",), save="c", task="python")
    with pytest.raises(DataError, match="no task 'go'; it has: python"):
        measure(folder, "challenge", tmp_path, task="go")


def test_queries_of_the_challenge_that_were_not_asked_do_not_count(tmp_path: Path) -> None:
    folder = tmp_path / "challenge"
    rows = [
        {**samples.function_row(f"work_{n}", f"Work {n}.", n), "url": f"u{n}"} for n in range(4)
    ]
    samples.write_gz(folder / "python_test_0.jsonl.gz", rows)
    lines = [f"Python,work {n},u{n},3," for n in range(4)]
    header = "Language,Query,GitHubUrl,Relevance,Notes"
    write_lines(folder / "annotationStore.csv", [header, *lines])
    whole = measure(folder, "challenge", tmp_path, pipelines=("bm25",))
    assert "asked" not in whole["challenge"][0] and whole["challenge"][0]["queries"] == 4
    report = measure(folder, "challenge", tmp_path, pipelines=("bm25",), limit=2, save="c")
    (found,) = report["challenge"]
    assert (found["queries"], found["asked"], found["of"]) == (2, 2, 4)
    assert found["coverage"] == 1.0 and found["within"] == 1.0
    (line,) = RunStore(tmp_path / "runs").manifest("c/bm25").protocol
    assert line.endswith("over the first 2 of 4 queries, not the challenge's figures")


def test_wrong_sources_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no preset 'bleu'"):
        presets.preset_of("bleu")
    with pytest.raises(DataError, match="no file or folder"):
        measure(tmp_path / "nowhere", "cosqa", tmp_path)
    half = tmp_path / "half"
    samples.write_jsonl(half / "python" / "codebase.jsonl", [samples.function_row("f", "F.", 1)])
    with pytest.raises(DataError, match="half downloaded"):
        measure(half, "codesearchnet", tmp_path)


def test_wrong_sets_are_one_line(tmp_path: Path) -> None:
    from engine.evaluation.beir import load_beir

    def broken(name: str, file: str, text: str) -> Path:
        folder = samples.beir(tmp_path / name)
        (folder / file).write_text(text, encoding="utf-8")
        return folder

    row = json.dumps({"_id": "d1", "text": "x"})
    for name, file, text, message in (
        ("ids", "qrels/test.tsv", "q1\tnobody\t1\n", "'nobody' is not in corpus.jsonl"),
        ("twice", "qrels/test.tsv", "q1\td1\t1\nq1\td1\t1\n", "judged twice"),
        ("negative", "qrels/test.tsv", "q1\td1\t-1\n", "below 0"),
        ("fraction", "qrels/test.tsv", "q1\td1\t1.5\n", "line 1: the grade '1.5' is not a whole"),
        ("empty", "qrels/test.tsv", "", "no judgements"),
        ("header", "qrels/test.tsv", "query-id\tcorpus-id\tscore\n", "no judgements"),
        ("nothing", "corpus.jsonl", "", "no documents"),
        ("cut", "corpus.jsonl", f"{row}\n" + row[:9], "interrupted download"),
    ):
        with pytest.raises(DataError, match=message) as caught:
            load_beir(broken(name, file, text))
        assert "\n" not in str(caught.value)
    folder = samples.beir(tmp_path / "part")
    (folder / "corpus.jsonl").rename(folder / "corpus.jsonl.incomplete")
    with pytest.raises(DataError, match="half downloaded"):
        load_beir(folder)
