"""Counterpart's engine: corpora, retrieval, models and judgements, with no user interface."""
