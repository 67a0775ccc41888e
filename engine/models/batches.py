"""Texts as token batches: sorted by length, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.models.bert import Bert, pad

if TYPE_CHECKING:
    from tokenizers import Encoding
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of the input (`rows` are their positions in it) as padded tensors."""

    rows: list[int]
    ids: Tensor
    types: Tensor
    mask: Tensor


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


def batches(bert: Bert, encodings: Sequence[Encoding]) -> Iterator[Batch]:
    """The encodings as batches for `bert`, of the size that suits its device."""
    lengths = [len(encoding.ids) for encoding in encodings]
    for rows in batch_rows(lengths, bert.device.batch_tokens):
        yield make_batch(bert, encodings, rows)


def make_batch(bert: Bert, encodings: Sequence[Encoding], rows: list[int]) -> Batch:
    """The given rows as one padded batch."""
    chosen = [encodings[row] for row in rows]
    return Batch(
        rows=rows,
        ids=pad([encoding.ids for encoding in chosen], bert.config.pad_token_id, bert.device),
        types=pad([encoding.type_ids for encoding in chosen], 0, bert.device),
        mask=pad([encoding.attention_mask for encoding in chosen], 0, bert.device).bool(),
    )
