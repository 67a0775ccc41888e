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
    words = _word_sets(texts)
    return _alike(words, words, threshold) & ~torch.eye(len(texts), dtype=torch.bool)


def not_negatives(
    lefts: Sequence[str],
    rights: Sequence[str],
    further: Sequence[str] = (),
    answered: Sequence[Sequence[str]] = (),
) -> Tensor:
    """(n, n + m) boolean for `info_nce`: what is no negative of a row, its own counterpart apart.

    Row j is none of row i if either side of one is a near-copy of either side of the other. A
    `further` text is none of a row if it is a near-copy of either side. And a text on the right is
    none of a row whose left it is known to answer, by a near-copy of it: `answered` has what each
    of `rights`, then of `further`, answers, and may be left out. All must be the texts as they are:
    an augmentation hides copies.
    """
    count = len(lefts)
    owners = [column for column, texts in enumerate(answered) for _ in texts]
    asked = [text for texts in answered for text in texts]
    words = _word_sets([*lefts, *rights, *further, *asked])
    columns = 2 * count + len(further)
    of_left, of_right = words[:count], words[count : 2 * count]
    like_left = _alike(of_left, words)
    copies = like_left[:, count:columns] | _alike(of_right, words[count:columns])
    copies[:, :count] |= like_left[:, :count] | like_left[:, count : 2 * count].T
    for place, owner in enumerate(owners, columns):
        copies[:, owner] |= like_left[:, place]
    copies[:, :count].fill_diagonal_(False)
    return copies


def _word_sets(texts: Sequence[str]) -> Tensor:
    words = torch.zeros(len(texts), _BUCKETS)
    for row, text in enumerate(texts):
        # Not hash(): that of a string differs between processes, and a resumed run would differ.
        columns = [int.from_bytes(word.encode()[-8:], "big") % 4093 for word in _WORD.findall(text)]
        words[row, columns] = 1.0
    return words


def _alike(words: Tensor, others: Tensor, threshold: float = 0.7) -> Tensor:
    shared = words @ others.T
    union = words.sum(1)[:, None] + others.sum(1)[None, :] - shared
    return shared / union.clamp(min=1) >= threshold


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
