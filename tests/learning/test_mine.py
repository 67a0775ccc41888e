"""Hard negatives from judgements: what counts as what, what is never taken, which rows come out."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.corpus.collection import MemoryCollection
from engine.errors import DataError, StoreError
from engine.job import run_to_end
from engine.judgements.compare import disagreements, settle
from engine.judgements.exchange import labelled
from engine.judgements.store import JudgementStore
from engine.learning import mine, mine_formats
from engine.learning.finetune import _shuffled
from engine.learning.mine_filters import (
    LIKE_QUERY,
    MARGIN,
    MAX_SCORE,
    MIN_SCORE,
    NEAR_COPY,
    OVERLAP,
    SAME_TEXT,
    TWIN,
    Lookalikes,
    by_score,
)
from engine.learning.mine_judged import judged_queries
from engine.retrieval.search import Searcher
from engine.types import Chunk, Framework, Grade, JudgementDraft, Query
from engine.types_training import MiningOptions, Origin

QUERY = "add two numbers and return the sum"


def chunk(name: str, text: str = "", framework: Framework | None = None, path: str = "") -> Chunk:
    frameworks = (framework,) if framework else ()
    path = path or f"{name}.py"
    text = text or f"def {name}(value):\n    return {name}_of(value, {name!r})\n"
    return Chunk(name, path, "/code", 1, 3, "function", name, "Python", frameworks, text)


class Scores:
    """A cross-encoder that gives each text the score said for the name that it holds."""

    fingerprint = "scores"

    def __init__(self, scores: dict[str, float]) -> None:
        self._scores = scores

    def score(self, _query: str, texts: Sequence[str]) -> np.ndarray:
        found = [next((s for n, s in self._scores.items() if n in text), 0.0) for text in texts]
        return np.array(found, dtype=np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JudgementStore]:
    with JudgementStore(tmp_path / "judgements.sqlite") as opened:
        yield opened


def give(
    store: JudgementStore, one: Chunk, grade: int, judge: str = "ada", query: Query | None = None
) -> None:
    store.judge(JudgementDraft(query or Query(QUERY, "c"), one, Grade(grade)), judge)


def source(chunks: Sequence[Chunk], scores: dict[str, float]) -> mine.Source:
    collection = MemoryCollection(chunks)
    return mine.Source(
        Searcher(collection),
        Scores(scores),  # type: ignore[arg-type]
        lambda rng: iter(rng.sample(list(chunks), len(chunks))),
    )


def run(
    store: JudgementStore,
    chunks: Sequence[Chunk],
    scores: dict[str, float] | None = None,
    **options: object,
) -> mine.Mined:
    found = source(chunks, scores or {})
    wanted = replace(MiningOptions(), **options)  # type: ignore[arg-type]
    return run_to_end(mine.mine(judged_queries(store.database), lambda _: found, wanted))


def test_grades_become_counterparts_and_verified_negatives(store: JudgementStore) -> None:
    for number, grade in enumerate((0, 1, 2, 3)):
        give(store, chunk(f"graded{number}"), grade)
    (query,) = judged_queries(store.database)
    assert [(p.chunk.name, p.grade) for p in query.positives] == [("graded3", 3), ("graded2", 2)]
    origins = [(n.chunk.name, n.origin) for n in query.negatives]
    assert origins == [("graded0", Origin.JUDGED), ("graded1", Origin.WEAK)]
    weights = [negative.weight for negative in query.negatives]
    assert weights[1] < weights[0]


def test_a_damaged_store_is_one_line(store: JudgementStore) -> None:
    give(store, chunk("graded"), 3)
    store.database.execute("UPDATE judgements SET note = CAST(x'ff' AS TEXT)")
    with pytest.raises(StoreError, match="is damaged; run counterpart doctor"):
        judged_queries(store.database)
    with pytest.raises(StoreError, match="is damaged; run counterpart doctor"):
        labelled.collect(store.database)


def test_a_query_is_asked_again_under_its_filters(store: JudgementStore) -> None:
    asked = Query(QUERY, "c", framework=Framework.JAX, language="Python", path="src/*.py")
    give(store, chunk("right"), 3, query=asked)
    (query,) = judged_queries(store.database)
    found = query.query
    assert (found.framework, found.language, found.path) == (Framework.JAX, "Python", "src/*.py")


def test_what_a_judge_graded_who_does_not_count_is_no_guess(store: JudgementStore) -> None:
    right, hers, open_one = chunk("right"), chunk("hers"), chunk("open_one")
    give(store, right, 3)
    give(store, hers, 3, judge="grace")
    found = source([right, hers, open_one], {"right": 0.9, "hers": 0.1, "open_one": 0.1})
    asked = judged_queries(store.database, judges=["ada"])
    mined = run_to_end(mine.mine(asked, lambda _: found, MiningOptions()))
    names = {negative.chunk.name for query in mined.queries for negative in query.negatives}
    assert names == {"open_one"}
    with pytest.raises(DataError, match="nobody named bob has judged; known are: ada, grace"):
        judged_queries(store.database, judges=["bob"])


def test_a_counterpart_in_the_wrong_framework_is_kept_apart(store: JudgementStore) -> None:
    asked = Query(QUERY, "c", framework=Framework.PYTORCH)
    give(store, chunk("torch_one", framework=Framework.PYTORCH), 3, query=asked)
    give(store, chunk("jax_one", framework=Framework.JAX), 3, query=asked)
    (query,) = judged_queries(store.database)
    assert [p.chunk.name for p in query.positives] == ["torch_one"]
    assert [(n.chunk.name, n.origin) for n in query.negatives] == [("jax_one", Origin.FRAMEWORK)]


def test_what_was_settled_counts(store: JudgementStore) -> None:
    give(store, chunk("one"), 3)
    give(store, chunk("one"), 0, judge="grace")
    (found,) = disagreements(store.database)
    settle(store.database, found.id, Grade.IRRELEVANT)
    (query,) = judged_queries(store.database)
    assert [grade for _, grade in query.graded] == [Grade.IRRELEVANT]


POSITIVE = chunk("add_numbers", "def add_numbers(a, b):\n    total = a + b\n    return total\n")


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (chunk("other", "def add_numbers(a, b):\n  total = a + b\n  return total\n"), SAME_TEXT),
        (chunk("x", "def add_numbers(a, b):\n    total = a + b\n    return (total)\n"), NEAR_COPY),
        (chunk("AddNumbers", "class AddNumbers: ...", Framework.JAX), TWIN),
        (chunk("inner", "total = a + b", path="add_numbers.py"), OVERLAP),
        (chunk("elsewhere"), ""),
    ],
)
def test_what_looks_like_the_positive_is_no_negative(other: Chunk, reason: str) -> None:
    assert Lookalikes(QUERY, None, [POSITIVE]).reason(other) == reason


def test_what_looks_like_the_query_is_no_negative() -> None:
    looks = Lookalikes(POSITIVE.text, "Python", [chunk("something_else")])
    assert looks.reason(replace(POSITIVE, name="plus")) in (LIKE_QUERY, NEAR_COPY)


@given(
    st.floats(0, 1),
    st.floats(0, 1),
    st.one_of(st.none(), st.floats(0, 1)),
    st.one_of(st.none(), st.floats(0, 1)),
)
def test_margins_mean_what_they_mean_in_sentence_transformers(
    score: float, positive: float, absolute: float | None, relative: float | None
) -> None:
    options = MiningOptions(absolute_margin=absolute, relative_margin=relative)
    kept = by_score(score, positive, options) == ""
    expected = (absolute is None or score <= positive - absolute) and (
        relative is None or score <= positive * (1 - relative)
    )
    assert kept == expected


def test_score_bounds() -> None:
    options = MiningOptions(max_score=0.8, min_score=0.2, relative_margin=None)
    assert by_score(0.9, 1.0, options) == MAX_SCORE
    assert by_score(0.1, 1.0, options) == MIN_SCORE
    assert by_score(0.5, 1.0, options) == ""


def corpus() -> list[Chunk]:
    words = ("sum the numbers", "two numbers", "return numbers", "add two", "sum of two")
    return [
        chunk(f"cand{n}", f"def cand{n}(x):\n    # {w}\n    return x.{'ab' * (n + 1)}({n})\n")
        for n, w in enumerate(words)
    ]


def test_mined_only_below_the_positive_then_random_ones_fill_up(store: JudgementStore) -> None:
    give(store, POSITIVE, 3)
    scores = {"add_numbers": 0.8, "cand0": 0.9, "cand1": 0.79, "cand2": 0.1, "cand3": 0.2}
    mined = run(store, [POSITIVE, *corpus()], scores, num_negatives=4)
    (query,) = mined.queries
    by_origin = {n.chunk.name: n.origin for n in query.negatives}
    assert by_origin["cand2"] is by_origin["cand3"] is Origin.MINED
    assert "cand0" not in [n.chunk.name for n in query.negatives if n.origin is Origin.MINED]
    assert mined.skipped[MARGIN] == 2
    assert len(query.negatives) == 4
    assert {n.chunk.name for n in query.negatives}.isdisjoint({POSITIVE.name})
    assert query.positives[0].score == pytest.approx(0.8)


def test_verified_ones_come_first_and_fill_the_quota(store: JudgementStore) -> None:
    give(store, POSITIVE, 3)
    for n in range(4):
        give(store, chunk(f"wrong{n}"), n % 2)
    (query,) = run(store, corpus(), {"add_numbers": 0.9}, num_negatives=3).queries
    assert [n.origin for n in query.negatives] == [Origin.JUDGED, Origin.JUDGED, Origin.WEAK]


def test_the_window_of_ranks(store: JudgementStore) -> None:
    give(store, POSITIVE, 3)
    scores = {"add_numbers": 1.0}
    chunks = corpus()
    only = (Origin.MINED,)
    ranked = run(store, chunks, scores, num_negatives=9, origins=only).queries[0].negatives
    later = run(store, chunks, scores, num_negatives=9, origins=only, range_min=2, range_max=4)
    assert [n.rank for n in ranked] == list(range(len(ranked)))
    assert [n.chunk.name for n in later.queries[0].negatives] == [n.chunk.name for n in ranked[2:4]]


def test_without_a_cross_encoder_nothing_is_guessed(store: JudgementStore) -> None:
    give(store, POSITIVE, 3)
    found = replace(source(corpus(), {}), cross_encoder=None)
    mined = run_to_end(mine.mine(judged_queries(store.database), lambda _: found, MiningOptions()))
    assert {n.origin for n in mined.queries[0].negatives} == {Origin.RANDOM}
    assert "cross-encoder is not loaded" in mined.notes[0]


def test_random_ones_are_drawn_once_each_and_can_be_stopped(store: JudgementStore) -> None:
    give(store, POSITIVE, 3)
    many = [chunk(f"c{n}", f"def c{n}(x):\n    return x.{'ab' * n}()\n") for n in range(1, 250)]
    asked = judged_queries(store.database)
    options = MiningOptions(origins=(Origin.RANDOM,), num_negatives=1_000_000)
    job = mine.mine(asked, lambda _: source(many, {}), options)
    steps = list(itertools.islice(job, 3))
    assert [step.done for step in steps] == [0, 0, 0]  # it looks up within a query
    mined = run_to_end(job)
    names = [negative.chunk.name for negative in mined.queries[0].negatives]
    assert len(names) == len(set(names)) > 200


@given(st.integers(0, 60), st.integers(0, 3))
def test_shuffling_gives_each_number_once(count: int, seed: int) -> None:
    found = list(_shuffled(count, random.Random(seed)))
    assert sorted(found) == list(range(count))
    assert found == list(_shuffled(count, random.Random(seed)))


def test_a_query_without_a_counterpart_is_counted_and_left_out(store: JudgementStore) -> None:
    give(store, chunk("wrong"), 0)
    mined = run(store, corpus())
    assert (mined.queries, mined.without_positive) == ([], 1)


def test_the_report_shows_thirty_of_all_origins(store: JudgementStore) -> None:
    for number in range(20):
        query = Query(f"{QUERY} {number}", "c")
        give(store, chunk(f"right{number}"), 3, query=query)
        for wrong in range(3):
            give(store, chunk(f"wrong{number}_{wrong}"), wrong % 2, query=query)
    options = MiningOptions(num_negatives=4)
    mined = run(store, corpus(), {"right": 0.9}, num_negatives=4)
    report = mine.report(mined, options)
    assert len(report.samples) == 30
    assert all(len(s.positives) == len(s.negatives) == 1 for s in report.samples)
    assert {s.negatives[0].origin for s in report.samples} == set(report.counts)
    assert sum(report.counts.values()) == sum(len(q.negatives) for q in mined.queries)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("triplet", {"anchor", "positive", "negative"}),
        ("n-tuple", {"anchor", "positive", "negative_1", "negative_2"}),
        ("labeled-pair", {"anchor", "text", "label"}),
        ("labeled-list", {"anchor", "texts", "labels"}),
    ],
)
def test_rows_in_each_format(
    store: JudgementStore, tmp_path: Path, name: str, columns: set[str]
) -> None:
    give(store, POSITIVE, 3)
    give(store, chunk("fair"), 2)
    give(store, chunk("wrong0"), 0)
    give(store, chunk("wrong1"), 0)
    options = MiningOptions(num_negatives=2, output_format=name)
    mined = run(store, [], num_negatives=2)
    out = tmp_path / "out.jsonl"
    count = mine_formats.write(out, mined.queries, options)
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert len(rows) == count == {"triplet": 4, "n-tuple": 2, "labeled-pair": 4}.get(name, 1)
    assert all(set(row) == columns for row in rows)
    (detail,) = (tmp_path / "out.origins.jsonl").read_text("utf-8").splitlines()
    assert {n["origin"] for n in json.loads(detail)["negatives"]} == {"judged irrelevant"}


def test_sentence_transformers_trains_on_the_rows(store: JudgementStore, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    give(store, POSITIVE, 3)
    give(store, chunk("wrong"), 0)
    out = tmp_path / "out.jsonl"
    mine_formats.write(out, run(store, [], num_negatives=1).queries, MiningOptions())
    loaded = datasets.load_dataset("json", data_files=str(out), cache_dir=str(tmp_path / "hf"))
    assert loaded["train"].column_names == ["anchor", "positive", "negative"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"range_min": 5, "range_max": 5},
        {"num_negatives": 0},
        {"num_negatives": 10**20},
        {"range_max": 10**20},
        {"sampling_strategy": "best"},
        {"relative_margin": float("nan")},  # of which nothing is below
        {"max_score": float("nan")},
    ],
)
def test_senseless_options_are_one_line(wrong: dict[str, object]) -> None:
    with pytest.raises(DataError):
        mine.check(replace(MiningOptions(), **wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options",
    [
        MiningOptions(relative_margin=float("nan")),
        MiningOptions(absolute_margin=float("inf")),
        MiningOptions(max_score=float("nan")),
        MiningOptions(min_score=float("-inf")),
        MiningOptions(min_score=0.8, max_score=0.2),
    ],
)
def test_numbers_that_no_score_compares_with_are_refused(options: MiningOptions) -> None:
    with pytest.raises(DataError, match=r"score"):
        mine.check(options)
