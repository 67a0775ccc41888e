"""Stored runs: kept as they come, gone on with, exported, compared."""

from __future__ import annotations

import json
import random
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.errors import DataError
from engine.evaluation.beir import BeirSet, load_beir
from engine.evaluation.compare import _options_differ, compare_runs
from engine.evaluation.measuring import Measured, Models, Options, measuring
from engine.evaluation.metrics import parse_metric
from engine.evaluation.pipelines import parse_pipelines
from engine.evaluation.report import lines_of, markdown, overview, tab_separated
from engine.evaluation.report_html import page
from engine.evaluation.runs import RESULTS, RunStore
from engine.evaluation.runs_export import export
from engine.evaluation.runs_summary import info_of, summarise, values_of
from engine.evaluation.views import view_query
from engine.job import Job, run_to_end
from engine.models.device import Device, Precision
from engine.retrieval.weights import Share, Weights
from tests.evaluation.models import FirstWordCrossEncoder, WordEncoder
from tests.evaluation.sets import write_set

pytrec_eval = pytest.importorskip("pytrec_eval")

WORDS = ("sort", "parse", "read", "write", "send", "mail", "row", "column", "csv", "json", "node")
HALF = Weights(dense=Share.fixed(0.5, 0.5), rerank=Share.fixed(0.9, 0.9))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = random.Random(11)
    documents = {
        f"d{n}": f"def {' '.join(source.sample(WORDS, 4)).replace(' ', '_')}(x):\n    return x"
        for n in range(60)
    }
    queries = {f"q{n}": " ".join(source.sample(WORDS, 3)) for n in range(30)}
    qrels = [
        (query, document, source.choice([0, 1, 1, 2]))
        for query in queries
        for document in source.sample(list(documents), 5)
    ]
    return write_set(tmp_path / "set", documents, queries, qrels)


@pytest.fixture
def data(folder: Path) -> BeirSet:
    return load_beir(folder)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def job(
    data: BeirSet,
    store: RunStore | None,
    cache: Path,
    save: str = "a",
    pipelines: tuple[str, ...] = ("bm25", "rerank:top=10"),
    **options: Any,
) -> Job[Measured]:
    return measuring(
        data,
        parse_pipelines(pipelines),
        Models(WordEncoder(), FirstWordCrossEncoder()),
        Options(**options),
        cache=cache,
        store=store,
        save=save,
        source="somewhere",
        weights=HALF,
    )


def test_a_run_has_everything(data: BeirSet, store: RunStore, tmp_path: Path) -> None:
    run_to_end(job(data, store, tmp_path))
    assert store.names() == ["a/bm25", "a/rerank+top=10"]
    run = store.read("a/rerank+top=10")
    assert run.manifest.dataset == "set"
    assert run.manifest.models["cross-encoder"]["fingerprint"] == "first-word"
    assert run.manifest.machine["cores"]
    assert list(run.rows) == [query.id for query in data.queries]
    row = run.rows["q0"]
    assert {"bm25", "encode", "dense", "rerank", "total"} <= set(row.answer.ms)
    assert len(row.answer.ranks["rerank"]) == len(row.answer.documents)
    assert row.answer.ms["total"] == pytest.approx(
        sum(ms for stage, ms in row.answer.ms.items() if stage != "total"), abs=0.01
    )


def test_an_interrupted_run_ends_with_the_figures_of_one_that_was_not(
    data: BeirSet, store: RunStore, tmp_path: Path
) -> None:
    run_to_end(job(data, store, tmp_path / "one", save="whole"))
    with closing(job(data, store, tmp_path / "two", save="broken")) as steps:
        for _ in steps:
            if (
                store.names().count("broken/rerank+top=10")
                and store.count("broken/rerank+top=10") == 7
            ):
                break
    half = store.read("broken/rerank+top=10")
    assert len(half.rows) == 7
    results = tmp_path / "runs" / "broken" / "rerank+top=10" / RESULTS
    with results.open("ab") as file:
        file.write(b'{"query": "q8", "docum')  # as a killed process leaves it
    run_to_end(job(data, store, tmp_path / "two", save="broken"))
    for pipeline in ("bm25", "rerank+top=10"):
        one, other = store.read(f"whole/{pipeline}"), store.read(f"broken/{pipeline}")
        for name in ("ndcg@10", "map", "recall@100"):
            metric = parse_metric(name)
            assert values_of(one, metric) == values_of(other, metric)
        assert [one.ranking(q) for q in one.rows] == [other.ranking(q) for q in other.rows]
        assert len(other.rows) == 30


