"""Pairs of text and code: readers of sources, pairing rules, cleaning and splits."""

from engine.learning.pairs.docstrings import TASK, describe, docstring_pairs, is_worth_finding

__all__ = ["TASK", "describe", "docstring_pairs", "is_worth_finding"]
