from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.code.tokens import MAX_IDENTIFIER, split_identifier, tokenize


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("x", ("x",)),
        ("read_csv", ("read_csv", "read", "csv")),
        ("BatchNorm2d", ("batchnorm2d", "batch", "norm", "2d")),
        ("HTTPServer", ("httpserver", "http", "server")),
        ("getX", ("getx", "get")),
        ("__init__", ("init",)),
        ("_private_name", ("private_name", "private", "name")),
        ("MAX_SIZE", ("max_size", "max", "size")),
        ("größe", ("größe",)),
        ("___", ()),
        ("3.14", ("3.14",)),
        ("a" * (MAX_IDENTIFIER + 1), ()),
    ],
)
def test_parts_of_a_name(name: str, tokens: tuple[str, ...]) -> None:
    assert split_identifier(name) == tokens


def test_operators_are_dropped_and_repeats_kept() -> None:
    assert tokenize("a += b[0] * a  # ok") == ["a", "b", "0", "a", "ok"]
    assert tokenize("for i in 0..n") == ["for", "i", "in", "0", "n"]
    assert tokenize("1.5 0x1F") == ["1.5", "0x1f"]


@given(st.text())
def test_tokens_are_lower_case_and_not_empty(text: str) -> None:
    assert all(token and token == token.lower() for token in tokenize(text))
