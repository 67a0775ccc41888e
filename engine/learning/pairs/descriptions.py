"""Which comments describe code, and their text without markup.

No descriptions: code that was commented out, licence headers, remarks to tools or because of them,
and work left to do.
"""

from __future__ import annotations

import ast
import re
import warnings

from engine.code.tokens import name_set

_ALIGNED = re.compile(r"\s+")
_RULE = re.compile(r"^[\W_]*$")  # a line of dashes, or nothing
_FRAME = re.compile(r"^[-=*#~_<>|/\\+]{2,}\s*|\s*[-=*#~_<>|/\\+]{2,}$")
_PRAGMA = re.compile(
    r"^\W*(?:noqa|type:\s|pylint\s*:|pylint:|fmt:|isort:|mypy:|pyright:|pyre[-:]|ruff:|flake8|"
    r"yapf:|nosec|pragma:|cov(?:erage)?:|coding[:=]|vim:|cython:|cpython:|doctest:|skipcq|"
    r"nolint|lint-|clang-format|language=|%%|\[doc|region\b|endregion\b|usr/|/usr/|!\s*/|"
    r"-\*-|(?:end\s+)?copy\b|copied from|adapted from|codespell|spellchecker|ignore-|"
    r"sphinx_gallery|autodoc|@generated|\$\w+\s*:?.*\$)",
    re.IGNORECASE,
)
_LICENCE = re.compile(
    r"copyright|\(c\)\s*(?:19|20)\d\d|all rights reserved|spdx-|licen[sc]ed (?:under|to)|"
    r"permission is hereby|redistribution and use|without warrant|apache license|"
    r"general public license|\b(?:mit|bsd)[- ]licen[sc]e|\blicen[sc]e agreement|©",
    re.IGNORECASE,
)
_UNDONE = re.compile(r"\b(?:TODO|FIXME|XXX+|HACK)\b|\bto-?do\s*[:(]|\bfix ?me\b", re.IGNORECASE)
_TOOL_TALK = re.compile(
    r"\b(?:mypy|pyright|pyre(?:fly)?|pylint|flake8|linter|type[- ]?checkers?|"
    r"(?:circular|cyclic) (?:import|dependenc)|import cycle)",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"^\W*(?:authors?|maintainers?|contact|e-?mail|written by|created (?:by|on)|date|version|"
    r"file ?name)\s*:|auto(?:matically)?[- ]?generated|do not (?:edit|modify)\b|"
    r"^\W*generated (?:by|from)\b",
    re.IGNORECASE | re.MULTILINE,
)
_FRAGMENT = re.compile(
    r"^(?:[\w.]+(?:\s*=\s*[\w.]+)?\((?:.*[,(])?$"  # a call that goes on in the next line
    r"|\w+\s*=\s*[^=\s].*,$|[)\]}]+[,:]?$|@[\w.]+(?:\(.*\))?$|>>>|\.\.\.\s)"
)
_CODE_SIGN = re.compile(r"[=()\[\]{}:@]|^(?:return|import|from|raise|del|pass|break|continue)\b")
_WORD = re.compile(r"[A-Za-z]{2,}")
_PROSE = name_set(
    "a an and are as at be been before but by can do does each for from has have if in into is it "
    "its may more must no not of on only or our same should since so such than that the their then "
    "there these they this to we when where which while will with without would you"
)
_MAX_LINE = 1_000
_MIN_PROSE = 0.1
"""The share of words that English prose cannot do without; code and data have next to none."""


def describe_comment(text: str) -> str:
    """The comment as one line of words; empty if it is no description."""
    lines = [line for line in text.split("\n") if not _PRAGMA.match(line)]
    text = "\n".join(lines)
    if is_licence(text) or is_undone(text) or _HEADER.search(text) or _TOOL_TALK.search(text):
        return ""
    if is_code(text):
        return ""
    kept = [_FRAME.sub("", line) for line in lines if not _RULE.match(line)]
    said = _ALIGNED.sub(" ", " ".join(kept)).strip()
    return said if is_prose(said) else ""


def is_licence(text: str) -> bool:
    """Whether the text speaks of copyright or the terms of a licence."""
    return _LICENCE.search(text) is not None


def is_pragma(text: str) -> bool:
    """Whether every line of the text speaks to a tool (`noqa`, `type:`, `pylint:` …)."""
    return all(_PRAGMA.match(line) for line in text.split("\n"))


def is_undone(text: str) -> bool:
    """Whether the text tells of work left to do."""
    return _UNDONE.search(text) is not None


def is_code(text: str) -> bool:
    """Whether the comment is commented-out code: it parses, or half of its lines do."""
    lines = [line.strip() for line in text.split("\n") if not _RULE.match(line)]
    if not lines:
        return False
    looks = sum(_FRAGMENT.match(line) is not None or _is_code_line(line) for line in lines)
    return looks * 2 >= len(lines) or _parses("\n".join(lines))


def _is_code_line(line: str) -> bool:
    if len(line) > _MAX_LINE or not _CODE_SIGN.search(line):
        return False
    if line.endswith(":"):
        line += " pass"
        if line.startswith(("elif", "else")):
            line = f"if x: pass\n{line}"
        elif line.startswith(("except", "finally")):
            line = f"try: pass\n{line}"
    return _parses(line)


def is_prose(text: str) -> bool:
    """Whether the text is English prose: mostly ASCII letters, with the words prose needs."""
    if not text or sum(map(str.isascii, text)) < 0.95 * len(text):
        return False
    words = _WORD.findall(text)
    if sum(map(len, words)) < 0.5 * len(text):
        return False
    common = sum(word.lower() in _PROSE for word in words)
    return common >= max(1, _MIN_PROSE * len(words))


def _parses(text: str) -> bool:
    """Whether the text is Python that does something, not a name or a number by chance."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            statements = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    harmless = (ast.Name, ast.Constant, ast.Tuple)
    return any(
        not isinstance(statement, ast.Expr) or not isinstance(statement.value, harmless)
        for statement in statements
    )
