"""What may never be trained on, whatever a filter is told: the rules without an option.

Dive into Deep Learning is the source of CodeTransOcean-DL; Rosetta Code of the rest of
CodeTransOcean; CodeSearchNet's test split of AdvTest and CoSQA. The first three give themselves
away by name.
"""

from __future__ import annotations

import re

PACKAGES = frozenset(
    {"d2l", "d2lzh", "codesearchnet", "codetransocean", "rosettacode", "advtest", "apps"}
)
"""Packages that may never be read for training: sources of evaluation sets."""

_NAMES = {
    "Dive into Deep Learning": re.compile(
        r"\bd2l(?:zh|ai|en)?(?:\b|_)|dive\s+into\s+deep\s+learning|动手学深度学习", re.I
    ),
    "CodeTransOcean": re.compile(r"code\s?trans\s?ocean", re.I),
    "Rosetta Code": re.compile(r"rosetta\s?code", re.I),
}


def banned_source(text: str) -> str | None:
    """The source of an evaluation set that `text` names, None if it names none."""
    return next((name for name, words in _NAMES.items() if words.search(text)), None)


def is_banned_package(name: str) -> bool:
    """Whether a package is a source of an evaluation set, however its name is written."""
    return re.sub(r"[-_.]+", "", name).lower() in PACKAGES
