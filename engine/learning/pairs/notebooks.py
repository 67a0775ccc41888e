"""Pairs from Jupyter notebooks, as JuICe (Agashe et al., 2019) makes them.

A markdown cell goes with the code cell right after it, and a comment inside that cell with the code
below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.corpus.notebook import Cell, notebook_cells
from engine.corpus.walk import MAX_NOTEBOOK_BYTES, FoundFile
from engine.errors import DataError
from engine.learning.pairs.comments import commented_code, parents
from engine.learning.pairs.descriptions import is_licence, is_prose, is_undone
from engine.learning.pairs.layout import Layout, says_something
from engine.learning.pairs.reading import Step, imports_any, read_text
from engine.learning.pairs.record import Kind, Pair, anonymous
from engine.learning.pairs.tokens import text_tokens, torch_likeness
from engine.types_corpora import SkippedFile

MIN_CHILD_TOKENS = 11
"""Comments inside a cell need more than 10 tokens."""

MIN_MARKDOWN_TOKENS = 3
MAX_CELL = 20_000
"""Characters of a markdown or code cell; longer ones are data, or a whole chapter."""

_FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)|<img\b[^>]*>|!\[[^\]]*\]\[[^\]]*\]")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>|<!--.*?-->", re.DOTALL)
_FORMULA = re.compile(r"\$\$.*?\$\$|\\begin\{.*?\\end\{\w+\*?\}", re.DOTALL)
_MARKUP = re.compile(
    r"^[ \t]*(?:#{1,6}|>|[-*+]|\d+\.)[ \t]+|[*`]+|^[-=_*^~]{3,}[ \t]*$", re.MULTILINE
)
_MAGIC = re.compile(r"^[ \t]*[%!][^\n]*$", re.MULTILINE)


def read_notebook(file: FoundFile, importing: Sequence[str]) -> Step:
    """The pairs of one notebook; none if it does not import one of the packages asked for."""
    path = Path(file.root, file.path)
    try:
        text = read_text(path, MAX_NOTEBOOK_BYTES)
        pairs = tuple(notebook_pairs(text, f"{path.parent.name}/{path.name}", importing))
    except DataError as error:
        return Step(size=file.size, skipped=SkippedFile(str(path), str(error)))
    return Step(pairs, file.size)


def notebook_pairs(text: str, name: str, importing: Sequence[str] = ()) -> Iterator[Pair]:
    """The pairs of a Python notebook; `name` is only ever written as a hash.

    The torch-likeness of all of them is that of the whole notebook's code. Raises `DataError` if
    the text is no notebook.
    """
    cells, language = notebook_cells(text)
    code = "\n".join(cell.source for cell in cells)
    if language != "Python" or not imports_any(code, importing):
        return
    likeness = torch_likeness(code)
    group = anonymous("notebook", name)
    for cell in cells:
        if max(len(cell.heading), len(cell.source)) > MAX_CELL:
            continue
        described = describe_markdown(cell.heading)
        source = _MAGIC.sub("", cell.source).strip("\n")
        if described and says_something(source):
            reference = anonymous(name, cell.index)
            kind = Kind.NOTEBOOK_MARKDOWN
            yield Pair(described, source, kind, reference, group, None, likeness)
            yield from _children(cell, source, reference, group, likeness)


def _children(cell: Cell, source: str, parent: str, group: str, likeness: float) -> Iterator[Pair]:
    """The comments of a cell with their code, below the cell's own pair or each other."""
    spans = list(commented_code(Layout(source), MIN_CHILD_TOKENS))
    references = [anonymous(parent, cell.index, span.first, span.text) for span in spans]
    for span, reference, above in zip(spans, references, parents(spans), strict=True):
        holder = parent if above is None else references[above]
        kind = Kind.NOTEBOOK_COMMENT
        yield Pair(span.text, span.code, kind, reference, group, holder, likeness)


def describe_markdown(markdown: str) -> str:
    """The words of a markdown cell on one line, markup taken off; empty if they say too little."""
    text = _FENCE.sub(" ", markdown)
    text = _LINK.sub(r"\1", _IMAGE.sub(" ", text))
    text = _MARKUP.sub("", _TAG.sub(" ", _FORMULA.sub(" ", text)))
    text = " ".join(text.split())
    if len(text_tokens(text)) < MIN_MARKDOWN_TOKENS or is_licence(text) or is_undone(text):
        return ""
    is_title = len(text_tokens(text)) < 8 and text.isascii()  # too short for words like "the"
    return text if is_title or is_prose(text) else ""
