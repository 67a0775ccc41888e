"""Drops the comments of a snippet, by the marks of its language and without a parser.

Strings are passed over, so that `"http://…"` and `"#fff"` stay what they are. What a language does
not write as a comment is none: `//` divides in Python.
"""

from __future__ import annotations

import re
from typing import Final

from engine.code.tokens import name_set

# Every repeat is possessive, so that a long line costs no more than its length. A pair with a
# backslash outside a string is passed over: otherwise an escaped quote of a regular expression
# would open a string. A string that a fragment cuts off goes to the fragment's end.
_ONE_LINE = r"""(?s:\\.)|"(?:[^"\\\n]|\\(?s:.))*+"|'(?:[^'\\\n]|\\(?s:.))*+'"""
_TRIPLE = r'"{3}(?s:[^"\\]|\\.|"(?!""))*+(?:"{3}|\Z)'
_TRIPLE_SINGLE = r"'{3}(?s:[^'\\]|\\.|'(?!''))*+(?:'{3}|\Z)"
_BLOCK = r"(?P<block>/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/|\Z))"
_HASH = r"(?P<line>\#[^\n]*+)"
_HASH_APART = r"(?P<line>(?<!\S)\#[^\n]*+)"  # `$#` and `${name#prefix}` hold no comment
_SLASHES = r"(?P<line>//[^\n]*+)"
_DASHES = r"(?P<line>--[^\n]*+)"
_RAW = r"`[^`]*+`"  # Go's raw strings and JavaScript's templates
_VERBATIM = r'@"(?:[^"]|"")*+"'  # of C#, where a backslash escapes nothing


def _marks(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts))


_PYTHON = _marks(_TRIPLE, _TRIPLE_SINGLE, _ONE_LINE, _HASH)
_LIKE_SHELL = _marks(_ONE_LINE, _HASH_APART)
_LIKE_C = _marks(_TRIPLE, _ONE_LINE, _BLOCK, _SLASHES)
_LIKE_GO = _marks(_RAW, _ONE_LINE, _BLOCK, _SLASHES)
_PATTERNS: Final = {
    **dict.fromkeys(("Python", "Jupyter"), _PYTHON),
    **dict.fromkeys(
        name_set("Ruby R Julia Perl Shell PowerShell YAML TOML Makefile Dockerfile Rakefile"),
        _LIKE_SHELL,
    ),
    **dict.fromkeys(name_set("C C++ Java Kotlin Scala Rust Swift Dart"), _LIKE_C),
    **dict.fromkeys(("Go", "JavaScript", "TypeScript"), _LIKE_GO),
    "C#": _marks(_VERBATIM, _TRIPLE, _ONE_LINE, _BLOCK, _SLASHES),
    "PHP": _marks(_ONE_LINE, _BLOCK, r"(?P<line>(?://|\#(?!\[))[^\n]*+)"),
    "CSS": _marks(_ONE_LINE, _BLOCK),
    **dict.fromkeys(("SQL", "Lua", "Haskell"), _marks(_ONE_LINE, _DASHES)),
}


def drop_comments(code: str, language: str) -> str:
    """`code` without its comments; a line that holds nothing else goes with its comment.

    Code of a language whose comments are not known comes back as it is.
    """
    pattern = _PATTERNS.get(language)
    if pattern is None or (pattern is _PYTHON and "#" not in code):
        return code
    pieces: list[str] = []
    end = 0
    for found in pattern.finditer(code):
        if found.lastgroup is None:
            continue
        start, stop = found.span()
        before = code[end:start].rstrip(" \t")
        ends_line = stop == len(code) or code[stop] == "\n"
        fills_line = before.endswith("\n") or (not before and _begins_line(code, end))
        if ends_line:
            pieces.append(before)
            end = stop + 1 if fills_line else stop
        else:  # what follows on the line keeps the blanks before it
            pieces.append(code[end:start])
            end = stop
    return "".join([*pieces, code[end:]])


def _begins_line(code: str, place: int) -> bool:
    return place == 0 or code[place - 1] == "\n"
