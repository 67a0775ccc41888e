"""The lines of Python code: indentation, comments, and what continues the line before.

Read with tree-sitter, which also makes sense of fragments and of code that does not parse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from tree_sitter import Node, Parser, Query, QueryCursor

from engine.code.imports import drop_imports
from engine.corpus.grammars import grammar_for, parser_for

_QUERY = '(comment) @comment (string) @string ["(" "[" "{"] @open [")" "]" "}"] @close'
_HEADER = re.compile(
    r"@|(?:async\s+)?(?:if|elif|for|while|with|def|class|except)\b|(?:try|else|finally)\s*:|"
    r"(?:match|case)\s.*:\s*$"  # names elsewhere
)
_ENDLESS = re.compile(r"(?:[(\[{\\]\s*+){200}")
_CLAUSE = re.compile(r"(?:elif|else|except|finally)\b")
_MARKS = re.compile(r"^#+[:!]?[ \t]?")


@dataclass(frozen=True, slots=True)
class Comment:
    """Comment lines directly below each other and equally far in. Lines count from 0.

    `last` is included; `text` is without the marks and has a line for each comment line.
    """

    first: int
    last: int
    indent: int
    text: str


class Layout:
    """What stands on each line of a piece of Python code.

    `broken` is the share of it that is no Python.
    """

    def __init__(self, source: str) -> None:
        if _ENDLESS.search(source):  # no code, and takes tree-sitter minutes
            source = ""
        source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\f", " ").expandtabs(8)
        self.lines = source.split("\n")
        self._data = source.encode("utf-8", "replace")
        parser, query = _python()
        root = parser.parse(self._data).root_node
        self.broken = _broken_share(root, len(self._data))
        self._found = QueryCursor(query).captures(root)
        self._continued = self._continued_lines()
        self.comments = self._comments()
        self._comment_lines = {
            line for comment in self.comments for line in range(comment.first, comment.last + 1)
        }

    def indent(self, line: int) -> int:
        """How many blanks the line begins with."""
        text = self.lines[line]
        return len(text) - len(text.lstrip(" "))

    def is_blank(self, line: int) -> bool:
        """Whether the line is empty, and not within a string or brackets."""
        return not self.lines[line].strip() and line not in self._continued

    def is_comment(self, line: int) -> bool:
        """Whether a comment has the line to itself."""
        return line in self._comment_lines

    def continues(self, line: int) -> bool:
        """Whether the line begins within a string, brackets or after a backslash."""
        return line in self._continued

    def is_header(self, line: int) -> bool:
        """Whether a block statement (`if`, `for`, `def` …), a clause or a decorator begins here."""
        return not self.continues(line) and _HEADER.match(self.lines[line].strip()) is not None

    def is_clause(self, line: int) -> bool:
        """Whether the line goes on with a block statement (`else`, `except` …)."""
        return _CLAUSE.match(self.lines[line].strip()) is not None

    def is_decorator(self, line: int) -> bool:
        """Whether a decorator begins here."""
        return self.lines[line].lstrip().startswith("@") and not self.continues(line)

    def without_comments(self) -> str:
        """The code without any comment, and without the lines that held nothing else."""
        data = bytearray(self._data)
        for node in sorted(self._nodes("comment"), key=lambda node: -node.start_byte):
            del data[node.start_byte : node.end_byte]
        lines = data.decode("utf-8", "replace").split("\n")
        kept = [line.rstrip() for n, line in enumerate(lines) if n not in self._comment_lines]
        return "\n".join(kept).strip("\n")

    def with_remarks(self, change: Callable[[str], str]) -> str:
        """The code with every comment and triple-quoted string put through `change`."""
        data = bytearray(self._data)
        strings = [node for node in self._nodes("string") if self._is_triple_quoted(node)]
        for node in sorted([*self._nodes("comment"), *strings], key=lambda node: -node.start_byte):
            text = data[node.start_byte : node.end_byte].decode("utf-8", "replace")
            data[node.start_byte : node.end_byte] = change(text).encode("utf-8", "replace")
        return data.decode("utf-8", "replace")

    def _nodes(self, name: str) -> list[Node]:
        return self._found.get(name, [])

    def _is_triple_quoted(self, node: Node) -> bool:
        start = self._data[node.start_byte : node.start_byte + 5]
        return b'"""' in start or b"'''" in start

    def _continued_lines(self) -> set[int]:
        """Lines that begin within a bracket, a string or after a backslash."""
        continued: set[int] = set()
        for node in self._nodes("string"):
            continued.update(range(node.start_point.row + 1, node.end_point.row + 1))
        steps = [(node.start_byte, node.start_point.row, 1) for node in self._nodes("open")]
        steps += [(node.start_byte, node.start_point.row, -1) for node in self._nodes("close")]
        depth, since = 0, 0
        for _, row, step in sorted(steps):
            if depth > 0:
                continued.update(range(since + 1, row + 1))
            depth, since = max(0, depth + step), row
        ends = {node.start_point.row for node in self._nodes("comment")}
        for number, line in enumerate(self.lines[:-1]):
            if line.endswith("\\") and number not in ends:
                continued.add(number + 1)
        return continued

    def _comments(self) -> list[Comment]:
        groups: list[list[tuple[int, int, str]]] = []
        for node in sorted(self._nodes("comment"), key=lambda node: node.start_byte):
            line = node.start_point.row
            text = self.lines[line].lstrip(" ")
            if not text.startswith("#"):  # behind code: it speaks of its own line
                continue
            indent = len(self.lines[line]) - len(text)
            last = groups[-1][-1] if groups else (-2, 0, "")
            if last[:2] != (line - 1, indent):
                groups.append([])
            groups[-1].append((line, indent, _MARKS.sub("", text).rstrip()))
        return [
            Comment(group[0][0], group[-1][0], group[0][1], "\n".join(text for *_, text in group))
            for group in groups
        ]


def says_something(code: str) -> bool:
    """Whether there is more in the code than imports, comments and blank lines."""
    lines = drop_imports(code).splitlines()
    return any(line.strip() and not line.lstrip().startswith("#") for line in lines)


def _broken_share(root: Node, size: int) -> float:
    if not size or root.is_error:
        return 1.0
    wrong = sum(node.end_byte - node.start_byte for node in root.children if node.is_error)
    return wrong / size


@cache
def _python() -> tuple[Parser, Query]:
    grammar = grammar_for("Python")
    assert grammar is not None
    parser = parser_for(grammar)
    assert parser.language is not None
    return parser, Query(parser.language, _QUERY)
