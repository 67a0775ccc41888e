"""Which names a Python snippet binds itself, and where it uses them.

Found by reading the tokens once and keeping track of brackets, statements and indentation. So
fragments that do not parse are read as well, several times faster than a syntax tree is walked.
"""

from __future__ import annotations

import keyword
import re
from typing import Final, NamedTuple

from engine.code.tokens import name_set

_TOKEN = re.compile(
    r"""(
    (?:\b[rbufRBUF]{1,2})?
        (?:\"{3}(?s:[^\"\\]|\\.|\"(?!\"\"))*+(?:\"{3}|\Z)
          |'{3}(?s:[^'\\]|\\.|'(?!''))*+(?:'{3}|\Z)
          |\"(?:[^\"\\\n]|\\(?s:.))*+\"
          |'(?:[^'\\\n]|\\(?s:.))*+')
    |[^\W\d]\w*+
    |\d[\w.]*+
    |\#[^\n]*+
    |\n[ \t]*+(?![\n\#\r])          # a line with something on it
    |\\(?:\r\n|(?s:.))              # so that an unclosed string is tried once
    |:=|(?:\*\*|//|>>|<<|[-+*/%&|^@])=|[=!<>]=
    |\*\*|[][(){}:,.;=*]
    )""",
    re.VERBOSE,
)
_KEYWORDS = frozenset(keyword.kwlist)
_STATEMENTS = name_set("def class import return raise while with try except elif del pass")
"""Begin a line nowhere but outside brackets: a bracket before them was left open."""
_AUGMENTED = name_set("+= -= *= /= //= %= **= >>= <<= &= |= ^= @=")
_BEFORE_PARAMETER = frozenset({"(", ",", "*", "**", "lambda"})
_OPENS, _CLOSES = "([{", {")": "(", "]": "[", "}": "{"}
_CALL, _PARAMETERS, _GROUP, _LAMBDA, _FOR = "call", "parameters", "group", "lambda", "for"
_AS, _ANNOTATION = "as", "annotation"


class _Frame(NamedTuple):
    """What is open: a bracket, a lambda before its colon, a `for` before its `in`, what follows
    the colon of an annotated assignment."""

    kind: str
    bracket: str = ""
    is_target: bool = False  # whether names directly inside may be assigned to
    callee: str = ""


class _Scope(NamedTuple):
    indent: int
    name: str
    is_class: bool


