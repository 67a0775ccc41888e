"""The outline of a source file: which definitions stand on which lines."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from engine.corpus.grammars import Grammar, parser_for

MAX_BROKEN = 0.3
"""A file is not cut by its syntax if more than this share of it could not be parsed."""

_COMMENT_MARKS = re.compile(r"^\s*(?:/\*+|\*+/|\*(?!/)|//+!?|#+!?|--)? ?|\s*\*+/\s*$", re.MULTILINE)
_STRING_PREFIX = re.compile(r"^[rRuUbBfF]*(\"{3}|'{3}|\"|')")
_TYPE_NAME = re.compile(r"[^\W\d]\w*")
_FUNCTION_VALUES = frozenset(
    {"arrow_function", "function_expression", "generator_function", "class"}
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, method or class. Lines count from 0; `last` and `header_last` are included.

    `first` includes decorators and the comments directly above; `header_last` is the last line of
    the signature. `name` is not qualified.
    """

    kind: str  # function or class
    name: str
    first: int
    header_last: int
    last: int
    doc: str
    members: tuple[Definition, ...] = ()


def outline(text: str, grammar: Grammar) -> list[Definition] | None:
    """The top-level definitions in order, None if the text does not parse well enough.

    Definitions never overlap. Lines are those of `text.split("\\n")`.
    """
    source = text.encode("utf-8", "replace")
    root = parser_for(grammar).parse(source).root_node
    if root.has_error and _broken(root) > MAX_BROKEN * len(source):
        return None
    return list(_definitions(root, grammar, -1))


def _broken(root: Node) -> int:
    """How many bytes lie in top-level nodes that are errors."""
    if root.type == "ERROR":
        return root.end_byte - root.start_byte
    return sum(node.end_byte - node.start_byte for node in root.children if node.is_error)


def _definitions(parent: Node, grammar: Grammar, taken: int) -> Iterator[Definition]:
    """The definitions directly in `parent`, below line `taken` (the last one already used)."""
    leads: list[Node] = []
    for node in parent.named_children:
        if node.type in grammar.leads:
            leads.append(node)
            continue
        inner = _unwrap(node, grammar)
        found: list[Definition] = []
        if inner.type in grammar.scopes:
            found = list(_definitions(inner.child_by_field_name("body") or inner, grammar, taken))
        else:
            definition = _definition(node, inner, leads, grammar, taken)
            if definition is not None:
                found = [definition]
        for definition in found:
            taken = definition.last
            yield definition
        leads.clear()


def _unwrap(node: Node, grammar: Grammar) -> Node:
    while node.type in grammar.wrappers:
        inner = node.child_by_field_name("definition") or node.child_by_field_name("declaration")
        if inner is None:
            if not node.named_children:
                return node
            inner = node.named_children[-1]
        node = inner
    return node


def _definition(
    outer: Node, inner: Node, leads: list[Node], grammar: Grammar, taken: int
) -> Definition | None:
    name = ""
    if inner.type in grammar.assigned:
        name, value = _assigned(inner)
        if value is None:
            return None
        kind = "class" if value.type == "class" else "function"
        inner = value
    elif inner.type in grammar.functions:
        kind = "function"
    elif inner.type in grammar.classes:
        kind = "class"
    else:
        return None
    above = _attached(leads, outer)
    start = above[0] if above else outer
    first, last = max(start.start_point.row, taken + 1), _last_row(outer)
    if first > last:  # on the same line as the definition before
        return None
    body = _body(inner)
    header_last = last if body is None else _header_row(inner, body)
    members: tuple[Definition, ...] = ()
    if kind == "class" and body is not None:
        members = tuple(_definitions(body, grammar, header_last))
    return Definition(
        kind=kind,
        name=name or _name(inner),
        first=first,
        header_last=max(first, min(header_last, last)),
        last=last,
        doc=_docstring(body) or _comment_text(above),
        members=members,
    )


def _last_row(node: Node) -> int:
    """The last row with something of the node on it (some nodes end with their newline)."""
    end = node.end_point
    return end.row - 1 if end.column == 0 and end.row > node.start_point.row else end.row


def _body(node: Node) -> Node | None:
    body = node.child_by_field_name("body")
    if body is None and node.type == "type_declaration":  # Go: one type_spec with the type in it
        specs = [child for child in node.named_children if child.type == "type_spec"]
        body = specs[0].child_by_field_name("type") if len(specs) == 1 else None
    return body


def _header_row(node: Node, body: Node) -> int:
    """The last row of the signature: where `{` stands, or the row before an indented body."""
    row = body.start_point.row
    opens = body.text is not None and body.text[:1] == b"{"
    return row if opens or row == node.start_point.row else row - 1


def _attached(leads: list[Node], node: Node) -> list[Node]:
    """Those of the comments and attributes that stand directly above, without a blank line."""
    row = node.start_point.row
    attached: list[Node] = []
    for lead in reversed(leads):
        if _last_row(lead) < row - 1:
            break
        attached.append(lead)
        row = lead.start_point.row
    return attached[::-1]


def _assigned(statement: Node) -> tuple[str, Node | None]:
    """`name = function` in its JavaScript forms: the name, and the function or class node."""
    for child in statement.named_children:
        value = child.child_by_field_name("value") or child.child_by_field_name("right")
        target = child.child_by_field_name("name") or child.child_by_field_name("left")
        if value is not None and target is not None and value.type in _FUNCTION_VALUES:
            return _text(target).removeprefix("module.exports.").removeprefix("exports."), value
    return "", None


def _name(node: Node) -> str:
    if node.type == "impl_item":
        named = node.child_by_field_name("type")
    elif node.type == "type_declaration":
        named = next((c.child_by_field_name("name") for c in node.named_children), None)
    else:
        named = node.child_by_field_name("name")
    if named is None:
        named = _declared(node)
    name = _text(named).split("<", 1)[0].strip().replace("::", ".") if named is not None else ""
    receiver = node.child_by_field_name("receiver")
    if receiver is not None:
        types = _TYPE_NAME.findall(_text(receiver).split("[", 1)[0])
        name = f"{types[-1]}.{name}" if types else name
    return name


def _declared(node: Node) -> Node | None:
    """The name inside C's nested declarators: `*f(int a)` declares `f`."""
    declarator = node.child_by_field_name("declarator")
    while declarator is not None:
        inner = declarator.child_by_field_name("declarator")
        if inner is None:
            nested = [c for c in declarator.named_children if c.type.endswith("_declarator")]
            if not nested:
                return declarator
            inner = nested[0]
        declarator = inner
    return None


def _docstring(body: Node | None) -> str:
    """The Python docstring: a string that is the body's first statement."""
    if body is None or body.type != "block" or not body.named_children:
        return ""
    first = body.named_children[0]
    if first.type != "expression_statement" or first.named_child_count != 1:
        return ""
    string = first.named_children[0]
    if string.type != "string":
        return ""
    return string_content(_text(string))


def string_content(literal: str) -> str:
    """What a Python string literal says, as a docstring reads."""
    opening = _STRING_PREFIX.match(literal)
    if opening is None:
        return ""
    return inspect.cleandoc(literal[opening.end() :].removesuffix(opening[1])).strip()


def _comment_text(leads: list[Node]) -> str:
    comments = [_text(lead) for lead in leads if "comment" in lead.type]
    return _COMMENT_MARKS.sub("", "\n".join(comments)).strip()


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
