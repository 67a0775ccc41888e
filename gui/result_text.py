"""What a result says, in words: for painting, for tool tips and for screen readers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from engine.types import Chunk, Grade, Hit, StageRanks

GRADE_WORDS = {
    Grade.IRRELEVANT: "irrelevant",
    Grade.WEAK: "weak",
    Grade.STRONG: "strong",
    Grade.EXACT: "exact",
}

_LOOK_AT = 200  # lines
_FEW = 12  # telling lines among which a call is looked for
_STAGES = (("BM25", "bm25"), ("dense", "dense"), ("rerank", "rerank"))

_IDLE = re.compile(
    r"""(?x) ^(?: [#@]                                   # comments, decorators, preprocessor
        | // | /\* | \* | -- | <\?php
        | (?:import|from|using|package|include|require|use|global|nonlocal)\b
        | (?:async\s+)?def\s | class\s | (?:pub(?:\(\w+\))?\s+)?(?:fn|struct|impl)\s
        | (?:export\s+)?(?:default\s+)?(?:async\s+)?function\b | func\s
        | (?:public|private|protected)\s.*\{$
        | super\b | (?:pass|return|try|else|finally|do)\W*$ | __\w+__\s*=
        | self\.(\w+)\s*=\s*\1$ | [\[\](){}:;,.\s]+$
    )"""
)
_CALL = re.compile(r"(?!(?:if|elif|for|while|with|raise|assert|unless)\b).*?\w\(")
_QUOTE = re.compile(r"[rRuUbBfF]{0,2}(\"\"\"|''')")


def name_of(chunk: Chunk) -> str:
    """The qualified name; without one the heading above the cell, else the file's name."""
    heading = (
        chunk.description.strip().partition("\n")[0].strip("#* ") if chunk.cell is not None else ""
    )
    return chunk.name or heading or chunk.path.rpartition("/")[2] or chunk.kind


def place_of(chunk: Chunk) -> str:
    """`nn/attention.py:42–78`, with the cell for a notebook."""
    return f"{chunk.path}{_lines_of(chunk)}"


def place_beside_name(chunk: Chunk) -> str:
    """`place_of`, but only the folder where the file's name is the result's name already."""
    folder, _, file = chunk.path.rpartition("/")
    if name_of(chunk) != file:
        return place_of(chunk)
    lines = _lines_of(chunk).strip(" :")
    if folder:
        return f"{folder} · {lines}"
    return lines if chunk.cell is not None else f"line{'s' * ('–' in lines)} {lines}"


def _lines_of(chunk: Chunk) -> str:
    cell = f" cell {chunk.cell + 1}" if chunk.cell is not None else ""
    last = f"–{chunk.end_line}" if chunk.end_line != chunk.start_line else ""
    return f"{cell}:{chunk.start_line}{last}"


def first_line(text: str) -> str:
    """The first line of code that says what it does, on one line.

    Signatures repeat the name, imports say little, docstrings are words: they are passed over
    while anything else is left. A line that calls something says more than one that does not.
    """
    lines = [line.strip() for line in text.splitlines()[:_LOOK_AT]]
    telling = list(_telling(lines))
    calls = (line for line in telling[:_FEW] if _CALL.match(line))
    line = next(calls, "") or next(iter(telling or filter(None, lines)), "")
    return " ".join(line.split())


def _telling(lines: Iterable[str]) -> Iterator[str]:
    """The lines where a statement begins that says something."""
    quote = ""  # of the docstring that is open
    depth = 0  # brackets that are open: the statement goes on
    for line in lines:
        start = _QUOTE.match(line)
        if quote:
            quote = "" if quote in line else quote
        elif depth > 0:
            depth = max(0, depth + _opened(line))
        elif start:
            quote = "" if line.count(start.group(1)) > 1 else start.group(1)
        else:
            depth = max(0, _opened(line))
            if line and not _IDLE.match(line):
                yield line


def _opened(line: str) -> int:
    return sum(line.count(mark) for mark in "([") - sum(line.count(mark) for mark in ")]")


def stages_seen(ranks: StageRanks) -> list[tuple[str, int]]:
    """The stages that saw a hit, in their order, with its rank in each."""
    ranked = [(name, getattr(ranks, stage)) for name, stage in _STAGES]
    return [(name, rank) for name, rank in ranked if rank is not None]


def stage_parts(ranks: StageRanks, words: bool = True) -> list[tuple[str, bool]]:
    """The way through the stages as pieces of text, to be painted; True marks the figures.

    Without words a stage that did not see the hit keeps its place, as a dash.
    """
    ranked = [(name, getattr(ranks, stage)) for name, stage in _STAGES]
    while ranked and ranked[-1][1] is None:
        ranked.pop()
    parts: list[tuple[str, bool]] = []
    for name, rank in ranked:
        if rank is not None or not words:
            parts.append(((" → " if parts else "") + (f"{name} " if words else ""), False))
            parts.append(("–" if rank is None else str(rank), True))
    return parts


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
