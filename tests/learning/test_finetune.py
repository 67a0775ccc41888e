"""From judgements to a version, with tiny models: the whole way, stopped and gone on with."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from engine.engine import Engine
from engine.errors import DataError
from engine.job import run_to_end
from engine.learning.finetune import RATES, _named
from engine.learning.finetune_child import Stage, curve, train_apart, write_stage
from engine.learning.finetune_data import TASK, graded_pairs, write_pairs
from engine.learning.finetune_evaluate import HELD_OUT, SAMPLE, comparisons, warning
from engine.learning.finetune_plan import check_in_use, record_of, spec_of
from engine.learning.finetune_share import SHARES, best_share
from engine.learning.finetune_split import advice, split
from engine.learning.groups import Text
from engine.learning.mine_judged import JudgedQuery
from engine.learning.negatives import RankedExample, write_examples
from engine.models.own_closeness import AS_IT_IS, NAME, read_closeness
from engine.models.own_share import own_share
from engine.paths import Paths
from engine.types import Chunk, Grade, Query, QueryKind
from engine.types_corpora import DatasetRequest
from engine.types_training import MiningOptions, Origin, TrainingSpec
from tests.learning.judged import SPEC, judged_engine
from tests.models.tiny import make_encoder_folder, words_of

pytestmark = pytest.mark.timeout(1200)  # processes that load torch, on a machine that is busy


def judged(text: str, language: str | None = None) -> JudgedQuery:
    chunk = Chunk("c", "p", "", 1, 1, "function", "f", "Python", (), f"def f(): {text!r}")
    kind = QueryKind.CODE if language else QueryKind.WORDS
    return JudgedQuery(Query(text, "c"), kind, language, [(chunk, Grade.EXACT)])


@settings(max_examples=40)
@given(st.sets(st.text("abcdefgh ", min_size=4, max_size=20), max_size=30), st.integers(0, 3))
def test_a_query_is_on_one_side_and_stays_there(texts: set[str], seed: int) -> None:
    queries = [judged(text) for text in sorted(texts)]
    train, held_out = split(queries, 0.3, seed)
    assert len(train) + len(held_out) == len(queries)
    assert not {id(q) for q in train} & {id(q) for q in held_out}
    sides = {q.query.text for q in train}
    again, _ = split(list(reversed(queries)), 0.3, seed)
    assert {q.query.text for q in again} == sides


@settings(max_examples=40)
@given(st.lists(st.lists(st.sampled_from("abcdefghi"), max_size=9), max_size=30), st.integers(0, 3))
def test_queries_that_share_most_words_share_a_side(texts: list[list[str]], seed: int) -> None:
    sides = split([judged(" ".join(words)) for words in texts], 0.4, seed)
    here, there = ({frozenset(q.query.text.split()) for q in side} for side in sides)
    for one, other in product(here, there):
        assert len(one & other) < 0.7 * len(one | other)


def test_the_same_query_in_two_layouts_is_never_split() -> None:
    for number in range(20):
        queries = [
            judged(f"def f{number}(x):\n    return x + {number}", "Python"),
            judged(f"def f{number}(x):\n\n  return x + {number}\n", "Python"),
            judged(f"import torch\ndef f{number}(x):\n    return x + {number}", "Python"),
        ]
        assert sorted(map(len, split(queries, 0.5, 0))) == [0, 3]


def test_little_is_called_little() -> None:
    assert not advice(5, 2)[0]
    assert advice(1, 0)[1].startswith("1 query has a counterpart")
    enough, said = advice(30, 9)
    assert not enough
    assert "50" in said
    assert advice(80, 20)[0]


def test_warnings_name_what_speaks_against_a_version() -> None:
    def values(*ndcg: float) -> list[tuple[float, ...]]:
        return [(value, value, 1.0) for value in ndcg]

    low, high = values(*[0.2, 0.3, 0.25] * 8), values(*[0.6, 0.7, 0.66] * 8)
    better = comparisons(HELD_OUT, low, high)
    assert warning(better) == ""
    assert "not better" in warning(comparisons(HELD_OUT, high, low))
    assert "cannot tell" in warning(comparisons(HELD_OUT, values(0.2, 0.9), values(0.9, 0.25)))
    assert "forgot" in warning([*better, *comparisons(SAMPLE, high, low)])
    assert "no held-out" in warning([])


def test_a_training_without_verified_negatives_does_not_see_them() -> None:
    query = judged("add two numbers")
    others = [replace(query.graded[0][0], text=f"def other{n}(): ...") for n in range(2)]
    query.graded += [(others[0], Grade.IRRELEVANT), (others[1], Grade.WEAK)]
    targets = [pair.target for pair in graded_pairs([query])]
    assert targets == pytest.approx([1.0, 0.0, 1 / 3])
    assert [pair.target for pair in graded_pairs([query], (Origin.MINED,))] == [1.0]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine over tiny models, with ten judged queries on the sample corpus."""
    engine = judged_engine(tmp_path)
    yield engine
    engine.close()


