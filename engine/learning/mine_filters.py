"""Why a candidate is no negative: it may well be right, or it is the positive in another dress."""

from __future__ import annotations

from collections.abc import Sequence

from engine.code.neutral import neutral_view
from engine.code.normal import text_key
from engine.learning.negatives import is_near_copy
from engine.types import Chunk
from engine.types_training import MiningOptions

SAME_TEXT = "the same function elsewhere"
NEAR_COPY = "near-duplicate of a positive"
TWIN = "twin of a positive in another framework"
OVERLAP = "overlaps a positive in its file"
LIKE_QUERY = "near-duplicate of the query"
MARGIN = "not below the positive by the margins"
MAX_SCORE = "above max_score"
MIN_SCORE = "below min_score"

_PLAIN = frozenset({"forward", "__init__", "__call__", "call", "main", "step", "run", "build"})


class Lookalikes:
    """Knows what a query's positives look like, whatever the framework."""

    def __init__(self, query: str, language: str | None, positives: Sequence[Chunk]) -> None:
        self._query = neutral_view(query, language) if language else ""
        self._positives = positives
        self._keys = {text_key(chunk.text) for chunk in positives}
        self._views = [neutral_view(chunk.text, chunk.language) for chunk in positives]
        self._names = {_name(chunk) for chunk in positives} - {""}

    def same_text(self, chunk: Chunk) -> str:
        """Why even a judged chunk is no negative: a positive has its text."""
        return SAME_TEXT if text_key(chunk.text) in self._keys else ""

    def reason(self, chunk: Chunk) -> str:
        """Why a chunk cannot be taken for a negative; empty if nothing speaks against it."""
        if same := self.same_text(chunk):
            return same
        if any(_overlap(chunk, positive) for positive in self._positives):
            return OVERLAP
        view = neutral_view(chunk.text, chunk.language)
        if any(view == other or is_near_copy(view, other) for other in self._views):
            return NEAR_COPY
        if self._query and (view == self._query or is_near_copy(view, self._query)):
            return LIKE_QUERY
        if _name(chunk) in self._names:
            return TWIN
        return ""


def by_score(score: float, lowest_positive: float, options: MiningOptions) -> str:
    """Why a candidate of this score cannot be taken; empty if nothing speaks against it."""
    if options.max_score is not None and score > options.max_score:
        return MAX_SCORE
    if options.min_score is not None and score < options.min_score:
        return MIN_SCORE
    absolute, relative = options.absolute_margin, options.relative_margin
    if absolute is not None and score > lowest_positive - absolute:
        return MARGIN
    if relative is not None and score > lowest_positive * (1.0 - relative):
        return MARGIN
    return ""


def _name(chunk: Chunk) -> str:
    """The routine's own name, however it is spelled; empty for one that says nothing."""
    last = chunk.name.rpartition(".")[2]
    plain = last.replace("_", "").casefold()
    return "" if last in _PLAIN or len(plain) < 5 else plain


def _overlap(one: Chunk, other: Chunk) -> bool:
    place = (one.root, one.path, one.cell)
    if place != (other.root, other.path, other.cell):
        return False
    return one.start_line <= other.end_line and other.start_line <= one.end_line
