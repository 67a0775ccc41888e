"""Texts as token batches: sorted by length, and laid end to end, so that nothing is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from engine.models.device import Device

if TYPE_CHECKING:
    from tokenizers import Encoding
    from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """Some rows of the input (`rows` are their positions in it), their tokens end to end.

    `ids`, `types`, `positions` (in the row) and `owners` (number of the row in this batch) are
    int32 tensors (tokens,); `offsets` is where each row begins, and the end, int32 (rows + 1,).
    """

    rows: list[int]
    lengths: list[int]
    ids: Tensor
    types: Tensor
    positions: Tensor
    owners: Tensor
    offsets: Tensor

    @cached_property
    def runs(self) -> list[tuple[int, int]]:
        """(rows, length) of neighbours that have the same length."""
        return [(len(list(same)), length) for length, same in groupby(self.lengths)]

    @property
    def longest(self) -> int:
        """The length of the longest row."""
        return max(self.lengths)

    @property
    def cells(self) -> Tensor:
        """Where each token is in a padded (rows, longest) table, read row by row; int32."""
        return self.owners * self.longest + self.positions


def batch_rows(lengths: Sequence[int], max_cells: int) -> list[list[int]]:
    """Rows grouped by length, longest first, so that no group pads to more than `max_cells`.

    A row longer than `max_cells` is a group of its own.
    """
    groups: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        # The first row of a group is its longest.
        if groups and (len(groups[-1]) + 1) * lengths[groups[-1][0]] <= max_cells:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def batches(device: Device, encodings: Sequence[Encoding]) -> Iterator[Batch]:
    """The encodings as batches of the size that suits `device`."""
    lengths = [len(encoding.ids) for encoding in encodings]
    for rows in batch_rows(lengths, device.batch_tokens):
        yield make_batch(device, encodings, rows)


def make_batch(device: Device, encodings: Sequence[Encoding], rows: list[int]) -> Batch:
    """The given rows as one batch. One copy takes all of it to the device."""
    import torch

    ids = [encodings[row].ids for row in rows]
    lengths = np.fromiter(map(len, ids), dtype=np.int64, count=len(rows))
    ends = np.cumsum(lengths)
    tokens = int(ends[-1])
    owners = np.repeat(np.arange(len(rows)), lengths)
    # One array, so that one transfer is enough: four lines of tokens, then the offsets.
    packed = np.empty(4 * tokens + len(rows) + 1, dtype=np.int32)
    by_token = packed[: 4 * tokens].reshape(4, tokens)
    by_token[0] = np.concatenate([np.array(row, dtype=np.int32) for row in ids])
    types = [np.array(encodings[row].type_ids, dtype=np.int32) for row in rows]
    by_token[1] = np.concatenate(types)
    by_token[2] = np.arange(tokens) - (ends - lengths)[owners]
    by_token[3] = owners
    packed[4 * tokens] = 0
    packed[4 * tokens + 1 :] = ends
    there = torch.from_numpy(packed)
    if device.name == "cuda":
        there = there.pin_memory().to(device.name, non_blocking=True)
    elif device.is_gpu:
        there = there.to(device.name)
    ids_there, types_there, positions, owners_there = there[: 4 * tokens].view(4, tokens)
    offsets = there[4 * tokens :]
    return Batch(rows, lengths.tolist(), ids_there, types_there, positions, owners_there, offsets)
