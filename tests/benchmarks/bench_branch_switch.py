"""What a branch switch costs, against building everything anew.

    python -m tests.benchmarks.bench_branch_switch [--files 5000] [--changed 500]

The files are made here: modules of classes and functions whose names and texts differ. The switch
edits a function in most of the changed files; of the rest it renames, deletes and adds as many.
"Searchable" is the time until BM25 answers with the new state: the changes are noticed by a real
watcher in one row, told by hand in the next (what taking in alone costs), and looked for by a walk
in the third. "Embedded" is how many chunks have no vector afterwards: they are what an encoder has
to work on, at the 20 to 50 chunks a second of two cores; no encoder runs here.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.corpus.store import CorpusStore
from engine.corpus.watcher import Watcher
from engine.job import run_to_end
from engine.retrieval.bm25 import LexicalIndex
from engine.types_corpora import CorpusSpec, IndexReport

_WORDS = (
    "batch tensor matrix cache token index query vector shard buffer config stream node edge graph "
    "frame label image audio parser writer reader schema record field table cursor worker queue "
    "merge split filter reduce encode decode resize rotate scale clip norm weight bias layer"
)
WORDS = _WORDS.split()
ENCODER = "measured"
DIMENSION = 384
QUIET_SECONDS = 0.3


@dataclass
class Row:
    """One line of the table."""

    name: str
    seconds: float
    files: int
    embedded: int


def function(words: random.Random, indent: str = "") -> str:
    """A function of some ten lines."""
    first, second, third = (words.choice(WORDS) for _ in range(3))
    name = f"{first}_{second}_{words.randrange(10_000)}"
    argument = "self, values" if indent else "values"
    lines = [
        f"def {name}({argument}, {third}=None):",
        f'    """{first} the {second} of {third}."""',
    ]
    lines.append(f"    {third} = {third} or {words.randrange(100)}")
    for _ in range(words.randrange(3, 9)):
        left, right = words.choice(WORDS), words.choice(WORDS)
        lines.append(f"    {left} = {right}_{words.randrange(50)}(values, {third})")
    lines.append(f"    return {third}")
    return "\n".join(indent + line for line in lines) + "\n"


def source(number: int, edit: int = 0) -> str:
    """A module; `edit` changes one of its functions."""
    words = random.Random(number)
    functions = [function(words) for _ in range(words.randrange(2, 7))]
    methods = "\n".join(function(words, "    ") for _ in range(words.randrange(2, 6)))
    if edit:
        functions[0] = function(random.Random(f"{number}-{edit}"))
    body = "\n\n".join(functions)
    return f'"""Module {number}."""\n\nimport os\n\n\n{body}\n\nclass Part{number}:\n{methods}'


def place(code: Path, number: int) -> Path:
    """Where a module is."""
    return code / f"package_{number % 50}" / f"module_{number}.py"


def plant(code: Path, count: int) -> None:
    """Make the files, as if they had been there for long."""
    for number in range(count):
        file = place(code, number)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source(number), encoding="utf-8")
        os.utime(file, (1_000_000_000, 1_000_000_000))


def switch(code: Path, count: int, changed: int, edit: int) -> set[str]:
    """Change files as another branch would; return their paths."""
    chosen = random.Random(edit).sample(range(count), changed)
    few = changed // 20
    renamed, deleted, edited = chosen[:few], chosen[few : 2 * few], chosen[2 * few : -few]
    paths: set[str] = set()
    for number in renamed:
        file = place(code, number)
        if file.exists():
            paths |= {str(file), str(file.with_stem(f"renamed_{edit}_{number}"))}
            file.rename(file.with_stem(f"renamed_{edit}_{number}"))
    for number in deleted:
        place(code, number).unlink(missing_ok=True)
        paths.add(str(place(code, number)))
    for number in edited:
        place(code, number).write_text(source(number, edit), encoding="utf-8")
        paths.add(str(place(code, number)))
    for number in chosen[-few:]:
        file = place(code, number).with_stem(f"added_{edit}_{number}")
        file.write_text(source(number + 10 * count * edit), encoding="utf-8")
        paths.add(str(file))
    return paths


def searchable(store: CorpusStore) -> None:
    """Build what the next search needs."""
    collection = store.collection()
    folder = collection.sidecars
    assert folder is not None
    LexicalIndex.open(collection.table, folder / "bm25.safetensors")


def embed_all(store: CorpusStore) -> int:
    """Give every chunk that has none a vector; return how many there were."""
    collection = store.collection()
    missing = collection.missing_vectors(ENCODER)
    if len(missing):
        vectors = np.zeros((len(missing), DIMENSION), dtype=np.float32)
        collection.put_vectors(ENCODER, missing.tolist(), vectors)
    return len(missing)


def measured(name: str, store: CorpusStore, work: Callable[[], IndexReport]) -> Row:
    """Time an update until it can be searched."""
    start = time.perf_counter()
    report = work()
    searchable(store)
    seconds = time.perf_counter() - start
    return Row(name, seconds, report.files_changed + report.files_removed, embed_all(store))


def watched(store: CorpusStore, code: Path, work: Callable[[], set[str]]) -> Row:
    """From the last write of a switch to the moment it can be searched, by a real watcher."""
    watcher = Watcher([code])
    work()
    start = time.perf_counter()
    paths: set[str] = set()
    last = start
    while time.perf_counter() - last < QUIET_SECONDS:
        news = watcher.poll()
        if news:
            paths |= news
            last = time.perf_counter()
        time.sleep(0.02)
    report = run_to_end(store.update(changed=paths))
    searchable(store)
    seconds = time.perf_counter() - start
    watcher.close()
    return Row(
        f"watched ({QUIET_SECONDS} s of it quiet)",
        seconds,
        report.files_changed + report.files_removed,
        embed_all(store),
    )


def run(base: Path, count: int, changed: int) -> list[Row]:
    """All rows."""
    code = base / "code"
    plant(code, count)
    store = CorpusStore.create(base / "corpora", CorpusSpec("bench", (str(code),)))
    rows = [measured("full build", store, lambda: run_to_end(store.update()))]
    rows.append(watched(store, code, lambda: switch(code, count, changed, 1)))
    paths = switch(code, count, changed, 2)
    rows.append(measured("told", store, lambda: run_to_end(store.update(changed=paths))))
    switch(code, count, changed, 3)
    rows.append(measured("walked", store, lambda: run_to_end(store.update())))
    one = place(code, 0)
    one.parent.mkdir(exist_ok=True)
    one.write_text(source(0, 99), encoding="utf-8")
    rows.append(measured("one file", store, lambda: run_to_end(store.update(changed={str(one)}))))
    moved = {str(code / "package_1"), str(code / "package_moved")}
    (code / "package_1").rename(code / "package_moved")
    rows.append(
        measured("a folder renamed", store, lambda: run_to_end(store.update(changed=moved)))
    )
    anew = CorpusStore.create(base / "anew", CorpusSpec("bench", (str(code),)))
    rows.append(measured("full rebuild", anew, lambda: run_to_end(anew.update())))
    for opened in (store, anew):
        opened.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--changed", type=int, default=500)
    chosen = parser.parse_args()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {load}")
    print(f"{chosen.files:,} files, {chosen.changed:,} change at once")
    with tempfile.TemporaryDirectory() as base:
        rows = run(Path(base), chosen.files, chosen.changed)
    rebuild = rows[-1]
    head = ("", "searchable s", "of a rebuild", "files", "embedded", "of a rebuild")
    print(("{:28}" + "{:>14}" * 5).format(*head))
    for row in rows:
        print(
            f"{row.name:28}{row.seconds:14.2f}{row.seconds / rebuild.seconds:14.1%}{row.files:14,}"
            f"{row.embedded:14,}{row.embedded / rebuild.embedded:14.1%}"
        )


if __name__ == "__main__":
    main()
