"""Vectors of the pieces of a text, each read in its context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.models.batches import batches
from engine.models.bert import Bert

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(slots=True)
class _Window:
    """Consecutive pieces of one text: their tokens, and which piece each token belongs to."""

    text: int
    ids: list[int] = field(default_factory=list)
    pieces: list[int] = field(default_factory=list)  # by token; -1 for the special ones

    @property
    def type_ids(self) -> list[int]:
        """As a batch wants them: it is all one sentence."""
        return [0] * len(self.ids)

    def add(self, ids: Sequence[int], piece: int) -> None:
        self.ids += ids
        self.pieces += [piece] * len(ids)


def encode_pieces(
    bert: Bert, tokenizer: Tokenizer, texts: Sequence[Sequence[str]]
) -> list[NDArray[np.float32]]:
    """Contextual vectors of the pieces of each text, (pieces, hidden), L2-normalised.

    The pieces of a text are read one after the other, as many together as the model takes; a
    piece's vector is the mean of its tokens' last states. A piece without a token has the vector 0;
    one that is longer than the model takes is read up to there. The texts share their batches.
    """
    windows: list[Any] = _windows(bert, tokenizer, texts)
    sums = [np.zeros((len(pieces), bert.config.hidden_size), dtype=np.float32) for pieces in texts]
    with torch.inference_mode():
        for batch in batches(bert.device, windows):
            states = bert.hidden(batch).float().cpu().numpy()
            start = 0
            for row, length in zip(batch.rows, batch.lengths, strict=True):
                window: _Window = windows[row]
                owners = np.array(window.pieces)
                real = np.flatnonzero(owners >= 0)
                np.add.at(sums[window.text], owners[real], states[start : start + length][real])
                start += length
    return [s / np.maximum(np.linalg.norm(s, axis=1, keepdims=True), 1e-9) for s in sums]


def _windows(bert: Bert, tokenizer: Tokenizer, texts: Sequence[Sequence[str]]) -> list[_Window]:
    truncation = tokenizer.truncation
    limit = min(
        truncation["max_length"] if truncation else 512, bert.config.max_position_embeddings
    )
    first, last = ([i] if i is not None else [] for i in map(tokenizer.token_to_id, _ENDS))
    windows: list[_Window] = []
    for number, pieces in enumerate(texts):
        window = _Window(number)
        for index, encoding in enumerate(tokenizer.encode_batch(list(pieces))):
            marks = encoding.special_tokens_mask
            tokens = [i for i, mark in zip(encoding.ids, marks, strict=True) if not mark]
            tokens = tokens[: limit - len(_ENDS)]
            if window.ids and len(window.ids) + len(tokens) + 1 > limit:
                window.add(last, -1)
                windows.append(window)
                window = _Window(number)
            if not window.ids:
                window.add(first, -1)
            window.add(tokens, index)
        if window.ids:
            window.add(last, -1)
            windows.append(window)
    return windows


_ENDS = ("[CLS]", "[SEP]")
