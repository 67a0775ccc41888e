"""Telling pairs that were seen before, exactly or nearly.

A copy does harm twice: it counts its text and code double, and in a batch it stands among the
negatives of its original.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from engine.learning.minhash import NearIndex
from engine.learning.pairs.record import Pair
from engine.learning.pairs.tokens import text_tokens

SIMILARITY = 0.8
"""Jaccard overlap of runs of three code tokens at which two codes are near-duplicates."""


class Seen:
    """Remembers the pairs kept so far, by hashes and MinHash sketches."""

    def __init__(self) -> None:
        self._exact: dict[str, set[bytes]] = {"pair": set(), "code": set(), "text": set()}
        self._near = NearIndex(SIMILARITY)

    def repeats(self, pair: Pair, tokens: Sequence[str]) -> str:
        """What of the pair was there before, empty if nothing; then it is remembered.

        `tokens` are those of its code. Letter case and punctuation of the text and the layout of
        the code do not count.
        """
        text = " ".join(text_tokens(pair.text.lower()))
        code = " ".join(tokens)
        keys = {"pair": _digest(f"{text}\0{code}"), "code": _digest(code), "text": _digest(text)}
        for what, key in keys.items():
            if key in self._exact[what]:
                return f"same {what}"
        if self._near.nearest(tokens) is not None:
            return "nearly the same code"
        self._near.add(tokens)
        for what, key in keys.items():
            self._exact[what].add(key)
        return ""


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=10).digest()
