from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.cli import main
from engine.errors import DataError
from engine.job import run_to_end
from engine.learning.pairs.record import Pair, PairWriter, anonymous, read_pairs
from engine.learning.pairs.split import SHARES, split, split_of


def made(count, groups):
    return [
        Pair(f"text {n}", f"code({n});", f"kind-{n % 2}", f"r{n}", anonymous(n % groups))
        for n in range(count)
    ]


def written(tmp_path, pairs, *, negatives=False):
    with PairWriter(tmp_path / "all.jsonl") as writer:
        for pair in pairs:
            writer.write(pair)
    out = tmp_path / "out"
    report = run_to_end(split(tmp_path / "all.jsonl", out, negatives=negatives))
    return {name: list(read_pairs(out / f"{name}.jsonl")) for name in SHARES}, report


@given(st.integers(1, 200), st.integers(1, 40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_no_group_is_ever_separated_and_no_pair_lost(tmp_path, count, groups):
    pairs = made(count, groups)
    splits, report = written(tmp_path, pairs)
    members = [{pair.group for pair in found} for found in splits.values()]
    assert len(set().union(*members)) == sum(map(len, members)) == min(count, groups)
    assert sorted(p.reference for found in splits.values() for p in found) == sorted(
        p.reference for p in pairs
    )
    assert report.pairs == {name: len(found) for name, found in splits.items()}


def test_the_split_of_a_group_depends_on_nothing_else():
    assert [split_of(anonymous(n)) for n in range(12)] == [
        split_of(anonymous(n)) for n in range(12)
    ]
    assert split_of(anonymous("repository", "project")) == "train"


def test_shares_are_80_10_10_of_the_groups():
    counts = dict.fromkeys(SHARES, 0)
    for number in range(5_000):
        counts[split_of(anonymous(number))] += 1
    assert counts["train"] == pytest.approx(4_000, abs=120)
    assert counts["valid"] == pytest.approx(500, abs=90)


def test_half_of_the_negatives_have_another_code_and_half_another_text(tmp_path):
    splits, report = written(tmp_path, made(400, 40), negatives=True)
    lines = (tmp_path / "out" / "train.negatives.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    train = {pair.reference: pair for pair in splits["train"]}
    assert report.negatives["train"] == len(records) == len(train)
    assert sum(record["replaced"] == "code" for record in records) == len(records) // 2
    for record in records:
        text, code = train[record["text_reference"]], train[record["code_reference"]]
        assert (text.text, code.code) == (record["text"], record["code"])
        assert text.code != code.code and text.text != code.text
        assert text.kind == code.kind == record["kind"] and record["label"] == 0
    assert {record["text_reference"] for record in records if record["replaced"] == "code"} | {
        record["code_reference"] for record in records if record["replaced"] == "text"
    } == set(train)


@pytest.mark.parametrize("again", [False, True])
def test_negatives_of_former_pairs_do_not_stay(tmp_path, capsys, again):
    written(tmp_path, made(400, 40), negatives=True)
    out = tmp_path / "out"
    former = {path.name for path in out.glob("*.negatives.jsonl")}
    with PairWriter(tmp_path / "few.jsonl") as writer:
        for pair in made(2, 1):
            writer.write(pair)
    (out / "mine.negatives.jsonl").write_text("somebody's own")
    command = ["pairs", "split", str(tmp_path / "few.jsonl"), "--out", str(out)]
    assert main([*command, *(["--negatives"] if again else [])]) == 0
    assert (out / "mine.negatives.jsonl").exists()
    kept = {path.name for path in out.glob("*.negatives.jsonl")} - {"mine.negatives.jsonl"}
    said = capsys.readouterr().err
    if again:
        assert kept == former
        assert sum((out / name).read_text().count("\n") for name in kept) <= 2
        assert "removed" not in said
    else:
        assert kept == set()
        assert all(name in said for name in former)


def test_a_split_of_nothing_leaves_the_negatives(tmp_path):
    written(tmp_path, made(40, 4), negatives=True)
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(DataError, match="no pairs"):
        written(tmp_path, [])
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_code_within_the_other_is_no_negative(tmp_path):
    group = anonymous(0)
    outer = Pair("outer", "if a:\n    b()", "k", "r1", group)
    inner = Pair("inner", "b()", "k", "r2", group, parent="r1")
    _, report = written(tmp_path, [outer, inner], negatives=True)
    assert sum(report.negatives.values()) == 0


def test_a_file_without_pairs_is_told(tmp_path):
    with pytest.raises(DataError, match="no pairs"):
        written(tmp_path, [])
    assert not list((tmp_path / "out").iterdir())
