"""How alike two snippets are once their names are taken away.

Where a routine was written again under other names, in another language, BM25 finds little in
common. What often stays are the operators, the literals, the order of loops, conditions and
returns. A snippet's shape is the sequence of these, all other names being the same; shapes are
compared by the tf-idf cosine of their runs of one to three. That is far too weak a sign to search
with, and helps to order what the other two legs have found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.corpus.table import Interner
from engine.retrieval.fuse import mix_in
from engine.types import SearchStage

if TYPE_CHECKING:
    from engine.corpus.collection import Collection
    from engine.retrieval.ranking import Ranking
    from engine.retrieval.weights import Share

Scores = NDArray[np.float32]

COMPARED = 50
"""Candidates, best first, whose shapes are compared with the query's."""

READ = 4_000
"""Characters of a text that are read."""

RUN = 3
_SHIFT = 21  # bits for one token, so that a run of three fits into 63

_TOKEN = re.compile(
    r"""[^\W\d]\w*+ | \d++(?:\.\d++)?+
    | \"(?:[^\"\\\n]|\\.)*+\" | '(?:[^'\\\n]|\\.)*+'
    | && | \|\| | (?:\*\*|//|<<|>>|[-+*/%<>=!&|^~])=?""",
    re.VERBOSE,
)
_NAME = "name"
_CONTROL = ("and", "or", "if", "else", "for", "while", "return", "len", "append")
_SPELLED = {
    **dict(zip(_CONTROL, _CONTROL, strict=True)),
    "&&": "and",
    "||": "or",
    "not": "!",
    "elif": "if",
    "length": "len",
    "size": "len",
    "push": "append",
    "push_back": "append",
    "add": "append",
}


def shape(text: str) -> list[str]:
    """The operators, literals and control words of a snippet in order, and `name` between them.

    Any number of names in a row are one, so that `torch.cat` is no other than `cat`. Words of
    several languages that do the same get one spelling.
    """
    tokens = [_spelled(token) for token in _TOKEN.findall(text[:READ])]
    return [
        token
        for token, before in zip(tokens, ["", *tokens], strict=False)
        if token != _NAME or before != _NAME
    ]


def _spelled(token: str) -> str:
    if token[0].isalpha() or token[0] == "_":
        return _SPELLED.get(token.lower(), _NAME)
    if token[0] in "\"'":
        return f'"{token[1:-1].lower()}'
    return _SPELLED.get(token, token)


def shape_similarity(query: str, texts: Sequence[str]) -> Scores:
    """How alike each text's shape is to the query's, as shares of the best one (c,), in [0, 1].

    A run counts the more, the fewer of the texts hold it.
    """
    if not texts:
        return np.zeros(0, dtype=np.float32)
    numbers = Interner()
    runs = [_runs(numbers.all(shape(text))) for text in (query, *texts)]
    owner = np.repeat(np.arange(len(runs)), [len(row) for row in runs])
    kinds, kind = np.unique(np.concatenate(runs), return_inverse=True)
    cells, times = np.unique(owner * len(kinds) + kind, return_counts=True)
    owner, kind = np.divmod(cells, max(len(kinds), 1))
    found_in = np.bincount(kind[owner > 0], minlength=len(kinds))
    idf = np.log1p(len(texts) / np.maximum(found_in, 1))
    weight = (1.0 + np.log(times)) * idf[kind]
    asked = np.zeros(len(kinds))
    asked[kind[owner == 0]] = weight[owner == 0]
    product = np.bincount(owner, weight * asked[kind], minlength=len(runs))[1:]
    norm = np.sqrt(np.bincount(owner, weight * weight, minlength=len(runs)))[1:]
    cosine = product / np.maximum(norm, 1e-9)  # the query's norm is the same for all
    best = cosine.max()
    return (cosine / best if best > 0.0 else cosine).astype(np.float32)


def _runs(numbers: NDArray[np.int32]) -> NDArray[np.int64]:
    """A number for every run of 1 to `RUN` tokens; runs of different lengths never share one."""
    tokens = numbers.astype(np.int64) + 1
    found = [tokens]
    for length in range(2, min(RUN, len(tokens)) + 1):
        found.append((found[-1][: len(tokens) - length + 1] << _SHIFT) + tokens[length - 1 :])
    return np.concatenate(found)


def mix_in_shapes(ranking: Ranking, collection: Collection, coverage: float, weight: Share) -> None:
    """Mix the shapes of the best into the scores of a ranking, as far as there are vectors."""
    share = weight.of(ranking.understanding.kind, ranking.features) * coverage
    if share == 0.0 or not len(ranking.candidates):
        return
    head = ranking.order[:COMPARED]
    texts = [chunk.text for chunk in ranking.chunks_of(head, collection)]
    alike = np.full(len(ranking.candidates), np.nan, dtype=np.float32)
    alike[head] = shape_similarity(ranking.query.text, texts)
    ranking.shares.shape, ranking.shares.alike = share, alike
    ranking.take(ranking.candidates, mix_in(ranking.fused, alike, share), SearchStage.FUSED)
