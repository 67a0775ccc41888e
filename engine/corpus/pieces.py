"""Where a text is cut: by its syntax where there is a grammar, in line windows elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.code.imports import drop_imports
from engine.corpus.grammars import Grammar, grammar_for
from engine.corpus.syntax import Definition, outline

MAX_LINES = 64
"""Longer texts, functions and blocks are cut; an encoder reads no more of them anyway."""

MAX_CHARS = 8_000
"""The same limit for texts with long lines."""

WINDOW_LINES = 48
OVERLAP_LINES = 12

MAX_WHOLE_CLASS = 32
"""Classes up to this many lines are not cut into methods as well."""

_COMMENT_LINE = re.compile(r"^\s*(?:#(?!include|define|if|endif|pragma)|//|/\*|\*|--|<!--|\"\"\"$)")
_WORD = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text. Lines count from 0 and include both ends.

    `text` is those lines, except for a class too long to be shown whole: there it is the header,
    what stands between the methods, and the methods' signatures.
    """

    kind: str
    name: str
    first: int
    last: int
    text: str
    doc: str = ""


def cut(text: str, language: str, path: str = "", whole_lines: int = 0) -> list[Piece]:
    """Cut a text with `\\n` line ends into pieces, in the order of their first lines.

    A text of at most `whole_lines` lines stays in one piece, as does one of at most `MAX_LINES`
    lines that defines nothing. Nothing is left out but blank lines, and imports and comments that
    stand between definitions.
    """
    lines = text.split("\n")
    grammar = grammar_for(language, path)
    definitions = outline(text, grammar) if grammar is not None else None
    is_whole = text.rstrip("\n").count("\n") < whole_lines
    if is_whole or (not definitions and _fits(lines, 0, len(lines) - 1)):
        return _whole(lines, definitions or [])
    if not definitions:
        return list(_windows(lines, 0, len(lines) - 1, "", "", "window"))
    cutter = _Cutter(lines, _is_indented(grammar))
    return list(cutter.cut(definitions))


def _is_indented(grammar: Grammar | None) -> bool:
    return grammar is not None and grammar.package in {"tree_sitter_python", "tree_sitter_ruby"}


def _fits(lines: list[str], first: int, last: int) -> bool:
    if last - first >= MAX_LINES:
        return False
    return sum(map(len, lines[first : last + 1])) <= MAX_CHARS


def _whole(lines: list[str], definitions: list[Definition]) -> list[Piece]:
    """The text as one piece, named by its definition if it has exactly one and little else."""
    first, last = _trim(lines, 0, len(lines) - 1)
    if first > last:
        return []
    text = "\n".join(lines[first : last + 1])
    if len(definitions) == 1:
        only = definitions[0]
        around = lines[first : only.first] + lines[only.last + 1 : last + 1]
        if not _says_something("\n".join(around)):
            return [Piece(only.kind, only.name, first, last, text, only.doc)]
    return [Piece("document", "", first, last, text)]


class _Cutter:
    """Cuts the lines of one text along its definitions."""

    def __init__(self, lines: list[str], indented: bool) -> None:
        self._lines = lines
        self._indented = indented

    def cut(self, definitions: list[Definition]) -> Iterator[Piece]:
        start = 0
        for definition in definitions:
            yield from self._block(start, definition.first - 1)
            yield from self._definition(definition, definition.name, "function")
            start = definition.last + 1
        yield from self._block(start, len(self._lines) - 1)

    def _block(self, first: int, last: int) -> Iterator[Piece]:
        """What stands between two definitions, unless it is only imports and comments."""
        first, last = _trim(self._lines, first, last)
        if first > last or not _says_something("\n".join(self._lines[first : last + 1])):
            return
        if _fits(self._lines, first, last):
            yield Piece("block", "", first, last, self._join(first, last))
        else:
            yield from _windows(self._lines, first, last, "", "", "block")

    def _definition(self, definition: Definition, name: str, kind: str) -> Iterator[Piece]:
        if definition.kind == "class":
            yield from self._class(definition, name)
        elif _fits(self._lines, definition.first, definition.last):
            text = self._join(definition.first, definition.last)
            yield Piece(kind, name, definition.first, definition.last, text, definition.doc)
        else:
            yield from _windows(
                self._lines, definition.first, definition.last, name, definition.doc, kind
            )

    def _class(self, definition: Definition, name: str) -> Iterator[Piece]:
        first, last, members = definition.first, definition.last, definition.members
        fits = _fits(self._lines, first, last)
        if fits:
            yield Piece("class", name, first, last, self._join(first, last), definition.doc)
            if last - first < MAX_WHOLE_CLASS:
                return
        elif not members:
            yield from _windows(self._lines, first, last, name, definition.doc, "class")
            return
        else:
            yield Piece("class", name, first, last, self._class_summary(definition), definition.doc)
        for member in members:
            qualified = f"{name}.{member.name}" if name and member.name else name or member.name
            yield from self._definition(member, qualified, "method")

    def _class_summary(self, definition: Definition) -> str:
        """The class without its methods' bodies, cut off at the limits."""
        shown: list[str] = []
        line = definition.first
        for member in definition.members:
            shown += self._lines[line : member.first]
            shown += self._signature(member)
            line = member.last + 1
        shown += self._lines[line : definition.last + 1]
        kept: list[str] = []
        size = 0
        for text in shown:
            size += len(text)
            if len(kept) == MAX_LINES or (size > MAX_CHARS and kept):
                break
            if text.strip():
                kept.append(text)
        return "\n".join(kept)

    def _signature(self, member: Definition) -> list[str]:
        last = member.header_last
        while last > member.first and not self._lines[last].strip():
            last -= 1
        signature = self._lines[member.first : last + 1]
        if last < member.last and self._indented:
            signature[-1] += " ..."
        elif last < member.last:
            signature[-1] += " … }"
        return signature

    def _join(self, first: int, last: int) -> str:
        return "\n".join(self._lines[first : last + 1])


def _windows(
    lines: list[str], first: int, last: int, name: str, doc: str, kind: str
) -> Iterator[Piece]:
    """Overlapping windows; one is `kind` if everything fits, else each is a "window"."""
    first, last = _trim(lines, first, last)
    while first <= last:
        end = _window_end(lines, first, last)
        text = "\n".join(lines[first : end + 1])
        if text.strip():
            yield Piece("window", name, first, end, text, doc)
        if end == last:
            return
        first = max(first + 1, end + 1 - OVERLAP_LINES)


def _window_end(lines: list[str], first: int, last: int) -> int:
    """The window's last line; what would be left over alone joins the last window."""
    if _fits(lines, first, last):
        return last
    size = 0
    for line in range(first, min(last, first + WINDOW_LINES - 1) + 1):
        size += len(lines[line])
        if size > MAX_CHARS and line > first:
            return line - 1
    return min(last, first + WINDOW_LINES - 1)


def _trim(lines: list[str], first: int, last: int) -> tuple[int, int]:
    """The range without blank lines at its ends."""
    while first <= last and not lines[first].strip():
        first += 1
    while last >= first and not lines[last].strip():
        last -= 1
    return first, last


def _says_something(text: str) -> bool:
    """Whether there is more than imports, comments and punctuation."""
    if not text.strip():
        return False
    rest = drop_imports(text)
    return any(
        _WORD.search(line) and not _COMMENT_LINE.match(line)
        for line in rest.split("\n")
        if line.strip()
    )
