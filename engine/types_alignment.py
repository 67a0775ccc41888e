"""The frozen dataclasses of the side-by-side view: alignments, and receipts for scores.

Apart from `engine.types` for its length only; as cheap to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.types import Framework, Query, Understanding


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a snippet: its lines, from 0 and both included, and how deep it is nested."""

    first: int
    last: int
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """Two statements (by number, from 0) that do the same thing, and how sure that is, in [0, 1].

    `moved` says that it crosses others; `by_hand` that the user said so.
    """

    left: int
    right: int
    confidence: float
    moved: bool = False
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class AlignmentRequest:
    """Two texts to be aligned. `anchors` are lines (from 0) that the user has put together."""

    left: str
    left_language: str | None
    right: str
    right_language: str | None
    anchors: tuple[tuple[int, int], ...] = ()
    left_framework: Framework | None = None  # for hints at what an API is called across
    right_framework: Framework | None = None


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which statements of two texts stand for each other; several links may share a statement.

    `with_model` is whether the encoder was asked too. The hints say, for the API names that a side
    calls (as written there), what the other side's framework has for them.
    """

    request: AlignmentRequest
    left: tuple[Statement, ...]
    right: tuple[Statement, ...]
    links: tuple[Link, ...]
    with_model: bool = False
    left_hints: Mapping[str, str] = field(default_factory=dict)
    right_hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReceiptPart:
    """One summand of a score; `words` say where it comes from."""

    name: str
    value: float
    words: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptStep:
    """What a stage made of what came before. The parts add up to `total` exactly."""

    title: str
    total: float
    parts: tuple[ReceiptPart, ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a chunk came by its place in a list, or why it has none.

    `rank` is None for a chunk that the list does not show; then `verdict` says in which stage it
    was lost and `remedy` what would have kept it. `score` is the last step's total, None for what
    never became a candidate. `folded` are the ids of the copies that count as the same result.
    """

    query: Query
    understanding: Understanding
    chunk_id: str
    rank: int | None
    score: float | None
    steps: tuple[ReceiptStep, ...]
    filters: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    verdict: str = ""
    remedy: str = ""
