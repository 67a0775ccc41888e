"""The texts of evaluation sets, read for one thing only: to keep them out of training.

A set is a folder in BEIR layout, a folder of published files (`docs/data.md` names them), a folder
of tables or of such sets, or one table: JSON lines, JSON, CSV or Parquet.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engine.corpus.rows import MANIFEST_NAME
from engine.datasets.reading import kind_of, read_rows
from engine.errors import DataError
from engine.learning import public_sets

_NO_TEXT = re.compile(
    r"_?ids?|\w*_id|idx|index|url|path|repo|repository_name|language|lang|sha|partition|split|"
    r"licen[cs]e|group|parent|kind|task|origin|label|score"
)
_NAME_OR_TEXT = frozenset({"source", "target", "reference"})
"""Columns that hold a name (a site, a framework) in one set and parallel code in another."""
_LONGEST_NAME = 100
_OF_IDS = frozenset({"exclude", "equivalents"})  # tables of a BEIR folder without any text
_MIN_LETTERS = 4  # of a value of an unknown table that counts as a text


def texts_of(path: Path) -> Iterator[tuple[str, str]]:
    """Every text of a set, with the set's name. Raises `DataError` if `path` holds none."""
    if path.is_file():
        yield from _table(path, path.name.partition(".")[0])
        return
    if not path.is_dir():
        raise DataError(f"{path} does not exist; give a data set's folder or file")
    published = [name for name, (marker, _) in PUBLISHED.items() if any(path.glob(marker))]
    for name in published:
        yield from PUBLISHED[name][1](path)
    tables = sorted(file for file in path.rglob("*") if file.is_file() and _is_table(file))
    if published:  # training splits lie beside these: of other tables only what is surely a set
        tables = [table for table in tables if _is_beir(table.parent)]
    elif not tables:
        raise DataError(
            f"{path} holds no data set; give a BEIR folder, published files or JSON lines"
        )
    for table in tables:
        folder = table.parent if _is_beir(table.parent) else path
        yield from _table(table, folder.resolve().name)


def published_texts(data: Path) -> Iterator[tuple[str, str]]:
    """The texts of every published evaluation set. Raises `DataError` if one of them is missing."""
    for _, reader in PUBLISHED.values():
        yield from reader(data)


@public_sets.reads("cosqa")
def _cosqa(data: Path) -> Iterator[tuple[str, str]]:
    for name in ("dev-500", "test-500"):
        for row in public_sets.read_json(data / f"cosqa/cosqa-retrieval-{name}.json"):
            yield from ((f"cosqa {name}", row["doc"]), (f"cosqa {name}", row["code"]))
    for code in public_sets.read_json(data / "cosqa/code_idx_map.txt"):
        yield "cosqa corpus", code
    for row in public_sets.read_json(data / "cosqa/cosqa-dev.json"):
        yield from (("cosqa-dev", row["doc"]), ("cosqa-dev", row["code"]))


@public_sets.reads("conala")
def _conala(data: Path) -> Iterator[tuple[str, str]]:
    for row in public_sets.read_json(data / "conala/examples.annotated.test.json"):
        for key in ("intent", "rewritten_intent", "snippet"):
            yield "conala test", row[key] or ""


@public_sets.reads("avatar_g4g")
def _avatar(data: Path) -> Iterator[tuple[str, str]]:
    for split in ("valid", "test"):
        for group in public_sets.avatar(data, split):
            yield from ((f"avatar {split}", text.content) for text in group.texts)


@public_sets.reads("java_cs")
def _java_cs(data: Path) -> Iterator[tuple[str, str]]:
    for split in ("valid", "test"):
        for group in public_sets.java_cs(data, split):
            yield from ((f"java_cs {split}", text.content) for text in group.texts)


@public_sets.reads("humaneval_x")
def _humaneval_x(data: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((data / "humaneval_x").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line[line.index("{") :])
                yield "humaneval_x", row["prompt"] + row["canonical_solution"]
                yield "humaneval_x", row.get("declaration", "") + row["canonical_solution"]


@public_sets.reads("csn_annotations")
def _queries(data: Path) -> Iterator[tuple[str, str]]:
    for line in public_sets.read_lines(data / "csn_annotations/queries.csv")[1:]:
        yield "CodeSearchNet challenge", line.strip().strip('"')


PUBLISHED: dict[str, tuple[str, Callable[[Path], Iterator[tuple[str, str]]]]] = {
    "cosqa": ("cosqa/cosqa-retrieval-test-500.json", _cosqa),
    "conala": ("conala/examples.annotated.test.json", _conala),
    "avatar": ("avatar_g4g/g4g_functions__test.jsonl", _avatar),
    "java_cs": ("java_cs/test.java-cs.txt.java", _java_cs),
    "humaneval_x": ("humaneval_x/human*.jsonl.gz", _humaneval_x),
    "csn_annotations": ("csn_annotations/queries.csv", _queries),
}
"""Published evaluation sets: the file (a pattern) by which each is known, and its reader."""


def challenge_repositories(data: Path) -> frozenset[str]:
    """`owner/name` in lower case of the repositories that CodeSearchNet's judgements point into."""
    found = set()
    for line in public_sets.read_lines(data / "csn_annotations/annotationStore.csv"):
        _, host, rest = line.partition("github.com/")
        parts = rest.split("/")
        if host and len(parts) > 2:
            found.add("/".join(parts[:2]).lower())
    return frozenset(found)


def _is_beir(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("corpus.jsonl", "corpus.jsonl.gz"))


def _is_table(path: Path) -> bool:
    """Whether a file may hold texts; of a folder in BEIR layout some hold ids alone."""
    if not kind_of(path) or path.parent.name == "qrels":
        return False
    if _is_beir(path.parent):
        return path.name != MANIFEST_NAME and path.name.partition(".")[0] not in _OF_IDS
    return not (path.parent.name == "candidates" and _is_beir(path.parent.parent))


def _table(path: Path, name: str) -> Iterator[tuple[str, str]]:
    found = False
    for _, row in read_rows(path):
        for text in _strings(row):
            found = True
            yield name, text
    if not found:
        raise DataError(f"{path} holds no texts; give JSON lines with text or code in them")


def _strings(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _strings(member, str(name).lower())
    elif isinstance(value, list):
        for member in value:
            yield from _strings(member, key)
    elif isinstance(value, str) and _is_text(key, value):
        yield value


def _is_text(key: str, value: str) -> bool:
    if key in _NAME_OR_TEXT and len(value) <= _LONGEST_NAME and len(value.split()) == 1:
        return False
    return len(value.strip()) >= _MIN_LETTERS and not _NO_TEXT.fullmatch(key)