def test_a_share_is_taken_for_what_it_gains_beyond_chance() -> None:
    small, large = SHARES.index(0.2), SHARES.index(0.5)

    def values(gains: dict[int, list[float]]) -> list[list[float]]:
        """Queries with 0.5 under the former share; all other shares lose a little."""
        return [
            [0.5, *(0.5 + gains[n][row] if n in gains else 0.49 for n in range(len(SHARES)))]
            for row in range(8)
        ]

    steady = [0.03, 0.05] * 4
    wild = [0.5, -0.4] * 4  # a little more in the mean, and nothing to go by
    assert best_share(values({small: steady, large: wild})) == 0.2
    assert best_share(values({large: [0.2, 0.3] * 4, small: steady})) == 0.5
    assert best_share(values({small: [-0.1, 0.05] * 4})) is None
    assert best_share(values({})) is None
    alone = SHARES.index(1.0)  # it never decides alone
    assert best_share(values({small: steady, alone: [0.3, 0.31] * 4})) == 0.2


def test_what_the_former_model_shows_of_a_share_counts_against_chance() -> None:
    small, large = SHARES.index(0.1), SHARES.index(0.5)

    def values(gains: dict[int, list[float]], queries: int) -> list[list[float]]:
        return [
            [0.5, *(0.5 + gains.get(n, [0.0])[row % len(gains.get(n, [0.0]))] for n in range(7))]
            for row in range(queries)
        ]

    few = values({small: [0.2, -0.06], large: [0.15, -0.05]}, 8)  # which is better is chance
    assert best_share(few) == 0.1
    against_small = values({small: [-0.04, -0.02], large: [0.02, 0.0]}, 60)
    assert best_share(few, against_small) == 0.5
    better_before = values({SHARES.index(0.2): [0.02, 0.01]}, 60)
    assert best_share(values({small: [0.2, 0.19]}, 8)) == 0.1
    assert best_share(values({small: [0.2, 0.19]}, 8), better_before) == 0.2  # no less than that
    against_all = values({small: [-0.1, -0.12], large: [-0.1, -0.12]}, 60)
    assert best_share(few, against_all) is None


def test_the_whole_way(engine: Engine, tmp_path: Path) -> None:
    found = engine.training_outlook(SPEC)
    assert found.queries == 10
    assert found.train + found.tuning + found.held_out == found.trainable
    assert not found.enough
    job = engine.train_from_judgements(SPEC)
    for progress in job:
        if progress.stage.startswith("training") and progress.done >= 1:
            break
    job.close()  # Cancel
    assert engine.unfinished_trainings() == ["first"]
    points = engine.training_curve("first")
    assert {point.steps for point in points} == {found.steps}
    steps = [point.step for point in points]
    stopped_at = steps[-1]
    version = run_to_end(engine.train_from_judgements(SPEC))
    assert engine.unfinished_trainings() == []
    assert stopped_at >= 1
    sides = (version.settings["held_out_queries"], version.settings["tuning_queries"])
    assert (version.queries, *sides) == (found.train, found.held_out, found.tuning)
    assert version.settings["learning_rate"] == {"cross-encoder": RATES["cross-encoder"]}
    shares = version.settings["shares"]
    assert isinstance(shares, dict)
    kept = own_share(version.folders["cross-encoder"], "any")
    assert {kind.value: share for kind, share in kept.shares.items()} == shares
    assert set(shares.values()) <= set(SHARES)
    assert kept.start  # kinds without a share of their own count as for the former model
    assert {(one.data, one.metric) for one in version.comparisons} >= {(HELD_OUT, "nDCG@10")}
    assert version.active == ()

    before = engine.setting("cross-encoder")
    assert not engine.can_go_back()
    run_to_end(engine.activate_version("first"))
    assert engine.can_go_back()
    assert engine.versions()[0].active == ("cross-encoder",)
    run_to_end(engine.activate_former())
    assert engine.setting("cross-encoder") == before
    assert engine.versions()[0].active == ()


