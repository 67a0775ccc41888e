"""An evaluation set in the making, and the BEIR folder that it becomes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.evaluation.fit import MEASURE_ONLY


@dataclass
class Set:
    """Texts and judgements by id. `targets` are the frameworks that queries ask for, `excluded`
    the pairs that rankings skip; `measure_only` keeps the set out of every fit."""

    documents: dict[str, str] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)
    qrels: list[tuple[str, str]] = field(default_factory=list)
    targets: dict[str, str] = field(default_factory=dict)
    excluded: list[tuple[str, str]] = field(default_factory=list)
    languages: dict[str, str] = field(default_factory=dict)
    measure_only: bool = False

    def write(self, folder: Path) -> None:
        """Write the folder; what an earlier run left there is replaced."""
        (folder / "qrels").mkdir(parents=True, exist_ok=True)
        write_jsonl(folder / "corpus.jsonl", map(self._document, self.documents))
        write_jsonl(folder / "queries.jsonl", map(self._query, self.queries))
        lines = ["query-id\tcorpus-id\tscore", *(f"{q}\t{d}\t1" for q, d in self.qrels)]
        (folder / "qrels" / "test.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        exclude, marker = folder / "exclude.tsv", folder / MEASURE_ONLY
        exclude.unlink(missing_ok=True)
        marker.unlink(missing_ok=True)
        if self.excluded:
            lines = ["query-id\tcorpus-id", *(f"{q}\t{d}" for q, d in self.excluded)]
            exclude.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if self.measure_only:
            marker.touch()

    def _document(self, key: str) -> dict[str, str]:
        row = {"_id": key, "title": "", "text": self.documents[key]}
        return row | ({"language": self.languages[key]} if key in self.languages else {})

    def _query(self, key: str) -> dict[str, str]:
        row = {"_id": key, "text": self.queries[key]}
        return row | ({"target": self.targets[key]} if key in self.targets else {})


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """One JSON object a line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
