"""How fast a large folder becomes searchable, against the marks of the project.

    python -m tests.benchmarks.bench_index [--source FOLDER]

The folder is Python's standard library, or FOLDER; it is copied, so that a file can be changed.
"Ready" means that BM25 can answer. Beside the wall time stands the processor time of this process
and of its workers: on a busy machine, half their sum is what two idle cores would take at best.
The longest pause is how late a thread that only wants to tick was in this process, which is what
the window's thread would feel.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.corpus.store import CorpusStore
from engine.job import run_to_end
from engine.retrieval.bm25 import LexicalIndex
from engine.types import Progress
from engine.types_corpora import CorpusSpec, IndexReport

TICK = 0.001
LONG_AGO = 1_000_000_000


@dataclass(frozen=True)
class Case:
    """One row of the table; the mark and semble's time are in seconds."""

    name: str
    mark: float
    semble: float | None


CASES = (
    Case("from nothing", 15.0, 21.5),
    Case("nothing changed", 1.0, None),
    Case("one file changed", 1.0, 1.7),
)


@dataclass
class Measurement:
    """What one run took, in seconds."""

    wall: float = 0.0
    cpu_here: float = 0.0
    cpu_workers: float = 0.0
    longest_pause: float = 0.0
    longest_step: float = 0.0


def cpu_seconds(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def peak_mb(who: int) -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(who).ru_maxrss * unit / 1e6


@contextmanager
def measured(result: Measurement) -> Iterator[None]:
    stop = threading.Event()

    def tick() -> None:
        before = time.perf_counter()
        while not stop.wait(TICK):
            now = time.perf_counter()
            result.longest_pause = max(result.longest_pause, now - before - TICK)
            before = now

    ticker = threading.Thread(target=tick)
    here, workers = cpu_seconds(resource.RUSAGE_SELF), cpu_seconds(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    ticker.start()
    try:
        yield
    finally:
        result.wall = time.perf_counter() - start
        stop.set()
        ticker.join()
    result.cpu_here = cpu_seconds(resource.RUSAGE_SELF) - here
    result.cpu_workers = cpu_seconds(resource.RUSAGE_CHILDREN) - workers


def make_ready(store: CorpusStore) -> tuple[Measurement, IndexReport]:
    """Update the index and make BM25 answer."""
    result = Measurement()
    before = time.perf_counter()

    def step(_: Progress) -> None:
        nonlocal before
        now = time.perf_counter()
        result.longest_step = max(result.longest_step, now - before)
        before = now

    with measured(result):
        report = run_to_end(store.update(), step)
        collection = store.collection()
        LexicalIndex.open(collection.table, _sidecar(collection.sidecars))
    return result, report


def _sidecar(folder: Path | None) -> Path | None:
    return folder / "bm25.safetensors" if folder is not None else None


def copy_source(source: Path, target: Path) -> Path:
    """A copy without installed packages that looks as if it had been there for long."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("site-packages", "__pycache__"))
    for folder, _, files in os.walk(target):
        for name in files:
            os.utime(Path(folder, name), (LONG_AGO, LONG_AGO))
    return target


def run(source: Path, base: Path) -> None:
    code = copy_source(source, base / "code")
    store = CorpusStore.create(base / "corpora", CorpusSpec("benchmark", (str(code),)))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {load}")
    head = ("", "ready s", "mark s", "CPU s", "CPU/2 s", "pause ms", "step ms", "semble 0.7 s")
    print(("{:18}" + "{:>14}" * 7).format(*head))
    for case in CASES:
        if case.name == "one file changed":
            largest = max(
                code.rglob("*.py"), key=lambda path: (path.stat().st_size < 200_000, path)
            )
            largest.write_text(largest.read_text("utf-8") + "\n\ndef added(x):\n    return x\n")
        result, report = make_ready(store)
        cpu = result.cpu_here + result.cpu_workers
        print(
            f"{case.name:18}{result.wall:14.2f}{case.mark:14.1f}{cpu:14.2f}{cpu / 2:14.2f}"
            f"{result.longest_pause * 1e3:14.0f}{result.longest_step * 1e3:14.0f}"
            f"{case.semble if case.semble else '':>14}"
        )
    workers = min(8, os.cpu_count() or 1)
    here, each = peak_mb(resource.RUSAGE_SELF), peak_mb(resource.RUSAGE_CHILDREN)
    print(f"{report.files:,} files, {report.chunks:,} chunks, {_megabytes(store):.0f} MB on disk")
    print(f"memory at most {here:.0f} MB here and {each:.0f} MB in each of {workers} workers")
    print("semble's times are those that the marks name; it embeds as well, we do not here")
    store.close()


def _megabytes(store: CorpusStore) -> float:
    return sum(file.stat().st_size for file in store.folder.rglob("*") if file.is_file()) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, default=Path(sysconfig.get_path("stdlib")))
    source = parser.parse_args().source
    with tempfile.TemporaryDirectory() as base:
        run(source, Path(base))


if __name__ == "__main__":
    main()
