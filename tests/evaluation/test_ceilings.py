"""What a perfect ranker can be expected to reach where labels are incomplete."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation import metrics
from engine.evaluation.beir import BeirDocument, BeirQuery, BeirSet, load_beir
from engine.evaluation.ceilings import Equivalents, ceiling, expected_mrr, expected_ndcg
from tests.evaluation.sets import write_lines, write_set

FRAMEWORKS = ("mxnet", "pytorch", "tensorflow", "paddle")


def translations(sections: int, own_text: bool = True) -> BeirSet:
    """As CodeTransOcean-DL: every section in four frameworks, each asking for one of the others."""

    def text(section: int, framework: str) -> str:
        return f"import {framework}\nstep_{section} = {framework}.run({section})"

    keys = [(s, f) for s in range(sections) for f in FRAMEWORKS]
    documents = [BeirDocument(f"{s}-{f}", "", text(s, f)) for s, f in keys]
    queries, qrels = [], {}
    for section, framework in keys:
        for other in FRAMEWORKS:
            if other != framework:
                query = BeirQuery(f"q-{section}-{framework}-{other}", text(section, framework))
                queries.append(query)
                qrels[query.id] = {f"{section}-{other}": 1}
    excluded = {}
    if not own_text:
        by_text = {document.text: document.id for document in documents}
        excluded = {query.id: frozenset({by_text[query.text]}) for query in queries}
    return BeirSet("translations", tuple(documents), tuple(queries), qrels, excluded)


def test_four_frameworks_with_and_without_the_querys_own_text() -> None:
    with_own = ceiling(translations(3))
    assert with_own is not None
    assert with_own.ndcg == pytest.approx(0.52, abs=0.005)
    assert with_own.own_text == with_own.queries == with_own.ambiguous == 36
    without = ceiling(translations(3), drop_identical=True)
    assert without is not None
    assert without.ndcg == pytest.approx(0.71, abs=0.005)
    excluded = ceiling(translations(3, own_text=False))
    assert excluded is not None
    assert excluded.ndcg == pytest.approx(without.ndcg)
    assert "0.52" in str(with_own)


@given(own=st.integers(0, 3), others=st.integers(1, 4))
def test_the_formula_is_the_mean_over_all_orders(own: int, others: int) -> None:
    equivalents = [f"e{n}" for n in range(others)]
    first = [f"copy{n}" for n in range(own)]
    orders = [[*first, *order] for order in itertools.permutations(equivalents)]
    label = {"e0": 1}
    ndcg = math.fsum(metrics.ndcg(order, label, 10) for order in orders) / len(orders)
    mrr = math.fsum(metrics.reciprocal_rank(order, label) for order in orders) / len(orders)
    assert expected_ndcg(own, others) == pytest.approx(ndcg)
    assert expected_mrr(own, others) == pytest.approx(mrr)


def test_unambiguous_sets_have_no_ceiling() -> None:
    documents = (BeirDocument("a", "", "x = 1"), BeirDocument("b", "", "y = 2"))
    queries = (BeirQuery("q1", "set x"), BeirQuery("q2", "set y"))
    one = BeirSet("s", documents, queries, {"q1": {"a": 1}, "q2": {"b": 1}})
    assert ceiling(one) is None
    several = BeirSet("s", documents, queries, {"q1": {"a": 1, "b": 1}, "q2": {"b": 1}})
    assert ceiling(several) is None


def test_copies_of_the_labelled_document_count() -> None:
    documents = (BeirDocument("a", "", "x = 1"), BeirDocument("a2", "", "x = 1"))
    found = ceiling(BeirSet("s", documents, (BeirQuery("q", "set x"),), {"q": {"a": 1}}))
    assert found is not None
    assert found.mrr == pytest.approx((1 + 1 / 2) / 2)


def test_classes_can_be_given(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path / "s", {"a": "x = 1", "b": "y = 1"}, {"q": "assign"}, [("q", "a", 1)]
    )
    assert ceiling(load_beir(folder)) is None
    write_lines(folder / "equivalents.tsv", ["corpus-id\tclass", "a\tone", "b\tone"])
    data = load_beir(folder)
    assert set(Equivalents(data).of("a")) == {"a", "b"}
    found = ceiling(data)
    assert found is not None
    assert found.ambiguous == 1
