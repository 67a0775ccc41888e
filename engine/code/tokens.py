"""Code-aware tokens: the lower-cased identifier and the parts of its name.

`BatchNorm2d` gives `batchnorm2d batch norm 2d`, `read_csv` gives `read_csv read csv`. Operators and
punctuation are dropped.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Final


def name_set(listed: str) -> frozenset[str]:
    """The names of a list separated by blanks."""
    return frozenset(listed.split())


STOP_WORDS: Final = name_set(
    "a an and are as at be by can do does for from given has have how i if in into is it its me my "
    "of on or should so that the their then there these this to use using want was way we what "
    "when where which will with would you your"
)
"""Words that say nothing in a question asked in words."""

MAX_CACHED: Final = 400_000
MAX_IDENTIFIER: Final = 100  # longer ones are data (hashes, base64), not names

_WORD = re.compile(r"[^\W\d]\w*+|\d++(?:\.\d++)?+\w*+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+[a-zA-Z]?(?![a-zA-Z])|\d+")


def split_identifier(name: str) -> tuple[str, ...]:
    """The lower-cased name, then its snake_case and camelCase parts if it has more than one."""
    if len(name) > MAX_IDENTIFIER:
        return ()
    whole = name.lower().strip("_")
    if not whole:
        return ()
    found = _PART.findall(name) if name.isascii() else name.split("_")
    parts = [part.lower() for part in found if part]
    if len(parts) < 2 or name[0].isdigit():
        return (whole,)
    return (whole, *(part for part in parts if len(part) > 1))


class _Cache(dict[str, tuple[str, ...]]):
    """Identifiers already split. Looking up an unknown one splits it."""

    def __missing__(self, name: str) -> tuple[str, ...]:
        if len(self) >= MAX_CACHED:
            self.clear()
        tokens = self[name] = split_identifier(name)
        return tokens


_cache = _Cache()


def tokenize(text: str) -> list[str]:
    """The tokens of code or prose, in order, with repeats."""
    return list(chain.from_iterable(map(_cache.__getitem__, _WORD.findall(text))))
