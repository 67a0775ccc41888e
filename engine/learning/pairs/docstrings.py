"""Description–function pairs from docstrings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from engine.learning.definitions import Definition, definitions
from engine.learning.groups import Group, Text
from engine.learning.packages import SourceFile

TASK = "docstrings"

MIN_WORDS = 4
MIN_CODE_TOKENS = 12
MIN_CODE_LINES = 3
MAX_CODE_LINES = 80

_WORD = re.compile(r"[A-Za-z]+")
_CODE_TOKEN = re.compile(r"\w+")
_ROLE = re.compile(r":[a-z:]+:`~?([^`]*)`")
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


def is_worth_finding(definition: Definition) -> bool:
    """Whether the code says enough: no stubs, no dunder methods, no tests, no endless bodies."""
    name = definition.short_name
    if definition.kind == "class" or name.startswith(("__", "test")):
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
