"""Pairs of a comment and the code below it.

Two rules: a comment directly above a block statement goes with that block, any other with the
lines up to the next blank line. A comment within the code of another makes a pair of its own below
it. A comment behind code is part of that code.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from engine.learning.pairs.descriptions import describe_comment
from engine.learning.pairs.layout import Comment, Layout, says_something
from engine.learning.pairs.tokens import text_tokens

MAX_CODE = 20_000
"""Characters; longer code is no answer to a comment, and nested it would be written many times."""


@dataclass(frozen=True, slots=True)
class Commented:
    """A description and the lines `first` to `last` (from 0, included) that it describes."""

    text: str
    code: str
    first: int
    last: int
    is_block: bool


def commented_code(layout: Layout, min_tokens: int) -> Iterator[Commented]:
    """The comments that describe something, with their code, in document order.

    Left out are comments of fewer than `min_tokens` text tokens, those with more than `MAX_CODE`
    below them, and those within brackets: below them stand parts of an expression, no lines.
    """
    for comment in layout.comments:
        text = describe_comment(comment.text)
        if not text or len(text_tokens(text)) < min_tokens or layout.continues(comment.first):
            continue
        end = block_end(layout, comment)
        is_block = end is not None
        if end is None:
            end = paragraph_end(layout, comment)
        lines = layout.lines[comment.last + 1 : end]
        if sum(map(len, lines)) > MAX_CODE:
            continue
        code = textwrap.dedent("\n".join(lines))
        if says_something(code):
            yield Commented(text, code, comment.last + 1, end - 1, is_block)


def block_end(layout: Layout, comment: Comment) -> int | None:
    """The line after the block statement directly below a comment; None if there is no block.

    The block has everything that is further in than its first line, and its own clauses (`else`,
    `except` …). It ends with its indentation, or at the next comment that is as far in as this
    one; comments further in belong to it.
    """
    start = comment.last + 1
    if start >= len(layout.lines) or not layout.is_header(start):
        return None
    if layout.indent(start) != comment.indent:
        return None
    end, decorated = start, layout.is_decorator(start)
    for line in range(start, len(layout.lines)):
        if layout.is_blank(line):
            continue
        if line > start and not layout.continues(line):
            indent = layout.indent(line)
            if layout.is_comment(line):
                if indent == comment.indent:
                    break
                continue  # further out: a stray remark; further in: taken with the code after it
            if indent < comment.indent:
                break
            if indent == comment.indent and not (decorated or layout.is_clause(line)):
                break
            if indent == comment.indent:
                decorated = layout.is_decorator(line)
        end = line + 1
    return end


def paragraph_end(layout: Layout, comment: Comment) -> int:
    """The line after the code below a comment: up to the next blank line.

    It ends earlier where its indentation ends, and at a comment that is as far in or further out.
    """
    line = comment.last + 1
    while line < len(layout.lines) and not layout.is_blank(line):
        if not layout.continues(line):
            indent = layout.indent(line)
            if indent < comment.indent or (layout.is_comment(line) and indent == comment.indent):
                break
        line += 1
    while line > comment.last + 1 and layout.is_comment(line - 1):
        line -= 1
    return line


def parents(spans: list[Commented]) -> list[int | None]:
    """For each span, in document order, the index of the nearest one above that holds all of it."""
    found: list[int | None] = []
    open_spans: list[int] = []
    for index, span in enumerate(spans):
        while open_spans and spans[open_spans[-1]].last < span.first:
            open_spans.pop()
        holding = [other for other in open_spans if spans[other].last >= span.last]
        found.append(holding[-1] if holding else None)
        open_spans.append(index)
    return found
