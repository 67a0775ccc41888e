"""Which counterparts teach nothing: copies of each other, and bodies that do nothing."""

from __future__ import annotations

import ast
import re
import textwrap
from itertools import combinations

from engine.learning.groups import Group

NEAR_COPY = 0.85
"""Jaccard overlap of two texts' tokens above which they are near-copies."""

_TOKEN = re.compile(r"[A-Za-z_]\w*|\d+(?:\.\d+)?")
_COMMENT = re.compile(r"#[^\n]*")
# The framework's own call is what the counterparts show each other; it is no mere delegation.
_FRAMEWORK_ROOTS = re.compile(
    "torch|nn|F|tf|tfnn|keras|o?np|numpy|jnp|jax|jnn|lax|paddle|mx|mxnet|nd|ms|mindspore|ops|mint|"
    "mnp|P|mlx|cp|cupy"
)


def mark(group: Group) -> Group:
    """The group with its hollow texts and near-copies marked."""
    tokens = [_tokens(text.content) for text in group.texts]
    copies = tuple(
        (first, second)
        for first, second in combinations(range(len(tokens)), 2)
        if jaccard(tokens[first], tokens[second]) > NEAR_COPY
    )
    hollow = tuple(
        place
        for place, text in enumerate(group.texts)
        if text.language == "Python" and is_hollow(text.content)
    )
    return Group(group.task, group.source, group.texts, hollow, copies, group.origin)


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Shared tokens over all tokens; two empty sets are equal."""
    union = len(first | second)
    return len(first & second) / union if union else 1.0


def is_hollow(code: str) -> bool:
    """Whether a definition only raises, passes, returns a name or hands its arguments on.

    A class is hollow if all of its methods are; a call of the framework itself is not hollow.
    """
    try:
        body = ast.parse(textwrap.dedent(code)).body
    except (SyntaxError, ValueError, RecursionError):
        return False
    if len(body) != 1 or not isinstance(body[0], _DEFINITION):
        return False
    return _is_hollow(body[0])


_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
_DEFINITION = _FUNCTION | ast.ClassDef


def _is_hollow(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    if isinstance(node, ast.ClassDef):
        methods = [child for child in node.body if isinstance(child, _FUNCTION)]
        return all(_is_hollow(method) for method in methods)
    work = [statement for statement in node.body if not _says_nothing(statement)]
    return not work or (len(work) == 1 and _delegates(work[0]))


def _says_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Raise() | ast.Assert() | ast.Global() | ast.Import():
            return True
        case ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Return(value=None | ast.Constant() | ast.Name()):
            return True
    return False


def _delegates(statement: ast.stmt) -> bool:
    """Whether the statement is one call that gets names handed through, and no framework's."""
    match statement:
        case ast.Return(value=ast.Call() as call) | ast.Expr(value=ast.Call() as call):
            values = [*call.args, *(keyword.value for keyword in call.keywords)]
            handed_on = all(_is_plain(value) for value in values)
            return handed_on and not _FRAMEWORK_ROOTS.fullmatch(_root(call.func))
    return False


def _is_plain(value: ast.expr) -> bool:
    while isinstance(value, ast.Attribute | ast.Starred):
        value = value.value
    return isinstance(value, ast.Name | ast.Constant)


def _root(callee: ast.expr) -> str:
    while isinstance(callee, ast.Attribute | ast.Call):
        callee = callee.func if isinstance(callee, ast.Call) else callee.value
    return callee.id if isinstance(callee, ast.Name) else ""


def _tokens(code: str) -> frozenset[str]:
    return frozenset(_TOKEN.findall(_COMMENT.sub("", code)))
