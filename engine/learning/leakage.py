"""Keeps evaluation texts out of training, exact and near copies alike."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.learning.groups import Group

SHINGLE = 5
MIN_SHINGLES = 6
CONTAINMENT = 0.6

_TOKEN = re.compile(r"[A-Za-z_]\w*|\d+")
_COMMENT = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''|(?m:#.*$|//.*$)", re.S)
_BANNED = re.compile(r"\b(import|from)\s+d2l\b|\bd2l\.|\bd2lai?\b|dive into deep learning", re.I)


def _digest(tokens: Iterable[str]) -> int:
    data = " ".join(tokens).encode()
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


def tokens_of(text: str) -> list[str]:
    """Lower-cased identifiers and numbers, comments and docstrings left out."""
    return [token.lower() for token in _TOKEN.findall(_COMMENT.sub(" ", text))]


def shingles_of(tokens: list[str]) -> set[int]:
    """Fingerprints of every run of `SHINGLE` tokens."""
    return {_digest(tokens[i : i + SHINGLE]) for i in range(len(tokens) - SHINGLE + 1)}


@dataclass
class LeakageFilter:
    """Knows the evaluation sets' texts and says which texts are, or nearly are, among them.

    A text leaks if its tokens equal an evaluation text's (in any order for short texts such as
    queries), or if one contains at least `CONTAINMENT` of the other's shingles.
    """

    exact: dict[int, str] = field(default_factory=dict)
    documents: list[tuple[str, int]] = field(default_factory=list)  # set, number of shingles
    postings: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, text: str) -> None:
        """Learn one text of the evaluation set `name`."""
        tokens = tokens_of(text) or tokens_of(text.replace("#", " "))
        if not tokens:
            return
        self.exact.setdefault(self._key(tokens), name)
        shingles = shingles_of(tokens)
        if len(shingles) >= MIN_SHINGLES:
            self.documents.append((name, len(shingles)))
            for shingle in shingles:
                self.postings[shingle].append(len(self.documents) - 1)

    def leak(self, text: str) -> str | None:
        """The name of the evaluation set that `text` would leak, None if it is clean."""
        if _BANNED.search(text):
            return "Dive into Deep Learning"
        tokens = tokens_of(text)
        if not tokens:
            return None
        exact = self.exact.get(self._key(tokens))
        if exact is not None:
            return exact
        shingles = shingles_of(tokens)
        shared = Counter(
            document for shingle in shingles for document in self.postings.get(shingle, ())
        )
        for document, count in shared.most_common(20):
            name, size = self.documents[document]
            smaller = min(size, len(shingles))
            if len(shingles) >= MIN_SHINGLES and count >= CONTAINMENT * smaller:
                return name
        return None

    @staticmethod
    def _key(tokens: list[str]) -> int:
        return _digest(sorted(tokens) if len(tokens) <= 20 else tokens)

    def keep(self, groups: Iterable[Group]) -> tuple[list[Group], Counter[str]]:
        """The groups without a leaking side, and how many were removed for each evaluation set."""
        kept: list[Group] = []
        removed: Counter[str] = Counter()
        for group in groups:
            leaks = (self.leak(text.content) for text in group.texts)
            name = next((leak for leak in leaks if leak is not None), None)
            if name is None:
                kept.append(group)
            else:
                removed[f"{group.source} ← {name}"] += 1
        return kept, removed
