from __future__ import annotations

import numpy as np
import pytest

from engine.corpus.table import build_table
from engine.errors import DataError
from engine.retrieval.filters import allowed_rows, path_matcher
from engine.types import Framework
from tests.retrieval.corpora import ask, chunk

TABLE = build_table(
    [
        chunk(0, "a", language="Python", frameworks=(Framework.PYTORCH,), path="src/nn/layer.py"),
        chunk(1, "b", language="Python", frameworks=(Framework.TENSORFLOW, Framework.KERAS)),
        chunk(2, "c", language="Go", path="tests/sort_test.go"),
        chunk(3, "d", language="Python", frameworks=(Framework.NUMPY,), path="src/nn/Attention.py"),
    ]
)


def rows(**filters: object) -> list[int]:
    mask = allowed_rows(TABLE, ask("x", **filters))
    assert mask is not None
    return np.flatnonzero(mask).tolist()


def test_no_filter_is_no_mask() -> None:
    assert allowed_rows(TABLE, ask("x")) is None


def test_language_and_framework() -> None:
    assert rows(language="python") == [0, 1, 3]
    assert rows(language="Rust") == []
    assert rows(framework=Framework.KERAS) == [1]
    assert rows(framework=Framework.NUMPY) == [3]
    assert rows(language="Go", framework=Framework.NUMPY) == []


def test_paths_and_documents() -> None:
    assert rows(path="src/nn/") == [0, 3]
    assert rows(path="attention") == [3]
    mask = allowed_rows(TABLE, ask("x", path="*.py"), exclude_documents=frozenset({0}))
    assert mask is not None
    assert np.flatnonzero(mask).tolist() == [1, 3]


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.py", "a/b/c.py", True),
        ("*.py", "a/b/c.pyx", False),
        ("src/**/attention*.py", "src/deep/er/attention_v2.py", True),
        ("src/**/attention*.py", "lib/attention.py", False),
        ("tests/", "a/tests/b.py", True),
        ("src\\nn\\*.py", "src/nn/layer.py", True),
        ("ATTENTION", "src/attention.py", True),
        ("layer", "src/nn/layer.py", True),
        ("layer", "src/nn/other.py", False),
    ],
)
def test_path_patterns(pattern: str, path: str, fits: bool) -> None:
    assert path_matcher(pattern)(path) is fits


def test_an_empty_table_has_no_rows() -> None:
    mask = allowed_rows(build_table([]), ask("x", language="Python", path="*.py"))
    assert mask is not None
    assert mask.shape == (0,)


def test_half_a_pattern_is_one_line() -> None:
    with pytest.raises(DataError, match="the path ! is no pattern"):
        path_matcher("!")
