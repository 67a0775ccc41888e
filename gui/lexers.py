"""Pygments lexers by the names that the engine gives to languages."""

from __future__ import annotations

from functools import lru_cache

from pygments.lexer import DelegatingLexer, Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

_ALIASES = {
    "c++": "cpp",
    "c#": "csharp",
    "shell": "bash",
    "objective-c": "objc",
    "jupyter": "python",
}


@lru_cache(maxsize=32)
def lexer_for(language: str | None) -> Lexer | None:
    """A lexer that hands out tokens lazily, or None if there is none for this language.

    Lexers that delegate to others (templates) read the whole text before the first token, so they
    are left out.
    """
    if not language:
        return None
    name = language.lower()
    try:
        lexer = get_lexer_by_name(_ALIASES.get(name, name), startinline=True)
    except ClassNotFound:
        return None
    return None if isinstance(lexer, DelegatingLexer) else lexer
