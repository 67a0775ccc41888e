"""Counts in words."""

from __future__ import annotations


def queries(count: int) -> str:
    """`1 query`, `2 queries`."""
    return "1 query" if count == 1 else f"{count:,} queries"


def documents(count: int) -> str:
    """`1 document`, `2 documents`."""
    return "1 document" if count == 1 else f"{count:,} documents"
