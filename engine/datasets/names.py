"""AdvTest's normalisation of names (Lu et al., 2021), for any Python function.

AdvTest hides what a function is called and what its parameters and variables are called, so that a
ranker has to read what the code does: the function becomes `Func`, and each name that is bound in
it `arg_0`, `arg_1`, … in the order of first appearance, keyword arguments of the same name
included. Attributes, what is imported and what is only used keep their names, as do comments and
strings.
"""

from __future__ import annotations

import ast
import io
import keyword
import tokenize
from collections.abc import Iterable, Iterator
from itertools import accumulate
from textwrap import dedent

from engine.code.language import parse_python

FUNCTION = "Func"
VARIABLE = "arg_{}"


def normalise_names(code: str) -> str | None:
    """`code` with its names hidden; None if it is not a Python function that can be parsed.

    The text must begin with the function, decorators allowed. Layout, comments and strings stay.
    """
    text = _unindented(code)
    tree = parse_python(text)
    if tree is None or len(tree.body) != 1:
        return None
    function = tree.body[0]
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return None
    bound = set(_bound_names(function)) - {function.name}
    return _renamed(text, _names(tokens), function.name, bound)


def _bound_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """The parameters and variables of a function and of everything inside it."""
    elsewhere: set[str] = set()
    found: list[str] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            elsewhere.update(node.names)
        elif isinstance(node, ast.arg):
            found.append(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append(node.id)
        elif isinstance(node, ast.ExceptHandler | ast.MatchStar | ast.MatchAs) and node.name:
            found.append(node.name)
    return (name for name in found if name not in elsewhere)


def _names(tokens: list[tokenize.TokenInfo]) -> Iterator[tuple[tokenize.TokenInfo, bool]]:
    """The tokens that are names, and whether each is an attribute; none of those in strings.

    From Python 3.12 on an f-string comes in parts; it stays whole here in every version.
    """
    inside = 0
    before = ""
    for token in tokens:
        kind = tokenize.tok_name[token.type]
        inside += (kind == "FSTRING_START") - (kind == "FSTRING_END")
        if kind == "NAME" and not inside and not keyword.iskeyword(token.string):
            yield token, before == "."
        before = token.string


def _renamed(
    text: str, names: Iterable[tuple[tokenize.TokenInfo, bool]], function: str, bound: set[str]
) -> str:
    """The text with some names replaced, everything between them untouched."""
    starts = [0, *accumulate(map(len, io.StringIO(text)))]
    numbers: dict[str, str] = {}
    parts: list[str] = []
    done = 0
    for token, is_attribute in names:
        if token.string == function:
            new = FUNCTION
        elif token.string in bound and not is_attribute:
            new = numbers.setdefault(token.string, VARIABLE.format(len(numbers)))
        else:
            continue
        at = starts[token.start[0] - 1] + token.start[1]
        parts += text[done:at], new
        done = at + len(token.string)
    return "".join([*parts, text[done:]])


def without_docstring(code: str, docstring: str = "") -> str:
    """A function without its docstring, so that a query made from it is not a copy of it.

    Python that cannot be parsed loses the quoted text that holds `docstring`; what has none, and
    what shares a line with its docstring, stays as it is.
    """
    text = _unindented(code)
    tree = parse_python(text)
    if tree is None:
        return _without_quoted(code, docstring)
    first = tree.body[0] if tree.body else None
    if not isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return code
    said, after = first.body[0], first.body[1:]
    last = said.end_lineno
    lines = list(io.StringIO(text))
    indent = lines[said.lineno - 1][: said.col_offset]
    alone = not indent.strip() and not (after and after[0].lineno == last)
    if not _is_text(said) or not alone:
        return code
    instead = [] if after else [f"{indent}pass\n"]
    return "".join([*lines[: said.lineno - 1], *instead, *lines[last:]])


def _unindented(code: str) -> str:
    return dedent(code.replace("\r\n", "\n").replace("\r", "\n")).strip() + "\n"


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _without_quoted(code: str, docstring: str) -> str:
    for quote in ('"""', "'''", '"', "'"):
        start = code.find(quote)
        end = code.find(quote, start + len(quote)) if start >= 0 else -1
        if end > 0 and docstring.strip() and docstring.strip() in code[start:end]:
            return code[:start].rstrip(" \t") + code[end + len(quote) :].lstrip("\n")
    return code
