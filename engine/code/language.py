"""Which programming language a file or a snippet is in."""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import PurePath
from typing import Final

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
        known = ", ".join(language for language in LANGUAGES if language in _PATTERNS)
        raise DataError(f"unknown language {name.strip()!r}; choose one such as {known}")
    return found


_LONGEST: Final = 20_000  # characters that are looked at

_PATTERNS: Final = {
    language: [(weight, re.compile(pattern, re.MULTILINE)) for weight, pattern in patterns]
    for language, patterns in {
        "Python": [
            (3, r"^[ \t]*(?:async[ \t]+)?def[ \t]+\w+[ \t]*\([^\n]*(?:$|:)"),
            (
                3,
                r"^[ \t]*(?:if|elif|else|for|while|try|except|with|finally)\b[^\n{;]*:[ \t]*(?:#.*)?$",
            ),
            (3, r"^[ \t]*from[ \t]+[\w.]+[ \t]+import\b"),
            (2, r"^[ \t]*class[ \t]+\w+(?:\([^\n)]*\))?:"),
            (2, r"^[ \t]*import[ \t]+[\w.]+(?:[ \t]+as[ \t]+\w+)?[ \t]*$"),
            (2, r"\bself\.\w|\b__\w+__\b|\bNone\b|\bTrue\b|\bFalse\b|\belif\b|\blambda\b[^\n]*:"),
            (2, r"^[ \t]*@\w[\w.]*[^\n]*\n[ \t]*(?:def|class|async)\b|\"\"\"|^>>> |\bprint\s*\("),
            (1, r"\[[^\[\]\n]+ for \w[^\[\]\n]* in [^\[\]\n]+\]|\bnot in\b|\bis None\b"),
        ],
        "JavaScript": [
            (3, r"\bfunction\b[ \t]*\*?\w*[ \t]*\([^\n)]*\)[ \t]*\{|=>[ \t]*[{(\w]"),
            (2, r"\b(?:const|let|var)[ \t]+[\w{\[$][^\n]*="),
            (2, r"===|!==|\bconsole\.\w+\(|\brequire\(['\"]|\bdocument\.|\bundefined\b"),
            (2, r"^[ \t]*import\b[^\n]*\bfrom[ \t]*['\"]|\bmodule\.exports\b|^export\b"),
            (1, r"\btypeof\b|\basync function\b|\bawait\b|\.then\("),
        ],
        "TypeScript": [
            (
                3,
                r"^[ \t]*(?:export[ \t]+)?(?:interface|type|enum)[ \t]+\w+(?:<[^\n>]*>)?[ \t]*[={]",
            ),
            (3, r"[(,][ \t]*\w+\??:[ \t]*(?:string|number|boolean|any|void|unknown)\b"),
            (3, r"\)[ \t]*:[ \t]*(?:string|number|boolean|any|void|Promise<)"),
            (2, r"\b(?:const|let)[ \t]+\w+:[ \t]*\w|\bas (?:const|string|any|unknown)\b"),
            (1, r"\b(?:const|let)[ \t]+\w[^\n]*=|=>|\breadonly\b"),
        ],
        "Java": [
            (
                3,
                r"\b(?:public|private|protected)[ \t]+(?:static[ \t]+|final[ \t]+)*[\w<>\[\], ]+\(",
            ),
            (3, r"\bSystem\.out\.|\bpublic[ \t]+class\b|^[ \t]*import[ \t]+(?:static )?java[x.]"),
            (2, r"^[ \t]*package[ \t]+[\w.]+;|^[ \t]*import[ \t]+[\w.]+(?:\.\*)?;|@Override\b"),
            (2, r"\b(?:final|String|int|boolean|List<\w+>|Map<[\w, ]+>)[ \t]+\w+[ \t]*=[^\n]*;"),
            (1, r"\bnew[ \t]+\w+(?:<[^\n>]*>)?\(|\bString\b|\bthrows[ \t]+\w+|\bboolean\b"),
        ],
        "C#": [
            (3, r"^[ \t]*using[ \t]+[\w.]+;|\bnamespace[ \t]+[\w.]+[ \t]*[;{\n]|\bConsole\.Write"),
            (3, r"\{[ \t]*get;|\bforeach[ \t]*\(\w+[ \t]+\w+[ \t]+in\b|\basync[ \t]+Task\b"),
            (
                2,
                r"\b(?:public|private|internal)[ \t]+(?:(?:static|virtual|override|async)[ \t]+)*"
                r"[\w<>\[\], ?]+[ \t]+[A-Z]\w*\(",
            ),
            (1, r"\bvar[ \t]+\w+[ \t]*=[^\n]*;|\bstring\b|\bbool\b|\.(?:Select|Where|ToList)\("),
        ],
        "C++": [
            (3, r"\bstd::|#include[ \t]*<(?:iostream|vector|string|map|algorithm|memory|bits/)"),
            (3, r"\busing namespace\b|\btemplate[ \t]*<|\bcout[ \t]*<<|\bcin[ \t]*>>"),
            (
                2,
                r"\b\w+::\w+\(|\bvector<|\bauto[ \t]*&?[ \t]*\w+[ \t]*[=:]|\bnullptr\b|\bconstexpr\b",
            ),
            (1, r"->\w+\(|\bclass[ \t]+\w+[^\n;]*\{|\bconst[ \t]+\w+[ \t]*&"),
        ],
        "C": [
            (2, r"#include[ \t]*[<\"]\w+(?:/\w+)*\.h[>\"]|\bprintf[ \t]*\(|\bmalloc[ \t]*\("),
            (
                2,
                r"^[ \t]*(?:static[ \t]+|const[ \t]+|unsigned[ \t]+|struct[ \t]+)*"
                r"(?:int|void|char|float|double|size_t|long)[ \t]+\*?\w+[ \t]*\([^\n;]*\)?[ \t]*\{?$",
            ),
            (
                2,
                r"\bstruct[ \t]+\w+[ \t]*[{*]|\btypedef\b|^[ \t]*#[ \t]*(?:define|ifdef|ifndef|endif)",
            ),
            (
                1,
                r"\b(?:int|char|float|double)[ \t]+\*?\w+[ \t]*(?:[=;\[])|->\w+|\bNULL\b|\bsizeof\b",
            ),
        ],
        "Go": [
            (4, r"^[ \t]*func[ \t]+(?:\([^\n)]*\)[ \t]*)?\w*[ \t]*(?:\[[^\n\]]*\])?\([^\n]*"),
            (3, r"^package[ \t]+\w+[ \t]*$|\bfmt\.\w+\(|\bif err != nil\b|\bdefer[ \t]+\w"),
            (
                2,
                r"\w[ \t]*:=[ \t]*\S|\bchan\b|\bgo func\b|^[ \t]*type[ \t]+\w+[ \t]+(?:struct|interface)",
            ),
        ],
        "Rust": [
            (4, r"\bfn[ \t]+\w+(?:<[^\n>]*>)?[ \t]*\(|\blet[ \t]+mut\b|\bimpl\b[^\n]*\{"),
            (3, r"\b(?:println|vec|format|panic|assert_eq|assert)!|&mut\b|&str\b|#\[\w+"),
            (
                2,
                r"\bmatch[ \t]+[^\n{]+\{|\bpub[ \t]+(?:fn|struct|enum|mod)\b|^[ \t]*use[ \t]+\w+::",
            ),
            (1, r"\.unwrap\(\)|\b[iu](?:8|16|32|64|size)\b|\bOption<|\bResult<|->[ \t]*\w"),
        ],
        "Ruby": [
            (3, r"^[ \t]*def[ \t]+(?:self\.)?\w+[?!=]?(?:[ \t]*\([^\n)]*\))?[ \t]*$"),
            (
                3,
                r"\bdo[ \t]*\|[^\n|]*\||\{[ \t]*\|[^\n|]+\||^[ \t]*require(?:_relative)?[ \t]+['\"]",
            ),
            (
                2,
                r"^[ \t]*end[ \t]*$|\.(?:each|nil\?|empty\?)\b|\bputs[ \t]|\battr_(?:accessor|reader)\b",
            ),
            (1, r"\belsif\b|\bunless\b|(?<![\w:]):\w+[ \t]*=>|@\w+[ \t]*\|?\|?="),
        ],
        "PHP": [
            (5, r"<\?php|<\?="),
            (3, r"\$\w+->\w+|\bfunction[ \t]+\w*[ \t]*\([^\n)]*\$\w+|\becho[ \t]+[$'\"]|\$this\b"),
            (
                2,
                r"^[ \t]*\$\w+[ \t]*(?:\[[^\n\]]*\])?[ \t]*=[^\n]*;|\bforeach[ \t]*\([^\n)]*\bas\b",
            ),
            (1, r"\b(?:array|isset|strlen|count|str_replace|preg_match)\([^\n]*\$\w"),
        ],
        "Kotlin": [
            (4, r"\bfun[ \t]+(?:<[^\n>]*>[ \t]*)?[\w.]+[ \t]*\("),
            (2, r"\bval[ \t]+\w+[ \t]*[:=]|\bwhen[ \t]*\([^\n]*\{|\bdata class\b|\?:|\bprintln\("),
        ],
        "Scala": [
            (3, r"\bdef[ \t]+\w+[^\n]*=[ \t]*\{?[ \t]*$|\bobject[ \t]+\w+[^\n]*\{|\bcase class\b"),
            (1, r"\bval[ \t]+\w+[ \t]*[:=]|\b_\.\w+|\bcase[ \t]+[^\n]+=>"),
        ],
        "Swift": [
            (4, r"\bfunc[ \t]+\w+(?:<[^\n>]*>)?\([^\n]*\)[ \t]*(?:throws[ \t]*)?->[ \t]*[\w\[]"),
            (
                2,
                r"\bguard[ \t]+let\b|\bif let\b|\blet[ \t]+\w+:[ \t]*[A-Z]|\bimport (?:UIKit|Foundation)",
            ),
        ],
        "R": [
            (3, r"\b\w[\w.]*[ \t]*<-[ \t]*(?:function[ \t]*\(|c\(|\w+\()|%>%|\blibrary\(\w+\)"),
            (1, r"\b\w[\w.]*[ \t]*<-[ \t]*\S"),
        ],
        "Julia": [
            (3, r"^[ \t]*function[ \t]+\w+!?\([^\n]*\)[ \t]*$|\busing[ \t]+[A-Z]\w+[ \t]*$"),
            (1, r"^[ \t]*end[ \t]*$|\.\+|\.\*|::(?:Int|Float64|Vector|String)"),
        ],
        "Shell": [
            (4, r"\A#![^\n]*\b(?:ba|z|da)?sh\b"),
            (3, r"^[ \t]*(?:fi|done|esac)[ \t]*$|\bif \[\[? |;[ \t]*then\b|;[ \t]*do\b"),
            (
                2,
                r"^[ \t]*(?:\$ )?(?:sudo|apt-get|grep|sed|awk|chmod|mkdir|export|curl|find|ls|cd|git|pip)"
                r"[ \t]+[-\w./~\"'$]|\$\{?\w+\}?[ \t]*\|",
            ),
        ],
        "SQL": [
            (
                4,
                r"(?i)^[ \t(]*(?:select\b[^\n]+\bfrom\b|insert[ \t]+into\b|create[ \t]+(?:table|view|index)\b"
                r"|update[ \t]+\w+[ \t]+set\b|delete[ \t]+from\b|alter[ \t]+table\b)",
            ),
            (3, r"^[ \t]*SELECT\b"),
            (
                2,
                r"(?i)\b(?:left|inner|right|outer)[ \t]+join\b|\bgroup[ \t]+by\b|\border[ \t]+by\b",
            ),
        ],
        "HTML": [
            (4, r"(?i)<!doctype html|<(?:html|div|span|body|head|table|script|p|a)\b[^<>\n]*>")
        ],
    }.items()
}


def detect_language(text: str) -> str | None:
    """The language of a snippet from what is typical of each, or None if nothing shows."""
    text = text[:_LONGEST]
    if not text.strip():
        return None
    scores = {
        language: sum(weight for weight, pattern in patterns if pattern.search(text))
        for language, patterns in _PATTERNS.items()
    }
    best = max(scores, key=lambda language: scores[language])
    if scores[best] < 3 and is_python(text):
        return "Python"
    if scores["TypeScript"] > 3 and scores["TypeScript"] >= scores["JavaScript"]:
        return "TypeScript" if best in {"JavaScript", "TypeScript"} else best
    return best if scores[best] > 0 else None


def is_python(text: str) -> bool:
    """Whether the text is valid Python (an expression or statements)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text.strip())
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True