class PythonNames:
    """The names of a snippet. `pieces` are its tokens (odd places) and what is between them.

    `bound` are names that it assigns to, in order, but not those of `kept`: imported, global, or
    of a class, where they are attributes. `function` is the first function outside a class. `uses`
    are the places of all names that are no attributes, `keywords` those of `name=` in a call with
    what is called (empty if that is a method of something else), `strings` those of strings.
    `parameters` are those of each function, and of each class that has an `__init__`.
    """

    def __init__(self, code: str) -> None:
        self.pieces: Final[list[str]] = _TOKEN.split(code)
        self.bound: dict[str, None] = {}
        self.kept: set[str] = set()
        self.function = ""
        self.uses: list[int] = []
        self.keywords: list[tuple[int, str]] = []
        self.strings: list[int] = []
        self.parameters: dict[str, set[str]] = {}
        self._seen = ["\n"] * 3
        self._opening = len(self._seen)  # where the statement's first token is
        self._frames: list[_Frame] = []
        self._scopes: list[_Scope] = []
        self._targets: list[int] = []  # places of what an `=` or `in` would bind
        self._signature: set[str] = set()
        self._keeps = False  # inside an import or a `global`
        self._indent = len(code) - len(code.lstrip())
        for place in range(1, len(self.pieces), 2):
            self._read(place, self.pieces[place])
        for name in self.kept:
            self.bound.pop(name, None)

    def _read(self, place: int, token: str) -> None:
        first = token[0]
        if first == "\n":
            self._line(token)
            return
        if first in "#\\":
            return
        if token[-1] in "\"'":
            self.strings.append(place)
        elif token in _KEYWORDS:
            self._keyword(place, token)
        elif first.isalpha() or first == "_":
            self._name(place, token)
        elif token in _OPENS:
            self._open(place, token)
        elif token in _CLOSES:
            self._close(_CLOSES[token])
        else:
            self._operator(place, token)
        self._seen.append(token)

    def _line(self, token: str) -> None:
        if not any(frame.bracket for frame in self._frames):
            self._end_statement()
            self._indent = len(token.expandtabs(8)) - 1
            while self._scopes and self._scopes[-1].indent >= self._indent:
                self._scopes.pop()

    def _end_statement(self) -> None:
        self._frames.clear()
        self._targets.clear()
        self._keeps = False
        self._seen.append("\n")
        self._opening = len(self._seen)

    def _keyword(self, place: int, token: str) -> None:
        before = self.pieces[place - 2] if place > 1 else ""
        if self._frames and token in _STATEMENTS and before.startswith("\n"):
            self._frames.clear()
            self._line(before)
        if token == "lambda":
            self._frames.append(_Frame(_LAMBDA))
        elif token == "for":
            self._targets.clear()
            self._frames.append(_Frame(_FOR, is_target=True))
        elif token == "in" and self._frames and self._frames[-1].kind == _FOR:
            self._frames.pop()
            self._assign()
        elif token in ("import", "global") or (token == "from" and self._seen[-1] in "\n:"):
            self._keeps = True

    def _name(self, place: int, token: str) -> None:
        last = self._seen[-1]
        if last == ".":
            return
        self.uses.append(place)
        if last == "def":
            self._define(token)
        elif last == "class":
            self.kept.add(token)
            self._scopes.append(_Scope(self._indent, token, is_class=True))
        elif self._keeps:
            self.kept.add(token)
        elif last == "as":
            self._bind(token)
        elif not self._frames or self._frames[-1].is_target:
            self._targets.append(place)
        elif self._frames[-1].kind in (_PARAMETERS, _LAMBDA) and last in _BEFORE_PARAMETER:
            self._bind(token)
            if self._frames[-1].kind == _PARAMETERS:
                self._signature.add(token)

    def _define(self, name: str) -> None:
        owner = self._scopes[-1] if self._scopes else None
        self._scopes.append(_Scope(self._indent, name, is_class=False))
        if owner and owner.is_class:
            self.kept.add(name)
        elif not self.function:
            self.function = name
        called = owner.name if owner and name == "__init__" else name
        self._signature = self.parameters.setdefault(called, set())

    def _open(self, place: int, token: str) -> None:
        last, before = self._seen[-1], self._seen[-2]
        follows = last[-1] in ")]}\"'" or (last.isidentifier() and last not in _KEYWORDS)
        if last == "as":  # `with pair() as (left, right)`
            self._targets.clear()
            self._frames.append(_Frame(_AS, token, is_target=True))
            return
        if not follows:
            is_target = not self._frames or self._frames[-1].is_target
            self._frames.append(_Frame(_GROUP, token, is_target and token != "{"))
            return
        self._drop_target(place)
        if token == "(" and before == "def":
            self._frames.append(_Frame(_PARAMETERS, token))
        elif token == "(":
            is_own = before != "." or self._seen[-3] in ("self", "cls")
            self._frames.append(_Frame(_CALL, token, callee=last if is_own else ""))
        else:
            self._frames.append(_Frame(_GROUP, token))

    def _close(self, bracket: str) -> None:
        if any(frame.bracket == bracket for frame in self._frames):
            while (top := self._frames.pop()).bracket != bracket:
                pass
            if top.kind == _AS:
                self._assign()

    def _operator(self, place: int, token: str) -> None:
        top = self._frames[-1] if self._frames else None
        if token == ".":
            self._drop_target(place)
        elif token == "=" and top and top.kind == _CALL:
            if self._seen[-2] in "(," and self.uses and self.uses[-1] == place - 2:
                self.keywords.append((self.uses.pop(), top.callee))
        elif token == ":=":
            self._bind(self._seen[-1])
        elif top is None and (token == "=" or token in _AUGMENTED):
            self._assign()
        elif token == ":":
            self._colon(top)
        elif token == ";" and top is None:
            self._end_statement()

    def _colon(self, top: _Frame | None) -> None:
        if top and top.kind == _LAMBDA:
            self._frames.pop()
        elif top is None:
            if self._seen[-2] == "\n":  # `count: int = 0`
                self._assign()
            if len(self._seen) > self._opening and self._seen[self._opening] not in _KEYWORDS:
                self._frames.append(_Frame(_ANNOTATION))
            self._targets.clear()

    def _drop_target(self, place: int) -> None:
        """`x` of `x.y`, `x[0]` and `x()` is used, not bound."""
        if self._targets and self._targets[-1] == place - 2:
            self._targets.pop()

    def _assign(self) -> None:
        for place in self._targets:
            self._bind(self.pieces[place])
        self._targets.clear()

    def _bind(self, name: str) -> None:
        if self._scopes and self._scopes[-1].is_class:
            self.kept.add(name)
        else:
            self.bound[name] = None
