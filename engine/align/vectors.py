"""Contextual vectors of statements, from the encoder's token states on the neutral view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.align.statements import Unit
from engine.code.neutral import neutral_view

MOST_STATEMENTS = 160
"""Of one snippet; for more the encoder takes longer than anybody waits."""

LONGEST_PIECE = 400
"""Characters of a statement that the encoder reads."""

Vectors = NDArray[np.float32]


class PieceEncoder(Protocol):
    """An encoder that can tell the pieces of a text apart."""

    def encode_pieces(self, texts: Sequence[Sequence[str]]) -> list[Vectors]:
        """Vectors (pieces, dimension) of each text's pieces."""


def statement_vectors(
    encoder: object, sides: Sequence[tuple[Sequence[Unit], str | None]]
) -> list[Vectors] | None:
    """Vectors of the statements of each side, (n, d); None if this encoder gives none.

    None too for snippets longer than `MOST_STATEMENTS`: the other features have to do.
    """
    encode = getattr(encoder, "encode_pieces", None)
    if encode is None or any(len(units) > MOST_STATEMENTS for units, _ in sides):
        return None
    pieces = [
        [neutral_view(unit.text[:LONGEST_PIECE], language) + "\n" for unit in units]
        for units, language in sides
    ]
    vectors: list[Vectors] = encode(pieces)
    return vectors
