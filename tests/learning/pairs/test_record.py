from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import DataError, DiskError
from engine.learning.pairs.record import Pair, PairWriter, anonymous, read_pairs

ANY = st.text(st.characters(), max_size=30)
PAIRS = st.builds(
    Pair,
    text=ANY,
    code=ANY,
    kind=st.just("repository-comment"),
    reference=ANY,
    group=ANY,
    parent=st.none() | ANY,
    torch_likeness=st.floats(0, 1),
)
PAIR = Pair("Add one to it.", "x += 1", "repository-comment", "ab", "cd")


@given(st.lists(PAIRS, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read(tmp_path, pairs):
    path = tmp_path / "pairs.jsonl"
    with PairWriter(path) as writer:
        for pair in pairs:
            writer.write(pair)
    assert list(read_pairs(path)) == pairs
    assert writer.count == len(pairs)


def test_a_file_appears_only_when_it_is_complete(tmp_path):
    path = tmp_path / "new" / "pairs.jsonl"
    with PairWriter(path) as writer:
        writer.write(PAIR)
        assert not path.exists()
    assert [entry.name for entry in path.parent.iterdir()] == ["pairs.jsonl"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit, DataError])
def test_an_interrupted_file_leaves_the_old_one(tmp_path, error):
    path = tmp_path / "pairs.jsonl"
    path.write_text("old")
    with pytest.raises(error), PairWriter(path) as writer:
        writer.write(PAIR)
        raise error
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["pairs.jsonl"]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DiskError, match="cannot write"), PairWriter(tmp_path / "file" / "x"):
        pass


@pytest.mark.parametrize(
    "line",
    [
        b'{"text": "a"',
        b"[]",
        b'{"text": "a", "code": "b"}',
        b'{"text": 1, "code": "b", "kind": "k", "reference": "r", "group": "g"}',
        b'{"text": "a", "code": "b", "kind": "k", "reference": "r", "group": "g", "parent": 4}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
def test_a_line_that_is_no_pair_is_named(tmp_path, line):
    path = tmp_path / "pairs.jsonl"
    with PairWriter(path) as writer:
        writer.write(PAIR)
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(DataError, match=r"pairs\.jsonl, line 2: "):
        list(read_pairs(path))


def test_fields_of_others_are_passed_over(tmp_path):
    path = tmp_path / "pairs.jsonl"
    record = {"text": "a", "code": "b", "kind": "k", "reference": "r", "group": "g", "more": [1]}
    path.write_text(json.dumps(record) + "\n\n")
    assert list(read_pairs(path)) == [Pair("a", "b", "k", "r", "g")]
    with pytest.raises(DataError, match="cannot read"):
        list(read_pairs(tmp_path / "absent"))


def test_hashes_tell_places_apart_and_do_not_change():
    assert anonymous("a", 1) == anonymous("a", "1") != anonymous("a1")
    assert anonymous("repository", "project") == "83677f0b77b3a4ab37671029"