def test_how_long_a_training_takes_is_measured_and_leaves_nothing(engine: Engine) -> None:
    spec = replace(SPEC, stages=("cross-encoder", "encoder"))
    found = run_to_end(engine.training_estimate(spec))
    assert found.steps == 2 * SPEC.steps
    assert min(found.mining, found.training, found.measuring) > 0
    assert found.total == found.mining + found.training + found.measuring
    twice = run_to_end(engine.training_estimate(replace(spec, steps=200 * SPEC.steps)))
    assert twice.training > found.training
    assert engine.unfinished_trainings() == []
    assert engine.versions() == []


@pytest.mark.parametrize("ending", ["kill", "terminate"])
def test_a_killed_training_goes_on_from_its_checkpoint(engine: Engine, ending: str) -> None:
    job = engine.train_from_judgements(replace(SPEC, name="killed", steps=200))
    folder = engine.paths.base / "training" / "killed" / "cross-encoder"
    checkpoint = folder / "run" / "checkpoint.safetensors"
    import psutil

    for _progress in job:
        if checkpoint.exists():
            break
    for child in psutil.Process().children(recursive=True):
        if "spawn_main" in " ".join(child.cmdline()):
            getattr(child, ending)()
    with pytest.raises(Exception, match="under the same name"):
        run_to_end(job)
    assert engine.versions() == []
    reached = curve(folder)[-1]["step"]
    job = engine.train_from_judgements(replace(SPEC, name="killed", steps=200))
    first = next(p.done for p in job if p.stage.startswith("training") and p.done)
    job.close()
    assert 10 <= first <= 200
    assert reached >= 10


def test_a_training_is_gone_on_with_as_it_was_begun() -> None:
    mining = MiningOptions(origins=(Origin.RANDOM,), judges=("ada",), num_negatives=7)
    spec = replace(SPEC, name="x", stages=("encoder",), judges=("ada",), seed=3, mining=mining)
    plan = json.loads(json.dumps({"spec": record_of(spec)}))
    assert spec_of(plan, "x") == spec
    former = {"stages": ["encoder"], "corpus": "c", "judges": ["ada"]}
    assert spec_of(former, "y") == TrainingSpec("y", ("encoder",), "c", ("ada",))


@pytest.mark.parametrize(
    "plan",
    [
        {"spec": {**record_of(SPEC), "of a later release": 1}},
        {"spec": {**record_of(SPEC), "mining": {"origins": ["of a later release"]}}},
        {"spec": 5},
        {},
    ],
)
def test_a_plan_that_says_something_else_is_one_line(plan: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="another version of Counterpart"):
        spec_of(plan, "x")


def test_a_held_out_query_is_found_again_when_it_is_laid_out_otherwise() -> None:
    query = judged("sort\n  a list")
    assert _named([query], [["c", "sort a list"]]) == [query]
    assert _named([query], [["other", "sort a list"], ["c", "sort"]]) == []


def test_a_training_is_not_compared_with_other_models_than_it_began_with() -> None:
    plan = {"in_use": {"encoder": "bundled", "cross-encoder": "/versions/mine/cross-encoder"}}
    check_in_use(plan, dict(plan["in_use"]))
    with pytest.raises(DataError, match="cross-encoder: mine"):
        check_in_use(plan, {"encoder": "bundled", "cross-encoder": "bundled"})
    plan = {"in_use": {"encoder": "/models/code/own"}}
    with pytest.raises(DataError, match="encoder: /models/code/own"):  # no version: all of it
        check_in_use(plan, {"encoder": "bundled"})


