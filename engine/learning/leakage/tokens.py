"""A text as the leakage filter compares it: tokens without comments, layout and case."""

from __future__ import annotations

import builtins
import hashlib
import keyword
import re
from collections.abc import Iterable, Sequence

_TOKEN = re.compile(r"[A-Za-z_]\w*|\d+")
_COMMENT = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''|(?m-s:#.*$|//.*$)", re.S)
_SHORT = 20

_LEXEME = re.compile(r"\.\s*[A-Za-z_]\w*|[A-Za-z_]\w*|\d+|[^\w\s]")
_OWN = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self", "cls"})
_MIN_LEXEMES = 30
_MIN_SIGNS = 0.25  # of the lexemes of code are brackets, operators and the like; of words, few


def tokens_of(text: str) -> list[str]:
    """Lower-cased identifiers and numbers, comments and docstrings left out.

    Of a text that is nothing but a comment, what the comment says.
    """
    return words_of(_COMMENT.sub(" ", text)) or words_of(text)


def words_of(text: str) -> list[str]:
    """Lower-cased identifiers and numbers of the whole text."""
    return [token.lower() for token in _TOKEN.findall(text)]


def digest(tokens: Iterable[str]) -> int:
    """A 64-bit hash of a token sequence."""
    data = " ".join(tokens).encode()
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


def exact_key(tokens: Sequence[str]) -> int:
    """Equal for equal texts; for short ones (queries) whatever the order of the words."""
    return digest(sorted(tokens) if len(tokens) <= _SHORT else tokens)


def shape_key(code: str) -> int | None:
    """Equal for codes that differ in nothing but the names they give; None if `code` is too short.

    Names are numbered in the order in which they appear; keywords, built-in names and attributes
    stay as they are. Words have no shape.
    """
    lexemes = _LEXEME.findall(_COMMENT.sub(" ", code))
    signs = sum(not (lexeme[-1].isalnum() or lexeme[-1] == "_") for lexeme in lexemes)
    if len(lexemes) < _MIN_LEXEMES or signs < _MIN_SIGNS * len(lexemes):
        return None
    numbers: dict[str, str] = {}
    shape = [
        numbers.setdefault(lexeme, f"name{len(numbers)}")
        if lexeme.isidentifier() and lexeme not in _OWN
        else lexeme
        for lexeme in lexemes
    ]
    return digest(shape)
