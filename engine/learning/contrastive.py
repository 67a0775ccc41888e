"""The contrastive loss, with copies among the negatives taken out."""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

_WORD = re.compile(r"\w+")
_BUCKETS = 4096


def mean_pool(hidden: Tensor, mask: Tensor) -> Tensor:
    """L2-normalised mean over the tokens. hidden (n, t, d), mask (n, t) → (n, d)."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    pooled = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-6)
    return functional.normalize(pooled.float(), dim=-1)


def near_copies(texts: Sequence[str], threshold: float = 0.7) -> Tensor:
    """(n, n) boolean: pairs of different rows whose sets of words overlap (Jaccard)."""
    words = torch.zeros(len(texts), _BUCKETS)
    for row, text in enumerate(texts):
        # Not hash(): that of a string differs between processes, and a resumed run would differ.
        columns = [int.from_bytes(word.encode()[-8:], "big") % 4093 for word in _WORD.findall(text)]
        words[row, columns] = 1.0
    shared = words @ words.T
    sizes = words.sum(1)
    union = sizes[:, None] + sizes[None, :] - shared
    copies = shared / union.clamp(min=1) >= threshold
    return copies & ~torch.eye(len(texts), dtype=torch.bool)


def info_nce(
    left: Tensor, right: Tensor, copies: Tensor, temperature: float, symmetric: bool = True
) -> Tensor:
    """InfoNCE over in-batch and further negatives (van den Oord et al., 2018).

    left is (n, d), right (n + m, d), both normalised: row i's counterpart is `right[i]`, the m last
    are negatives for all. `copies` (n, n + m) marks what is no negative. `symmetric` adds the loss
    of finding the left from the right, over the batch.
    """
    count = len(left)
    scores = left @ right.T / temperature
    scores = scores.masked_fill(copies, float("-inf"))
    target = torch.arange(count, device=scores.device)
    forward = functional.cross_entropy(scores, target)
    if not symmetric:
        return forward
    return (forward + functional.cross_entropy(scores[:, :count].T, target)) / 2
