"""`counterpart search`."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from typing import Any

from engine.code.frameworks import parse_framework
from engine.code.language import parse_language
from engine.commands.output import note, print_json
from engine.commands.session import make_ready, open_engine, read_query
from engine.errors import UserError
from engine.job import JobContext
from engine.types import Hit, Query, QueryKind, SearchResult


def run(arguments: argparse.Namespace) -> int:
    """Search, and print the hits."""
    query = query_of(arguments)
    with open_engine(arguments) as engine:
        make_ready(engine, query.corpus)
        result = engine.search(query, JobContext())
        if arguments.json:
            print_json(as_json(result))
        else:
            _print(result)
        sys.stdout.flush()  # whoever asked waits for nothing of what follows
        with suppress(UserError):  # what was found counts, not whether it can be found again
            engine.remember(query, result.understanding.kind)
    return 0


def query_of(arguments: argparse.Namespace) -> Query:
    """The query that the arguments of `search` describe."""
    given = arguments.text if arguments.query in (None, "-") else arguments.query
    return Query(
        text=read_query(arguments.file, given),
        corpus=arguments.corpus,
        kind=QueryKind(arguments.kind),
        framework=parse_framework(arguments.framework) if arguments.framework else None,
        language=parse_language(arguments.language) if arguments.language else None,
        path=arguments.path,
        k=arguments.k,
        rerank=arguments.rerank,
    )


def as_json(result: SearchResult) -> dict[str, Any]:
    """The result in the documented JSON form."""
    seen = result.understanding
    return {
        "query": {"kind": seen.kind, "language": seen.language, "framework": seen.framework},
        "hits": [_hit_json(hit) for hit in result.hits],
        "timings_ms": {stage: round(ms, 2) for stage, ms in result.timings_ms.items()},
        "notes": result.notes,
    }


def _hit_json(hit: Hit) -> dict[str, Any]:
    chunk = hit.chunk
    return {
        "rank": hit.rank,
        "chunk_id": chunk.id,
        "path": chunk.path,
        "root": chunk.root,
        "cell": chunk.cell,
        "start_line": chunk.start_line,
        "end_line": chunk.end_line,
        "name": chunk.name,
        "language": chunk.language,
        "frameworks": chunk.frameworks,
        "text": chunk.text,
        "scores": hit.scores,
        "ranks": hit.ranks,
        "identical": hit.identical,
        "is_query": hit.is_query,
        "grade": hit.grade,
    }


def _print(result: SearchResult) -> None:
    seen = result.understanding
    words = [str(seen.kind), seen.language, seen.framework]
    note(" · ".join(str(word) for word in words if word))
    for hit in result.hits:
        chunk = hit.chunk
        cell = f" cell {chunk.cell + 1}" if chunk.cell is not None else ""
        place = f"{chunk.path}{cell}:{chunk.start_line}-{chunk.end_line}"
        marks = [", ".join(chunk.frameworks) or chunk.language]
        if hit.identical:
            marks.append(f"+{len(hit.identical)} identical")
        if hit.grade is not None:
            marks.append(f"graded {hit.grade}")
        if hit.is_query:
            marks.append("your snippet")
        print(f"{hit.rank:3}  {place}  {chunk.name}  [{' · '.join(marks)}]  {chunk.id}")
        for line in [line for line in chunk.text.splitlines() if line.strip()][:3]:
            print(f"       {line[:110]}")
    if not result.hits:
        note("nothing found; try fewer filters or other words")
    for sentence in result.notes:
        note(sentence)
