"""Judgements in files: all of them in JSON lines and CSV; qrels, runs and BEIR for others."""
