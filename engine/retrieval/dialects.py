"""Dialects, and scores that can be compared across them.

A dialect is a language with a framework. Both legs see it before they see the task: a Python
snippet shares `self`, `None` and `len` with all Python, and its vector lies among those of
Python. So what is found first is written like the query rather than for the same purpose. For a
query in code, each score is therefore held against those of its own dialect,

    level = (score - mean of the dialect) / deviation of the dialect

over all chunks of the corpus: what counts is how far a chunk stands out among its like. (Z-norm,
as scores of different sources are made comparable before they are fused; a language's mean taken
off vectors: Libovicky, Rosa and Fraser, "On the Language Neutrality of Pre-trained Multilingual
Representations", 2020.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.types import Framework, Understanding

if TYPE_CHECKING:
    from engine.corpus.table import ChunkTable

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]

MOST = 16
"""Dialects told apart in one corpus; all rarer ones are taken for one."""

ENOUGH = 10
"""Chunks of one dialect whose mean and variance count half, beside the mean of all chunks that are
looked at and the variance of all within their dialects. In a corpus without two dialects of so
many chunks there is nothing to compare."""

LEAST_DEVIATION = 0.5
"""Of the deviation within all dialects: one chance match in a dialect without any other would
stand out by more than a copy of the query."""

_FRAMEWORKS = list(Framework)
_NUMPY = 1 << _FRAMEWORKS.index(Framework.NUMPY)
_NONE = len(_FRAMEWORKS)


class Dialects:
    """The dialects of a table's rows, numbered from the most frequent one: `rows` (n,)."""

    def __init__(self, table: ChunkTable) -> None:
        main = np.array(
            [_main_framework(mask) for mask in range(1 << len(_FRAMEWORKS))], dtype=np.int64
        )
        keys = table.language_ids.astype(np.int64) * (_NONE + 1) + main[table.frameworks]
        found, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        places = np.empty(len(found), dtype=np.int64)
        places[np.argsort(-counts, kind="stable")] = np.minimum(np.arange(len(found)), MOST - 1)
        self.rows: Ids = places[inverse.reshape(-1)]
        self.counts: Ids = np.bincount(self.rows).astype(np.int64)
        self._numbers = dict(zip(found.tolist(), places.tolist(), strict=True))
        self._languages = table.languages

    @property
    def differ(self) -> bool:
        """Whether there are two dialects with enough chunks to be compared."""
        return int(np.count_nonzero(self.counts >= ENOUGH)) > 1

    def of(self, understanding: Understanding) -> int | None:
        """The dialect of a query; None if no row is in it, or only rare ones like it are."""
        if understanding.language not in self._languages:
            return None
        language = self._languages.index(understanding.language)
        mask = sum(1 << _FRAMEWORKS.index(found) for found in set(understanding.frameworks))
        number = self._numbers.get(language * (_NONE + 1) + _main_framework(mask))
        return None if number is None or self._is_rest(number) else number

    def _is_rest(self, dialect: int) -> bool:
        """Whether a number stands for all the dialects that are rarer than `MOST` others."""
        return list(self._numbers.values()).count(dialect) > 1

    def name(self, dialect: int) -> str:
        """A dialect in words, such as `Python · PyTorch`."""
        keys = [key for key, number in self._numbers.items() if number == dialect]
        if len(keys) != 1:
            return "the rarer dialects"
        language, framework = divmod(keys[0], _NONE + 1)
        parts = (
            self._languages[language],
            _FRAMEWORKS[framework].value if framework < _NONE else "",
        )
        return " · ".join(part for part in parts if part) or "plain text"

    def levels(self, scores: Scores, rows: Ids | None = None) -> Levels:
        """What a query's scores are in each dialect, from those of all rows, or of some."""
        dialects = self.rows if rows is None else self.rows[rows]
        number = len(self.counts)
        counts = np.bincount(dialects, minlength=number)
        exact = scores.astype(np.float64)
        sizes = np.maximum(counts, 1)
        means = np.bincount(dialects, exact, number) / sizes
        variances = np.bincount(dialects, (exact - means[dialects]) ** 2, number) / sizes
        trust = counts / (counts + ENOUGH)
        pooled = float(counts @ variances) / max(int(counts.sum()), 1)
        means = trust * means + (1.0 - trust) * exact.mean()
        variances = trust * variances + (1.0 - trust) * pooled
        variances = np.maximum(variances, LEAST_DEVIATION**2 * pooled)
        return Levels(self.rows, means, np.sqrt(variances + 1e-12))


@dataclass(frozen=True, slots=True)
class Levels:
    """The mean and the deviation (dialects,) of one query's scores in each dialect."""

    dialects: Ids
    means: NDArray[np.float64]
    deviations: NDArray[np.float64]

    def of(self, scores: Scores, rows: Ids) -> Scores:
        """The levels of some rows' scores (len(rows),), NaN where they are NaN."""
        dialects = self.dialects[rows]
        levels = (scores - self.means[dialects]) / self.deviations[dialects]
        return np.asarray(levels, dtype=np.float32)

    def of_matches(self, scores: Scores) -> Scores:
        """The levels of all rows' BM25 scores (n,), 0 where there is no match and positive where
        there is one, however far below the mean."""
        found = np.flatnonzero(scores > 0)
        levels = np.zeros(len(scores), dtype=np.float32)
        levels[found] = np.maximum(self.of(scores[found], found), LEAST * scores[found])
        return levels


LEAST = np.float32(1e-6)
"""Of a BM25 score: what a match keeps that is below the mean of its dialect."""


def _main_framework(mask: int) -> int:
    """One framework of a bit mask, `_NONE` if it is 0. NumPy beside another one is a helper."""
    others = mask & ~_NUMPY or mask
    return (others & -others).bit_length() - 1 if others else _NONE
