"""Description–function pairs from docstrings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from engine.learning.definitions import Definition, definitions
from engine.learning.groups import Group, Text
from engine.learning.packages import SourceFile
from engine.learning.pairs.tokens import text_tokens

TASK = "docstrings"

MIN_WORDS = 4
MIN_CODE_TOKENS = 12
MIN_CODE_LINES = 3
MAX_CODE_LINES = 80

_WORD = re.compile(r"[A-Za-z]+")
_CODE_TOKEN = re.compile(r"\w+")
_ROLE = re.compile(r":[a-z:]+:`~?([^`]*)`")
_SECTION = re.compile(
    r"\n\s*(?:Args|Arguments|Parameters|Params|Returns?|Yields?|Raises|Examples?|Notes?|References|"
    r"See Also|Shape|Attributes|Keyword Arg|Warnings?|Inputs?|Outputs?|Usage)\b[^\n]{0,20}(?=\n)"
    r"|\n\s*(?::param|:type|:return|:rtype|@param|@return|>>>|\.\. |```)"
)
_UNWANTED = re.compile(
    r"deprecat|see (also|:|the)|^test|todo|copied from|docstring|alias (for|of)", re.I
)


def describe(docstring: str) -> str:
    """The first paragraph in plain words, markup taken off; empty if it says too little."""
    paragraph = re.split(r"\n\s*\n|\n\s*(?:Args|Parameters|Returns|Examples?|:param)", docstring)[0]
    text = _ROLE.sub(r"\1", paragraph).replace("`", "").replace("*", "")
    text = " ".join(text.split())
    letters = sum(character.isascii() for character in text)
    if len(_WORD.findall(text)) < MIN_WORDS or letters < 0.95 * len(text):
        return ""
    return "" if _UNWANTED.search(text) else text[:400]


def describe_at_length(docstring: str, min_tokens: int) -> str:
    """As `describe`, with as many more paragraphs before the sections as `min_tokens` words need.

    Empty if there are not that many words.
    """
    paragraphs = re.split(r"\n\s*\n", _SECTION.split("\n" + docstring)[0].strip())
    for count in range(1, len(paragraphs) + 1):
        text = describe("\n".join(paragraphs[:count]))
        if len(text_tokens(text)) >= min_tokens:
            return text
    return ""


def is_worth_finding(definition: Definition) -> bool:
    """Whether the code says enough: no stubs, no dunder methods, no tests, no endless bodies."""
    name = definition.short_name
    if definition.kind == "class" or definition.empty or name.startswith(("__", "test")):
        return False
    lines = [line for line in definition.code.splitlines() if line.strip()]
    if not MIN_CODE_LINES <= len(lines) <= MAX_CODE_LINES:
        return False
    return len(_CODE_TOKEN.findall(definition.code)) >= MIN_CODE_TOKENS


def docstring_pairs(files: Iterable[SourceFile], source: str, limit: int = 4000) -> Iterator[Group]:
    """One group (description, code) for each documented function, duplicates left out.

    Both a description and a body appear once: a shared description says nothing about which body
    is meant, and a copied body makes a false negative.
    """
    seen: set[str] = set()
    found = 0
    for file in files:
        for definition in definitions(file.text):
            if not is_worth_finding(definition):
                continue
            description = describe(definition.docstring)
            body = definition.code.partition(":\n")[2] or definition.code
            keys = {description.lower(), " ".join(body.split())}
            if not description or seen & keys:
                continue
            seen |= keys
            yield Group(TASK, source, (Text(description), Text(definition.code, "Python")))
            found += 1
            if found >= limit:
                return
