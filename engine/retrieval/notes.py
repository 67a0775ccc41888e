"""What somebody who searches should know of how it was done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.retrieval.candidates import Mask

if TYPE_CHECKING:
    from engine.corpus.table import ChunkTable
    from engine.retrieval.dense import DenseIndex


def coverage_notes(has_encoder: bool, index: DenseIndex | None, dense_alone: bool) -> Iterator[str]:
    """That vectors are missing, wholly or in part."""
    instead = "" if dense_alone else ": ranked by BM25 alone"
    if not has_encoder:
        yield f"the encoder is not loaded{instead}"
    elif index is None:
        yield f"this corpus has no dense vectors yet{instead}"
    elif index.coverage < 1.0:
        percent = min(int(100 * index.coverage), 99)
        yield f"dense vectors cover {percent} % of this corpus so far"


def why_nothing(table: ChunkTable, allowed: Mask | None) -> str:
    """Why a search found nothing."""
    if not len(table.ids):
        return "this corpus is empty"
    if allowed is not None and not allowed.any():
        return "nothing in this corpus passes the filters"
    return "no word of the query occurs in what was searched"
