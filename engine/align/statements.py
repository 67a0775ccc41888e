"""A snippet as the statements that alignment works on.

A statement is what starts on a line of its own: a simple statement with its continuation lines, or
the header of a compound one (`for …:`, `else {`). The body of a compound statement consists of
statements again, one level deeper. A call spread over lines is cut at its arguments if those are
calls themselves (the layers of a `Sequential`). Comments and lone brackets are no statements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from engine.code.tokens import name_set
from engine.corpus.grammars import grammar_for, parser_for
from engine.corpus.syntax import MAX_BROKEN

LONGEST = 400_000
"""Characters of a snippet; what is longer is not parsed but cut by its lines."""

_BLOCKS = name_set(
    "module program source_file translation_unit compilation_unit block statement_block "
    "compound_statement class_body interface_body enum_body body_statement declaration_list "
    "field_declaration_list statement_list then do do_block constructor_body switch_body "
    "match_block object_type enum_declaration_list enum_member_declaration_list template_body "
    "property_declaration_list method_body"
)
"""Nodes whose named children are statements."""

_CLAUSES = name_set(
    "else_clause elif_clause except_clause finally_clause catch_clause case_clause else elsif "
    "rescue ensure else_if_clause switch_case switch_default match_arm default_case "
    "expression_case communication_case when case_statement"
)
"""Parts of a compound statement with a header of their own."""

_WRAPPERS = name_set(
    "decorated_definition export_statement template_declaration labeled_statement "
    "namespace_definition namespace_declaration linkage_specification"
)
_SKIPPED = name_set("comment line_comment block_comment php_tag text_interpolation")
_ITEM_LISTS = name_set("argument_list arguments list array array_creation_expression")
_CALLS = name_set("call call_expression function_call_expression method_invocation")
_LEAST_ITEMS = 2

_CLOSING = re.compile(r"[\s)\]};,]*+(?:end)?+[\s)\]};,]*+\Z")
_COMMENT_LINE = re.compile(r"\s*(?:#(?!include|define|\[)|//|/\*|\*(?!\w)|--\s)")
_QUOTED = re.compile(r"\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'")


@dataclass(frozen=True, slots=True)
class Unit:
    """One statement: its lines (from 0, both included), nesting, node type and own text.

    `parent` is the index of the statement whose body holds it, -1 at the top.
    """

    first: int
    last: int
    depth: int
    node: str
    text: str
    parent: int = -1


def statements(text: str, language: str | None) -> list[Unit]:
    """The statements of a snippet, in order; no two of them start on one line.

    Languages without a grammar, and text that does not parse, are cut by lines and brackets.
    """
    grammar = grammar_for(language or "")
    if grammar is not None and len(text) <= LONGEST:
        source = text.encode("utf-8", "replace")
        if language == "PHP" and b"<?" not in source:
            source = b"<?php " + source
        root = parser_for(grammar).parse(source).root_node
        shift = len(source) - len(text.encode("utf-8", "replace"))
        if _broken(root) <= MAX_BROKEN * max(len(source), 1):
            found = _Cutter(source, shift).cut(root)
            if found:
                return found
    return _by_lines(text)


def _broken(root: Node) -> int:
    if not root.has_error:
        return 0
    if root.type == "ERROR":
        return root.end_byte
    return sum(node.end_byte - node.start_byte for node in root.children if node.is_error)


class _Cutter:
    """Collects the statements of one tree."""

    def __init__(self, source: bytes, shift: int) -> None:
        self._source = source
        self._shift = shift  # bytes put before the snippet, all on its first line
        self._units: list[Unit] = []

    def cut(self, root: Node) -> list[Unit]:
        for child in root.named_children:
            self._statement(child, 0, -1)
        return self._units

    def _statement(self, node: Node, depth: int, parent: int) -> None:
        """Add a statement and what its body holds."""
        if node.type in _SKIPPED:
            return
        if node.type in _BLOCKS or node.type in ("ERROR", "attribute_list"):
            for child in node.named_children:
                self._statement(child, depth, parent)
            return
        if node.type in _WRAPPERS:
            self._wrapped(node, depth, parent)
            return
        inner = list(_inner(node))
        if not inner:
            self._simple(node, depth, parent)
            return
        header = self._add(node, node.start_byte, inner[0].start_byte, depth, parent)
        self._bodies(inner, depth, header)

    def _bodies(self, inner: list[Node], depth: int, header: int) -> None:
        for node in inner:
            if node.type in _CLAUSES:
                parts = list(_inner(node))
                end = parts[0].start_byte if parts else node.end_byte
                clause = self._add(node, node.start_byte, end, depth, self._parent_of(header))
                self._bodies(parts, depth, clause)
            elif node.type in _BLOCKS:
                holder = self._else(node, depth, header)
                for child in node.named_children:
                    self._statement(child, depth + 1, holder)
            elif _after_else(node) is not None:
                self._statement(node, depth, self._parent_of(header))
            else:
                self._statement(node, depth + 1, header)

    def _wrapped(self, node: Node, depth: int, parent: int) -> None:
        """Decorators are statements of their own; `export` and the like belong to what follows."""
        children = [child for child in node.named_children if child.type not in _SKIPPED]
        if node.type == "decorated_definition":
            for child in children:
                self._statement(child, depth, parent)
            return
        inner = list(_inner(node))
        end = inner[0].start_byte if inner else node.end_byte
        if inner and inner[0].type not in _BLOCKS:
            nested = list(_inner(inner[0]))
            end = nested[0].start_byte if nested else inner[0].end_byte
            header = self._add(inner[0], node.start_byte, end, depth, parent)
            self._bodies(nested, depth, header)
            return
        header = self._add(node, node.start_byte, end, depth, parent)
        self._bodies(inner, depth, header)

    def _simple(self, node: Node, depth: int, parent: int) -> None:
        items = _items(node)
        if not items:
            self._add(node, node.start_byte, node.end_byte, depth, parent)
            return
        header = self._add(node, node.start_byte, items[0].start_byte, depth, parent)
        for item in items:
            self._add(item, item.start_byte, item.end_byte, depth + 1, header)

    def _else(self, block: Node, depth: int, header: int) -> int:
        """The header that a block belongs to: `else`, where the grammar has no node for that."""
        mark = _after_else(block)
        if mark is None:
            return header
        return self._add(mark, mark.start_byte, block.start_byte, depth, self._parent_of(header))

    def _parent_of(self, index: int) -> int:
        return self._units[index].parent if index >= 0 else -1

    def _add(self, node: Node, start: int, end: int, depth: int, parent: int) -> int:
        """Add a statement, or lengthen the one that starts on the same line. Its index."""
        text = self._source[start:end].decode("utf-8", "replace").rstrip()
        first = node.start_point.row
        if start != node.start_byte:
            first -= self._source[start : node.start_byte].count(b"\n")
        last = first + text.count("\n")
        if self._units and self._units[-1].first == first:
            known = self._units[-1]
            joined = f"{known.text} {text}" if text not in known.text else known.text
            self._units[-1] = Unit(
                first, max(last, known.last), known.depth, known.node, joined, known.parent
            )
            return len(self._units) - 1
        if not _CLOSING.match(text):
            self._units.append(Unit(first, last, depth, node.type, text, parent))
        return len(self._units) - 1


def _after_else(node: Node) -> Node | None:
    """The word `else` directly before a node."""
    before = node.prev_sibling
    return before if before is not None and before.type == "else" else None


def _inner(node: Node) -> Iterator[Node]:
    """The bodies and clauses inside a compound statement, not looking into its expressions."""
    for child in node.named_children:
        if child.type in _SKIPPED:
            continue
        if child.type in _BLOCKS or child.type in _CLAUSES or _is_nested_statement(node, child):
            yield child
        elif child.type not in ("parameters", "formal_parameters", "parameter_list"):
            yield from _blocks_in(child)


def _is_nested_statement(node: Node, child: Node) -> bool:
    """Whether a child is a body without braces: `if (x) y;`, or a body that needs none."""
    if node.type in _WRAPPERS:
        return child.type.endswith(("_declaration", "_definition", "_specifier", "_item"))
    if not child.type.endswith("_statement") or child.type == "parenthesized_statement":
        return False
    return node.type.endswith(("_statement", "_clause", "else")) or node.type == "else"


def _blocks_in(node: Node, depth: int = 0) -> Iterator[Node]:
    """Blocks in an expression (closures, Ruby's `do`, Rust's `if`) that span more than a line."""
    if depth > 8 or node.end_point.row == node.start_point.row:
        return
    for child in node.named_children:
        if child.type in _BLOCKS or (depth and child.type in _CLAUSES):
            if child.end_point.row > child.start_point.row:
                yield child
        elif child.type in _CLAUSES:
            yield child
        else:
            yield from _blocks_in(child, depth + 1)


def _items(node: Node) -> list[Node]:
    """The arguments of a call that are calls on lines of their own, if there are some."""
    if node.end_point.row - node.start_point.row < _LEAST_ITEMS:
        return []
    waiting = [node]
    while waiting:
        inner = waiting.pop(0)
        if inner.type in _ITEM_LISTS:
            own = [
                child
                for child in inner.named_children
                if child.type in _CALLS and child.start_point.row > inner.start_point.row
            ]
            rows = {child.start_point.row for child in own}
            if len(own) >= _LEAST_ITEMS and len(rows) == len(own):
                return own
        waiting.extend(inner.named_children)
    return []


def _by_lines(text: str) -> list[Unit]:
    """Logical lines: a line goes on while a bracket other than a brace is open."""
    units: list[Unit] = []
    opened: list[str] = []
    open_brackets = 0
    start = 0
    for number, line in enumerate(text.split("\n")):
        if not opened:
            if not line.strip() or _COMMENT_LINE.match(line) or _CLOSING.match(line):
                continue
            start = number
        opened.append(line)
        bare = _QUOTED.sub("", line)
        open_brackets += sum(bare.count(b) for b in "([") - sum(bare.count(b) for b in ")]")
        if open_brackets <= 0 or len(opened) > 40:
            units.append(_line_unit(start, opened, units))
            opened, open_brackets = [], 0
    if opened:
        units.append(_line_unit(start, opened, units))
    return units


def _line_unit(start: int, lines: list[str], before: list[Unit]) -> Unit:
    first = lines[0].expandtabs(4)
    indent = len(first) - len(first.lstrip())
    parent = len(before) - 1
    while parent >= 0 and before[parent].depth >= indent:
        parent = before[parent].parent
    return Unit(start, start + len(lines) - 1, indent, "line", "\n".join(lines).strip(), parent)
