"""Whether a query is asked in words or is a piece of code."""

from __future__ import annotations

import re
from typing import Final

from engine.code.tokens import STOP_WORDS
from engine.types import QueryKind

_LONGEST: Final = 20_000
_WORD: Final = re.compile(r"[^\W\d_][\w'’-]*")
_QUOTED: Final = re.compile(r"`[^`\n]{1,200}`|'[^'\n]{1,80}'|\"[^\"\n]{1,80}\"")
_STRONG: Final = [
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^[ \t]*(?:async[ \t]+)?(?:def|class|function|func|fn|fun)[ \t]+\w+[ \t]*[(:{<]",
        r"^[ \t]*(?:from[ \t]+[\w.]+[ \t]+import[ \t]+\S|import[ \t]+[\w.]+(?:[ \t]+as[ \t]+\w+)?;?[ \t]*$)",
        r"^[ \t]*(?:if|for|while|with|elif|except|else|try)\b[^\n]*:[ \t]*(?:#.*)?$",
        r"^[ \t]*[\w.\[\]'\", *()$]+[ \t]*(?:[-+*/|&@%:]|//|\*\*|<<|>>)?=(?![=>])[ \t]*\S",
        r"[;{][ \t]*(?:$|\})",
        r"^[ \t]*[)\]}]+[;,]?[ \t]*$",
        r"^[ \t]*(?:return|yield|raise|assert|print)\b[ \t(]+[\w\[({'\"-]+[.(\[]",
        r"^[ \t]*(?:>>> |\$ |#include|<\?php|Traceback \(most recent|@\w+[\w.]*(?:\(|[ \t]*$))",
        r"^[ \t]*File \"[^\"\n]+\", line \d+|^[ \t]+at [\w.$<>]+\([^\n)]*\)",
        r"=>|->[ \t]*\w|&&|\|\||::|===|!=|\+=|</\w+>|<\w+[^<>\n]*/>",
        r"\w\([^\s()][^\n()]*\)|\w\(\)",
        r"(?i)^[ \t(]*(?:select\b[^\n]+\bfrom\b[ \t]+\w+|insert[ \t]+into\b[^\n]+\bvalues\b"
        r"|create[ \t]+table[ \t]+\w+[ \t]*\()",
        r"\w\[[^\]\n]*\]|^[ \t]*[\[({][^\n]*[\])}][ \t]*$",
        r"^[ \t]*\w+(?:\.\w+)+[ \t]*$",
    )
]


def detect_kind(text: str) -> QueryKind:
    """WORDS for a question or a sentence (inline code included), CODE for a snippet."""
    text = text[:_LONGEST].strip()
    if not text:
        return QueryKind.WORDS
    bare = _QUOTED.sub(" ", text)
    words = _WORD.findall(bare)
    plain = sum(word.lower() in STOP_WORDS for word in words)
    signs = sum(bool(pattern.search(bare)) for pattern in _STRONG)
    symbols = sum(
        not (letter.isalnum() or letter.isspace() or letter in ".,?!'’-:`\"") for letter in text
    )
    density = symbols / max(len(text), 1)
    if not words:
        return QueryKind.CODE
    sentence = plain / len(words)
    score = 1.0 * min(signs, 4) + 14 * density - 6 * sentence
    if len(words) >= 4 and density < 0.02:
        score -= 1
    if text.endswith("?"):
        score -= 1
    return QueryKind.CODE if score >= 0.9 else QueryKind.WORDS
