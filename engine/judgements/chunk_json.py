"""Chunks as JSON, for queues and for files that travel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.judgements import values
from engine.judgements.records import clean
from engine.types import Chunk, Framework


def chunk_to_json(chunk: Chunk) -> dict[str, Any]:
    """The chunk in terms of JSON."""
    return {
        "id": clean(chunk.id),
        "path": clean(chunk.path),
        "root": clean(chunk.root),
        "start_line": chunk.start_line,
        "end_line": chunk.end_line,
        "kind": clean(chunk.kind),
        "name": clean(chunk.name),
        "language": clean(chunk.language),
        "frameworks": [framework.value for framework in chunk.frameworks],
        "text": clean(chunk.text),
        "description": clean(chunk.description),
        "cell": chunk.cell,
    }


def chunk_from_json(value: Mapping[str, Any]) -> Chunk:
    """The chunk that `chunk_to_json` wrote. Raises KeyError, TypeError or ValueError."""
    fields = dict(value)
    fields["frameworks"] = values.frameworks(value["frameworks"])
    chunk = Chunk(**fields)
    for name in ("id", "text", "path", "root", "kind", "name", "language", "description"):
        values.text(getattr(chunk, name), name)
    for name in ("start_line", "end_line"):
        values.whole(getattr(chunk, name), name)
    if chunk.cell is not None:
        values.whole(chunk.cell, "cell")
    return chunk


def chunk_of_judgement(row: Mapping[str, Any]) -> Chunk:
    """The chunk that a row of judgements is about, as it was."""
    return Chunk(
        id=row["chunk_id"],
        path=row["path"],
        root=row["root"],
        start_line=row["start_line"],
        end_line=row["end_line"],
        kind=row["chunk_kind"],
        name=row["name"],
        language=row["language"],
        frameworks=tuple(Framework(name) for name in json.loads(row["frameworks"])),
        text=row["chunk_text"],
        description=row["description"],
        cell=row["cell"],
    )
