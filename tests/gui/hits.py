"""Results made for the tests of the window."""

from __future__ import annotations

from collections.abc import Sequence

from engine.types import (
    Chunk,
    Framework,
    Grade,
    Hit,
    Query,
    QueryKind,
    SearchResult,
    SearchStage,
    StageRanks,
    StageScores,
    Understanding,
)

CODE = '''def attend(query, key, value):
    """Scaled dot-product attention."""
    scores = torch.matmul(query, key.transpose(-2, -1))
    return torch.matmul(scores.softmax(-1), value)
'''


def make_chunk(chunk_id: str, name: str | None = None, text: str = CODE, **more: object) -> Chunk:
    fields: dict[str, object] = {
        "id": chunk_id,
        "path": f"src/nn/{chunk_id}.py",
        "root": "/project",
        "start_line": 10,
        "end_line": 13,
        "kind": "function",
        "name": f"layers.{chunk_id}" if name is None else name,
        "language": "Python",
        "frameworks": (Framework.PYTORCH,),
        "text": text,
    }
    return Chunk(**{**fields, **more})  # type: ignore[arg-type]


def make_hit(
    chunk_id: str,
    rank: int = 1,
    *,
    ranks: StageRanks = StageRanks(bm25=12, dense=3, fused=4, rerank=1),  # noqa: B008 - frozen
    grade: Grade | None = None,
    identical: Sequence[str] = (),
    is_query: bool = False,
    chunk: Chunk | None = None,
) -> Hit:
    chunk = chunk or make_chunk(chunk_id)
    return Hit(rank, chunk, StageScores(), ranks, tuple(identical), is_query, grade)


def make_result(
    chunk_ids: str | Sequence[Hit], text: str = "attention", stage: SearchStage = SearchStage.DONE
) -> SearchResult:
    """A result with one hit per letter, or with these hits."""
    hits = tuple(
        make_hit(item, rank) if isinstance(item, str) else item
        for rank, item in enumerate(chunk_ids, start=1)
    )
    query = Query(text, "sample")
    return SearchResult(query, Understanding(QueryKind.WORDS), hits, stage)
