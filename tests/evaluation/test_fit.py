"""Fitting the shares of the stages on small sets."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from engine.evaluation import fit as command
from engine.evaluation.beir import load_beir
from engine.evaluation.fit import fit
from engine.evaluation.legs import collect, judge_heads
from engine.evaluation.metrics import ndcg
from engine.evaluation.run import prepare
from engine.job import JobContext
from engine.retrieval.search import Pipeline, Searcher
from engine.retrieval.weights import StageWeights, Weights, load_weights
from tests.evaluation.models import FirstWordCrossEncoder, WordEncoder
from tests.evaluation.sets import write_set

CURRENT = Weights(words=StageWeights(0.3, 0.1), code=StageWeights(0.35, 0.15))
NOUNS = ["apple", "river", "stone", "cloud", "paper", "engine", "garden", "window", "bridge"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty documents of random words; a query holds some words of its document."""
    chosen = random.Random(7)
    documents, queries, qrels = {}, {}, []
    for number in range(40):
        words = chosen.choices(NOUNS, k=12)
        documents[f"d{number}"] = f"def {words[0]}_{words[1]}():\n    return " + " + ".join(words)
        queries[f"q{number}"] = "how to find the " + " ".join(chosen.sample(words, 4))
        qrels.append((f"q{number}", f"d{number}", 1))
    return write_set(tmp_path / "words", documents, queries, qrels, excluded=[("q1", "d2")])


@pytest.mark.parametrize("share", [0.0, 0.35, 1.0])
def test_stored_scores_give_the_rankings_of_the_search(
    folder: Path, tmp_path: Path, share: float
) -> None:
    encoder, cross_encoder, ctx = WordEncoder(), FirstWordCrossEncoder(), JobContext()
    prepared = prepare(
        load_beir(folder),
        encoder=encoder,
        rerank=10,
        use_target=False,
        limit=None,
        cache=tmp_path,
        ctx=ctx,
    )
    weights = Weights(words=StageWeights(share, 0.6, 1.5), code=StageWeights(share, 0.6, 1.5))
    searcher = Searcher(prepared.collection, encoder, cross_encoder, weights)
    collected = collect(prepared, encoder, ctx)
    heads = [
        (legs.view, legs.candidates.rows[legs.fused(share, 1.5)[0][:10]]) for legs in collected
    ]
    judged = judge_heads(prepared.collection, heads, cross_encoder, tmp_path, ctx, "reranking")
    for question, legs, scores in zip(prepared.questions, collected, judged, strict=True):
        values: dict[Pipeline, float] = {
            "bm25": legs.bm25_ndcg(),
            "dense": legs.dense_ndcg(),
            "hybrid": legs.fused_ndcg(share, 1.5),
            "rerank": legs.reranked_ndcg(weights.code, scores, 0.6),
        }
        for pipeline, value in values.items():
            found = searcher.rank(
                question.query, ctx, pipeline, exclude_documents=question.excluded
            )
            ranking = [prepared.ids[number] for number, _ in found]
            assert value == pytest.approx(ndcg(ranking, question.qrels)), pipeline


def run(folder: Path, tmp_path: Path, cross_encoder: FirstWordCrossEncoder | None) -> dict:
    return fit(
        [folder],
        WordEncoder(),
        cross_encoder,
        current=CURRENT,
        rerank=10,
        step=0.1,
        limit=None,
        cache=tmp_path / "cache",
        ctx=JobContext(),
    )


def test_fitted_shares_leave_no_set_below_its_best_leg(folder: Path, tmp_path: Path) -> None:
    fitted = run(folder, tmp_path, FirstWordCrossEncoder())
    row = fitted["fitted"]["sets"]["words"]
    assert row["queries"] == row["words"] == 40
    assert row["hybrid"] >= max(row["bm25"], row["dense"])
    assert row["rerank"] >= max(row["bm25"], row["dense"])


def test_the_file_is_what_the_search_reads(folder: Path, tmp_path: Path) -> None:
    fitted = run(folder, tmp_path, FirstWordCrossEncoder())
    path = tmp_path / "fusion.json"
    path.write_text(json.dumps(fitted))
    weights = load_weights(path)
    assert weights.words == StageWeights(fitted["words"]["dense"], fitted["words"]["rerank"])


def test_what_cannot_be_fitted_stays(folder: Path, tmp_path: Path) -> None:
    fitted = run(folder, tmp_path, None)
    assert fitted["words"]["rerank"] == CURRENT.words.rerank
    assert fitted["code"]["rerank"] == CURRENT.code.rerank
    assert fitted["code"]["dense"] == pytest.approx(CURRENT.code.dense, abs=0.051)
    assert "rerank" not in fitted["fitted"]["sets"]["words"]


def test_pairs_are_not_scored_twice(folder: Path, tmp_path: Path) -> None:
    class Counting(FirstWordCrossEncoder):
        asked = 0

        def score(self, query, texts, ctx=None):  # type: ignore[no-untyped-def]
            Counting.asked += len(texts)
            return super().score(query, texts, ctx)

    first = run(folder, tmp_path, Counting())
    asked = Counting.asked
    second = run(folder, tmp_path, Counting())
    assert asked > 0
    assert Counting.asked == asked
    assert first == second


def test_a_wrong_model_is_one_line_and_status_1(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = command.main([str(folder), "--encoder", str(tmp_path / "nowhere")])
    said = capsys.readouterr()
    assert status == 1
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "nowhere" in said.err