def test_both_stages(engine: Engine) -> None:
    spec = replace(SPEC, name="both", stages=("cross-encoder", "encoder"), steps=2)
    version = run_to_end(engine.train_from_judgements(spec))
    assert set(version.folders) == {"cross-encoder", "encoder"}
    scale = read_closeness(Path(version.folders["encoder"]) / NAME)
    assert scale not in (None, AS_IT_IS)
    run_to_end(engine.activate_version("both"))
    assert set(engine.versions()[0].active) == {"cross-encoder", "encoder"}
    run_to_end(engine.activate_former())
    assert engine.versions()[0].active == ()


def test_an_encoder_stays_near_what_it_was(tmp_path: Path) -> None:
    start = make_encoder_folder(tmp_path / "start", words_of("sort a list read the file add"))
    texts = [("sort a list", "read a list"), ("read the file", "add the file")]
    one, two = ([Text(side, "") for side in pair] for pair in texts)
    found = [RankedExample(TASK, *one, (two[1],)), RankedExample(TASK, *two, (one[1],))]

    def trained(name: str, share: float) -> dict[str, torch.Tensor]:
        folder = tmp_path / name
        folder.mkdir()
        write_examples(folder / "examples.jsonl", found)
        write_pairs(folder / "pairs.jsonl", [])
        options = {"seed": 1, "batch": 2, "learning_rate": 0.01, "max_tokens": 16}
        options |= {"hard": 1, "hard_share": 1.0, "share": share}
        write_stage(folder, Stage("encoder", str(start), 4, options))
        return load_file(run_to_end(train_apart(folder)) / "model.safetensors")

    before = load_file(start / "model.safetensors")
    whole, mean = trained("whole", 1.0), trained("mean", 0.25)
    assert any((whole[key] - before[key]).abs().max() > 0.005 for key in whole)
    for key, weight in mean.items():
        wanted = torch.lerp(before[key].float(), whole[key].float(), 0.25)
        torch.testing.assert_close(weight.float(), wanted, atol=2e-3, rtol=2e-3)


def test_grades_of_a_data_set_count_when_they_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    numbers = range(12)

    def lines(*rows: dict[str, str]) -> str:
        return "".join(json.dumps(row) + "\n" for row in rows)

    documents = [{"_id": f"d{n}", "text": f"def f{n}():\n    return {n}"} for n in numbers]
    queries = [
        {"_id": f"q{n}", "text": f"return the number {'ab'[n % 2] * (n + 1)}"} for n in numbers
    ]
    (folder / "corpus.jsonl").write_text(lines(*documents), encoding="utf-8")
    (folder / "queries.jsonl").write_text(lines(*queries), encoding="utf-8")
    rows = "".join(f"q{n}\td{n}\t1\n" for n in numbers)
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}", "utf-8")
    engine = Engine(Paths(tmp_path / "home"))
    run_to_end(engine.import_dataset(DatasetRequest(str(folder), "numbers")))
    unnamed = engine.training_outlook(SPEC)
    assert unnamed.queries == 0
    assert "--judge dataset:numbers" in unnamed.advice
    named = engine.training_outlook(replace(SPEC, judges=("dataset:numbers",)))
    assert (named.queries, named.trainable) == (12, 12)
    assert "--judge" not in named.advice
    engine.close()


def test_too_little_is_one_line(tmp_path: Path) -> None:
    engine = Engine(Paths(tmp_path))
    engine.set_setting("encoder", str(tmp_path / "none"))
    engine.set_setting("cross-encoder", str(tmp_path / "none"))
    with pytest.raises(DataError, match="too few to train on"):
        run_to_end(engine.train_from_judgements(SPEC))
    engine.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": -1},
        {"learning_rate": 3.0},
        {"learning_rate": math.nan},
        {"minutes": math.inf},
        {"batch": 0},
        {"max_tokens": 0},
    ],
)
def test_senseless_settings_are_one_line(tmp_path: Path, wrong: dict[str, Any]) -> None:
    engine = Engine(Paths(tmp_path))
    engine.set_setting("encoder", str(tmp_path / "none"))
    engine.set_setting("cross-encoder", str(tmp_path / "none"))
    with pytest.raises(DataError, match="or more"):
        run_to_end(engine.train_from_judgements(replace(SPEC, **wrong)))
    engine.close()
