"""The steps of a receipt as sums: every part with its share and where it comes from."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.retrieval.candidates import Scores
from engine.retrieval.fuse import estimate_missing, normalised_bm25, normalised_dense
from engine.types_alignment import ReceiptPart, ReceiptStep


def as_step(title: str, parts: Sequence[ReceiptPart], total: float, words: str) -> ReceiptStep:
    """A step whose parts add up to its total: rounding is a part of its own."""
    listed = list(parts)
    for _ in range(3):  # what is left of a sum may itself have to be rounded
        left = total - math.fsum(part.value for part in listed)
        if left == 0.0:
            break
        listed.append(ReceiptPart("rounding", left, "scores are kept in single precision"))
    return ReceiptStep(title, total, tuple(listed), words)


def mixed(
    bm25: Scores, dense: Scores, share: float, position: int, factor: float, of: str
) -> list[ReceiptPart]:
    """The two parts of what `fuse` made of a candidate's scores, or levels, times a factor."""
    lexical, semantic = normalised_bm25(bm25), normalised_dense(dense)
    if np.isnan(semantic).all():
        share, filled = 0.0, lexical
    elif not lexical.any():
        share, filled = 1.0, np.nan_to_num(semantic, nan=0.0)
    else:
        filled = estimate_missing(semantic, lexical)
    best = f"{float(bm25[position]):.3f} of the best match's {float(bm25.max(initial=0.0)):.3f}"
    estimated = bool(np.isnan(semantic[position]))
    how = "estimated from BM25: no vector yet" if estimated else _stretched(dense)
    parts = []
    for name, part, value, why in (
        ("BM25", factor * (1.0 - share), float(lexical[position]), best),
        ("dense", factor * share, float(filled[position]), how),
    ):
        if part > 0.0:
            note = f"share {part:.3f} × {value:.3f} ({why})"
            parts.append(ReceiptPart(name + of, part * value, note))
    return parts


def mixed_in(
    title: str,
    scores: Scores | None,
    share: float,
    position: int,
    around: tuple[Scores, Scores],
    words: str,
) -> ReceiptStep | None:
    """What a third score, mixed in with a share, made of a candidate's; None if it was not.

    `around` are all candidates' scores before and after.
    """
    if scores is None or np.isnan(scores).all():
        return None
    before, after = around
    part = np.float32(share)
    note = f"share {1 - part:.3f} × {before[position]:.3f}"
    parts = [ReceiptPart("so far", float((1 - part) * before[position]), note)]
    if np.isnan(scores[position]):
        words += "; not compared: only the first candidates are"
    else:
        note = f"share {part:.3f} × {scores[position]:.3f}"
        parts.append(ReceiptPart(title, float(part * scores[position]), note))
    return as_step(title, parts, float(after[position]), words)


def _stretched(dense: Scores) -> str:
    known = dense[~np.isnan(dense)]
    return f"between {known.min():.3f} and {known.max():.3f}, the candidates' extremes"
