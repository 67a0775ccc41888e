"""From a text to its chunks, the same for files and for the documents of an evaluation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from engine.code.frameworks import detect_frameworks, import_aliases
from engine.code.language import detect_language, language_of_path
from engine.corpus.notebook import Cell, notebook_cells
from engine.corpus.pieces import MAX_LINES, Piece, cut
from engine.types import Chunk

CHUNKER_VERSION = 2
"""Raised when the same text gives other chunks or tokens: files are then processed again."""

UNKNOWN_LANGUAGE = "Text"

_CPLUSPLUS = re.compile(r"^[ \t]*(?:namespace\b|template\s*<|class\s+\w|using\s+\w)|\w::\w", re.M)
"""What shows that a header is not plain C."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A piece, and the notebook cell it is from."""

    piece: Piece
    cell: int | None = None
    description: str = ""


def chunk_text(
    text: str,
    *,
    path: str,
    root: str = "",
    language: str | None = None,
    salt: str = "",
    whole_lines: int = 0,
) -> list[Chunk]:
    """Cut the text of the file (or document) `path` into chunks.

    Pure. The language is taken from the path, then from the text, unless given. A chunk's id
    depends on the path, its kind and qualified name and how often those occurred before, so it
    stays when lines move; `salt` tells files with the same path apart. A text of at most
    `whole_lines` lines is one chunk, whatever it defines. Raises `DataError` if the path ends in
    `.ipynb` and the text is no notebook.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    language = language or _language(text, path)
    if language == "Jupyter":
        cells, language = notebook_cells(text)
        placed = [found for cell in cells for found in _cell_pieces(cell, language)]
        code = "\n".join(cell.source for cell in cells)
    else:
        placed = [
            _Placed(piece, description=piece.doc)
            for piece in cut(text, language, path, whole_lines)
        ]
        code = text
    return _chunks(placed, code, path, root, language, salt)


def _language(text: str, path: str) -> str:
    language = language_of_path(path)
    if language == "C" and path.endswith(".h") and _CPLUSPLUS.search(text):
        return "C++"
    return language or detect_language(text) or UNKNOWN_LANGUAGE


def _cell_pieces(cell: Cell, language: str) -> Iterable[_Placed]:
    pieces = cut(cell.source, language, whole_lines=MAX_LINES)
    for piece in pieces:
        whole = len(pieces) == 1 and piece.kind == "document"
        if whole:
            piece = Piece("cell", piece.name, piece.first, piece.last, piece.text)
        description = "\n\n".join(part for part in (cell.description, piece.doc) if part)
        yield _Placed(piece, cell.index, description)


def _chunks(
    placed: Iterable[_Placed], code: str, path: str, root: str, language: str, salt: str
) -> list[Chunk]:
    aliases = import_aliases(code)
    seen: Counter[tuple[str, str]] = Counter()
    chunks: list[Chunk] = []
    for found in placed:
        piece = found.piece
        occurrence = seen[piece.kind, piece.name]
        seen[piece.kind, piece.name] += 1
        chunks.append(
            Chunk(
                id=chunk_id(path, piece.kind, piece.name, occurrence, salt),
                path=path,
                root=root,
                start_line=piece.first + 1,
                end_line=piece.last + 1,
                kind=piece.kind,
                name=piece.name,
                language=language,
                frameworks=detect_frameworks(piece.text, aliases),
                text=piece.text,
                description=found.description,
                cell=found.cell,
            )
        )
    return chunks


def chunk_id(path: str, kind: str, name: str, occurrence: int, salt: str = "") -> str:
    """Sixteen hexadecimal digits that stay the same when the lines of a file move."""
    said = "\0".join((salt, path, kind, name, str(occurrence)))
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
