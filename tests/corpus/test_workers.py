"""Worker processes do the work, die, and are replaced."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from engine.corpus.process import Batch, FileResult, Task
from engine.corpus.workers import process_here, process_in_workers
from tests.corpus.support import module, write


def tasks(folder: Path, count: int) -> list[Task]:
    for number in range(count):
        write(folder / f"m{number}.py", module(f"function_{number}"))
    return [Task(number, str(folder), f"m{number}.py", "", None) for number in range(count)]


def by_number(batches: list[Batch]) -> dict[int, FileResult]:
    return {result.number: result for batch in batches for result in batch.files}


def test_workers_answer_every_task_as_this_process_would(tmp_path: Path) -> None:
    given = tasks(tmp_path, 12)
    batches = [given[start : start + 3] for start in range(0, 12, 3)]
    here = [item[1] for item in process_here(batches) if item]
    there = [item[1] for item in process_in_workers(batches, 2) if item]
    assert by_number(there).keys() == by_number(here).keys() == set(range(12))
    for number, result in by_number(there).items():
        assert result.chunks == by_number(here)[number].chunks
        assert result.digest == by_number(here)[number].digest


def test_no_tasks_need_no_answer() -> None:
    assert list(process_in_workers([], 1)) == []


def test_a_task_whose_content_is_known_is_not_done_again(tmp_path: Path) -> None:
    (task,) = tasks(tmp_path, 1)
    (first,) = [item[1].files[0] for item in process_here([[task]]) if item]
    known = Task(0, task.root, task.path, "", first.digest)
    (again,) = [item[1].files[0] for item in process_here([[known]]) if item]
    assert (again.digest, again.columns, again.chunks) == (first.digest, None, ())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes there")
def test_a_file_that_kills_its_worker_is_found_out(tmp_path: Path) -> None:
    """A named pipe keeps a worker waiting while it reads; each time it is killed there."""
    given = tasks(tmp_path, 5)
    deadly = tmp_path / "m2.py"
    deadly.unlink()
    os.mkfifo(deadly)
    before = set(psutil.Process().children())
    done: list[Batch] = []
    deaths = 0
    for item in process_in_workers([given[:1], given[1:4], given[4:]], count=1):
        if item is not None:
            done.append(item[1])
            continue
        try:
            writer = os.open(deadly, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody is reading it
            continue
        for child in set(psutil.Process().children()) - before:
            if "spawn_main" in " ".join(child.cmdline()):
                child.kill()
                while child.status() != psutil.STATUS_ZOMBIE:
                    time.sleep(0.01)
                deaths += 1
        os.close(writer)
    results = by_number(done)
    assert deaths == 2
    assert results.keys() == set(range(5))
    assert results[2].problem == "could not be processed (the process that read it died)"
    assert all(results[number].chunks for number in (0, 1, 3, 4))


def test_workers_start_without_torch_and_qt() -> None:
    heavy = ["torch", "transformers", "faiss", "bm25s", "PySide6", "nbformat", "sqlite3"]
    script = f"import sys, engine.corpus.workers; print([m for m in {heavy} if m in sys.modules])"
    finished = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent.parent,
        check=True,
    )
    assert finished.stdout == "[]\n"
