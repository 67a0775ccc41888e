"""Numbers for argparse, none larger than what the parts below can count with."""

from __future__ import annotations

MOST = 2**31 - 1


def count(text: str) -> int:
    """A whole number, 0 or more."""
    value = int(text)
    if not 0 <= value <= MOST:
        raise ValueError
    return value


def positive(text: str) -> int:
    """A whole number, 1 or more."""
    value = int(text)
    if not 1 <= value <= MOST:
        raise ValueError
    return value


def part(text: str) -> float:
    """A number from 0 to 1."""
    value = float(text)
    if not 0.0 <= value <= 1.0:
        raise ValueError
    return value


# What argparse calls them when it refuses a value.
count.__name__ = f"whole number (0 to {MOST:,})"
part.__name__ = "number (0 to 1)"
positive.__name__ = f"whole number (1 to {MOST:,})"
