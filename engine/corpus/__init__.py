"""Corpora: walking sources, cutting files into chunks, and keeping the result on disk."""
