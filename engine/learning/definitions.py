"""The functions, methods and classes of a Python file, docstring and code taken apart."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

_NEWLINE = re.compile(r"\r\n|\r|\n")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition. `code` has no docstring and is dedented; `name` is qualified.

    `first` and `last` are the lines of the whole definition, from 0, both included. Where the
    docstring is all there is, it stays in `code`, which would not parse without; `empty` says so.
    """

    name: str
    kind: str  # function, method or class
    code: str
    docstring: str
    first: int = 0
    last: int = 0
    empty: bool = False

    @property
    def short_name(self) -> str:
        """The last part of the qualified name."""
        return self.name.rpartition(".")[2]


def definitions(source: str) -> Iterator[Definition]:
    """The definitions of a module in document order; nothing if it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    lines = _NEWLINE.split(source)  # as Python counts lines: a form feed ends none
    yield from _walk(tree, lines, "")


def _walk(node: ast.Module | ast.ClassDef, lines: list[str], prefix: str) -> Iterator[Definition]:
    for child in node.body:
        if isinstance(child, Function):
            yield _definition(child, "method" if prefix else "function", lines, prefix)
        elif isinstance(child, ast.ClassDef):
            yield _definition(child, "class", lines, prefix)
            yield from _walk(child, lines, f"{prefix}{child.name}.")


def _definition(
    node: Function | ast.ClassDef, kind: str, lines: list[str], prefix: str
) -> Definition:
    return Definition(
        name=prefix + node.name,
        kind=kind,
        code=_code(node, lines),
        docstring=_docstring(node),
        first=node.lineno - 1,
        last=(node.end_lineno or node.lineno) - 1,
        empty=len(node.body) == 1 and _has_docstring(node),
    )


def _docstring(node: Function | ast.ClassDef) -> str:
    return inspect.cleandoc(ast.get_docstring(node, clean=False) or "")


def _code(node: Function | ast.ClassDef, lines: list[str]) -> str:
    """The source lines from `def` on, every docstring inside left out, dedented."""
    start, end = node.lineno, node.end_lineno or node.lineno
    hidden: set[int] = set()
    for inner in ast.walk(node):
        if isinstance(inner, Function | ast.ClassDef) and _has_docstring(inner):
            first = inner.body[0]
            if len(inner.body) > 1:  # a body of only a docstring keeps it: code must stay valid
                hidden.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    kept = [lines[number - 1] for number in range(start, end + 1) if number not in hidden]
    return textwrap.dedent("\n".join(kept)).strip()


def _has_docstring(node: Function | ast.ClassDef) -> bool:
    first = node.body[0]
    return (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
