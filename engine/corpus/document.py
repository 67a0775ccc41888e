"""The chunks of one document of a data set, the same for searching it and for measuring on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.code.frameworks import detect_frameworks
from engine.code.language import detect_language, language_of_path
from engine.corpus.chunk import UNKNOWN_LANGUAGE, chunk_text
from engine.types import Chunk, Framework

WHOLE_LINES = 400
"""Documents up to this length are not cut: a query is not cut either, and comparing its whole with
a document's windows was measured to rank worse."""


def document_chunks(
    document: str, title: str, text: str, language: str = "", root: str = ""
) -> list[Chunk]:
    """The chunks of the document with that id; its title is part of what describes each of them.

    Pure. `language` is taken as given; left out, it is that of a title or id that is a path, else
    that of the text. Without a text the title stands for it. Every chunk carries the frameworks of
    its whole document, so that a filter decides by document.
    """
    text = text if text.strip() else title
    chunks = chunk_text(
        text,
        path=document,
        root=root,
        language=language or _language(document, title, text),
        whole_lines=WHOLE_LINES,
    )
    frameworks = _frameworks(text, chunks)
    title = title.strip()
    return [
        replace(
            chunk,
            frameworks=frameworks,
            description="\n".join(part for part in (title, chunk.description) if part)
            if title not in chunk.text
            else chunk.description,
        )
        for chunk in chunks
    ]


def _language(document: str, title: str, text: str) -> str:
    """From a title or id that is a path, else from the text; never a notebook's JSON."""
    named = language_of_path(title) or language_of_path(document)
    if named is None or named == "Jupyter":
        named = detect_language(text)
    return named or UNKNOWN_LANGUAGE


def _frameworks(text: str, chunks: Sequence[Chunk]) -> tuple[Framework, ...]:
    found = list(detect_frameworks(text))
    found += [framework for chunk in chunks for framework in chunk.frameworks]
    return tuple(dict.fromkeys(found))
