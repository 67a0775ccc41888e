"""The sample corpus: its files, its index and the evaluation sets made of it."""

from __future__ import annotations

import ast
import json
from collections import Counter
from itertools import combinations
from pathlib import Path

import nbformat
import pytest

from engine.evaluation.beir import load_beir
from engine.types import Framework
from resources.sample.build_beir import CODE, Task, build, read_document, read_tasks

TASKS = read_tasks()
FILES = sorted(path for task in TASKS for path in task.files.values())

FOLDERS = {
    Framework.PYTORCH: "pytorch",
    Framework.TENSORFLOW: "tensorflow",
    Framework.MXNET: "mxnet",
    Framework.PADDLE: "paddle",
    Framework.JAX: "jax",
    Framework.NUMPY: "numpy",
}
PACKAGES = {
    "pytorch": {"torch", "torchvision"},
    "tensorflow": {"tensorflow", "keras"},
    "mxnet": {"mxnet"},
    "paddle": {"paddle"},
    "jax": {"jax", "flax", "optax"},
    "numpy": {"numpy"},
}


def imported_packages(text: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


def stripped_lines(path: str) -> Counter[str]:
    lines = (line.strip() for line in read_document(CODE / path).splitlines())
    return Counter(line for line in lines if line)


def test_there_are_enough_tasks_in_enough_frameworks() -> None:
    assert len(TASKS) >= 44
    assert all(len(task.files) >= 4 for task in TASKS)
    assert len({task.description for task in TASKS}) == len(TASKS)


def test_the_index_names_every_file_once() -> None:
    on_disk = sorted(
        path.relative_to(CODE).as_posix() for path in CODE.rglob("*") if path.suffix != ".pyc"
    )
    assert [path for path in on_disk if (CODE / path).is_file()] == FILES
    assert len(set(FILES)) == len(FILES)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_each_version_lies_in_the_folder_of_its_framework(task: Task) -> None:
    for name, path in task.files.items():
        assert path.partition("/")[0] == FOLDERS[Framework(name)]


@pytest.mark.parametrize("path", FILES)
def test_each_file_is_python_for_its_framework(path: str) -> None:
    folder = path.partition("/")[0]
    packages = imported_packages(read_document(CODE / path))
    assert packages & PACKAGES[folder]
    foreign = set().union(*PACKAGES.values()) - PACKAGES[folder] - PACKAGES["numpy"]
    assert not packages & foreign


@pytest.mark.parametrize("path", [path for path in FILES if path.endswith(".ipynb")])
def test_notebooks_are_valid(path: str) -> None:
    notebook = nbformat.read(CODE / path, as_version=4)
    nbformat.validate(notebook)
    assert {cell.cell_type for cell in notebook.cells} == {"markdown", "code"}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_versions_are_not_transliterations(task: Task) -> None:
    for one, other in combinations(task.files.values(), 2):
        first, second = stripped_lines(one), stripped_lines(other)
        shared = (first & second).total()
        assert shared <= 0.6 * min(first.total(), second.total()), f"{one} and {other}"


def test_the_corpus_is_small() -> None:
    assert sum((CODE / path).stat().st_size for path in FILES) < 600_000


def test_build_writes_sets_that_load(tmp_path: Path) -> None:
    counts = build(tmp_path)
    assert counts["translate"] == len(FILES)
    assert counts["words"] == len(TASKS)
    for name, count in counts.items():
        loaded = load_beir(tmp_path / name)
        assert [document.id for document in loaded.documents] == [
            path for task in TASKS for path in task.files.values()
        ]
        assert len(loaded.queries) == count
        assert all(set(grades.values()) == {3} for grades in loaded.qrels.values())


def test_a_translation_never_asks_for_itself(tmp_path: Path) -> None:
    build(tmp_path)
    for name in ("translate", "translate_target"):
        loaded = load_beir(tmp_path / name)
        texts = {document.id: document.text for document in loaded.documents}
        for query in loaded.queries:
            (own,) = loaded.excluded[query.id]
            assert query.text == texts[own]
            assert own not in loaded.qrels[query.id]


def test_a_target_is_the_framework_of_its_answer(tmp_path: Path) -> None:
    build(tmp_path)
    loaded = load_beir(tmp_path / "translate_target")
    for query in loaded.queries:
        (answer,) = loaded.qrels[query.id]
        assert answer.startswith(FOLDERS[Framework(query.target)] + "/")


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    build(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    build(tmp_path)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    rows = (tmp_path / "words" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    assert all("target" not in json.loads(row) for row in rows)
