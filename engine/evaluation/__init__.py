"""Measuring retrieval: metrics, data sets in BEIR layout, and evaluation runs."""
