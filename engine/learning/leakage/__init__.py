"""Keeps evaluation texts out of training: the rules, the filter, and what it reads and reports."""

from engine.learning.leakage.banned import banned_source, is_banned_package
from engine.learning.leakage.guard import Leak, LeakageFilter, Reason

__all__ = ["Leak", "LeakageFilter", "Reason", "banned_source", "is_banned_package"]
