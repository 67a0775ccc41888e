"""Attention over rows of different lengths that lie end to end.

Each way takes the projections (tokens, 3, heads, size) of queries, keys and values, and gives
(tokens, heads, size). No row sees another one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor

from engine.models.batches import Batch
from engine.models.device import Device

Attention = Callable[[Tensor, Batch], Tensor]


def by_length(projected: Tensor, batch: Batch) -> Tensor:
    """Rows of equal length together, so that neither padding nor a mask is needed: for the CPU."""
    _, _, heads, size = projected.shape
    attended = projected.new_empty(len(projected), heads, size)
    start = 0
    for rows, length in batch.runs:
        end = start + rows * length
        part = projected[start:end].view(rows, length, 3, heads, size)
        query, key, value = part.permute(2, 0, 3, 1, 4)
        found = F.scaled_dot_product_attention(query, key, value)
        attended[start:end].view(rows, length, heads, size).copy_(found.transpose(1, 2))
        start = end
    return attended


def padded(projected: Tensor, batch: Batch) -> Tensor:
    """Padded for the one call and masked: few launches, whatever the lengths."""
    tokens, _, heads, size = projected.shape
    rows, longest = len(batch.rows), batch.longest
    if rows * longest == tokens:
        return by_length(projected, batch)
    cells = batch.cells
    table = projected.new_zeros(rows * longest, 3, heads, size).index_copy_(
        0, cells.long(), projected
    )
    query, key, value = table.view(rows, longest, 3, heads, size).permute(2, 0, 3, 1, 4)
    lengths = batch.offsets.diff()
    mask = torch.arange(longest, device=lengths.device)[None, :] < lengths[:, None]
    mask = mask[:, None, None, :]
    found = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return found.transpose(1, 2).reshape(rows * longest, heads, size).index_select(0, cells)


def varlen(projected: Tensor, batch: Batch) -> Tensor:
    """FlashAttention's kernel for rows end to end (Dao, 2023): CUDA, half precision."""
    from torch.nn.attention.varlen import varlen_attn

    query, key, value = projected.unbind(1)
    offsets, longest = batch.offsets, batch.longest
    found = varlen_attn(query, key, value, offsets, offsets, longest, longest)
    assert isinstance(found, Tensor)  # a tuple only if asked for
    return found


def choose_attention(device: Device, heads: int, size: int) -> Attention:
    """The fastest way that works on `device` for heads of this size."""
    if not device.is_gpu:
        return by_length
    if device.name == "cuda" and device.torch_dtype is not torch.float32:
        # Which graphics processors and sizes the kernel takes is best asked by running it.
        try:
            if _agrees(varlen, device, heads, size):
                return varlen
        except (RuntimeError, ImportError, NotImplementedError):
            pass
    return padded


def _agrees(attention: Attention, device: Device, heads: int, size: int) -> bool:
    lengths = [33, 17, 1]
    offsets = torch.tensor(np.cumsum([0, *lengths]), dtype=torch.int32, device=device.name)
    owners = torch.repeat_interleave(torch.tensor(lengths)).to(device.name, torch.int32)
    positions = torch.cat([torch.arange(length) for length in lengths])
    positions = positions.to(device.name, torch.int32)
    batch = Batch([0, 1, 2], lengths, owners, owners, positions, owners, offsets)
    source = torch.Generator().manual_seed(0)
    projected = torch.randn(sum(lengths), 3, heads, size, generator=source)
    projected = projected.to(device.name, device.torch_dtype)
    found, expected = attention(projected, batch), by_length(projected, batch)
    return bool(torch.allclose(found.float(), expected.float(), atol=3e-2))
