from __future__ import annotations

import pytest

from engine.code.kind import detect_kind
from engine.types import QueryKind
from tests.code.snippets import CODE, WORDS


@pytest.mark.parametrize("text", CODE)
def test_code(text: str) -> None:
    assert detect_kind(text) is QueryKind.CODE


@pytest.mark.parametrize("text", WORDS)
def test_words(text: str) -> None:
    assert detect_kind(text) is QueryKind.WORDS


def test_a_question_with_a_fenced_block_is_asked_in_words() -> None:
    text = "Why does this print the list twice?\n\n```python\nprint(xs)\nprint(xs)\n```\n"
    assert detect_kind(text) is QueryKind.WORDS
    assert detect_kind("```python\nprint(xs)\n```") is QueryKind.CODE
