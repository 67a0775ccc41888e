"""Our figures beside those of the programs that the field uses, for the same rankings."""

from __future__ import annotations

import random
import warnings

import pytest

from engine.errors import DataError
from engine.evaluation.metrics import Metric, mean, parse_metric, trec_order

pytrec_eval = pytest.importorskip("pytrec_eval")

CASES = 4_000
OURS_TO_TREC = {
    "ndcg@1": "ndcg_cut_1",
    "ndcg@5": "ndcg_cut_5",
    "ndcg@10": "ndcg_cut_10",
    "ndcg@100": "ndcg_cut_100",
    "ndcg": "ndcg",
    "mrr": "recip_rank",
    "map": "map",
    "map@10": "map_cut_10",
    "hit@1": "success_1",
    "hit@10": "success_10",
    "recall@10": "recall_10",
    "recall@100": "recall_100",
    "precision@5": "P_5",
    "precision@10": "P_10",
}

Grades = dict[str, dict[str, int]]
Scores = dict[str, dict[str, float]]


def random_case(source: random.Random) -> tuple[dict[str, int], dict[str, float]]:
    """Judgements and a run of one query: ties, nothing retrieved, nothing relevant, grades 0–3."""
    documents = [f"d{number}" for number in range(source.choice([1, 2, 5, 20, 150]))]
    qrels = {
        document: source.choice([0, 0, 1, 1, 2, 3])
        for document in source.sample(documents, source.randint(1, len(documents)))
    }
    found = source.sample(documents, source.randint(0, len(documents)))
    steps = source.choice([1, 3, 1_000_000])  # few different scores make many ties
    run = {document: source.randint(0, steps) / steps for document in found}
    run |= {
        f"other{number}": source.randint(0, steps) / steps for number in range(source.randint(0, 9))
    }
    return qrels, run


def cases(count: int) -> tuple[Grades, Scores]:
    source = random.Random(7)
    qrels: Grades = {}
    runs: Scores = {}
    for number in range(count):
        qrels[f"q{number}"], run = random_case(source)
        if source.random() < 0.95:  # else the query is missing from the run
            runs[f"q{number}"] = run
    return qrels, runs


@pytest.mark.parametrize("threshold", [1, 2, 3])
def test_every_value_is_pytrec_evals(threshold: int) -> None:
    qrels, runs = cases(CASES)
    measures = set(OURS_TO_TREC.values())
    evaluator = pytrec_eval.RelevanceEvaluator(qrels, measures, relevance_level=threshold)
    theirs = evaluator.evaluate(runs)
    compared = 0
    for query, grades in qrels.items():
        ranking = trec_order(runs.get(query, {}))
        for ours, name in OURS_TO_TREC.items():
            value = parse_metric(ours, threshold)(ranking, grades)
            # What pytrec_eval leaves out (no ranking, an empty one) counts with 0.
            assert value == pytest.approx(theirs.get(query, {}).get(name, 0.0), abs=1e-9), (
                query,
                ours,
            )
            compared += 1
    assert compared == CASES * len(OURS_TO_TREC)


def test_means_are_pytrec_evals_with_missing_queries_at_nought() -> None:
    qrels, runs = cases(500)
    theirs = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut_10"}).evaluate(runs)
    metric = parse_metric("ndcg@10")
    ours = mean(metric(trec_order(runs.get(query, {})), qrels[query]) for query in qrels)
    total = sum(found["ndcg_cut_10"] for found in theirs.values())
    assert ours == pytest.approx(total / len(qrels), abs=1e-9)
    assert len(theirs) < len(qrels)


@pytest.mark.slow  # it compiles itself for minutes
@pytest.mark.timeout(1800)
def test_ranx_agrees_where_it_is_installed() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages that it brings
        ranx = pytest.importorskip("ranx")
        source = random.Random(3)
        qrels: Grades = {}
        runs: Scores = {}
        for number in range(200):
            grades, run = random_case(source)
            if not any(grades.values()) or not run:
                continue
            # ranx has a rule of its own for ties, so there are none here.
            order = list(run)
            source.shuffle(order)
            qrels[f"q{number}"] = grades
            runs[f"q{number}"] = {
                document: 1.0 - place / 1000 for place, document in enumerate(order)
            }
        names = {
            "ndcg@10": "ndcg@10",
            "ndcg-exp@10": "ndcg_burges@10",
            "mrr": "mrr",
            "mrr@10": "mrr@10",
            "map": "map",
            "hit@10": "hit_rate@10",
            "recall@100": "recall@100",
            "precision@10": "precision@10",
        }
        theirs = ranx.evaluate(
            ranx.Qrels(qrels), ranx.Run(runs), list(names.values()), make_comparable=True
        )
    for ours, name in names.items():
        metric = parse_metric(ours)
        value = mean(metric(trec_order(runs[query]), grades) for query, grades in qrels.items())
        assert value == pytest.approx(theirs[name], abs=1e-9), ours


def test_the_two_gains_have_names_of_their_own() -> None:
    linear, exponential = parse_metric("ndcg@10"), parse_metric("ndcg-exp@10")
    assert linear.label != exponential.label
    grades = {"a": 3, "b": 1}
    assert linear(["b", "a"], grades) > exponential(["b", "a"], grades)


@pytest.mark.parametrize(
    "name", ["", "ndcg@0", "bleu", "recall", "hit@", "ndcg@10@10", "mrr@99999"]
)
def test_an_unknown_metric_is_named(name: str) -> None:
    with pytest.raises(DataError, match="there is no metric"):
        parse_metric(name)


def test_a_parsed_metric_keeps_its_name_and_threshold() -> None:
    assert parse_metric(" NDCG@5 ", 2) == Metric("ndcg@5", "ndcg", 5, 2)
