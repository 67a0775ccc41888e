"""Small evaluation sets written to disk for the tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path


def write_set(
    folder: Path,
    documents: Mapping[str, str],
    queries: Mapping[str, str],
    qrels: Sequence[tuple[str, str, int]],
    targets: Mapping[str, str] | None = None,
    excluded: Sequence[tuple[str, str]] = (),
) -> Path:
    """Write a set in BEIR layout and return its folder."""
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": key, "title": "", "text": text} for key, text in documents.items()]
    write_lines(folder / "corpus.jsonl", [json.dumps(row) for row in rows])
    asked: list[dict[str, str]] = []
    for key, text in queries.items():
        target = (targets or {}).get(key)
        asked.append({"_id": key, "text": text, **({"target": target} if target else {})})
    write_lines(folder / "queries.jsonl", [json.dumps(row) for row in asked])
    lines = [f"{query}\t{document}\t{grade}" for query, document, grade in qrels]
    write_lines(folder / "qrels" / "test.tsv", ["query-id\tcorpus-id\tscore", *lines])
    if excluded:
        lines = [f"{query}\t{document}" for query, document in excluded]
        write_lines(folder / "exclude.tsv", lines)
    return folder


def write_lines(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
