"""A folder of published sets, all of them there and nearly empty."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def make_published(
    data: Path, conala: Sequence[Any] = (), held_out: Sequence[Any] = (), challenge: str = ""
) -> Path:
    write(data / "conala/examples.annotated.train.json", json.dumps(list(conala)))
    write(data / "conala/examples.annotated.test.json", json.dumps(list(held_out)))
    for name in ("codenn/python_valid.txt", "codenn/python_test.txt"):
        write(data / name, "")
    write(data / "python_docs/python-docs.jsonl", "")
    for split in ("train", "valid", "test"):
        write(data / f"avatar_g4g/g4g_functions__{split}.jsonl", "")
        write(data / f"java_cs/{split}.java-cs.txt.java", "")
        write(data / f"java_cs/{split}.java-cs.txt.cs", "")
    for name in ("paddle_docs_torch2paddle.jsonl", "mindspore_r2.1_diffs.jsonl"):
        write(data / "api_maps" / name, "")
    write(data / "api_maps/paconvert_api_mapping.json", "{}")
    for name in ("retrieval-dev-500", "retrieval-test-500", "dev"):
        write(data / f"cosqa/cosqa-{name}.json", "[]")
    write(data / "cosqa/code_idx_map.txt", "{}")
    write(data / "csn_annotations/queries.csv", "query\n")
    write(data / "csn_annotations/annotationStore.csv", f"Language,Query,GitHubUrl\n{challenge}")
    return data
