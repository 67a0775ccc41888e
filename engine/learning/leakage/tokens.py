"""A text as the leakage filter compares it: tokens without comments, layout and case."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

_TOKEN = re.compile(r"[A-Za-z_]\w*|\d+")
_COMMENT = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''|(?m-s:#.*$|//.*$)", re.S)
_SHORT = 20


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
