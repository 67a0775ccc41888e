"""What of a statement can be compared with another: names, APIs, literals, operators, kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.align.idioms import idiom_of
from engine.align.statements import Unit
from engine.code.api_names import api_names
from engine.code.prefixes import droppable
from engine.code.tokens import name_set, split_identifier

LONGEST_UNIT: Final = 4_000
"""Characters of a statement that are looked at: a longer one holds data."""

_STRING = re.compile(
    r"\"{3}.*?\"{3}|'{3}.*?'{3}|\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'|`[^`]*+`", re.DOTALL
)
_CHAIN = re.compile(r"[.@$]?+[^\W\d]\w*+(?:(?:\.|::|->)[^\W\d]\w*+)*+")
_SEPARATOR = re.compile(r"\.|::|->")
_NUMBER = re.compile(r"(?<![\w.])(?:0[xX][\da-fA-F]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)")
_OPERATOR = re.compile(
    r"\*\*=?|//=?|<<|>>|[+\-*/%@|&^]=|\+\+|--|===?|!==?|<=|>=|&&|\|\||\?\?|=>|[+\-*/%@<>?~^]"
)
# This and the other patterns with several `\s*` are for text that has been through `_tight`: in a
# long run of blanks they would try every way of sharing it out.
_TARGET = re.compile(
    r"^(?:(?:const|let|var|val|auto|final|static|private|public|readonly|mut|double|int|long|float"
    r"|self|this)\b[.\s]*+|[\w<>\[\],.:&*]+(?<!:)\s+(?=\w+\s*=(?!=))){0,9}"
    r"((?:[\w.@$*&\[\]]+|\([^()=]*\)|[\w.@$,\s]+?))\s*(?::\s*[\w<>\[\],. ]+)?\s*"
    r"(?:[-+*/%@|&]|\*\*|//|:)?=(?![=>])"
)
_BLANKS = re.compile(r"\s{2,}|[^\S\n ]")
_WORDS = re.compile(r"[^\W\d]\w*+")

_SAME_OPERATOR: Final = {
    "===": "==", "!==": "!=", "&&": "and", "||": "or", "!": "not", "++": "+=", "--": "-=",
    "//": "/", "??": "or",
}  # fmt: skip

KEYWORDS: Final = name_set(
    "def class function func fn fun for foreach while until loop do if elif elsif else unless "
    "match switch case when default try catch except rescue finally ensure with using return "
    "yield raise throw break continue pass next import from include require package use "
    "namespace const let var val auto final static public private protected readonly async "
    "await new in of is not and or end then begin lambda del global nonlocal void int long "
    "double float char bool boolean unsigned size_t string String mut pub struct impl export "
    "throws defer go range where as self this super None null nil nullptr undefined True "
    "False true false std"
)

_KINDS: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("doc", r"[rRbBuU]?(?:\"{3}|'{3})"),
        ("decorator", r"@\w"),
        ("import", r"(?:import|from|use|using|#\s*include|package|require(?:_once)?)\b(?!\s*\()"),
        ("jump", r"(?:break|continue|pass|next)\b(?!\s*[=(.])"),
        ("raise", r"(?:raise|throw|panic!?)\b"),
        ("return", r"(?:return|yield)\b"),
        ("else", r"[}\s]*else\b(?!\s+if)|default\s*:|finally\b|ensure\b"),
        ("if", r"[}\s]*(?:else\s+if|elif|elsif|if|unless|switch|match|case|when)\b"),
        (
            "loop",
            r"(?:for|foreach|while|until|loop|do)\b|.*\.(?:each|forEach|times)\b.*(?:\{|do\b)",
        ),
        ("except", r"[}\s]*(?:except|catch|rescue)\b"),
        ("try", r"try\b\s*[:{]?\s*$"),
        ("with", r"(?:async\s+)?with\b|try\s*\(|using\s*\("),
        (
            "class",
            r"(?:[\w\s]*\b)?(?:class|struct|interface|trait|impl|enum|record)\s+\w|type\s+\w+\s+struct",
        ),
        (
            "def",
            r"(?:(?:export|public|private|protected|static|async|pub|const|inline|virtual|final|def"
            r"|function|func|fn|fun)\b[\s*]*)*(?:def|function|func|fn|fun)\b",
        ),
    )
)
_DEF_NODES = re.compile(
    r"(?:function|method|constructor)_?(?:definition|declaration|item)?$|^method$"
)


_LOOP_TARGET = re.compile(
    r"for\w*\b[\s(]*(?:const|let|var|auto|int|\w+\s(?=\w+\s*[:=]))?"
    r"\s*(?:&|\()?\s*([\w,\s]+?)\s*(?:in|of|:|=|:=)[\s(]"
)


@dataclass(frozen=True, slots=True)
class Traits:
    """A statement as bags."""

    kind: str
    words: Counter[str]  # identifiers, whole and in parts, as the neutral view has them
    apis: frozenset[str]  # neutral names of what is called
    names: frozenset[str]  # identifiers as written, other than keywords and API names
    literals: Counter[str]
    operators: Counter[str]
    targets: frozenset[str]  # what is assigned or defined, in parts
    grams: Counter[str]  # character trigrams of the identifiers
    length: int  # identifiers and literals


def traits_of(units: Sequence[Unit]) -> list[Traits]:
    """The traits of each statement."""
    return [_traits(unit.text[:LONGEST_UNIT], unit.node) for unit in units]


@lru_cache(maxsize=4096)
def _traits(text: str, node: str) -> Traits:
    kind = kind_of(text, node)
    strings = _STRING.findall(text)
    bare = _STRING.sub(' "" ', text)
    words: Counter[str] = Counter()
    apis: set[str] = set()
    names: set[str] = set()
    grams: Counter[str] = Counter()
    count = 0
    for chain in _CHAIN.findall(bare):
        found, calls, own = _chain(chain)
        words.update(found)
        apis.update(calls)
        for name in own:
            count += 1
            names.add(name)
            grams.update(_grams(name))
    literals = Counter(_number(number) for number in _NUMBER.findall(bare))
    for string in strings:
        literals.update(word.lower() for word in _WORDS.findall(string) if len(word) > 1)
    operators = Counter(_SAME_OPERATOR.get(sign, sign) for sign in _OPERATOR.findall(bare))
    return Traits(
        kind=kind,
        words=words,
        apis=frozenset(apis),
        names=frozenset(names),
        literals=literals,
        operators=operators,
        targets=_targets(bare, kind),
        grams=grams,
        length=count + sum(literals.values()),
    )


def kind_of(text: str, node: str = "") -> str:
    """Which kind of statement a text is, whatever its language."""
    head = _tight(text)
    if node in ("decorator",):
        return "decorator"
    for kind, pattern in _KINDS:
        if pattern.match(head):
            return kind
    if _DEF_NODES.search(node):
        return "def"
    return "assign" if _TARGET.match(head) else "call"


@lru_cache(maxsize=20_000)
def _chain(chain: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The words of a dotted name, what it calls in neutral names, its identifiers."""
    is_method = chain[0] == "."
    parts = [part for part in _SEPARATOR.split(chain.lstrip(".@$")) if part]
    calls = tuple(f"~{idiom}" for part in parts if (idiom := idiom_of(part)))
    if len(parts) == 1 and parts[0] in KEYWORDS:
        return calls, calls, ()
    dropped = droppable(parts)
    parts = parts[dropped:]
    own = tuple(part for part in parts if part not in KEYWORDS)
    words = [token for part in own for token in split_identifier(part)]
    api = api_names().neutral(parts, qualified=dropped > 0, method=is_method or len(parts) > 1)
    words += calls
    if api:
        words += [f"~{api}", *split_identifier(api)]
        calls = (*calls, f"~{api}")
        own = own[:-1]
    return tuple(words), calls, own


def _targets(text: str, kind: str) -> frozenset[str]:
    head = _tight(text)
    if kind in ("def", "class"):
        named = re.match(r"[^(]*?\b(\w++)\s*(?:<[^>]*>)?\s*(?:[({:]|$)", head)
        found = [named[1]] if named else []
    else:
        assigned = _TARGET.match(head)
        if kind == "loop":
            assigned = _LOOP_TARGET.match(head)
        found = _WORDS.findall(assigned[1]) if assigned else []
    return frozenset(
        part for name in found for part in split_identifier(name) if name not in KEYWORDS
    )


def _tight(text: str) -> str:
    """The text from its first word on, each run of blanks as one: a line end if it has any."""
    return _BLANKS.sub(lambda run: "\n" if "\n" in run[0] else " ", text.lstrip())


def _number(text: str) -> str:
    try:
        value = float(int(text, 16)) if text[:2] in ("0x", "0X") else float(text.replace("_", ""))
    except (ValueError, OverflowError):
        return text
    return f"{value:g}"


def _grams(name: str) -> list[str]:
    padded = f"^{name.lower().strip('_')}$"
    return [padded[start : start + 3] for start in range(len(padded) - 2)]