def test_nothing_is_asked_again(data: BeirSet, store: RunStore, tmp_path: Path) -> None:
    run_to_end(job(data, store, tmp_path))
    before = {name: (tmp_path / "runs" / name / RESULTS).read_bytes() for name in store.names()}
    run_to_end(job(data, store, tmp_path))
    assert before == {n: (tmp_path / "runs" / n / RESULTS).read_bytes() for n in store.names()}


def test_a_limit_can_be_raised_later(data: BeirSet, store: RunStore, tmp_path: Path) -> None:
    run_to_end(job(data, store, tmp_path, limit=5))
    assert info_of(store, tmp_path / "runs", "a/bm25").done == 5
    run_to_end(job(data, store, tmp_path))
    info = info_of(store, tmp_path / "runs", "a/bm25")
    assert (info.done, info.total, info.complete) == (30, 30, True)


def test_another_measurement_cannot_take_the_name(
    data: BeirSet, store: RunStore, tmp_path: Path
) -> None:
    run_to_end(job(data, store, tmp_path))
    with pytest.raises(DataError, match=r"something else \(an option differs\)"):
        run_to_end(job(data, store, tmp_path, drop_identical=True))


def test_the_same_rankings_give_pytrec_evals_figures(
    data: BeirSet, store: RunStore, tmp_path: Path
) -> None:
    run_to_end(job(data, store, tmp_path))
    run = store.read("a/rerank+top=10")
    export(run, tmp_path / "run.trec", "trec")
    export(run, tmp_path / "qrels.txt", "qrels")
    with (tmp_path / "qrels.txt").open() as file:
        qrels = pytrec_eval.parse_qrel(file)
    with (tmp_path / "run.trec").open() as file:
        theirs = pytrec_eval.parse_run(file)
    found = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut_10", "map", "recip_rank"}).evaluate(
        theirs
    )
    for ours, name in (("ndcg@10", "ndcg_cut_10"), ("map", "map"), ("mrr", "recip_rank")):
        values = values_of(run, parse_metric(ours))
        for query, value in zip(run.rows, values, strict=True):
            assert value == pytest.approx(found[query][name], abs=1e-9)


def test_json_has_the_whole_run(data: BeirSet, store: RunStore, tmp_path: Path) -> None:
    run_to_end(job(data, store, tmp_path, limit=3))
    export(store.read("a/bm25"), tmp_path / "run.json", "json")
    values = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert list(values["rankings"]) == ["q0", "q1", "q2"]
    assert values["pipeline"] == "bm25"


def test_a_comparison_says_what_changed(data: BeirSet, store: RunStore, tmp_path: Path) -> None:
    run_to_end(job(data, store, tmp_path))
    runs = [store.read(name) for name in store.resolve(["a"])]
    found = compare_runs(runs, "mrr@10")
    assert (found.metric, found.queries) == ("mrr@10", 30)
    (difference,) = found.differences
    assert difference.wins + difference.losses + difference.ties == 30
    assert difference.p == difference.p_randomisation
    changes = [row.values[1] - row.values[0] for row in found.per_query]
    assert changes == sorted(changes, reverse=True)
    assert sum(changes) / 30 == pytest.approx(difference.mean)
    for run, curve in zip(found.runs, found.recall, strict=True):
        assert dict(curve)[10] == pytest.approx(run.metrics["recall@10"].mean)
        assert [value for _, value in curve] == sorted(value for _, value in curve)
    for number, run in enumerate(runs):
        failed = sum(group.counts[number] for group in found.failures)
        first = values_of(run, parse_metric("hit@1"))
        assert failed == first.count(0.0)
    said = "\n".join(lines_of(found))
    assert difference.verdict in said
    assert "without a relevant document on rank 1" in said


def test_reports_are_complete_and_need_nothing_else(
    data: BeirSet, store: RunStore, tmp_path: Path
) -> None:
    run_to_end(job(data, store, tmp_path, drop_identical=True))
    runs = [store.read(name) for name in store.resolve(["a"])]
    found = compare_runs(runs)
    views = [view_query(runs, row.query, {"d1": ("<script>", "")}) for row in found.per_query[:3]]
    html = page(found, views)
    assert html.count("<svg") >= 4
    assert "--drop-identical" in html
    for outside in ("http:", "src=", "<script", "<link"):
        assert outside not in html.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "a/bm25 --drop-identical" in markdown(found.runs)
    lines = tab_separated(found.runs).splitlines()
    assert len({line.count("\t") for line in lines}) == 1
    assert float(lines[1].split("\t")[4]) == found.runs[0].metrics["ndcg@10"].mean


