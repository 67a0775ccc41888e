"""Graded judgements and query history, kept in SQLite."""
