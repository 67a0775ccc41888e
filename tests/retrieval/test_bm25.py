"""The lexical leg against bm25s' own builder, and its file."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.corpus.table import ChunkTable
from engine.retrieval.bm25 import K1, B, LexicalIndex, score_arrays
from tests.retrieval.corpora import FUNCTIONS, table_of

DOCUMENTS = st.lists(
    st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta"]), max_size=8), min_size=1
)


def tokens_of(table: ChunkTable) -> list[list[int]]:
    return [
        table.token_ids[start:end].tolist()
        for start, end in zip(table.indptr[:-1], table.indptr[1:], strict=True)
    ]


@given(DOCUMENTS)
def test_scores_equal_those_of_the_library(documents: list[list[str]]) -> None:
    table = table_of([" ".join(words) for words in documents])
    if not table.vocab:
        return
    index = bm25s.BM25(k1=K1, b=B)
    vocabulary = {token: number for number, token in enumerate(table.vocab)}
    index.index((tokens_of(table), vocabulary), show_progress=False)
    ours = LexicalIndex.open(table)
    for token in table.vocab:
        expected = index.get_scores_from_ids([vocabulary[token]])
        assert ours.scores([token]) == pytest.approx(expected, abs=1e-5)


def test_arrays_are_sorted_columns() -> None:
    table = table_of(list(FUNCTIONS.values()))
    arrays = score_arrays(table)
    indptr, rows = arrays["indptr"], arrays["indices"]
    assert len(indptr) == len(table.vocab) + 1
    for start, end in pairwise(indptr.tolist()):
        assert (np.diff(rows[start:end]) > 0).all()
    assert (arrays["data"] > 0).all()


def test_repeated_query_tokens_count_less_and_less() -> None:
    index = LexicalIndex.open(table_of(["sort rows", "read file"]))
    once, twice = index.scores(["sort"])[0], index.scores(["sort", "sort"])[0]
    often = index.scores(["sort"] * 20)[0]
    assert once < twice < 2 * once
    assert often < 4.1 * once


def test_unknown_tokens_and_empty_tables() -> None:
    index = LexicalIndex.open(table_of(["sort rows"]))
    assert not index.scores(["nowhere"]).any()
    assert not index.knows(["nowhere"])
    assert index.knows(["nowhere", "sort"])
    assert LexicalIndex.open(table_of([])).scores(["sort"]).shape == (0,)


def test_the_file_is_used_when_it_belongs_and_only_then(tmp_path: Path) -> None:
    sidecar = tmp_path / "bm25.safetensors"
    table = table_of(["sort rows", "read file", "sort file"])
    built = LexicalIndex.open(table, sidecar)
    written = sidecar.read_bytes()
    loaded = LexicalIndex.open(table, sidecar)
    assert np.array_equal(built.scores(["sort", "file"]), loaded.scores(["sort", "file"]))
    assert sidecar.read_bytes() == written
    other = table_of(["rows sort", "file read", "sort file"])
    fresh = LexicalIndex.open(other, sidecar)
    assert np.array_equal(fresh.scores(["rows"]), LexicalIndex.open(other).scores(["rows"]))
    assert sidecar.read_bytes() != written


def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    sidecar = tmp_path / "bm25.safetensors"
    table = table_of(["sort rows", "read file"])
    expected = LexicalIndex.open(table, sidecar).scores(["sort"])
    whole = sidecar.read_bytes()
    for damaged in (b"", whole[:-5], b"\xff" * len(whole)):
        sidecar.write_bytes(damaged)
        assert np.array_equal(LexicalIndex.open(table, sidecar).scores(["sort"]), expected)
        assert sidecar.read_bytes() == whole


def test_a_folder_that_cannot_be_written_does_not_matter(tmp_path: Path) -> None:
    table = table_of(["sort rows"])
    index = LexicalIndex.open(table, tmp_path / "no" / "such" / "folder" / "file")
    assert index.scores(["sort"])[0] > 0


def test_no_chunk_reaches_the_bound() -> None:
    index = LexicalIndex.open(table_of(["sort " * 50, "sort rows " * 40, "read file"]))
    tokens = ["sort", "rows"]
    assert 0.0 < index.scores(tokens).max() < index.bound(tokens)
    assert index.bound(["sort", "sort"]) == index.bound(["sort"])
    assert index.bound([*tokens, "nowhere"]) > index.bound(tokens)