def test_the_curve_of_map_is_of_map(data: BeirSet, store: RunStore, tmp_path: Path) -> None:
    run_to_end(job(data, store, tmp_path))
    run = store.read("a/bm25")
    (curve,) = compare_runs([run], "map").by_k
    for k in (1, 10, 100):
        values = values_of(run, parse_metric(f"map@{k}"))
        assert dict(curve)[k] == pytest.approx(sum(values) / len(values))


def test_a_stopped_run_is_marked_beside_a_complete_one(
    data: BeirSet, store: RunStore, tmp_path: Path
) -> None:
    with closing(job(data, store, tmp_path)) as steps:
        for _ in steps:
            if "a/rerank+top=10" in store.names() and store.count("a/rerank+top=10") == 7:
                break
    stopped = [info_of(store, tmp_path / "runs", name) for name in store.names()]
    row, _, said = overview(stopped).splitlines()[2:]
    assert [cell.rstrip(" |").endswith("†") for cell in row.split(" | ")[3:]] == [False, True]
    assert "a/rerank+top=10 (7 of 30)" in said and "a/bm25" not in said
    run_to_end(job(data, store, tmp_path))
    whole = [info_of(store, tmp_path / "runs", name) for name in store.names()]
    assert "†" not in overview(whole)


def test_the_default_depth_is_the_devices_and_part_of_what_a_run_is(
    data: BeirSet, store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipelines = ("bm25", "rerank", "rerank:top=10", "no-dense")
    run_to_end(job(data, store, tmp_path, pipelines=pipelines, limit=2))
    run_to_end(job(data, store, tmp_path, save="set", pipelines=("rerank",), limit=2, rerank=10))
    depths = {n: store.manifest(n).options.get("default_depth") for n in store.names()}
    assert depths == {
        "a/bm25": None,
        "a/no-dense": 10,
        "a/rerank": 10,
        "a/rerank+top=10": None,
        "set/rerank": None,
    }
    assert summarise(store.read("a/rerank")).options == ()
    mixed = compare_runs([store.read("a/rerank"), store.read("a/rerank+top=10")])
    assert not any("different options" in note for note in mixed.notes)
    gpu = Device("cuda", Precision.BF16)
    monkeypatch.setattr(FirstWordCrossEncoder, "device", gpu)
    monkeypatch.setattr(WordEncoder, "device", gpu)
    with pytest.raises(DataError, match="an option differs"):
        run_to_end(job(data, store, tmp_path, pipelines=("rerank",), limit=2))
    run_to_end(job(data, store, tmp_path, pipelines=("rerank:top=10",), limit=2))
    run_to_end(job(data, store, tmp_path, save="gpu", pipelines=("bm25", "rerank"), limit=2))
    notes = compare_runs([store.read("a/rerank"), store.read("gpu/rerank")]).notes
    assert any("read 10 or 100 candidates" in note for note in notes)
    assert any("different devices (cpu fp32, cuda bf16)" in note for note in notes)
    notes = compare_runs([store.read("a/bm25"), store.read("gpu/bm25")]).notes
    assert not any("device" in note for note in notes)


def test_a_query_shows_where_the_relevant_ones_went(
    data: BeirSet, store: RunStore, tmp_path: Path
) -> None:
    run_to_end(job(data, store, tmp_path))
    run = store.read("a/bm25")
    view = view_query([run], "q3", {})
    places = dict(view.rankings[0].relevant)
    for document, rank in places.items():
        if rank is not None:
            assert run.ranking("q3")[rank - 1] == document
    assert set(places) == {d for d, grade in data.qrels["q3"].items() if grade > 0}
    with pytest.raises(DataError, match="none of these runs was asked"):
        view_query([run], "nothing", {})


def test_what_cannot_be_compared_is_said(
    data: BeirSet, store: RunStore, folder: Path, tmp_path: Path
) -> None:
    run_to_end(job(data, store, tmp_path))
    qrels = folder / "qrels" / "test.tsv"
    qrels.write_text(qrels.read_text().replace("\t2\n", "\t1\n"), encoding="utf-8")
    run_to_end(job(load_beir(folder), store, tmp_path, save="b", pipelines=("bm25",)))
    with pytest.raises(DataError, match="grades differ"):
        compare_runs([store.read("a/bm25"), store.read("b/bm25")])
    with pytest.raises(DataError, match="there is no run named nothing; known are: a, b"):
        store.resolve(["nothing"])


def test_removing_and_damage(data: BeirSet, store: RunStore, tmp_path: Path) -> None:
    run_to_end(job(data, store, tmp_path, limit=2))
    results = tmp_path / "runs" / "a" / "bm25" / RESULTS
    results.write_text("nonsense\n", encoding="utf-8")
    info = info_of(store, tmp_path / "runs", "a/bm25")
    assert "cannot be read" in info.problem
    assert store.remove("a/bm25") == ["a/bm25"]
    assert store.remove("a") == ["a/rerank+top=10"]
    assert store.names() == []


def test_every_pipeline_answers(data: BeirSet, tmp_path: Path) -> None:
    pipelines = ("all", "ablation", "depths", "rrf", "rrf:k=10,depth=20", "slow", "rerank:share=1")
    measured = run_to_end(job(data, None, tmp_path, save="", pipelines=pipelines, limit=4))
    names = [spec.name for spec in measured.specs]
    assert len(names) == len(set(names)) >= 11
    for run in measured.runs:
        info = summarise(run)
        assert info.done == 4
        for row in run.rows.values():
            assert len(set(row.answer.documents)) == len(row.answer.documents) > 0
            assert row.answer.ms["total"] >= 0


def test_rrf_is_the_formula(data: BeirSet, tmp_path: Path) -> None:
    pipelines = ("bm25", "dense", "rrf:k=7,depth=60")
    one, other, fused = run_to_end(
        job(data, None, tmp_path, save="", pipelines=pipelines, limit=6)
    ).runs
    for query in fused.rows:
        scores: dict[str, float] = {}
        for ranking in (one.ranking(query), other.ranking(query)):
            for rank, document in enumerate(ranking, start=1):
                scores[document] = scores.get(document, 0.0) + 1 / (7 + rank)
        found = fused.ranking(query)
        values = [scores[document] for document in found]
        assert values == sorted(values, reverse=True)
        assert set(found) == set(scores)


def test_rrf_takes_what_one_leg_finds_where_the_other_finds_nothing(tmp_path: Path) -> None:
    documents = {"a": "def sort(rows): return rows", "b": "def send(mail): return mail"}
    folder = write_set(tmp_path / "s", documents, {"q": "zebra"}, [("q", "a", 1)])
    (fused,) = run_to_end(job(load_beir(folder), None, tmp_path, save="", pipelines=("rrf",))).runs
    assert set(fused.ranking("q")) == {"a", "b"}  # BM25 finds neither, the vectors rank both


def test_the_safeguard_puts_a_relevant_document_after_a_list_without_one(tmp_path: Path) -> None:
    documents = {f"d{n:03}": f"def sort_rows_{n}(rows): return sorted(rows)" for n in range(120)}
    documents |= {"far": "def send(mail): mail.send()", "away": "class Mail: pass"}
    queries = {"q": "sort rows", "easy": "send mail"}
    qrels = [("q", "far", 1), ("q", "away", 1), ("easy", "far", 1)]
    data = load_beir(write_set(tmp_path / "mails", documents, queries, qrels))
    pipelines = ("rrf", "rrf:safeguard=yes")
    plain, guarded = run_to_end(job(data, None, tmp_path, save="", pipelines=pipelines)).runs
    assert guarded.manifest.pipeline == "rrf:safeguard=yes"
    assert len(plain.ranking("q")) == 100 and "far" not in plain.ranking("q")
    assert guarded.ranking("q") == [*plain.ranking("q"), "away"]  # the first by id
    assert guarded.ranking("easy") == plain.ranking("easy")
    assert "a relevant document put on rank 101 (1 query)" in summarise(guarded).notes


def test_a_pipeline_without_an_option_does_not_differ_in_it() -> None:
    plain: dict[str, object] = {"use_target": False, "depth": 100}
    assert not _options_differ([plain, plain | {"rerank": None}])
    assert _options_differ([plain | {"rerank": 10}, plain, plain | {"rerank": 30}])
    assert _options_differ([plain, plain | {"use_target": True}])
