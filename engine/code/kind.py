"""Whether a query is asked in words or is a piece of code."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import Final

from engine.code.language import beginning, language_scores, parse_python
from engine.code.tokens import STOP_WORDS
from engine.types import QueryKind

_LONGEST: Final = 4_000
_LONGEST_LINE: Final = 500
_THRESHOLD: Final = 0.9

_WORD: Final = re.compile(r"[^\W\d_][\w'’-]*")
_PROSE: Final = re.compile(
    r"(?:(?<![\w.$@])[A-Za-z][a-z'’-]*,?[ \t]+){3,}[a-z][a-z'’-]*\b(?![\w(.=\[])"
)
_FENCE: Final = re.compile(r"^[ \t]*```[^\n]*\n.*?(?:^[ \t]*```|\Z)", re.MULTILINE | re.DOTALL)
_QUOTED: Final = re.compile(
    r"`[^`\n]{1,200}`|(?<!\w)'[^'\n]{1,120}'(?!\w)|(?<!\w)\"[^\"\n]{1,120}\"(?!\w)"
)
_COMMENT: Final = re.compile(
    r"(?m)(?:^|[ \t]{2,})(?:#(?![ \t]*include|\[|!)|//)[^\n]*$|/\*[^*]*\*/"
)
_PRINT: Final = re.compile(r"(?m)^([ \t]*)print[ \t]+([^\n(=]*\S[^\n]*?),?$")
_COMMANDS: Final = "sudo|apt-get|git|pip|grep|sed|awk|curl|tar|find|ls|docker|conda|npm"

_SIGNS: Final = (
    r"^[ \t]*(?:async[ \t]+)?(?:def|class|function|func|fn|fun)[ \t]+\w+[ \t]*[(:{<]",
    r"^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]+\S",
    r"^[ \t]*import[ \t]+[\w.]+(?:[ \t]+as[ \t]+\w+)?;?[ \t]*$",
    r"^[ \t]*(?:if|for|while|with|elif|except|else|try)\b[^\n]*:[ \t]*$",
    r"^[ \t]*[\w.\[\]'\", *()$]+[ \t]*(?:[-+*/|&@%:]|//|\*\*|<<|>>)?=(?![=>])[ \t]*\S",
    r"[;{][ \t]*(?:$|\})",
    r"^[ \t]*[)\]}]+[;,]?[ \t]*$",
    r"^[ \t]*(?:return|yield|raise|assert|print)\b[ \t(]+[\w\[({'\"-]+[.(\[]",
    r"^[ \t]*(?:>>> |\$ |#[ \t]*include|<\?php)",
    r"^[ \t]*@\w+[\w.]*(?:\(|[ \t]*$)",
    r"=>|->[ \t]*\w|&&|\|\||::|===|!=|\+=|</\w+>|<\w+[^<>\n]*/>",
    r"\w\([^\s()][^\n()]*\)",
    r"^[^ \n]*\w\(\)|\{[^{}\n]*;[^{}\n]*\}",
    r"(?i)^[ \t(]*(?:select\b[^\n]+\bfrom[ \t]+\w+|insert[ \t]+into\b[^\n]+\bvalues\b"
    r"|create[ \t]+table[ \t]+\w+[ \t]*\(|update[ \t]+\w+[ \t]+set[ \t]+\w+[ \t]*=)",
    r"\w\[[^\]\n]*\]|^[ \t]*[\[({][^\n]*[\])}][ \t]*$",
    r"^[ \t]*\w+(?:\.\w+)+[ \t]*$",
    r"\A--?\w[\w-]*[ \t=]*\S*\Z",
    r"\A#!|^(?:\$[ \t]*)?(?:" + _COMMANDS + r")\b[^\n]*[ \t](?:--?\w|[|>])",
    r";[ \t]*(?:then|do)\b",
    r"^[ \t]*(?:end|fi|done)[ \t]*$",
)
_MORE_THAN_CALLS: Final = re.compile(r"[=;{}\[\]<>$@&|*]|\w\.\w+\(|^\w+\(")
_CERTAIN: Final = re.compile(
    r"^Traceback \(most recent|^[ \t]+File \"[^\"\n]+\", line \d+|^[ \t]+at [\w.$<>]+\([^\n)]*\)$"
    r"|^(?:\$[ \t]*)?(?:sudo[ \t]+\S|pip3?[ \t]+install[ \t]+\S+[ \t]*$|git[ \t]+\w+[ \t]+-\w)"
    r"|^[ \t]*%{1,2}[a-z]\w+(?:[ \t]|$)|^(?:python3?|node|java|bash) \S+\.\w+(?:[ \t]--?\w|$)",
    re.MULTILINE,
)
_CODE_NODES: Final = (
    ast.Call,
    ast.Attribute,
    ast.Subscript,
    ast.Assign,
    ast.AugAssign,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.For,
    ast.While,
    ast.If,
    ast.With,
    ast.Try,
    ast.Lambda,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.ListComp,
    ast.GeneratorExp,
    ast.DictComp,
    ast.SetComp,
)


def detect_kind(text: str) -> QueryKind:
    """WORDS for a question or a sentence (inline code included), CODE for a snippet."""
    text = beginning(text, _LONGEST, _LONGEST_LINE).strip("\n")
    if not text.strip():
        return QueryKind.WORDS
    if _CERTAIN.search(text) or _is_python_code(text):
        return QueryKind.CODE
    prose = _FENCE.sub("\n", text)
    text = prose if prose.strip() else text
    return QueryKind.CODE if _code_score(text) >= _THRESHOLD else QueryKind.WORDS


def _code_score(text: str) -> float:
    """How much a text looks like code; sentences count against it."""
    bare = _COMMENT.sub(" ", _QUOTED.sub(" ' ", text))
    words = _WORD.findall(bare)
    if not words:
        words, bare = _WORD.findall(text), text
    if not words:
        return 1.0
    plain = sum(word.lower() in STOP_WORDS for word in words) / len(words)
    in_prose = sum(len(run.split()) for run in _PROSE.findall(bare)) / len(words)
    symbols = sum(not (sign.isalnum() or sign.isspace() or sign in ".,?!'’-:_`\"") for sign in bare)
    signs = sum(bool(pattern.search(bare)) for pattern in _signs())
    typical = max(language_scores(bare).values()) >= 3
    signs += typical
    score = min(signs, 4) + 14 * symbols / len(bare) - 4 * plain - 3 * in_prose
    if not typical and len(words) > 2 and not _MORE_THAN_CALLS.search(bare):
        score -= 1
    return score - 1 if bare.rstrip().endswith("?") else score


@lru_cache(maxsize=1)
def _signs() -> tuple[re.Pattern[str], ...]:
    """The signs of code, compiled when a query is first looked at."""
    return tuple(re.compile(pattern, re.MULTILINE) for pattern in _SIGNS)


def _is_python_code(text: str) -> bool:
    """Whether the text is valid Python that could not be a phrase (`list in python` could)."""
    source = _PRINT.sub(r"\1print(\2)", text.rstrip())
    tree = parse_python(source + " pass" if source.endswith(":") else source)
    if tree is None:
        return False
    return any(isinstance(node, _CODE_NODES) for node in ast.walk(tree))
