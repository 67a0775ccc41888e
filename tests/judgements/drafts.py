"""Drafts of judgements, and a process that writes them."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.judgements.store import JudgementStore
from engine.types import (
    Chunk,
    Framework,
    Grade,
    JudgementDraft,
    Query,
    QueryKind,
    StageRanks,
    StageScores,
)

TEXT = "def attend(q, k, v):\n    return softmax(q @ k.T) @ v\n"


def draft(
    grade: Grade | None = Grade.STRONG,
    *,
    query: str = "attention over keys",
    corpus: str = "sample",
    chunk_id: str = "c1",
    text: str = TEXT,
    note: str = "",
    judge: str = "",
) -> JudgementDraft:
    """A draft with every field filled in."""
    return JudgementDraft(
        query=Query(query, corpus, QueryKind.WORDS, framework=Framework.PYTORCH, path="*.py"),
        chunk=Chunk(
            id=chunk_id,
            path="nn/attention.py",
            root="/somewhere",
            start_line=10,
            end_line=12,
            kind="function",
            name="attend",
            language="Python",
            frameworks=(Framework.PYTORCH,),
            text=text,
            description="Attention.",
        ),
        grade=grade,
        note=note,
        judge=judge,
        ranks=StageRanks(bm25=12, dense=3, fused=2, rerank=1),
        scores=StageScores(bm25=7.25, dense=0.5, fused=0.75, rerank=None),
    )


def write(path: Path, name: str, count: int) -> None:
    """Write `count` judgements, saying each once it is kept; the last chunk is one all share."""
    with JudgementStore(path) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(count):
            store.judge(draft(query=f"{name} {number}", text=f"{name} {number}"), name)
            store.judge(draft(Grade(number % 4), query="shared", text="shared"), "everyone")
            print(number, flush=True)


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
