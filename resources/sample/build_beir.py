"""Write the sample corpus as evaluation sets: `python -m resources.sample.build_beir OUT`.

Three sets in the layout of BEIR, over the same documents (one file, one document):

- `translate`: every version of a task asks for the other versions; its own text is skipped.
- `translate_target`: the same, once for every other framework, with that framework as `target`.
- `words`: the question in words asks for all versions of its task.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

HERE = Path(__file__).resolve().parent
CODE = HERE / "code"
EXACT = 3  # the grade of another version of the same task, as in CodeSearchNet


@dataclass(frozen=True, slots=True)
class Task:
    """One operation: a question in words, and the path of its version in each framework."""

    id: str
    description: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """One line of `queries.jsonl` with what answers it and what the ranking must skip."""

    id: str
    text: str
    relevant: tuple[str, ...]
    target: str = ""
    excluded: tuple[str, ...] = ()


def read_tasks(path: Path = HERE / "tasks.json") -> tuple[Task, ...]:
    """The tasks in the order of the file."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return tuple(Task(id, row["description"], row["files"]) for id, row in rows.items())


def read_document(path: Path) -> str:
    """The text of a file; a notebook becomes one text, with its prose as comments."""
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(_cell_text(cell.cell_type, cell.source) for cell in cells) + "\n"


def _cell_text(kind: str, source: str) -> str:
    if kind == "code":
        return source
    return "\n".join(f"# {line}".rstrip() for line in source.splitlines())


def translate(tasks: Sequence[Task], texts: Mapping[str, str]) -> Iterator[JudgedQuery]:
    """Each version asks for all the others."""
    for task in tasks:
        for path in task.files.values():
            others = tuple(other for other in task.files.values() if other != path)
            yield JudgedQuery(path, texts[path], others, excluded=(path,))


def translate_target(tasks: Sequence[Task], texts: Mapping[str, str]) -> Iterator[JudgedQuery]:
    """Each version asks for one other version, in a framework that is named."""
    for task in tasks:
        for path in task.files.values():
            for target, other in task.files.items():
                if other != path:
                    id = f"{path}@{target}"
                    yield JudgedQuery(id, texts[path], (other,), target=target, excluded=(path,))


def words(tasks: Sequence[Task]) -> Iterator[JudgedQuery]:
    """The question asks for every version."""
    for task in tasks:
        yield JudgedQuery(task.id, task.description, tuple(task.files.values()))


def write_set(folder: Path, texts: Mapping[str, str], queries: Sequence[JudgedQuery]) -> None:
    """Write one set; files of an earlier run are replaced."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    corpus = [{"_id": path, "title": "", "text": text} for path, text in texts.items()]
    _write_lines(folder / "corpus.jsonl", map(_json, corpus))
    _write_lines(folder / "queries.jsonl", (_json(_query_row(query)) for query in queries))
    judged = [f"{query.id}\t{path}\t{EXACT}" for query in queries for path in query.relevant]
    _write_lines(folder / "qrels" / "test.tsv", ["query-id\tcorpus-id\tscore", *judged])
    excluded = [f"{query.id}\t{path}" for query in queries for path in query.excluded]
    if excluded:
        _write_lines(folder / "exclude.tsv", ["query-id\tcorpus-id", *excluded])
    else:
        (folder / "exclude.tsv").unlink(missing_ok=True)


def _query_row(query: JudgedQuery) -> dict[str, str]:
    row = {"_id": query.id, "text": query.text}
    return {**row, "target": query.target} if query.target else row


def _json(row: Mapping[str, str]) -> str:
    return json.dumps(row, ensure_ascii=False)


def _write_lines(path: Path, lines: Iterator[str] | Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def build(out: Path) -> dict[str, int]:
    """Write the three sets below `out` and return how many queries each has."""
    tasks = read_tasks()
    paths = [path for task in tasks for path in task.files.values()]
    texts = {path: read_document(CODE / path) for path in paths}
    sets = {
        "translate": list(translate(tasks, texts)),
        "translate_target": list(translate_target(tasks, texts)),
        "words": list(words(tasks)),
    }
    for name, queries in sets.items():
        write_set(out / name, texts, queries)
    return {name: len(queries) for name, queries in sets.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the sets into the folder named on the command line and say what was written."""
    parser = argparse.ArgumentParser(prog="build_beir", description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, help="the folder that gets one folder for each set")
    out: Path = parser.parse_args(arguments).out
    for name, count in build(out).items():
        sys.stderr.write(f"{out / name}: {count} queries\n")


if __name__ == "__main__":
    main()
