"""Which programming language a file or a snippet is in."""

from __future__ import annotations

import ast
import re
import warnings
from functools import lru_cache
from pathlib import PurePath
from textwrap import dedent
from typing import Final

from engine.code.language_patterns import PATTERNS
from engine.errors import DataError

_EXTENSIONS: Final = {
    extension: language
    for language, extensions in {
        "Python": "py pyi pyw pyx pxd",
        "Jupyter": "ipynb",
        "JavaScript": "js mjs cjs jsx",
        "TypeScript": "ts tsx mts cts",
        "Java": "java",
        "Kotlin": "kt kts",
        "Scala": "scala sc",
        "C": "c h",
        "C++": "cc cpp cxx c++ hh hpp hxx h++ cu cuh inl",
        "C#": "cs csx",
        "Go": "go",
        "Rust": "rs",
        "Ruby": "rb rake gemspec",
        "PHP": "php phtml",
        "Swift": "swift",
        "R": "r",
        "Julia": "jl",
        "Lua": "lua",
        "Perl": "pl pm",
        "Haskell": "hs",
        "Dart": "dart",
        "Shell": "sh bash zsh",
        "PowerShell": "ps1",
        "SQL": "sql",
        "HTML": "html htm",
        "CSS": "css scss less",
        "JSON": "json jsonl",
        "YAML": "yaml yml",
        "TOML": "toml",
        "XML": "xml",
        "Markdown": "md markdown",
        "reStructuredText": "rst",
        "Text": "txt",
    }.items()
    for extension in extensions.split()
}
_FILES: Final = {
    "Makefile": "Makefile",
    "Dockerfile": "Dockerfile",
    "Rakefile": "Ruby",
    "Gemfile": "Ruby",
    "SConstruct": "Python",
}
LANGUAGES: Final = tuple(dict.fromkeys([*_EXTENSIONS.values(), *_FILES.values()]))
"""Every language that is told apart, as `Chunk.language` spells it."""

_ALIASES: Final = {
    **{language.lower(): language for language in LANGUAGES},
    **{extension: language for extension, language in _EXTENSIONS.items() if extension != "h"},
    "python3": "Python",
    "cython": "Python",
    "node": "JavaScript",
    "nodejs": "JavaScript",
    "csharp": "C#",
    "c sharp": "C#",
    "golang": "Go",
    "notebook": "Jupyter",
    "bash": "Shell",
}


def language_of_path(path: str | PurePath) -> str | None:
    """The language that a file's name says, or None."""
    name = PurePath(path).name
    if name in _FILES:
        return _FILES[name]
    return _EXTENSIONS.get(name.rpartition(".")[2].lower()) if "." in name else None


def parse_language(name: str) -> str:
    """The language of that name, alias or extension, whatever its case. Raises `DataError`."""
    found = _ALIASES.get(name.strip().lower().lstrip("."))
    if found is None:
        known = ", ".join(language for language in LANGUAGES if language in PATTERNS)
        raise DataError(f"unknown language {name.strip()!r}; choose one such as {known}")
    return found


_LONGEST: Final = 4_000  # characters that are looked at
_LONGEST_LINE: Final = 500
_SURELY: Final = 5
_BRACES: Final = re.compile(r"[;{}][ \t]*$|^[ \t]*end[ \t]*$|\$\w|:=", re.MULTILINE)
_C_LIKE_END: Final = re.compile(r"[;}][ \t]*(?://[^\n]*)?\Z")


@lru_cache(maxsize=1)
def _patterns() -> dict[str, list[tuple[int, re.Pattern[str]]]]:
    """The patterns, compiled when a snippet is first looked at."""
    return {
        language: [(weight, re.compile(pattern, re.MULTILINE)) for weight, pattern in patterns]
        for language, patterns in PATTERNS.items()
    }


def detect_language(text: str) -> str | None:
    """The language of a snippet from what is typical of each, or None if nothing shows."""
    if not text.strip():
        return None
    text = beginning(text, _LONGEST, _LONGEST_LINE)
    if _score(text, "Python") >= _SURELY and not _BRACES.search(text):
        return "Python"  # by far the commonest case, and the other patterns take a while
    scores = language_scores(text)
    best = max(scores, key=lambda language: scores[language])
    if best == "JavaScript" and scores["TypeScript"] > 3:
        best = "TypeScript"
    if scores[best] < 4 and scores["Python"] < 4 and not _C_LIKE_END.search(text):
        tree = parse_python(text)
        if tree is not None and tree.body:
            return "Python"
    return best if scores[best] > 0 else None


def language_scores(text: str) -> dict[str, int]:
    """How much a text (of bearable length) looks like each language; 4 is hard to mistake."""
    return {language: _score(text, language) for language in PATTERNS}


def _score(text: str, language: str) -> int:
    return sum(weight for weight, pattern in _patterns()[language] if pattern.search(text))


def beginning(text: str, characters: int, line: int) -> str:
    """The first so many characters, every line cut to a length that patterns can stand."""
    text = text[:characters]
    if len(text) <= line:
        return text
    return "\n".join(part[:line] for part in text.split("\n"))


def parse_python(text: str) -> ast.Module | None:
    """The syntax tree of Python text at any indentation, or None if it is not valid."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(dedent(text).strip())
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
