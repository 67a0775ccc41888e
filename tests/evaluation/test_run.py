"""Whole evaluations of small sets, through the product's own chunker and search."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.errors import Cancelled, DataError, ModelError
from engine.evaluation.documents import SHARD
from engine.evaluation.run import evaluate
from engine.job import JobContext
from engine.retrieval.search import Pipeline
from engine.retrieval.weights import Share, Weights
from engine.types import Progress
from tests.evaluation.models import FirstWordCrossEncoder, WordEncoder
from tests.evaluation.sets import write_set

ALL: tuple[Pipeline, ...] = ("bm25", "dense", "hybrid", "rerank")
HALF = Weights(Share.fixed(0.5, 0.5), Share.fixed(0.9, 0.9))

DOCUMENTS = {
    "sort": "def order_rows(rows):\n    return sorted(rows, key=len)",
    "csv": "def parse_csv(handle):\n    return list(csv.reader(handle))",
    "mail": "def send_mail(server, message):\n    server.send(message)",
    "empty": "",
}
QUERIES = {
    "q1": "parse a csv handle",
    "q2": "send a mail message to the server",
    "q3": "which nobody judged",
}
QRELS = [("q1", "csv", 3), ("q1", "sort", 0), ("q2", "mail", 1)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_set(tmp_path / "small", DOCUMENTS, QUERIES, QRELS)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def run(
    folder: Path, cache: Path, pipelines: Sequence[Pipeline] = ("bm25",), **options: Any
) -> dict[str, Any]:
    encoder = options.pop("encoder", None)
    ctx = options.pop("ctx", None)
    return evaluate(
        folder,
        pipelines,
        encoder=encoder or WordEncoder(),
        cross_encoder=FirstWordCrossEncoder(),
        cache=cache,
        ctx=ctx or JobContext(),
        weights=HALF,
        **options,
    )


def test_the_report_has_the_promised_form(folder: Path, cache: Path) -> None:
    report = run(folder, cache, ALL)
    assert (report["dataset"], report["queries"], report["docs"]) == ("small", 2, 4)
    assert tuple(report["pipelines"]) == ALL
    for row in report["pipelines"].values():
        assert set(row) >= {"ndcg@10", "mrr", "hit@10", "recall@100", "index_s", "query_ms"}
        assert set(row["query_ms"]) == {"p50", "p95"}
        assert row["ndcg@10"] == row["mrr"] == row["hit@10"] == row["recall@100"] == 1.0
        assert row["index_s"] > 0
        assert 0 < row["query_ms"]["p50"] <= row["query_ms"]["p95"]
    assert report["gain"] == "linear"


def test_metrics_follow_the_ranking(tmp_path: Path, cache: Path) -> None:
    documents = {
        "best": "def alpha_beta(): pass",
        "second": "def alpha(): return unrelated_names + here",
    }
    folder = write_set(tmp_path / "s", documents, {"q": "alpha beta"}, [("q", "second", 2)])
    (row,) = run(folder, cache)["pipelines"].values()
    assert row["mrr"] == 0.5
    assert row["ndcg@10"] == pytest.approx(1 / math.log2(3), abs=1e-6)


def test_limit_takes_the_first_queries(folder: Path, cache: Path) -> None:
    assert run(folder, cache, limit=1)["queries"] == 1


def test_a_document_without_text_counts_and_is_never_found(tmp_path: Path, cache: Path) -> None:
    folder = write_set(tmp_path / "s", DOCUMENTS, {"q": "parse csv"}, [("q", "empty", 1)])
    for row in run(folder, cache, ALL)["pipelines"].values():
        assert row["recall@100"] == 0.0


def test_a_set_of_empty_documents_and_an_empty_query_give_zeros(
    tmp_path: Path, cache: Path
) -> None:
    folder = write_set(tmp_path / "s", {"d": "", "e": " \n"}, {"q": ""}, [("q", "d", 1)])
    report = run(folder, cache, ("bm25", "dense", "hybrid"))
    assert report["docs"] == 2
    assert all(row["ndcg@10"] == 0.0 for row in report["pipelines"].values())


def test_the_query_itself_is_found_unless_excluded(tmp_path: Path, cache: Path) -> None:
    documents = {**DOCUMENTS, "copy": "def parse_csv_handle(handle): return csv.reader(handle)"}
    queries = {"q": documents["copy"]}
    kept = write_set(tmp_path / "kept", documents, queries, [("q", "csv", 1)])
    left_out = write_set(
        tmp_path / "left out", documents, queries, [("q", "csv", 1)], excluded=[("q", "copy")]
    )
    for pipeline in ALL:
        assert run(kept, cache, (pipeline,))["pipelines"][pipeline]["mrr"] == 0.5
        assert run(left_out, cache, (pipeline,))["pipelines"][pipeline]["mrr"] == 1.0


def long_document(first_lines: str, special: str) -> str:
    """A document that is cut into many chunks, the special function last."""
    functions = [
        f"def helper_{number}(value):\n" + "    value = value + number\n" * 12
        for number in range(12)
    ]
    return first_lines + "\n\n" + "\n\n".join([*functions, special])


def test_a_document_of_many_chunks_is_one_result(tmp_path: Path, cache: Path) -> None:
    documents = {
        "long": long_document("import csv", "def value_helper():\n    return 1\n"),
        "short": "def compute(value):\n    return value",
    }
    folder = write_set(tmp_path / "s", documents, {"q": "helper value"}, [("q", "short", 1)])
    for pipeline in ALL:
        assert run(folder, cache, (pipeline,))["pipelines"][pipeline]["mrr"] == 0.5


def test_target_limits_results_to_documents_of_the_framework(tmp_path: Path, cache: Path) -> None:
    # The function that answers names no framework: what counts is the document it is in.
    twin = "def scale_rows_of_matrix(m):\n    return m / m.sum()\n"
    documents = {
        "torch": long_document("import torch\nx = torch.zeros(3)", twin),
        "mxnet": "from mxnet import nd\n" + twin,
        "plain": twin,
    }
    folder = write_set(
        tmp_path / "s",
        documents,
        {"q": "scale rows of matrix"},
        [("q", "torch", 1)],
        targets={"q": "torch"},
    )
    for pipeline in ALL:
        row = run(folder, cache, (pipeline,))["pipelines"][pipeline]
        limited = run(folder, cache, (pipeline,), use_target=True)["pipelines"][pipeline]
        assert row["mrr"] < 1.0
        assert limited["mrr"] == 1.0


def test_target_without_targets_and_an_unknown_target_are_named(
    folder: Path, tmp_path: Path, cache: Path
) -> None:
    with pytest.raises(DataError, match="no query of small has a target"):
        run(folder, cache, use_target=True)
    wrong = write_set(tmp_path / "s", DOCUMENTS, QUERIES, QRELS, targets={"q2": "Fortran"})
    with pytest.raises(DataError, match=r"query 'q2': unknown framework 'Fortran'"):
        run(wrong, cache, use_target=True)
    assert run(wrong, cache)["queries"] == 2


def test_a_second_run_encodes_no_document_again(folder: Path, cache: Path) -> None:
    first, second = WordEncoder(), WordEncoder()
    before = run(folder, cache, ALL, encoder=first)
    after = run(folder, cache, ALL, encoder=second)
    assert before["vectors"] == {"encoded": 3, "cached": 0}
    assert after["vectors"] == {"encoded": 0, "cached": 3}
    assert (len(first.documents), len(second.documents)) == (3, 0)
    for pipeline in ALL:
        for metric in ("ndcg@10", "mrr", "hit@10", "recall@100"):
            assert before["pipelines"][pipeline][metric] == after["pipelines"][pipeline][metric]


def test_another_encoder_has_vectors_of_its_own(folder: Path, cache: Path) -> None:
    run(folder, cache, ("dense",))
    report = run(folder, cache, ("dense",), encoder=WordEncoder("words-2"))
    assert report["vectors"] == {"encoded": 3, "cached": 0}


def test_a_damaged_cache_is_made_again(folder: Path, cache: Path) -> None:
    run(folder, cache, ("dense",))
    (shard,) = cache.rglob("*.safetensors")
    shard.write_bytes(shard.read_bytes()[:40])
    report = run(folder, cache, ("dense",))
    assert report["vectors"] == {"encoded": 3, "cached": 0}
    assert report["pipelines"]["dense"]["mrr"] == 1.0
    assert run(folder, cache, ("dense",))["vectors"]["cached"] == 3


def test_what_was_encoded_before_a_cancellation_is_kept(tmp_path: Path, cache: Path) -> None:
    documents = {f"d{number}": f"def name_{number}(): pass" for number in range(2 * SHARD)}
    folder = write_set(tmp_path / "s", documents, {"q": "name"}, [("q", "d1", 1)])
    ctx = JobContext()
    with pytest.raises(Cancelled):
        run(folder, cache, ("dense",), ctx=ctx, encoder=WordEncoder(on_encode=ctx.cancel))
    after = run(folder, cache, ("dense",))["vectors"]
    assert after["cached"] > 0
    assert after["encoded"] + after["cached"] == 2 * SHARD


def test_bm25_needs_no_model(folder: Path, cache: Path) -> None:
    report = evaluate(
        folder, ("bm25",), encoder=None, cross_encoder=None, cache=cache, ctx=JobContext()
    )
    assert report["pipelines"]["bm25"]["mrr"] == 1.0
    assert "vectors" not in report
    assert not cache.exists()


@pytest.mark.parametrize(
    ("pipeline", "encoder", "message"),
    [("hybrid", None, "the encoder"), ("rerank", WordEncoder(), "the cross-encoder")],
)
def test_a_missing_model_is_named_before_any_work(
    tmp_path: Path, cache: Path, pipeline: Pipeline, encoder: WordEncoder | None, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        evaluate(
            tmp_path / "nowhere",
            (pipeline,),
            encoder=encoder,
            cross_encoder=None,
            cache=cache,
            ctx=JobContext(),
        )


def test_reranking_changes_the_order_and_zero_leaves_it_out(tmp_path: Path, cache: Path) -> None:
    documents = {
        "worded": "def many(): return zebra + quickly + walking",
        "named": "def other(): return apple + quickly + walking + walking + quickly",
    }
    folder = write_set(
        tmp_path / "s", documents, {"q": "zebra quickly walking walking"}, [("q", "worded", 1)]
    )
    assert run(folder, cache, ("rerank",), rerank=10)["pipelines"]["rerank"]["mrr"] == 1.0
    hybrid = run(folder, cache, ("hybrid", "rerank"), rerank=0)["pipelines"]
    assert hybrid["hybrid"]["mrr"] == hybrid["rerank"]["mrr"] == 0.5


def test_progress_tells_stage_rate_and_time_left(folder: Path, cache: Path) -> None:
    told: list[Progress] = []
    run(folder, cache, ALL, ctx=JobContext(on_progress=told.append))
    last = {progress.stage: progress for progress in told}
    assert list(last) == [
        "chunking",
        "encoding documents",
        "looking at the labels",
        *(f"{pipeline}: searching" for pipeline in ALL),
    ]
    del last["looking at the labels"]  # as long as it takes to say so
    for progress in last.values():
        assert progress.done == progress.total
        assert progress.rate is not None and progress.rate > 0
        assert progress.seconds_left == 0.0


def test_importing_it_loads_neither_torch_nor_faiss() -> None:
    code = (
        "import sys, engine.evaluation.run\n"
        "print([name for name in ('torch', 'transformers', 'faiss') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
