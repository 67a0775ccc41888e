"""Naming a new corpus after its source."""

from __future__ import annotations

from collections.abc import Iterable


def free_name(base: str, taken: Iterable[str]) -> str:
    """`base`, or with a number if a corpus of that name is there already."""
    names = set(taken)
    name, number = base, 2
    while name in names:
        name, number = f"{base}-{number}", number + 1
    return name
