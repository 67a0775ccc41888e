"""What a result says, in words: for painting, for tool tips and for screen readers."""

from __future__ import annotations

import re

from engine.types import Chunk, Grade, Hit, StageRanks

GRADE_WORDS = {
    Grade.IRRELEVANT: "irrelevant",
    Grade.WEAK: "weak",
    Grade.STRONG: "strong",
    Grade.EXACT: "exact",
}

_STAGES = (("BM25", "bm25"), ("dense", "dense"), ("rerank", "rerank"))

_IDLE = re.compile(
    r"""(?x) ^(?: [#@]                                  # comments, decorators, preprocessor
        | // | /\* | \* | --                            # comments elsewhere
        | (?:import|from|using|package|include|require|use)\b
        | (?:async\s+)?def\s | class\s | (?:pub(?:\(\w+\))?\s+)?(?:fn|struct|impl)\s
        | (?:export\s+)?(?:default\s+)?(?:async\s+)?function\b | func\s
        | super\b | pass$ | return$ | [\[\](){}:;,.]+$
    )"""
)
_QUOTES = ('"""', "'''")


def name_of(chunk: Chunk) -> str:
    """The qualified name; for a block without one, its file's name."""
    return chunk.name or chunk.path.rpartition("/")[2] or chunk.kind


def place_of(chunk: Chunk) -> str:
    """`nn/attention.py:42–78`, with the cell for a notebook."""
    cell = f" cell {chunk.cell + 1}" if chunk.cell is not None else ""
    lines = f"{chunk.start_line}"
    if chunk.end_line != chunk.start_line:
        lines += f"–{chunk.end_line}"
    return f"{chunk.path}{cell}:{lines}"


def first_line(text: str) -> str:
    """The first line of code that says what it does, on one line.

    Signatures repeat the name, imports say little, docstrings are words: they are passed over
    while anything else is left.
    """
    fallback = ""
    quote = ""
    depth = 0  # open brackets of a signature that runs over several lines
    for raw in text.splitlines()[:200]:
        line = raw.strip()
        fallback = fallback or line
        if quote:
            quote = "" if quote in line else quote
        elif line.startswith(_QUOTES):
            quote = line[:3] if line.count(line[:3]) == 1 else ""
        elif depth > 0:
            depth += _opened(line)
        elif not line or (line.endswith("{") and line.startswith("public ")):
            continue
        elif _IDLE.match(line):
            depth = max(0, _opened(line))
        else:
            return " ".join(line.split())
    return " ".join(fallback.split())


def _opened(line: str) -> int:
    return sum(line.count(mark) for mark in "([") - sum(line.count(mark) for mark in ")]")


def stages_seen(ranks: StageRanks) -> list[tuple[str, int]]:
    """The stages that saw a hit, in their order, with its rank in each."""
    ranked = [(name, getattr(ranks, stage)) for name, stage in _STAGES]
    return [(name, rank) for name, rank in ranked if rank is not None]


def stages_of(ranks: StageRanks) -> str:
    """`BM25 12 → dense 3 → rerank 1`."""
    return " → ".join(f"{name} {rank}" for name, rank in stages_seen(ranks))


def stages_in_words(ranks: StageRanks) -> str:
    """`BM25 rank 12, dense rank 3, rerank rank 1`."""
    return ", ".join(f"{name} rank {rank}" for name, rank in stages_seen(ranks))


def grade_of(grade: Grade | None) -> str:
    """`3 exact`, or nothing."""
    return "" if grade is None else f"{int(grade)} {GRADE_WORDS[grade]}"


def spoken(hit: Hit) -> str:
    """A result's first sentence for a screen reader: rank, name, place, grade."""
    parts = [f"Result {hit.rank}", name_of(hit.chunk)]
    if hit.is_query:
        parts.append("your snippet")
    parts.append(f"grade {grade_of(hit.grade)}" if hit.grade is not None else "not graded")
    parts.append(place_in_words(hit.chunk))
    return ", ".join(parts)


def spoken_more(hit: Hit) -> str:
    """The rest for a screen reader: language, frameworks, stages, duplicates, code."""
    chunk = hit.chunk
    parts = [", ".join((chunk.language, *(f.value for f in chunk.frameworks)))]
    parts.append(stages_in_words(hit.ranks))
    if hit.identical:
        parts.append(f"{len(hit.identical)} more with identical text")
    parts.append(first_line(chunk.text))
    return ". ".join(part for part in parts if part)


def place_in_words(chunk: Chunk) -> str:
    """`nn/attention.py, lines 42 to 78`."""
    cell = f", cell {chunk.cell + 1}" if chunk.cell is not None else ""
    if chunk.end_line == chunk.start_line:
        return f"{chunk.path}{cell}, line {chunk.start_line}"
    return f"{chunk.path}{cell}, lines {chunk.start_line} to {chunk.end_line}"
